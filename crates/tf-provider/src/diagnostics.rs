//! Errors and warnings as values.

use crate::path::Path;

/// The last sentence of every message about a bug.
pub(crate) const REPORT: &str =
    "This is a bug in the provider or in Terraform; please report it to the developers of the provider.";

/// Terraform has only these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation continues.
    Warning,
}

/// A message for the user, with the attribute that it is about.
///
/// Terraform doesn't wrap the summary. It wraps the detail, except for lines that start with a space. It merges
/// warnings with the same summary and shows only the first detail, so the summary of a warning must have the essential
/// facts. The framework escapes words in brackets that Terraform would take for color codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the operation failed.
    pub severity: Severity,
    /// One line without a period.
    pub summary: String,
    /// Whole sentences: the current situation, and what to do next.
    pub detail: String,
    /// The innermost attribute that the user can edit. Empty where no edit helps.
    pub path: Path,
}

impl Diagnostic {
    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: Path::default() }
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message, at an attribute.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = path.into();
        self
    }
}

/// Proof that an error was reported: only [`Diagnostics`] can make one. It lets `?` end an operation, and rules out a
/// failure without an error.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(());

/// The messages of one request, in the order in which they were reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No diagnostics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports a message. The same message is reported once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Reports an error and returns the proof. A warning is reported as an error.
    pub fn fail(&mut self, diagnostic: Diagnostic) -> Failed {
        self.push(Diagnostic { severity: Severity::Error, ..diagnostic });
        Failed(())
    }

    /// Succeeds if no error was reported.
    ///
    /// # Errors
    /// When an error was reported.
    pub fn ok(&self) -> Result<(), Failed> {
        if self.has_error() { Err(Failed(())) } else { Ok(()) }
    }

    /// Whether an error was reported.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All messages, in the order in which they were reported.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Turns all errors into warnings, for an operation that has taken effect: an error would make Terraform taint the
    /// object.
    pub fn demote_errors(&mut self) {
        for diagnostic in &mut self.0 {
            diagnostic.severity = Severity::Warning;
        }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_do_not_fail_and_errors_do() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning("a", "b").at("x.y"));
        diagnostics.push(Diagnostic::warning("a", "b").at("x.y"));
        assert_eq!(diagnostics.iter().count(), 1);
        assert!(diagnostics.ok().is_ok());
        let _ = diagnostics.fail(Diagnostic::warning("c", "d"));
        assert!(diagnostics.ok().is_err());
        diagnostics.demote_errors();
        assert!(!diagnostics.has_error());
    }
}
