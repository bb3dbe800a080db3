//! Requests about an object, and their responses.

use crate::value::{Path, Value};

/// ReadResource.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadRequest {
    /// The state so far.
    pub(crate) state: Value,
    /// The private bytes so far.
    pub(crate) private: Vec<u8>,
    /// The identity so far.
    pub(crate) identity: Option<Value>,
}

/// The response to ReadResource.
#[derive(Clone, Debug)]
pub(crate) struct ReadResponse {
    /// The state; null for a deleted object.
    pub(crate) state: Value,
    /// The private bytes.
    pub(crate) private: Vec<u8>,
    /// The identity.
    pub(crate) identity: Option<Value>,
}

/// PlanResourceChange.
#[derive(Clone, Debug)]
pub(crate) struct PlanRequest {
    /// The object before; null for a create.
    pub(crate) prior: Value,
    /// What Terraform proposes; null for a destroy.
    pub(crate) proposed: Value,
    /// The configuration; null for a destroy.
    pub(crate) config: Value,
    /// The private bytes.
    pub(crate) private: Vec<u8>,
    /// The identity before.
    pub(crate) identity: Option<Value>,
}

/// The response to PlanResourceChange.
#[derive(Clone, Debug)]
pub(crate) struct PlanResponse {
    /// The planned object.
    pub(crate) planned: Value,
    /// The paths that the provider cannot update.
    pub(crate) requires_replace: Vec<Path>,
    /// The private bytes for the apply.
    pub(crate) private: Vec<u8>,
    /// The planned identity.
    pub(crate) identity: Option<Value>,
}

/// ApplyResourceChange.
#[derive(Clone, Debug)]
pub(crate) struct ApplyRequest {
    /// The object before; null for a create.
    pub(crate) prior: Value,
    /// The planned object; null for a destroy.
    pub(crate) planned: Value,
    /// The configuration; null for a destroy.
    pub(crate) config: Value,
    /// The private bytes of the plan.
    pub(crate) private: Vec<u8>,
    /// The planned identity.
    pub(crate) identity: Option<Value>,
}

/// The response to ApplyResourceChange. The private bytes come also where the state is lost.
#[derive(Clone, Debug)]
pub(crate) struct ApplyResponse {
    /// The new state, null for a destroyed object; none where it does not decode.
    pub(crate) state: Option<Value>,
    /// The private bytes.
    pub(crate) private: Vec<u8>,
    /// The identity.
    pub(crate) identity: Option<Value>,
}

/// ImportResourceState.
#[derive(Clone, Debug)]
pub enum ImportRequest {
    /// By id.
    Id(String),
    /// By identity, optional parts null.
    Identity(Value),
}

/// One object of the response to ImportResourceState.
#[derive(Clone, Debug)]
pub struct ImportResponse {
    /// The resource type, which must be set.
    pub type_name: String,
    /// The state.
    pub state: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}
