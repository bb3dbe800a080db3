//! Names and paths: empty ones, and characters that come from copying a name or from reading it from a file.

use tf_provider::Diagnostic;

use crate::summary;

/// The remedy for a line break at the end.
pub(super) const TRIMSPACE: &str = "If the value comes from `file()`, use `trimspace(file(...))`.";

/// A validator for an argument that names something.
pub(in super::super) fn name(text: String) -> Option<Diagnostic> {
    check("The value", &text)
}

/// What is wrong with a name; `what` is the start of a sentence about it.
pub(super) fn check(what: &str, text: &str) -> Option<Diagnostic> {
    let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
    let (summary, detail) = if text.is_empty() {
        (summary::value_is_empty(), format!("{what} is empty. Set it, or remove it if it is optional."))
    } else if text.chars().all(is_blank) {
        let detail = format!("{what} {text:?} has only white space. Set it, or remove it if it is optional.");
        (summary::value_is_empty(), detail)
    } else if text.starts_with(is_blank) || text.ends_with(is_blank) {
        let hint = if text.ends_with(['\n', '\r']) { TRIMSPACE } else { "" };
        let detail = format!("{what} {text:?} starts or ends with white space. Remove the white space. {hint}");
        (summary::value_has_white_space_around_it(), detail.trim_end().to_owned())
    } else if text.contains(is_invisible) {
        let detail =
            format!("{what} {text:?} contains a line break or another character that can't be seen. Remove it.");
        (summary::value_contains_a_control_character(), detail)
    } else {
        return None;
    };
    Some(Diagnostic::error(summary, detail))
}

/// Whether a character is a control character, a line break, or one of the zero-width characters that web pages contain.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}')
}
