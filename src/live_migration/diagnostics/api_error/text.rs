//! Texts of Atlas and of gateways, made fit for a diagnostic.

/// A text of somebody else's as the end of a sentence.
pub(in super::super) fn quoted_sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
