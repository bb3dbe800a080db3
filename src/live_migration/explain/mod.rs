//! The words of every failure of Atlas: what was asked and what answered, what is true now, and what to do next. By
//! status, errorCode and known text.
//!
//! `happened` says what answered, `hint` what to look at, `place` where it can be mended, `validation` words what a
//! validation job found. The operations say what is true now.

mod happened;
mod hint;
mod place;
mod validation;

use std::fmt::Write as _;

use atlas_client::{Error, MigrationRequest, Notice};
use tf_provider::{Diagnostic, Diagnostics};

use crate::provider::Atlas;
pub(super) use validation::validation;

/// A failure to be worded.
pub(super) struct Failure<'a> {
    /// What went wrong.
    pub(super) error: &'a Error,
    /// Where, and with which credentials.
    pub(super) atlas: &'a Atlas,
    /// What was to be started, where that is what failed.
    pub(super) request: Option<&'a MigrationRequest>,
}

impl Failure<'_> {
    /// The message. `now` says what is true now and what to do about it in this operation; the usual causes come after
    /// it.
    pub(super) fn told(&self, summary: &str, now: &str) -> Diagnostic {
        let mut detail = format!("{}\n\n{now}", happened::what_happened(self.error, self.atlas));
        if let Some(hint) = hint::hint(self.error, &self.atlas.account) {
            let _ = write!(detail, "\n\n{hint}");
        }
        let _ = write!(detail, "\n\n{}", facts(self.error));
        let diagnostic = Diagnostic::error(summary, plain(&detail));
        match place::attribute(self.error, self.request) {
            Some(path) => diagnostic.at(path),
            None => diagnostic,
        }
    }
}

/// Tells that Atlas is about to retire what this provider uses.
pub(super) fn notices(atlas: &Atlas, diagnostics: &mut Diagnostics) {
    diagnostics.extend(atlas.client.take_notices().iter().map(notice));
}

fn notice(notice: &Notice) -> Diagnostic {
    let Notice { header, operation, value } = notice;
    let says = if header.eq_ignore_ascii_case("sunset") {
        format!("Atlas will switch off this version of «{operation}» on {value}")
    } else {
        format!("Atlas calls this version of «{operation}» deprecated ({value})")
    };
    Diagnostic::warning(
        format!("Atlas announces the end of an API that this provider uses ({operation})"),
        plain(&format!("{says}. Look for a newer version of the provider.")),
    )
}

/// Facts for support, one per line.
fn facts(error: &Error) -> String {
    let operation = error.operation();
    let mut facts = format!("  Request: {} {}", operation.method(), operation.path);
    if let Some(status) = error.status() {
        let _ = write!(facts, "\n  HTTP status: {status}");
    }
    if let Some(code) = error.error_code() {
        let _ = write!(facts, "\n  errorCode: {code}");
    }
    if error.attempts() > 1 {
        let _ = write!(facts, "\n  Attempts: {}", error.attempts());
    }
    facts
}

/// A text of somebody else's as the end of a sentence.
fn quoted_sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Without what Terraform 1.14.5 and newer would take for a colour code: a word in brackets.
fn plain(text: &str) -> String {
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

#[cfg(test)]
mod tests;
