//! The action `atlas_live_migration_wait`.

use std::sync::Arc;

use tf_provider::action::{InvokeRequest, PlanActionRequest};
use tf_provider::schema::{Attribute, Schema};
use tf_provider::{Action, Attr, Diagnostic, Diagnostics, Failed, Model, Progress};

use super::{Shared, Task, arguments};
use crate::config::connection::Connection;
use crate::live_migration::diagnostics::actions;
use crate::live_migration::phase::Milestones;
use crate::live_migration::{DuplicateGuard, Turns};

const READY: &str = "ready";
const COMPLETE: &str = "complete";

/// The action type. It only reads.
pub(crate) struct Wait(Shared);

impl Wait {
    /// Uses what the resource uses.
    pub(crate) fn new(connection: Arc<Connection>, guard: Arc<DuplicateGuard>, turns: Arc<Turns>) -> Self {
        Self(Shared { connection, guard, turns })
    }
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Config {
    group_id: Attr<String>,
    id: Attr<String>,
    until: Attr<String>,
    timeout: Attr<String>,
}

impl Action for Wait {
    type Model = Config;

    fn type_name(&self) -> &'static str {
        "atlas_live_migration_wait"
    }

    fn schema(&self) -> Schema {
        let until = Attribute::string("until").default(READY).validate(until).description(format!(
            "Milestone to wait for: `{READY}`, or `{COMPLETE}` if something else cuts over. Defaults to `{READY}`."
        ));
        Schema::new(
            arguments("Time after which the action fails. The live migration keeps running in Atlas.")
                .attribute(until)
                .description("Waits until a live migration is ready for cutover, or complete. Changes nothing."),
        )
    }

    fn plan(&self, request: PlanActionRequest<Config>, diagnostics: &mut Diagnostics) {
        self.0.check_project(&request.config.group_id, &request.config.id, diagnostics);
    }

    async fn invoke(
        &self,
        request: InvokeRequest<Config>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let Config { group_id, id, until, timeout } = request.config;
        let complete = until.as_str() == Some(COMPLETE);
        let goal = Milestones { ready: true, cutover: complete };
        let task = Task { group_id, id, timeout, goal, cuts_over: false };
        self.0.run(task, progress, &request.context, diagnostics).await
    }
}

fn until(word: String) -> Option<Diagnostic> {
    (![READY, COMPLETE].contains(&word.as_str())).then(|| actions::unknown_until(&word))
}
