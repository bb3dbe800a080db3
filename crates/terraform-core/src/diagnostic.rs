//! Diagnostics of a provider or of Terraform itself.

use std::fmt;

use super::value::Path;

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The headline.
    pub summary: String,
    /// The explanation.
    pub detail: String,
    /// The attribute it points at, as text like `source.cluster_name`; empty for the whole object.
    pub path: String,
    /// The resource that was worked on, none for the provider block.
    pub address: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command fails.
    Error,
    /// The command continues.
    Warning,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Terraform itself.
    Core,
    /// The provider, in the response to this RPC.
    Provider(&'static str),
}

impl Diagnostic {
    /// An error of Terraform itself.
    pub(super) fn core(summary: &str, detail: &str, path: &Path) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.to_owned(),
            detail: detail.to_owned(),
            path: path.to_string(),
            address: None,
            origin: Origin::Core,
        }
    }

    /// The same about a resource.
    pub(super) fn at(mut self, address: Option<&str>) -> Self {
        self.address = address.map(str::to_owned);
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether it comes from the provider.
    pub fn is_from_provider(&self) -> bool {
        matches!(self.origin, Origin::Provider(_))
    }

    /// Summary and detail in one text, for searching.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.summary, self.detail)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_error() { "Error" } else { "Warning" };
        write!(formatter, "{kind}: {}", self.summary)?;
        match (&self.address, self.path.as_str()) {
            (None, "") => {}
            (Some(address), "") => write!(formatter, " (with {address})")?,
            (None, path) => write!(formatter, " (at {path})")?,
            (Some(address), path) => write!(formatter, " (with {address}, at {path})")?,
        }
        match self.origin {
            Origin::Core => write!(formatter, " [core]")?,
            Origin::Provider(rpc) => write!(formatter, " [{rpc}]")?,
        }
        if !self.detail.is_empty() {
            write!(formatter, "\n  {}", self.detail.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// Whether there is an error among them.
pub(super) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
