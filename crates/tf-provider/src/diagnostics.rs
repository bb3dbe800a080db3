//! What a provider tells its user: errors and warnings as values. Knows nothing of the wire or of any resource.

use crate::path::Path;

/// The last sentence of every message about something that must not happen.
pub(crate) const REPORT: &str =
    "This is a bug in the provider or in Terraform; please report it to the developers of the provider.";

/// How bad it is. Terraform knows just these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation goes on.
    Warning,
}

/// One message: what went wrong in a line, why and what to do next in whole sentences, and the attribute concerned.
///
/// Terraform never wraps the summary, wraps the detail, and keeps a line of the detail that starts with a space as it
/// is. Warnings of equal summary are merged and only the first detail is shown, so what must be seen belongs into the
/// summary of a warning. A word in brackets that Terraform would take for a color code is escaped on the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// One line, no full stop.
    pub summary: String,
    /// Whole sentences: what is true now and what to do next.
    pub detail: String,
    /// The narrowest attribute that the user can edit; empty where no edit helps.
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

/// Proof that an error has been told: only [`Diagnostics`] makes one. So `?` ends an operation, and «failed without
/// saying why» cannot be written.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(());

/// The messages of one call, in the order in which they were told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells a message; the same message twice is told once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Tells an error and proves it. A warning handed over is told as an error.
    pub fn fail(&mut self, diagnostic: Diagnostic) -> Failed {
        self.push(Diagnostic { severity: Severity::Error, ..diagnostic });
        Failed(())
    }

    /// Goes on while no error has been told.
    ///
    /// # Errors
    /// When an error has been told.
    pub fn ok(&self) -> Result<(), Failed> {
        if self.has_error() { Err(Failed(())) } else { Ok(()) }
    }

    /// Whether an error has been told.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All messages, first told first.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Makes warnings of all errors: for an operation that has taken effect, where an error would make Terraform taint
    /// the object.
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
