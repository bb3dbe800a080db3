//! The error of an environment variable that the client can't use. It reads no variable.

use std::fmt;

/// An environment variable that the client can't use. Nothing was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnvironmentError {
    /// The name of the variable.
    pub variable: &'static str,
    /// What is wrong with it; a clause that follows the name. It quotes the value only where that can't contain a secret.
    pub why: String,
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.why)
    }
}

impl std::error::Error for EnvironmentError {}
