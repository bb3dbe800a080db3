//! What a developer implements for each resource type.
//!
//! Each method stands for an RPC, and its documentation says what Terraform enforces there. Methods tell problems
//! through [`Diagnostics`]; they return [`Failed`] when there is nothing to return beside them.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::private::Private;
use crate::schema::{IdentitySchema, Schema};
use crate::value::Model;

/// What each call carries beside its values.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Cancelled when the user interrupts Terraform (the Stop RPC) or when Terraform is gone: end soon, with the state
    /// so far. It is cancelled from the start in calls that Terraform still makes after an interrupt: begin nothing then.
    pub stop: CancellationToken,
    /// Cancelled when Terraform is gone or has dropped this call, and so is [`stop`](Self::stop): nobody will read the
    /// answer, so begin nothing more.
    pub gone: CancellationToken,
    /// Whether the client takes write-only attributes (Terraform and OpenTofu 1.11 and newer).
    pub write_only_allowed: bool,
}

/// A configuration to be checked. Anything in it may be unknown: `terraform validate` knows no variable.
#[derive(Clone, Debug)]
pub struct ValidateRequest<M> {
    /// The configuration, write-only values included.
    pub config: M,
    /// What each call carries.
    pub call: Call,
}

/// An object to be refreshed.
#[derive(Clone, Debug)]
pub struct ReadRequest<M, I> {
    /// The stored state.
    pub state: M,
    /// The stored private state.
    pub private: Private,
    /// The stored identity; none in state written before the resource had one or by Terraform older than 1.12.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// A refreshed object. What is left out of it is erased from the state.
#[derive(Clone, Debug)]
pub struct ReadResponse<M, I> {
    /// The object; `None` says that it is gone, and Terraform plans to create it again.
    pub state: Option<M>,
    /// The private state from now on.
    pub private: Private,
    /// Its identity.
    pub identity: Option<I>,
}

/// The plan of a create or an update, as the schema says it.
#[derive(Clone, Debug)]
pub struct ModifyPlanRequest<M, I> {
    /// The configuration, write-only values included.
    pub config: M,
    /// The state; `None` for a create, for a tainted object, and for the second call of a replacement.
    pub prior: Option<M>,
    /// The object after apply: the configuration, with defaults for what it leaves null. A computed attribute without a
    /// default is unknown in a new object, and keeps its prior value in an update. Write-only values are null.
    pub planned: M,
    /// The attributes and blocks that the schema marks [`requires_replace`](crate::schema::Attribute::requires_replace)
    /// and that differ, or may differ once they are known. Empty without a prior state.
    pub requires_replace: Vec<Path>,
    /// The stored private state; in the second call of a replacement, what the first one planned.
    pub private: Private,
    /// The stored identity.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct PlanResponse<M, I> {
    /// The object after apply, with unknown for what only apply can tell. Equal to the state, nothing is done at all.
    pub planned: M,
    /// Where a difference means that the object must be made anew.
    pub requires_replace: Vec<Path>,
    /// Private state for the apply; lost when the plan does nothing.
    pub private: Private,
    /// The identity: wholly known, or none (always none on create).
    pub identity: Option<I>,
}

/// A destroy to be planned.
#[derive(Clone, Debug)]
pub struct PlanDestroyRequest<M, I> {
    /// The state.
    pub prior: M,
    /// The stored private state.
    pub private: Private,
    /// The stored identity.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// A create to be carried out.
#[derive(Clone, Debug)]
pub struct CreateRequest<M, I> {
    /// The configuration: for write-only values only.
    pub config: M,
    /// The plan: take everything else from here.
    pub planned: M,
    /// What the plan left.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// An update to be carried out.
#[derive(Clone, Debug)]
pub struct UpdateRequest<M, I> {
    /// The configuration: for write-only values only.
    pub config: M,
    /// The state.
    pub prior: M,
    /// The plan: take everything else from here.
    pub planned: M,
    /// What the plan left.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// A destroy to be carried out, alone or as half of a replacement.
#[derive(Clone, Debug)]
pub struct DeleteRequest<M, I> {
    /// The state.
    pub prior: M,
    /// What the plan left: [`Resource::plan_destroy`] for a destroy, [`Resource::modify_plan`] without prior state for
    /// half of a replacement.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// What each call carries.
    pub call: Call,
}

/// What a create or an update left. With an error told beside it, Terraform saves it too, and taints it after a create.
#[derive(Clone, Debug)]
pub struct Applied<M, I> {
    /// The object: each value that the plan knew, unchanged, and nothing unknown.
    pub state: M,
    /// The private state from now on.
    pub private: Private,
    /// Its identity.
    pub identity: Option<I>,
}

/// What an import was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportTarget<I> {
    /// The id of the command line or of an import block.
    Id(String),
    /// The identity of an import block (Terraform 1.12 and newer); what it leaves out is null.
    Identity(I),
}

/// An object to be imported.
#[derive(Clone, Debug)]
pub struct ImportRequest<I> {
    /// Which.
    pub target: ImportTarget<I>,
    /// What each call carries.
    pub call: Call,
}

/// A resource type.
///
/// `Model` mirrors the schema and `Identity` the identity schema (`()` for none). The framework does the rest of what
/// Terraform wants of a provider:
///
/// - it decodes what arrives, and tells a value that does not fit the model at its place;
/// - it refuses a configuration of computed attributes, and of write-only ones where the client has none;
/// - it refuses null for a required attribute, in `validate`, which Terraform calls again as soon as a value is known.
///   `modify_plan` can still see such a null: with `ignore_changes` Terraform plans the stored value in place of the configuration, and
///   an imported object may have null there. Elements of collections are up to the resource;
/// - it warns where something deprecated is configured;
/// - it runs the validators of the schema;
/// - it plans defaults, computed attributes and replacements as the schema declares them;
/// - it escapes words in messages that Terraform would take for color codes;
/// - it nulls write-only values in everything but the configuration, and in what is returned;
/// - it makes LIST, SET and MAP blocks empty instead of null;
/// - it keeps an identity that is not returned, and drops one that is not wholly known;
/// - it saves a new state also where a value of it does not fit the schema: as null, beside an error;
/// - it turns a panic into an error that says what may have happened;
/// - it brings a call to its end when Terraform no longer waits for it.
pub trait Resource: Send + Sync + 'static {
    /// The state, the plan and the configuration.
    type Model: Model;
    /// The identity.
    type Identity: Model;

    /// The name of the type, with that of the provider before it: `atlas_live_migration`.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// The identity schema. Called once.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration without the remote system, and tells every mistake at once. Called at validate, plan and
    /// apply.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Brings the JSON of stored state of an older schema version to the current schema. Keys that are missing become
    /// null by themselves. Numbers beyond 64 bits lose digits here.
    ///
    /// # Errors
    /// When it cannot.
    fn upgrade_json(
        &self,
        version: i64,
        state: serde_json::Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<serde_json::Value, Failed> {
        let _ = (version, diagnostics);
        Ok(state)
    }

    /// Sees each stored state before it is used, also when nothing is to be upgraded.
    fn state_loaded(&self, state: &Self::Model) {
        let _ = state;
    }

    /// Refreshes an object. An error here stops a destroy as well.
    ///
    /// # Errors
    /// When the state of the object cannot be told; the stored state is kept.
    fn read(
        &self,
        request: ReadRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<ReadResponse<Self::Model, Self::Identity>, Failed>> + Send;

    /// Changes the plan of a create or an update, or refuses it. By default the plan of the schema stands.
    ///
    /// Return the same plan for the same request: Terraform plans again at apply, in another process, and compares.
    ///
    /// What the configuration sets must be planned as it is, or as it was in the prior state where that means the same;
    /// what it leaves null may be planned only where the attribute is computed.
    ///
    /// # Errors
    /// When the change is refused.
    fn modify_plan(
        &self,
        request: ModifyPlanRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<PlanResponse<Self::Model, Self::Identity>, Failed>> + Send {
        let _ = diagnostics;
        let ModifyPlanRequest { planned, requires_replace, private, identity, .. } = request;
        async { Ok(PlanResponse { planned, requires_replace, private, identity }) }
    }

    /// Plans a destroy; returns the private state for the apply. Not called for the destroy half of a replacement.
    ///
    /// # Errors
    /// When the destroy is refused.
    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        let _ = diagnostics;
        Ok(request.private)
    }

    /// Creates an object. Once it exists, return it, with warnings only: an error makes Terraform taint it.
    ///
    /// # Errors
    /// When nothing was created.
    fn create(
        &self,
        request: CreateRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Applied<Self::Model, Self::Identity>, Failed>> + Send;

    /// Updates an object in place.
    ///
    /// # Errors
    /// When nothing was changed; the prior state is kept. To save a part, tell the error and return the state.
    fn update(
        &self,
        request: UpdateRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Applied<Self::Model, Self::Identity>, Failed>> + Send;

    /// Destroys an object.
    ///
    /// # Errors
    /// When it could not be destroyed; the state is kept.
    fn delete(
        &self,
        request: DeleteRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<(), Failed>> + Send;

    /// Completes the configuration that Terraform 1.14 and newer write for an imported object. It has what can be
    /// configured of the state, and null where the user must fill something in.
    fn generate_config(&self, config: Self::Model) -> Self::Model {
        config
    }

    /// Finds an object that exists already. Terraform reads and plans it next.
    ///
    /// # Errors
    /// When there is none; the message should name the id, for Terraform shows no place in the configuration.
    fn import(
        &self,
        request: ImportRequest<Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Applied<Self::Model, Self::Identity>, Failed>> + Send {
        let _ = request;
        let failed = diagnostics.fail(Diagnostic::error(
            "Import is not supported",
            format!("Resources of type `{}` cannot be imported.", self.type_name()),
        ));
        async { Err(failed) }
    }
}
