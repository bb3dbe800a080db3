//! The resource `atlas_live_migration`.
//!
//! Reading order: `schema` and `model` (what it is), `phase` (what its state means), `validate`, `plan` with `change` and
//! `duplicate_guard` (what will happen), then what happens: `create`, `wait`, `read`, `import`. `diagnostics` has every text
//! about a migration.

mod change;
mod create;
pub(crate) mod diagnostics;
pub(crate) mod duplicate_guard;
mod import;
mod migration_host;
pub(crate) mod model;
pub(crate) mod phase;
mod plan;
pub(crate) mod private_state;
pub(crate) mod progress;
pub(crate) mod read;
mod request;
mod response;
pub(crate) mod schema;
mod timeouts;
mod turns;
pub(crate) mod validate;
mod wait;
pub(crate) mod waiter;

use std::sync::Arc;
use std::time::SystemTime;

use tf_provider::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, ModifyPlanRequest, PlanDestroyRequest, PlanResponse,
    ReadRequest, ReadResponse, UpdateRequest, ValidateRequest,
};
use tf_provider::schema::IdentitySchema;
use tf_provider::{Attr, Diagnostics, Failed, Private, Resource, Schema};

use self::diagnostics::{removal, replacement};
pub use self::duplicate_guard::DuplicateGuard;
use self::model::{Identity, Migration};
use self::phase::Phase;
use self::plan::Planner;
use self::private_state::{Intent, PrivateState};
pub use self::turns::Turns;
use crate::config::connection::Connection;

/// The resource type.
pub struct LiveMigration {
    connection: Arc<Connection>,
    guard: Arc<DuplicateGuard>,
    turns: Arc<Turns>,
}

impl LiveMigration {
    /// Uses a connection that Configure fills, and what this process knows of other migrations.
    pub fn new(connection: Arc<Connection>, guard: Arc<DuplicateGuard>, turns: Arc<Turns>) -> Self {
        Self { connection, guard, turns }
    }

    fn planner(&self) -> Planner<'_> {
        Planner { guard: &self.guard, api_has_sharding: !self.connection.uses_api_v1(), now: SystemTime::now() }
    }

    fn applied(
        &self,
        state: Migration,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> Applied<Migration, Identity> {
        self.guard.refreshed(&state, &private);
        wait::applied(state, private, diagnostics)
    }
}

impl Resource for LiveMigration {
    type Model = Migration;
    type Identity = Identity;

    fn type_name(&self) -> &'static str {
        "atlas_live_migration"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(schema::identity_schema())
    }

    fn validate(&self, request: ValidateRequest<Migration>, diagnostics: &mut Diagnostics) {
        validate::validate(&request.config, request.context.write_only_allowed, diagnostics);
    }

    fn state_loaded(&self, state: &Migration) {
        self.guard.state_loaded(state);
    }

    async fn read(
        &self,
        request: ReadRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Migration, Identity>, Failed> {
        let atlas = self.connection.atlas(diagnostics)?;
        let private = PrivateState::decode(&request.private, diagnostics);
        let (state, private) = read::read(&atlas, request.state, private, &request.context, diagnostics).await?;
        if let Some(planned) = self.guard.refreshed(&state, &private) {
            removal::planned_before(&state, &private, &planned, diagnostics);
        }
        let identity = state.identity();
        Ok(ReadResponse { state: Some(state), private: private.encode(diagnostics), identity })
    }

    async fn modify_plan(
        &self,
        request: ModifyPlanRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<PlanResponse<Migration, Identity>, Failed> {
        self.planner().plan(request, diagnostics)
    }

    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        self.planner().destroy(&request, diagnostics)
    }

    async fn create(
        &self,
        request: CreateRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Migration, Identity>, Failed> {
        let atlas = self.connection.atlas(diagnostics)?;
        let state =
            create::create(&atlas, &self.guard, request.planned, &request.config, &request.context, diagnostics)
                .await?;
        Ok(self.applied(state, PrivateState::default(), diagnostics))
    }

    async fn update(
        &self,
        request: UpdateRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Migration, Identity>, Failed> {
        let private = PrivateState::decode(&request.private, diagnostics);
        if !request.planned.status.is_unknown() {
            return Ok(wait::applied(request.planned, private, diagnostics));
        }
        let atlas = self.connection.atlas(diagnostics)?;
        let (state, private, _turn) =
            wait::wait(&atlas, &self.turns, request.prior, request.planned, private, &request.context, diagnostics)
                .await;
        Ok(self.applied(state, private, diagnostics))
    }

    /// Sends nothing: the Atlas API can neither delete nor cancel a live migration. It is only removed from state.
    async fn delete(
        &self,
        request: DeleteRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let Some(Intent::Start { replaces }) = PrivateState::decode(&request.private, diagnostics).plan else {
            return Ok(());
        };
        // The plan judged the migration that it replaces by private state that is not here.
        let judged =
            replaces.as_deref() == request.prior.id.as_str() && response::has_ended_unsuccessfully(&request.prior);
        if judged || Phase::of(&request.prior, &PrivateState::default()).is_replaceable() {
            self.guard.replaced(request.prior.id_text());
            return Ok(());
        }
        Err(diagnostics.fail(replacement::applied(&request.prior)))
    }

    /// Atlas returns neither source nor destination, but the project of an imported migration is that of its destination.
    fn generate_config(&self, mut config: Migration) -> Migration {
        if let Attr::Known(destination) = &mut config.destination
            && destination.group_id.is_null()
        {
            destination.group_id = std::mem::take(&mut config.group_id);
        }
        config
    }

    async fn import(
        &self,
        request: ImportRequest<Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Migration, Identity>, Failed> {
        let target = import::target(request.target, diagnostics)?;
        let atlas = self.connection.atlas(diagnostics)?;
        import::import(&atlas, target, &request.context, diagnostics).await
    }
}
