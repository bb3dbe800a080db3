//! Whether the troubleshooting guide has a heading for every summary in the provider's table, and no other, and whether every
//! diagnostic takes its summary from that table.

use std::collections::BTreeSet;

use terraform_provider_atlas::summary;

use super::markdown::Page;
use crate::repository::{self, Repository};

const GUIDE: &str = "docs/guides/troubleshooting.md";
/// The framework's own messages have no headings: it is a crate of its own.
const SOURCES: &str = "src";
/// The level of the headings that are summaries.
const LEVEL: usize = 3;

/// Summaries without a heading, headings without a summary, and summaries that are not in the table.
///
/// # Errors
/// If a file can't be read.
pub(crate) fn problems(repository: &Repository) -> Result<Vec<String>, String> {
    let guide = Page::read(&repository::read(&repository.join(GUIDE))?);
    let headings = guide.headings.into_iter().filter(|(level, _)| *level == LEVEL).map(|(_, text)| text);
    let mut problems = compare(summary::ALL, &headings.collect::<Vec<_>>());
    for path in repository.files(SOURCES, "rs")? {
        let name = repository.name(&path);
        let written = written_in_place(&repository::read(&path)?);
        problems.extend(written.map(|line| format!("{name}:{line}: take the summary from src/summary.rs")));
    }
    Ok(problems)
}

fn compare(summaries: &[&str], headings: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut matched = BTreeSet::new();
    for heading in headings {
        // Of several that fit, the one with the most literal text.
        let fitting = summaries.iter().filter(|summary| fits(&pieces(summary), heading));
        match fitting.max_by_key(|summary| pieces(summary).concat().len()) {
            Some(summary) => {
                matched.insert(*summary);
            }
            None => problems.push(format!("{GUIDE}: no diagnostic has the summary \"{heading}\"")),
        }
    }
    let missing = summaries.iter().filter(|summary| !matched.contains(*summary));
    problems.extend(missing.map(|summary| format!("{GUIDE}: \"{summary}\" has no heading")));
    problems
}

/// The line of a diagnostic whose summary is written where it is made.
fn written_in_place(source: &str) -> Option<usize> {
    ["Diagnostic::error(", "Diagnostic::warning("].into_iter().find_map(|call| {
        let at = source.match_indices(call).map(|(at, call)| at + call.len()).find(|at| {
            let summary = source[*at..].trim_start();
            summary.starts_with('"') || summary.starts_with("format!")
        })?;
        Some(source[..at].lines().count())
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_match_any_words() {
        assert!(fits(&pieces("Live {id} is {status}"), "Live ID is FAILED or EXPIRED"));
        assert!(!fits(&pieces("Live {id} is {status}"), "Live is FAILED"));
        assert!(!fits(&pieces("Live {id}"), "Live "));
    }

    #[test]
    fn each_heading_stands_for_one_summary() {
        let problems = |headings: &[&str]| {
            compare(&["A {x}", "A b", "C"], &headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>()).len()
        };
        assert_eq!(problems(&["A b", "A z", "C"]), 0);
        assert_eq!(problems(&["A b", "C"]), 1, "A {{x}} has no heading");
        assert_eq!(problems(&["A b", "A z", "C", "D"]), 1, "no diagnostic says D");
    }

    #[test]
    fn summary_that_is_not_from_the_table_is_found() {
        assert_eq!(written_in_place("let a = 1;\nDiagnostic::error(\n  \"a\", b)"), Some(2));
        assert_eq!(written_in_place("Diagnostic::warning(format!(\"a\"), b)"), Some(1));
        assert_eq!(written_in_place("Diagnostic::error(summary::a(), \"b\")"), None);
    }
}
