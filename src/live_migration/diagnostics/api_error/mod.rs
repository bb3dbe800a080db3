//! Explains every failure of Atlas by status, errorCode and known texts: the cause, what is true now (from the operation), and
//! the usual remedy.

mod attribute_path;
mod cause;
mod remedy;
pub(in super::super) mod scope;
pub(super) mod text;

use std::fmt::Write as _;

use atlas_client::{Error, MigrationRequest, Notice};
use tf_provider::{Diagnostic, Diagnostics};

use crate::config::connection::Atlas;
use crate::summary;

/// A failure of Atlas in an operation.
pub(in super::super) struct ApiFailure<'a> {
    /// What went wrong.
    pub(in super::super) error: &'a Error,
    /// Where, and with which credentials.
    pub(in super::super) atlas: &'a Atlas,
    /// What was to be started, where that is what failed.
    pub(in super::super) request: Option<&'a MigrationRequest>,
}

impl ApiFailure<'_> {
    /// The message: the cause and its usual remedy, then `now`, which says what is true in this operation and what to do.
    pub(in super::super) fn to_diagnostic(&self, summary: impl Into<String>, now: &str) -> Diagnostic {
        let mut detail = cause::cause(self.error, self.atlas);
        if let Some(remedy) = remedy::remedy(self.error, &self.atlas.account) {
            let _ = write!(detail, " {remedy}");
        }
        let _ = write!(detail, "\n\n{now}\n\n{}", facts(self.error));
        let diagnostic = Diagnostic::error(summary, detail);
        match attribute_path::attribute_path(self.error, self.request) {
            Some(path) => diagnostic.at(path),
            None => diagnostic,
        }
    }
}

/// Warns that Atlas is about to retire an API that this provider uses.
pub(in super::super) fn notices(atlas: &Atlas, diagnostics: &mut Diagnostics) {
    diagnostics.extend(atlas.client.take_notices().iter().map(notice));
}

fn notice(notice: &Notice) -> Diagnostic {
    let Notice { header, operation, value } = notice;
    let says = if header.eq_ignore_ascii_case("sunset") {
        format!("Atlas will switch off this version of {operation} on {value}")
    } else {
        format!("Atlas calls this version of {operation} deprecated ({value})")
    };
    Diagnostic::warning(summary::api_ends(operation), format!("{says}. Check for a newer version of the provider."))
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

#[cfg(test)]
mod tests;
