//! The resource `atlas_live_migration`, where Terraform and Atlas meet.
//!
//! Reading order: `schema` and `model` (what it is), `life` (where a migration is), `validate`, `plan` with
//! `change`, `guard`, `refuse` and `warn` (what will happen), then what happens: `create`, `converge`,
//! `read`, `import`; `explain` words the failures of Atlas.

mod change;
mod converge;
mod create;
mod explain;
mod guard;
mod import;
mod life;
mod mark;
mod model;
mod observe;
mod plan;
mod read;
mod refuse;
mod request;
mod schema;
mod validate;
mod warn;

use std::sync::Arc;
use std::time::SystemTime;

use tf_provider::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, PlanDestroyRequest, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, UpdateRequest, ValidateRequest,
};
use tf_provider::schema::IdentitySchema;
use tf_provider::{Diagnostics, Failed, Private, Resource, Schema};

use crate::provider::Connection;
use guard::Guard;
use mark::{Intent, Mark};
use model::{Identity, Migration};
use plan::Planner;

/// What the process remembers between calls.
#[derive(Debug, Default)]
pub struct Memory(Guard);

impl Memory {
    /// Forgets everything; at each Configure.
    pub fn clear(&self) {
        self.0.clear();
    }
}

/// The resource type.
pub struct LiveMigration {
    connection: Arc<Connection>,
    memory: Arc<Memory>,
}

impl LiveMigration {
    /// Over a connection that Configure fills.
    pub fn new(connection: Arc<Connection>, memory: Arc<Memory>) -> Self {
        Self { connection, memory }
    }

    fn planner(&self) -> Planner<'_> {
        Planner {
            guard: &self.memory.0,
            dialect_has_sharding: self.connection.dialect_has_sharding(),
            now: SystemTime::now(),
        }
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
        validate::validate(&request.config, request.call.write_only_allowed, diagnostics);
    }

    fn loaded(&self, state: &Migration) {
        self.memory.0.loaded(state);
    }

    async fn read(
        &self,
        request: ReadRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Migration, Identity>, Failed> {
        let atlas = self.connection.atlas(diagnostics)?;
        let response = read::read(&atlas, request.state, &request.private, &request.call, diagnostics).await?;
        if let Some(state) = &response.state {
            self.memory.0.refreshed(state);
        }
        Ok(response)
    }

    fn plan(
        &self,
        request: PlanRequest<Migration, Identity>,
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
        let applied = create::create(&atlas, request.planned, &request.config, &request.call, diagnostics).await?;
        self.memory.0.refreshed(&applied.state);
        Ok(applied)
    }

    async fn update(
        &self,
        request: UpdateRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Migration, Identity>, Failed> {
        let mark = Mark::of(&request.private);
        if !request.planned.status.is_unknown() {
            return Ok(converge::applied(request.planned, &mark));
        }
        let atlas = self.connection.atlas(diagnostics)?;
        let applied =
            converge::converge(&atlas, request.prior, request.planned, mark, &request.call, diagnostics).await;
        self.memory.0.refreshed(&applied.state);
        Ok(applied)
    }

    /// No request: the Atlas API can neither delete nor cancel a live migration. It is only forgotten.
    async fn delete(
        &self,
        request: DeleteRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        match Mark::of(&request.private).plan {
            Some(Intent::Start(start)) if start.is_barred_by_state(&request.prior) => {
                Err(diagnostics.fail(refuse::forgetting_half(&request.prior)))
            }
            _ => Ok(()),
        }
    }

    async fn import(
        &self,
        request: ImportRequest<Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Migration, Identity>, Failed> {
        let target = import::target(request.target, diagnostics)?;
        let atlas = self.connection.atlas(diagnostics)?;
        import::import(&atlas, target, &request.call, diagnostics).await
    }
}
