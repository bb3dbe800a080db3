//! Every text of the actions.

use std::time::Duration;

use tf_provider::{Diagnostic, Path};

use super::super::duplicate_guard::{CutoverMilestone, Existing};
use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;
use super::super::waiter::{Problem, Waiter};
use super::api_error::ApiFailure;
use super::ended::Ended;
use super::refresh;
use super::skeleton::{paragraphs, status_summary};
use super::steps::steps;
use super::waiting::{self, KEEPS_RUNNING};
use crate::config::connection::Atlas;
use crate::summary;

const RESUME: [&str; 2] = [
    "Run terraform apply again. It resumes if the resource sets the milestone (wait_for_ready or cutover).",
    "Or run only the action again: terraform apply -invoke=<ACTION_ADDRESS>",
];

/// Why an action did not reach its goal.
///
/// `is_known` is whether the process has seen the state: the apply of `-invoke` has not.
pub(crate) fn failure(
    problem: &Problem,
    waiter: &Waiter<'_>,
    atlas: &Atlas,
    timeout: Duration,
    is_known: bool,
) -> Diagnostic {
    let (state, private) = (&waiter.state, &waiter.private);
    let now = status_summary(state, private);
    match problem {
        Problem::NoId => refresh::no_id(),
        Problem::Interrupted => {
            let cause = format!("Terraform was interrupted. {KEEPS_RUNNING}");
            let detail = paragraphs(&[&cause, &now, &steps(&RESUME)]);
            Diagnostic::error(summary::interrupted_while_waiting(state.id_text()), detail)
        }
        Problem::Timeout(error) => {
            let cause = waiting::waited("action", timeout, atlas, error.as_ref());
            let [apply, invoke] = RESUME;
            let next = steps(&[apply, invoke, "To wait longer in one apply, raise timeout."]);
            Diagnostic::error(summary::timed_out(state.id_text()), paragraphs(&[&cause, &now, &next])).at("timeout")
        }
        Problem::NotRead(error) => {
            let failure = ApiFailure { error, atlas, request: None };
            let next = failure.steps(&RESUME);
            failure.to_diagnostic(summary::cant_wait(failure.short_cause()), &[KEEPS_RUNNING, &now, &next])
        }
        Problem::NotAnnounced => waiting::cutover_not_announced(state, private).at(Path::default()),
        Problem::CutoverMayHaveBeenRequested(error) => {
            waiting::cutover_may_have_been_requested(error, atlas, state, private)
        }
        Problem::CutoverNotRequested(error) => {
            waiting::cutover_not_requested(error, atlas, state, private, waiter.refusals)
        }
        Problem::Unreachable if !is_known => ended_unseen(state, private),
        Problem::Unreachable => {
            let ended = Ended::of(state, private);
            let detail = ended.as_ref().map_or(now, |ended| ended.detail(state, private));
            let summary = ended.map_or_else(|| summary::ended(state.id_text()), |ended| ended.summary);
            Diagnostic::error(summary, detail)
        }
    }
}

/// A migration that has ended, or that Atlas does not know, where only the state says whether a cutover was requested.
fn ended_unseen(state: &Migration, private: &PrivateState) -> Diagnostic {
    let id = state.id_text();
    let (summary, cause) = if private.not_found {
        (summary::unknown_to_atlas(id), "Atlas returned 404 for this live migration.".to_owned())
    } else if state.cutover_requested_at.is_known() {
        (summary::failed_during_cutover(id), format!("Atlas reported {}.", state.status_text()))
    } else {
        (summary::ended(id), format!("Atlas reported {}.", state.status_text()))
    };
    let (cutover, writes) = match state.cutover_requested_at.as_str() {
        Some(at) => {
            (format!("requested at {at} by this action"), "keep stopped. Either cluster may hold the latest data.")
        }
        None => ("not requested by this action, and unknown otherwise".to_owned(), "keep where they are"),
    };
    let next = steps(&[
        "Run terraform plan. It reads the state, and says whether a cutover was requested and what to do.".to_owned(),
        "Do not start the live migration again before that.".to_owned(),
    ]);
    let detail = format!(
        "{cause} An action that -invoke runs does not see the state.\n\nMigration:   {id}\nCutover:     {cutover}\nWrites:      \
         {writes}\n\n{next}"
    );
    Diagnostic::error(summary, detail)
}

/// Why the cutover of a migration is refused; `None` if its milestone is set.
pub(crate) fn cutover_refused(milestone: &CutoverMilestone, id: &str) -> Option<Diagnostic> {
    let (summary, cause, next) = match milestone {
        CutoverMilestone::Set(_) => return None,
        CutoverMilestone::NotSet(_) => (
            summary::cutover_is_not_set(id),
            "The action cuts over only a live migration whose resource has `cutover = true`, in the state or in this plan. So \
             the state says what was wanted, whatever becomes of the cutover.",
            [
                "Set cutover = true in the atlas_live_migration resource, and run terraform apply.",
                "If no cutover is meant, remove the action from the trigger.",
            ],
        ),
        CutoverMilestone::Imported(_) => (
            summary::imported_and_not_cut_over(id),
            "An apply that imports a live migration cuts nothing over: its arguments come from the configuration and were \
             not compared with anything yet.",
            [
                "Remove the action from the trigger for this apply.",
                "Run terraform apply again after the import. With cutover = true it cuts over.",
            ],
        ),
        CutoverMilestone::OtherState | CutoverMilestone::NoState => (
            summary::not_in_this_state(id),
            "The action cuts over only a live migration of this state, because only its resource protects it from a second \
             start.",
            [
                "Run the action where the atlas_live_migration resource is managed.",
                "Or import the live migration first:\nterraform import <ADDRESS> <GROUP_ID>/<MIGRATION_ID>",
            ],
        ),
    };
    let cause = format!("{cause} Nothing was requested.");
    Some(Diagnostic::error(summary, paragraphs(&[&cause, &steps(&next)])).at("id"))
}

/// The cutover of a migration that exists, or why it will fail. Nothing for one that is complete.
pub(crate) fn cuts_over(existing: &Existing) -> Option<Diagnostic> {
    let Existing { state, private, .. } = existing;
    if Phase::of(state, private) == Phase::Complete {
        return None;
    }
    if let Some(ended) = Ended::of(state, private) {
        return Some(Diagnostic::warning(ended.summary.clone(), ended.detail(state, private)).at("id"));
    }
    let cause = format!(
        "The action waits until the live migration into {} is ready, requests the cutover, and waits until it is complete. Stop \
         writes to the source before that, and point applications to the destination afterwards. A cutover can't be undone.",
        state.destination_text()
    );
    let detail = paragraphs(&[&cause, &status_summary(state, private)]);
    Some(Diagnostic::warning(summary::action_cuts_over(state.id_text()), detail).at("id"))
}

/// The project of an action, if the migration is known to be in another one: Atlas would answer 404.
pub(crate) fn other_project(existing: &Existing, group_id: &str) -> Option<Diagnostic> {
    let own = existing.state.group_id.as_str().filter(|own| *own != group_id)?;
    let detail = format!(
        "`group_id` is `{group_id}`, but live migration {} is in project `{own}`. Set `group_id` to that of the \
         atlas_live_migration resource.",
        existing.state.id_text()
    );
    Some(Diagnostic::error(summary::project_differs_from_that_of_the_destination(), detail).at("group_id"))
}

/// The cutover of a migration that does not exist yet.
pub(crate) fn cuts_over_new() -> Diagnostic {
    Diagnostic::warning(
        summary::action_cuts_over_new(),
        "The action waits until the live migration is ready, at any time of day, requests the cutover, and waits until it is \
         complete. Stop writes to the source before that, and point applications to the destination afterwards. A cutover can't \
         be undone.",
    )
    .at("id")
}

/// `until` has another value than the two.
pub(crate) fn unknown_until(word: &str) -> Diagnostic {
    let detail = format!("{word:?} is not a milestone. Set `until` to `ready` or `complete`.");
    Diagnostic::error(summary::unknown_until(), detail)
}
