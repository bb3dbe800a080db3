//! The resource `inmemory_thing`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tf_provider::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, ImportTarget, ModifyPlanRequest, PlanResponse, ReadRequest,
    ReadResponse, RequestContext, UpdateRequest, ValidateRequest,
};
use tf_provider::schema::IdentitySchema;
use tf_provider::{Attr, Diagnostic, Diagnostics, Failed, Private, PrivateError, Resource, Schema};

use crate::model::{Identity, Thing};
use crate::plan;
use crate::schema;
use crate::store::{Store, Stored, failed};
use crate::validate::validate;

/// Stored by Terraform beside the state.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct PrivateState {
    updates: i64,
}

pub(crate) struct ThingResource {
    store: Arc<Store>,
}

impl ThingResource {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Writes the thing, and sets what the plan left unknown.
    fn write(
        &self,
        id: String,
        config: &Thing,
        mut planned: Thing,
        private_state: PrivateState,
    ) -> io::Result<Applied<Thing, Identity>> {
        let private = Private::encode(&private_state).map_err(io::Error::other)?;
        let stored = Stored {
            name: planned.name.clone().into_known().unwrap_or_default(),
            size: planned.size.into_known().unwrap_or_default(),
            enabled: planned.enabled.into_known().unwrap_or_default(),
            revision: private_state.updates + 1,
            touched: self.store.get(&id)?.map_or(0, |stored| stored.touched),
        };
        self.store.put(&id, &stored)?;
        planned.id = Attr::Known(id);
        planned.revision = Attr::Known(stored.revision);
        if planned.secret_length.is_unknown() {
            // A write-only value is only in the configuration.
            let length = config.secret_wo.known().map(|secret| secret.expose().len());
            planned.secret_length = length.map(|length| i64::try_from(length).unwrap_or(i64::MAX)).into();
        }
        let identity = planned.identity();
        Ok(Applied { state: planned, private, identity })
    }
}

impl Resource for ThingResource {
    type Model = Thing;
    type Identity = Identity;

    fn type_name(&self) -> &'static str {
        "inmemory_thing"
    }

    fn schema(&self) -> Schema {
        schema::thing()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(schema::identity())
    }

    fn validate(&self, request: ValidateRequest<Thing>, diagnostics: &mut Diagnostics) {
        validate(&request.config, diagnostics);
    }

    async fn read(
        &self,
        request: ReadRequest<Thing, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Thing, Identity>, Failed> {
        let ReadRequest { mut state, private, .. } = request;
        let stored = self.store.find(state.id.as_str().unwrap_or_default(), diagnostics)?;
        let Some(stored) = stored else {
            return Ok(ReadResponse { state: None, private, identity: None });
        };
        state.name = Attr::Known(stored.name);
        state.size = Attr::Known(stored.size);
        state.enabled = Attr::Known(stored.enabled);
        state.revision = Attr::Known(stored.revision);
        let identity = state.identity();
        Ok(ReadResponse { state: Some(state), private, identity })
    }

    async fn modify_plan(
        &self,
        request: ModifyPlanRequest<Thing, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<PlanResponse<Thing, Identity>, Failed> {
        Ok(plan::modify(request, diagnostics))
    }

    async fn create(
        &self,
        request: CreateRequest<Thing, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Thing, Identity>, Failed> {
        wait(request.planned.wait_seconds, &request.context, diagnostics).await?;
        let id = new_id();
        tracing::info!(id, "creating a thing");
        self.write(id.clone(), &request.config, request.planned, PrivateState::default())
            .map_err(|error| diagnostics.fail(failed("write", &id, &error)))
    }

    async fn update(
        &self,
        request: UpdateRequest<Thing, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Thing, Identity>, Failed> {
        let id = request.prior.id.into_known().unwrap_or_default();
        let PrivateState { updates } =
            request.private.decode().map_err(|error| diagnostics.fail(unreadable(&error)))?.unwrap_or_default();
        self.write(id.clone(), &request.config, request.planned, PrivateState { updates: updates + 1 })
            .map_err(|error| diagnostics.fail(failed("write", &id, &error)))
    }

    async fn delete(
        &self,
        request: DeleteRequest<Thing, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let id = request.prior.id.into_known().unwrap_or_default();
        self.store.remove(&id).map_err(|error| diagnostics.fail(failed("remove", &id, &error)))
    }

    async fn import(
        &self,
        request: ImportRequest<Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Thing, Identity>, Failed> {
        let id = match request.target {
            ImportTarget::Id(id) => id,
            ImportTarget::Identity(identity) => identity.id.into_known().unwrap_or_default(),
        };
        let Some(stored) = self.store.find(&id, diagnostics)? else {
            // Terraform shows no path in the configuration here, so the message has the ID.
            return Err(diagnostics
                .fail(Diagnostic::error("Thing not found", format!("There is no thing with the ID `{id}`."))));
        };
        let state = Thing::with_id(&id);
        let identity = state.identity();
        let private_state = PrivateState { updates: stored.revision - 1 };
        let private = Private::encode(&private_state).map_err(|error| diagnostics.fail(unreadable(&error)))?;
        Ok(Applied { state, private, identity })
    }
}

/// Waits some seconds, or until the request is cancelled.
async fn wait(seconds: Attr<i64>, context: &RequestContext, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
    let seconds = seconds.into_known().and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
    tracing::info!(seconds, "waiting before the creation");
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(seconds)) => Ok(()),
        () = context.cancel.cancelled() => {
            let detail = "Terraform was interrupted before the thing was created. Nothing was created.";
            Err(diagnostics.fail(Diagnostic::error("Interrupted", detail)))
        }
    }
}

/// The process and the time, which is unique enough for an example.
fn new_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), since.as_nanos())
}

fn unreadable(error: &PrivateError) -> Diagnostic {
    Diagnostic::error("Private state can't be used", format!("Nothing was changed: {error}."))
}
