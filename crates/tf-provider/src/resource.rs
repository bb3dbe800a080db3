//! The trait of a resource type.
//!
//! Each method handles an RPC, and its documentation has Terraform's rules for it. Methods report problems in
//! [`Diagnostics`], and return [`Failed`] if there is nothing else to return.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::private::Private;
use crate::schema::{IdentitySchema, Schema};
use crate::value::Model;

/// What every request has beside its values.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// Cancelled when the user interrupts Terraform (the Stop RPC) or when Terraform disconnects. End soon, and return
    /// the state so far. In requests that Terraform sends after an interrupt it is cancelled from the start: don't
    /// begin anything.
    pub cancel: CancellationToken,
    /// Cancelled when Terraform has disconnected or dropped this request; [`cancel`](Self::cancel) is then cancelled too.
    /// The response is lost, so don't begin anything more.
    pub disconnected: CancellationToken,
    /// Whether the client supports write-only attributes (Terraform and OpenTofu 1.11 and newer).
    pub write_only_allowed: bool,
}

/// A request to validate a configuration. Any value can be unknown: `terraform validate` has no values for variables.
#[derive(Clone, Debug)]
pub struct ValidateRequest<M> {
    /// The configuration, write-only values included.
    pub config: M,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A request to refresh an object.
#[derive(Clone, Debug)]
pub struct ReadRequest<M, I> {
    /// The stored state.
    pub state: M,
    /// The stored private state.
    pub private: Private,
    /// The stored identity. State from before the resource had one, or from Terraform before 1.12, has none.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A refreshed object. It replaces the stored one completely.
#[derive(Clone, Debug)]
pub struct ReadResponse<M, I> {
    /// The object. `None` if it no longer exists: Terraform then plans to create it again.
    pub state: Option<M>,
    /// The new private state.
    pub private: Private,
    /// Its identity.
    pub identity: Option<I>,
}

/// A request to plan a create or an update, with the plan that follows from the schema.
#[derive(Clone, Debug)]
pub struct ModifyPlanRequest<M, I> {
    /// The configuration, write-only values included.
    pub config: M,
    /// The state. `None` for a create, for a tainted object, and for the second plan of a replacement.
    pub prior: Option<M>,
    /// The object after apply: the configuration, with defaults for null. A computed attribute without a default is
    /// unknown in a new object, and keeps its prior value in an update. Write-only values are null.
    pub planned: M,
    /// The attributes and blocks that the schema marks with
    /// [`requires_replace`](crate::schema::Attribute::requires_replace) and that differ, or may differ when they are
    /// known. Empty without a prior state.
    pub requires_replace: Vec<Path>,
    /// The stored private state. In the second plan of a replacement, that of the first plan.
    pub private: Private,
    /// The stored identity.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A plan, as [`Resource::modify_plan`] returns it.
#[derive(Clone, Debug)]
pub struct PlanResponse<M, I> {
    /// The object after apply, with unknown for what only apply determines. If it equals the state, nothing is applied.
    pub planned: M,
    /// The attributes and blocks whose change replaces the object.
    pub requires_replace: Vec<Path>,
    /// Private state for the apply. Lost if the plan has no changes.
    pub private: Private,
    /// The identity, wholly known. None in a create.
    pub identity: Option<I>,
}

/// A request to plan a destroy.
#[derive(Clone, Debug)]
pub struct PlanDestroyRequest<M, I> {
    /// The state.
    pub prior: M,
    /// The stored private state.
    pub private: Private,
    /// The stored identity.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A request to create an object.
#[derive(Clone, Debug)]
pub struct CreateRequest<M, I> {
    /// The configuration. Use it for write-only values only.
    pub config: M,
    /// The plan. Use it for everything else.
    pub planned: M,
    /// The planned private state.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A request to update an object in place.
#[derive(Clone, Debug)]
pub struct UpdateRequest<M, I> {
    /// The configuration. Use it for write-only values only.
    pub config: M,
    /// The state.
    pub prior: M,
    /// The plan. Use it for everything else.
    pub planned: M,
    /// The planned private state.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A request to destroy an object, alone or as half of a replacement.
#[derive(Clone, Debug)]
pub struct DeleteRequest<M, I> {
    /// The state.
    pub prior: M,
    /// The planned private state: from [`Resource::plan_destroy`] for a destroy, from [`Resource::modify_plan`] without
    /// prior state for half of a replacement.
    pub private: Private,
    /// The planned identity.
    pub identity: Option<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// The result of a create or an update. Terraform saves it even if an error is reported, and taints the object after a
/// create.
#[derive(Clone, Debug)]
pub struct Applied<M, I> {
    /// The object, with each planned value unchanged and without unknown values.
    pub state: M,
    /// The new private state.
    pub private: Private,
    /// Its identity.
    pub identity: Option<I>,
}

/// The object of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportTarget<I> {
    /// The ID from the command line or an import block.
    Id(String),
    /// The identity from an import block (Terraform 1.12 and newer). Attributes that it leaves out are null.
    Identity(I),
}

/// A request to import an object.
#[derive(Clone, Debug)]
pub struct ImportRequest<I> {
    /// The object.
    pub target: ImportTarget<I>,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A resource type.
///
/// `Model` mirrors the schema and `Identity` the identity schema (`()` for none). The framework does the following, so
/// that a resource doesn't have to:
///
/// - It decodes requests, and reports a value that doesn't fit the model at its path.
/// - It rejects configured computed attributes, and write-only values if the client doesn't support them.
/// - It rejects null for a required attribute in `validate`, which Terraform calls again when a value becomes known.
///   `modify_plan` can still get such a null: with `ignore_changes` Terraform plans the stored value in place of the
///   configuration, and an imported object can have null there. Elements of collections are not checked.
/// - It warns about deprecated arguments.
/// - It runs the validators of the schema.
/// - It plans defaults, computed attributes and replacements as the schema declares them.
/// - It escapes words in messages that Terraform would take for color codes.
/// - It sets write-only values to null everywhere but in the configuration, also in responses.
/// - It sets LIST, SET and MAP blocks to empty instead of null.
/// - It keeps an identity that isn't returned, and drops one that isn't wholly known.
/// - It saves a new state even if a value doesn't fit the schema: as null, beside an error.
/// - It turns a panic into an error that says what may have happened.
/// - It runs a request to its end if Terraform drops it.
pub trait Resource: Send + Sync + 'static {
    /// The state, the plan and the configuration.
    type Model: Model;
    /// The identity.
    type Identity: Model;

    /// The type name with the provider's prefix, such as `atlas_live_migration`.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// The identity schema. Called once.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Validates a configuration without the remote system. Report all mistakes at once. Called at validate, plan and
    /// apply: each time when more values are known.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Upgrades stored state of an older schema version to the current schema. Missing keys become null by themselves.
    /// Numbers beyond 64 bits lose digits.
    ///
    /// # Errors
    /// When the state can't be upgraded.
    fn upgrade_json(
        &self,
        version: i64,
        state: serde_json::Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<serde_json::Value, Failed> {
        let _ = (version, diagnostics);
        Ok(state)
    }

    /// Called with each stored state before it is used, even if it needs no upgrade.
    fn state_loaded(&self, state: &Self::Model) {
        let _ = state;
    }

    /// Refreshes an object. An error also prevents a destroy.
    ///
    /// # Errors
    /// When the object can't be read. Terraform keeps the stored state.
    fn read(
        &self,
        request: ReadRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<ReadResponse<Self::Model, Self::Identity>, Failed>> + Send;

    /// Changes the plan of a create or an update, or rejects it. By default it returns the plan of the schema.
    ///
    /// Return the same plan for the same request: Terraform plans again at apply, in another process, and compares.
    ///
    /// Plan each configured value unchanged, or as in the prior state if that means the same. Where the configuration
    /// has null, a value can be planned only for a computed attribute.
    ///
    /// # Errors
    /// When the change is rejected.
    fn modify_plan(
        &self,
        request: ModifyPlanRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<PlanResponse<Self::Model, Self::Identity>, Failed>> + Send {
        let _ = diagnostics;
        let ModifyPlanRequest { planned, requires_replace, private, identity, .. } = request;
        async { Ok(PlanResponse { planned, requires_replace, private, identity }) }
    }

    /// Plans a destroy, and returns the private state for the apply. Not called for the destroy half of a replacement.
    ///
    /// # Errors
    /// When the destroy is rejected.
    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        let _ = diagnostics;
        Ok(request.private)
    }

    /// Creates an object. If it exists, return it and report warnings only: an error makes Terraform taint it.
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
    /// When nothing was changed. Terraform keeps the prior state. To save a partial change, report an error and return
    /// the state.
    fn update(
        &self,
        request: UpdateRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Applied<Self::Model, Self::Identity>, Failed>> + Send;

    /// Destroys an object.
    ///
    /// # Errors
    /// When the object wasn't destroyed. Terraform keeps the state.
    fn delete(
        &self,
        request: DeleteRequest<Self::Model, Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<(), Failed>> + Send;

    /// Changes the configuration that Terraform 1.14 and newer write for an imported object. It has the configurable
    /// values of the state, and null where the user must set a value.
    fn generate_config(&self, config: Self::Model) -> Self::Model {
        config
    }

    /// Imports an existing object. Terraform reads and plans it next.
    ///
    /// # Errors
    /// When the object doesn't exist. Name the ID in the message: Terraform shows no path in the configuration.
    fn import(
        &self,
        request: ImportRequest<Self::Identity>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Applied<Self::Model, Self::Identity>, Failed>> + Send {
        let _ = request;
        let failed = diagnostics.fail(Diagnostic::error(
            "Import is not supported",
            format!("Resources of type `{}` can't be imported.", self.type_name()),
        ));
        async { Err(failed) }
    }
}
