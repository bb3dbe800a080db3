//! What the checks need of a Markdown file: its headings, anchors and links, code apart.
//!
//! It must not know files.

use std::collections::BTreeSet;

/// A Markdown text, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Each heading: its level and its text.
    pub headings: Vec<(usize, String)>,
    /// Each target of a link or an image.
    pub links: Vec<String>,
    /// What a `#…` may name: the headings as GitHub and the registry name them, and each `<a id="…">`.
    pub anchors: BTreeSet<String>,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            let trimmed = line.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                (Some(_), _) => {}
                (None, None) => page.line(line),
            }
        }
        page
    }

    fn line(&mut self, line: &str) {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            self.heading(level, line[level..].trim());
        }
        self.anchors.extend(after(line, "<a id=\"", '"'));
        let text = without_code(line);
        self.links.extend(after(&text, "](", ')'));
        self.links.extend(after(&text, "href=\"", '"'));
        self.links.extend(after(&text, "src=\"", '"'));
        // `[name]: target`, a link that is defined once.
        if let Some((name, target)) = text.split_once("]: ")
            && name.starts_with('[')
        {
            self.links.push(target.trim().to_owned());
        }
    }

    fn heading(&mut self, level: usize, text: &str) {
        let slug = slug(text);
        let numbered = |number: usize| if number == 0 { slug.clone() } else { format!("{slug}-{number}") };
        // The second heading of a name is `name-1`.
        let anchor = (0..).map(numbered).find(|anchor| !self.anchors.contains(anchor)).unwrap_or_default();
        self.anchors.insert(anchor);
        self.headings.push((level, text.to_owned()));
    }
}

/// The anchor of a heading.
fn slug(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    text.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Every text between `begin` and the next `end`.
fn after(line: &str, begin: &str, end: char) -> Vec<String> {
    line.split(begin).skip(1).filter_map(|rest| rest.split_once(end)).map(|(text, _)| text.trim().to_owned()).collect()
}

fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_headings_are_found_and_code_is_not() {
        let page = Page::read(
            "# A `b` c: d\n[x](y.md#z) `[no](no)` ![i](i.png)\n```\n# not\n[no](no)\n```\n## A b c d\n<a id=\"own\"></a>\n[r]: s.md\n",
        );
        assert_eq!(page.links, ["y.md#z", "i.png", "s.md"]);
        assert_eq!(page.headings, [(1, "A `b` c: d".to_owned()), (2, "A b c d".to_owned())]);
        assert_eq!(page.anchors.iter().map(String::as_str).collect::<Vec<_>>(), ["a-b-c-d", "a-b-c-d-1", "own"]);
    }
}
