//! The actions (Terraform 1.14.1 and newer): they let one `terraform apply` start a migration, wait for it and cut it over.

mod cutover;
mod wait;

pub(crate) use cutover::Cutover;
pub(crate) use wait::Wait;

use std::sync::Arc;

use atlas_client::{CallOptions, Status};
use tf_provider::resource::RequestContext;
use tf_provider::schema::{Attribute, Block};
use tf_provider::{Attr, Diagnostics, Failed, Progress};
use tokio::time::Instant;

use crate::config::connection::Connection;
use crate::duration;
use crate::live_migration::diagnostics::actions;
use crate::live_migration::model::Migration;
use crate::live_migration::phase::Milestones;
use crate::live_migration::progress::Reporter;
use crate::live_migration::schema::DEFAULT_UPDATE_TIMEOUT;
use crate::live_migration::waiter::Waiter;
use crate::live_migration::{DuplicateGuard, Turns, read, validate};

struct Shared {
    connection: Arc<Connection>,
    guard: Arc<DuplicateGuard>,
    turns: Arc<Turns>,
}

/// What an action does for a migration.
struct Task {
    group_id: Attr<String>,
    id: Attr<String>,
    timeout: Attr<String>,
    goal: Milestones,
    /// Whether it requests the cutover itself.
    cuts_over: bool,
}

impl Shared {
    /// Refuses the plan of an action that names a known migration in another project.
    fn check_project(&self, group_id: &Attr<String>, id: &Attr<String>, diagnostics: &mut Diagnostics) {
        if let (Some(group_id), Some(existing)) =
            (group_id.as_str(), id.as_str().and_then(|id| self.guard.existing(id)))
        {
            diagnostics.extend(actions::other_project(&existing, group_id));
        }
    }

    /// Whether Atlas returns that a migration is complete.
    async fn is_complete(
        &self,
        group_id: &str,
        id: &str,
        context: &RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<bool, Failed> {
        let atlas = self.connection.atlas(diagnostics)?;
        let options = CallOptions::within(read::TIMEOUT, context.cancel.clone());
        let response = atlas.client.read(group_id, id, &options).await;
        Ok(response.is_ok_and(|response| response.status == Some(Status::Complete)))
    }

    async fn run(
        &self,
        task: Task,
        progress: Progress,
        context: &RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let atlas = self.connection.atlas(diagnostics)?;
        let id = task.id.as_str().unwrap_or_default();
        let timeout = task.timeout.as_str().and_then(|text| duration::parse(text).ok()).unwrap_or_default();
        let options = CallOptions::within(timeout, context.cancel.clone());
        let group_id = task.group_id.as_str().unwrap_or_default();
        let mut reporter = Reporter::start(progress, self.turns.last_line(id), group_id, id, Instant::now());
        // A wait for a cutover that something else requests must not keep an update of this process from requesting it.
        let turn = if task.goal.cutover && !task.cuts_over {
            Ok(None)
        } else {
            reporter.until(self.turns.take(id, &options)).await.map(Some)
        };
        // The state says whether a cutover is wanted, and where it goes.
        let existing = self.guard.existing(id);
        let is_known = existing.is_some();
        let (state, mut private) = existing.map(|existing| (existing.state, existing.private)).unwrap_or_default();
        let cutover = if task.cuts_over { Attr::Known(true) } else { state.cutover };
        let cutover_unknown = cutover.known() != Some(&false) && state.cutover_requested_at.is_null();
        let ended_before_cutover = private.ended_before_cutover;
        private.cutover_unknown = cutover_unknown;
        let state = Migration { group_id: task.group_id, id: task.id, cutover, ..state };
        let waiter =
            Waiter::new(&atlas, state, private, task.goal, options, context.disconnected.clone()).reporting(reporter);
        let mut waiter = if task.cuts_over { waiter } else { waiter.without_cutover() };
        let result = match turn {
            Ok(_) => waiter.run().await,
            Err(problem) => Err(problem),
        };
        // No action can store what it saw, so the next plan does not know it.
        waiter.private.ended_before_cutover = ended_before_cutover;
        result.map_err(|problem| diagnostics.fail(actions::failure(&problem, &waiter, &atlas, timeout, is_known)))
    }
}

/// The arguments of both actions.
fn arguments(timeout: &str) -> Block {
    Block::new()
        .attribute(
            Attribute::string("group_id")
                .required()
                .validate(validate::object_id)
                .description("ID of the Atlas project of the destination: `group_id` of the resource."),
        )
        .attribute(
            Attribute::string("id")
                .required()
                .validate(validate::migration_id)
                .description("ID of the live migration: `id` of the resource."),
        )
        .attribute(
            Attribute::string("timeout").default(DEFAULT_UPDATE_TIMEOUT).validate(validate::duration).description(
                format!("{timeout} A Go duration, such as `90m`. Defaults to `{DEFAULT_UPDATE_TIMEOUT}`."),
            ),
        )
}
