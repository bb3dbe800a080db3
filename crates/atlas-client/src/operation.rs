//! The operations: their names, methods, and whether they change something.
//!
//! It doesn't depend on how they are sent.

use std::fmt;

/// The kind of an operation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// Lists the projects that can be migrated to an organization.
    AvailableProjects,
    /// Starts a migration.
    Create,
    /// Requests the cutover of a migration.
    Cutover,
    /// Reads a migration.
    Read,
    /// Starts a validation job.
    Validate,
    /// Reads a validation job.
    Validation,
}

impl Action {
    /// The name in messages and logs, such as `create`.
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

    /// Whether the operation changes something in Atlas.
    pub fn is_write(self) -> bool {
        match self {
            Self::Create | Self::Cutover | Self::Validate => true,
            Self::AvailableProjects | Self::Read | Self::Validation => false,
        }
    }
}

/// An operation and its path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operation {
    /// The kind of the operation.
    pub action: Action,
    /// The path of the request, without scheme and host.
    pub path: String,
}

impl Operation {
    /// The name in messages and logs, such as `create`.
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
