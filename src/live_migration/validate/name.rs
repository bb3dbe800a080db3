//! Names and paths: empty ones, and characters that come from copying a name or from reading it from a file.

use tf_provider::Attr;
use tf_provider::path::Path;

use super::Check;
use crate::summary;

/// The remedy for a line break at the end.
pub(super) const TRIMSPACE: &str = "If the value comes from `file()`, use `trimspace(file(...))`.";

impl Check<'_> {
    /// Checks an argument that names something. Returns whether nothing is wrong with it.
    pub(super) fn name(&mut self, path: impl Into<Path>, value: &Attr<String>) -> bool {
        value.as_str().is_none_or(|text| self.named(path, "The value", text))
    }

    /// The same for any text; `what` is the start of a sentence about it.
    pub(super) fn named(&mut self, path: impl Into<Path>, what: &str, text: &str) -> bool {
        let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
        if text.is_empty() {
            self.wrong(
                path,
                summary::value_is_empty(),
                format!("{what} is empty. Set it, or remove it if it is optional."),
            );
        } else if text.chars().all(is_blank) {
            self.wrong(
                path,
                summary::value_is_empty(),
                format!("{what} {text:?} has only white space. Set it, or remove it if it is optional."),
            );
        } else if text.starts_with(is_blank) || text.ends_with(is_blank) {
            let hint = if text.ends_with(['\n', '\r']) { TRIMSPACE } else { "" };
            let detail = format!("{what} {text:?} starts or ends with white space. Remove the white space. {hint}");
            self.wrong(path, summary::value_has_white_space_around_it(), detail.trim_end());
        } else if text.contains(is_invisible) {
            self.wrong(
                path,
                summary::value_contains_a_control_character(),
                format!("{what} {text:?} contains a line break or another character that can't be seen. Remove it."),
            );
        } else {
            return true;
        }
        false
    }
}

/// Whether a character is a control character, a line break, or one of the zero-width characters that web pages contain.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}')
}
