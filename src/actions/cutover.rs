//! The action `atlas_live_migration_cutover`.

use std::sync::Arc;

use tf_provider::action::{InvokeRequest, PlanActionRequest};
use tf_provider::schema::Schema;
use tf_provider::{Action, Attr, Diagnostics, Failed, Model, Progress};

use super::{Shared, Task, arguments};
use crate::config::connection::Connection;
use crate::live_migration::diagnostics::actions;
use crate::live_migration::duplicate_guard::CutoverMilestone;
use crate::live_migration::phase::Milestones;
use crate::live_migration::{DuplicateGuard, Turns};

pub(crate) struct Cutover(Shared);

impl Cutover {
    /// Uses what the resource uses.
    pub(crate) fn new(connection: Arc<Connection>, guard: Arc<DuplicateGuard>, turns: Arc<Turns>) -> Self {
        Self(Shared { connection, guard, turns })
    }
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Config {
    group_id: Attr<String>,
    id: Attr<String>,
    timeout: Attr<String>,
}

impl Action for Cutover {
    type Model = Config;

    fn type_name(&self) -> &'static str {
        "atlas_live_migration_cutover"
    }

    fn schema(&self) -> Schema {
        let timeout =
            "Time after which the action fails. The live migration keeps running in Atlas, and the next apply resumes.";
        Schema::new(arguments(timeout).description(
            "Waits until a live migration is ready, **cuts it over**, and waits until it is complete. Only for a live \
             migration of this state whose resource has `cutover = true`. A cutover can't be undone.",
        ))
    }

    fn plan(&self, request: PlanActionRequest<Config>, diagnostics: &mut Diagnostics) {
        let Some(id) = request.config.id.as_str() else {
            diagnostics.push(actions::cuts_over_new());
            return;
        };
        self.0.check_project(&request.config.group_id, &request.config.id, diagnostics);
        let milestone = self.0.guard.plan_action(id);
        diagnostics.extend(actions::cutover_refused(&milestone, id));
        if let CutoverMilestone::Set(existing) = milestone {
            diagnostics.extend(actions::cuts_over(&existing));
        }
    }

    async fn invoke(
        &self,
        request: InvokeRequest<Config>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let Config { group_id, id, timeout } = request.config;
        let known_id = id.as_str().unwrap_or_default();
        let milestone = self.0.guard.cutover_milestone(known_id);
        // The apply of `-invoke` passes no state to the provider; its plan did.
        if milestone != CutoverMilestone::NoState
            && let Some(refused) = actions::cutover_refused(&milestone, known_id)
        {
            // Nor does any apply pass the state of a migration for which there is nothing to do.
            let may_be_complete = milestone == CutoverMilestone::OtherState;
            let group_id = group_id.as_str().unwrap_or_default();
            if may_be_complete && self.0.is_complete(group_id, known_id, &request.context, diagnostics).await? {
                return Ok(());
            }
            return Err(diagnostics.fail(refused));
        }
        let goal = Milestones { ready: false, cutover: true };
        let task = Task { group_id, id, timeout, goal, cuts_over: true };
        self.0.run(task, progress, &request.context, diagnostics).await
    }
}
