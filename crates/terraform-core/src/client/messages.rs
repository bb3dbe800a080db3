//! What a test or a walk asks of a provider about an object, and what comes back.

use crate::value::{Path, Value};

/// ReadResource.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// The state so far.
    pub state: Value,
    /// The private bytes so far.
    pub private: Vec<u8>,
    /// The identity so far.
    pub identity: Option<Value>,
}

/// The answer to ReadResource.
#[derive(Clone, Debug)]
pub struct ReadAnswer {
    /// The state; null for a deleted object.
    pub state: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}

/// PlanResourceChange.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The object before; null for a create.
    pub prior: Value,
    /// What Terraform proposes; null for a destroy.
    pub proposed: Value,
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity before.
    pub identity: Option<Value>,
}

/// The answer to PlanResourceChange.
#[derive(Clone, Debug)]
pub struct PlanAnswer {
    /// The planned object.
    pub planned: Value,
    /// The paths that the provider cannot update.
    pub requires_replace: Vec<Path>,
    /// The private bytes for the apply.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// ApplyResourceChange.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The object before; null for a create.
    pub prior: Value,
    /// The planned object; null for a destroy.
    pub planned: Value,
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// The answer to ApplyResourceChange. The private bytes come also where the state is lost.
#[derive(Clone, Debug)]
pub struct ApplyAnswer {
    /// The new state, null for a destroyed object; none where it does not decode.
    pub state: Option<Value>,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}

/// ImportResourceState.
#[derive(Clone, Debug)]
pub enum ImportRequest {
    /// By id.
    Id(String),
    /// By identity, optional parts null.
    Identity(Value),
}

/// One object of the answer to ImportResourceState.
#[derive(Clone, Debug)]
pub struct ImportAnswer {
    /// The resource type, which must be set.
    pub type_name: String,
    /// The state.
    pub state: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}
