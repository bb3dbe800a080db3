//! Texts of Atlas and of gateways, made fit for a diagnostic.

use std::fmt::Write as _;

/// A text of somebody else's as the end of a sentence.
pub(in super::super) fn quoted_sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Without what Terraform 1.14.5 and newer would take for a colour code: a word in brackets.
pub(in super::super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let is_code =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let code = after.split_once(']').filter(|(word, _)| is_code(word));
        out.push_str(before);
        match code {
            Some((word, after)) => {
                let _ = write!(out, "({word})");
                rest = after;
            }
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
