//! What is wrong with an environment variable that the client reads.
//!
//! It must not read one.

use std::fmt;

/// An environment variable has a value that the client can't use. Nothing was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnvironmentError {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it, after the name of the variable. The value itself is shown only where it can't hold a secret.
    pub why: String,
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.why)
    }
}

impl std::error::Error for EnvironmentError {}
