//! The names of the operations, for messages, logs and errors.
//!
//! It must not know how they are sent.

use std::fmt;

/// One of the operations.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// Lists the projects that can be migrated to an organization.
    AvailableProjects,
    /// Starts a migration.
    Create,
    /// Ends a migration by making the destination the one to use.
    Cutover,
    /// Reads a migration.
    Read,
    /// Starts a validation job.
    Validate,
    /// Reads a validation job.
    Validation,
}

impl Action {
    /// A word for messages and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AvailableProjects => "available projects",
            Self::Create => "create",
            Self::Cutover => "cutover",
            Self::Read => "read",
            Self::Validate => "validate",
            Self::Validation => "validation",
        }
    }

    /// The HTTP method.
    pub fn method(self) -> &'static str {
        match self {
            Self::Create | Self::Validate => "POST",
            Self::Cutover => "PUT",
            Self::AvailableProjects | Self::Read | Self::Validation => "GET",
        }
    }

    /// Whether Atlas does something because of it.
    pub fn is_write(self) -> bool {
        match self {
            Self::Create | Self::Cutover | Self::Validate => true,
            Self::AvailableProjects | Self::Read | Self::Validation => false,
        }
    }
}

/// An operation on a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operation {
    /// Which one.
    pub action: Action,
    /// The path as sent, without scheme and host.
    pub path: String,
}

impl Operation {
    /// A word for messages and logs, such as `create`.
    pub fn name(&self) -> &'static str {
        self.action.as_str()
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static str {
        self.action.method()
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.name(), self.method(), self.path)
    }
}
