//! Whether the troubleshooting guide has a heading for the summary of every error and warning, and none that no code says any more.
//!
//! It must not know what a summary means. One with placeholders is matched by any heading that puts words in their place.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};

use super::markdown::Page;
use super::source::{self, inside, is_ident, is_punct};
use crate::repository::{self, Repository};

const GUIDE: &str = "docs/guides/troubleshooting.md";
/// The framework's own messages are not ours to list: it is a crate of its own.
const SOURCES: &str = "src";
/// The level of the headings that are summaries.
const LEVEL: usize = 3;

/// The summaries without a heading, and the headings without a summary.
///
/// # Errors
/// When a file cannot be read, or a summary is written so that it cannot be found.
pub(crate) fn problems(repository: &Repository) -> Result<Vec<String>, String> {
    let mut summaries = BTreeMap::new();
    for path in repository.files(SOURCES, "rs")? {
        let name = repository.name(&path);
        if name.contains("tests") {
            continue;
        }
        let mut found = BTreeSet::new();
        collect(&source::tokens(&path)?, &mut found).map_err(|why| format!("{name}: {why}"))?;
        summaries.extend(found.into_iter().map(|summary| (summary, name.clone())));
    }
    let guide = Page::read(&repository::read(&repository.join(GUIDE))?);
    let headings = guide.headings.into_iter().filter(|(level, _)| *level == LEVEL).map(|(_, text)| text);
    Ok(compare(&summaries, &headings.collect::<Vec<_>>()))
}

fn compare(summaries: &BTreeMap<String, String>, headings: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut told = BTreeSet::new();
    for heading in headings {
        // Of several that fit, the one that says most of it itself.
        let fitting = summaries.keys().filter(|summary| fits(&pieces(summary), heading));
        match fitting.max_by_key(|summary| pieces(summary).concat().len()) {
            Some(summary) => {
                told.insert(summary);
            }
            None => problems.push(format!("{GUIDE}: no code says «{heading}»")),
        }
    }
    let missing = summaries.iter().filter(|(summary, _)| !told.contains(summary));
    problems.extend(missing.map(|(summary, file)| format!("{GUIDE}: «{summary}» of {file} is missing")));
    problems
}

/// The literal pieces of a summary, between its placeholders.
fn pieces(summary: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = summary;
    while let Some((before, placeholder)) = rest.split_once('{') {
        pieces.push(before);
        rest = placeholder.split_once('}').map_or("", |(_, after)| after);
    }
    pieces.push(rest);
    pieces
}

/// Whether a text is the pieces with something in between.
fn fits(pieces: &[&str], text: &str) -> bool {
    let [first, rest @ ..] = pieces else { return text.is_empty() };
    let Some(text) = text.strip_prefix(first) else { return false };
    if rest.is_empty() {
        return text.is_empty();
    }
    text.char_indices().map(|(at, c)| at + c.len_utf8()).any(|at| fits(rest, &text[at..]))
}

/// Finds the summary of each diagnostic that is made.
fn collect(tokens: &[TokenTree], found: &mut BTreeSet<String>) -> Result<(), String> {
    let mut at = 0;
    while at < tokens.len() {
        if is_ident(tokens.get(at), "mod") && is_ident(tokens.get(at + 1), "tests") {
            at += 3;
            continue;
        }
        if let Some((arguments, index)) = call(tokens, at) {
            let arguments: Vec<_> = arguments.split(|token| is_punct(Some(token), ',')).collect();
            let summary = arguments.get(index).copied().unwrap_or_default();
            found.extend(literal(summary)?);
        }
        if let Some(TokenTree::Group(group)) = tokens.get(at) {
            collect(&group.stream().into_iter().collect::<Vec<_>>(), found)?;
        }
        at += 1;
    }
    Ok(())
}

/// The arguments of a call that makes a diagnostic, and which of them is the summary.
fn call(tokens: &[TokenTree], at: usize) -> Option<(Vec<TokenTree>, usize)> {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let arguments = |offset| inside(tokens.get(at + offset), Delimiter::Parenthesis);
    let constructor = is_ident(tokens.get(at + 3), "error") || is_ident(tokens.get(at + 3), "warning");
    if is_ident(tokens.get(at), "Diagnostic") && is_punct(tokens.get(at + 1), ':') && constructor {
        return Some((arguments(4)?, 0));
    }
    let words_a_failure = ["failure", "told"].iter().any(|name| is_ident(tokens.get(at), name));
    if words_a_failure && is_punct(before, '.') {
        return Some((arguments(1)?, 0));
    }
    if is_ident(tokens.get(at), "wrong") && is_punct(before, '.') {
        return Some((arguments(1)?, 1));
    }
    None
}

/// A summary as it is written; `None` where it is only handed on.
fn literal(summary: &[TokenTree]) -> Result<Option<String>, String> {
    let unreadable = || {
        let shown: String = summary.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        format!(
            "the summary `{shown}` is neither a plain string nor a `format!` of one, so that it cannot be looked up"
        )
    };
    let text = match summary {
        [TokenTree::Literal(literal)] => source::string(literal),
        [TokenTree::Ident(name), TokenTree::Punct(_), group] if name == "format" => {
            match inside(Some(group), Delimiter::Parenthesis).as_deref() {
                Some([TokenTree::Literal(literal), ..]) => source::string(literal),
                _ => None,
            }
        }
        [.., TokenTree::Ident(name)] if name == "summary" => return Ok(None),
        _ => None,
    };
    text.map(Some).ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Result<Vec<String>, String> {
        let tokens: proc_macro2::TokenStream = source.parse().expect("Rust");
        let mut found = BTreeSet::new();
        collect(&tokens.into_iter().collect::<Vec<_>>(), &mut found)?;
        Ok(found.into_iter().collect())
    }

    #[test]
    fn summaries_are_found_wherever_a_diagnostic_is_made() {
        let source = r#"
            // Diagnostic::error("comment", "")
            fn a() { x.push(Diagnostic::error("one", "d").at("p")); select! { () = y => Diagnostic::warning(format!("two {id}"), "d") } }
            fn b(&mut self) { self.wrong(path.index(1), "three", "d"); self.failure("four", &e).told("five", now); }
            fn failure(summary: &str) { Diagnostic::error(problem.summary, detail); Diagnostic::error(summary, detail); }
            mod tests { fn c() { Diagnostic::error("test", ""); } }
        "#;
        assert_eq!(found(source).as_deref(), Ok(&["five", "four", "one", "three", "two {id}"].map(str::to_owned)[..]));
        assert!(found("fn a() { Diagnostic::error(SUMMARY, detail); }").is_err());
    }

    #[test]
    fn placeholders_take_any_words() {
        assert!(fits(&pieces("Live {id} is {status}"), "Live ID is FAILED or EXPIRED"));
        assert!(!fits(&pieces("Live {id} is {status}"), "Live is FAILED"));
        assert!(!fits(&pieces("Live {id}"), "Live "));
    }

    #[test]
    fn each_heading_stands_for_one_summary() {
        let summaries = ["A {x}", "A b", "C"].map(|summary| (summary.to_owned(), "f.rs".to_owned())).into();
        let problems = |headings: &[&str]| {
            compare(&summaries, &headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>()).len()
        };
        assert_eq!(problems(&["A b", "A z", "C"]), 0);
        assert_eq!(problems(&["A b", "C"]), 1, "«A {{x}}» has no heading of its own");
        assert_eq!(problems(&["A b", "A z", "C", "D"]), 1, "nothing says D");
    }
}
