//! Rules of Terraform that a provider broke: what broke, and the call in which it did.

use std::fmt;

use serde_json::Value as Json;

use super::value::Path;

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The rule, by the title under which Terraform reports it, such as "Provider produced invalid plan".
    pub rule: String,
    /// What is wrong.
    pub detail: String,
    /// The resource, where there is one.
    pub address: Option<String>,
    /// The RPC, where the rule is about one.
    pub rpc: Option<&'static str>,
    /// The request, decoded.
    pub request: Json,
    /// The response, decoded as far as possible.
    pub response: Json,
}

/// Something wrong at a path, found by one of the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// What.
    pub text: String,
}

impl Problem {
    /// Something wrong at a path.
    pub(super) fn new(path: &Path, text: impl Into<String>) -> Self {
        Self { path: path.clone(), text: text.into() }
    }
}

impl Violation {
    /// A broken rule that is not about one call.
    pub(super) fn general(rule: &str, detail: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            detail: detail.into(),
            address: None,
            rpc: None,
            request: Json::Null,
            response: Json::Null,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.steps() {
            [] => formatter.write_str(&self.text),
            _ => write!(formatter, ".{}: {}", self.path, self.text),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.rule)?;
        if let Some(address) = &self.address {
            write!(formatter, "{address}")?;
            if !self.detail.starts_with('.') {
                formatter.write_str(": ")?;
            }
        }
        formatter.write_str(&self.detail)?;
        if let Some(rpc) = self.rpc {
            write!(formatter, "\n  in {rpc}\n  request: {:#}\n  response: {:#}", self.request, self.response)?;
        }
        Ok(())
    }
}

/// Fails the test with every violation, and with what the provider wrote to standard error.
///
/// # Panics
/// When there is one.
#[track_caller]
pub(super) fn refuse(violations: &[Violation], stderr: &str) {
    if violations.is_empty() {
        return;
    }
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let count = violations.len();
    panic!("the provider broke {count} of Terraform's rules:\n\n{}\n\nstandard error:\n{stderr}", texts.join("\n\n"));
}
