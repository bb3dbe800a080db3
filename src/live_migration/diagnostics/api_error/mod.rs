//! Explains a failed request by status, errorCode and known texts: the cause in a few words for the summary, the cause in a
//! sentence, the argument to blame, and the usual remedy.

mod attribute_path;
mod cause;
mod remedy;
pub(in super::super) mod scope;
mod short_cause;
pub(super) mod text;

use std::fmt::Write as _;

use atlas_client::{Error, MigrationRequest, Notice};
use tf_provider::{Diagnostic, Diagnostics};

use super::skeleton::paragraphs;
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

/// A request that failed.
pub(in super::super) struct ApiFailure<'a> {
    pub(in super::super) error: &'a Error,
    pub(in super::super) atlas: &'a Atlas,
    /// What was to be started, where that is what failed.
    pub(in super::super) request: Option<&'a MigrationRequest>,
}

impl ApiFailure<'_> {
    /// The message: the cause, then `parts`, which say what is true in this operation and what to do, then facts for support.
    pub(in super::super) fn to_diagnostic(&self, summary: String, parts: &[&str]) -> Diagnostic {
        let detail = paragraphs(&[&self.cause(), &paragraphs(parts), &facts(self.error)]);
        let diagnostic = Diagnostic::error(summary, detail);
        match attribute_path::attribute_path(self.error, self.request) {
            Some(path) => diagnostic.at(path),
            None => diagnostic,
        }
    }

    /// The cause in a few words, for a summary.
    pub(in super::super) fn short_cause(&self) -> String {
        short_cause::short_cause(self.error)
    }

    /// The cause in a sentence or two, and the credentials where they matter.
    pub(in super::super) fn cause(&self) -> String {
        cause::cause(self.error, self.atlas)
    }

    /// The usual remedy, if there is one.
    pub(in super::super) fn remedy(&self) -> Option<String> {
        remedy::remedy(self.error, self.atlas.account.kind)
    }

    /// The usual remedy and these, as steps.
    pub(in super::super) fn steps(&self, next: &[&str]) -> String {
        let next = next.iter().map(|step| (*step).to_owned());
        steps(&self.remedy().into_iter().chain(next).collect::<Vec<_>>())
    }
}

/// Warns that Atlas is about to retire an API that this provider uses.
pub(in super::super) fn notices(atlas: &Atlas, diagnostics: &mut Diagnostics) {
    diagnostics.extend(atlas.client.take_notices().iter().map(notice));
}

fn notice(notice: &Notice) -> Diagnostic {
    let Notice { header, operation, value } = notice;
    let cause = if header.eq_ignore_ascii_case("sunset") {
        format!("On {value}, Atlas will switch off the API version that this provider uses for \"{operation}\".")
    } else {
        format!("Atlas has deprecated the API version that this provider uses for \"{operation}\" ({value}).")
    };
    Diagnostic::warning(
        summary::api_version_will_be_retired(operation),
        format!("{cause} Check for a newer version of the provider."),
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

#[cfg(test)]
mod tests;
