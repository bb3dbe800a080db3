//! A requested replacement of a protected migration, and what a second start would do to one.

use tf_provider::Diagnostic;

use super::super::duplicate_guard::Existing;
use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;
use super::skeleton::{DESTROY_BLOCKED, paragraphs, status_summary};
use super::steps::steps;
use crate::summary;

pub(super) const UNTAINT: &str = "If the resource is tainted:\nterraform untaint <ADDRESS>";
pub(super) const REFRESH: &str =
    "If its status has changed since, read it from Atlas, then plan again:\nterraform apply -refresh-only";
const NOT_REPLACE: &str = "If this came from -replace or replace_triggered_by, leave that out.";

/// A plan that starts another migration in place of this one, as far as this process knows it.
pub(in super::super) fn planned(id: &str, existing: Option<&Existing>) -> Diagnostic {
    let mut next = vec![UNTAINT, NOT_REPLACE];
    next.extend(existing.and_then(|existing| end_it_first(&existing.state, &existing.private)));
    next.push(REFRESH);
    let reason = existing.map(|existing| second_start(&existing.state, &existing.private)).unwrap_or_default();
    let cause = format!("This plan would start another live migration in place of this one. {reason}");
    let now = existing.map(existing_summary).unwrap_or_default();
    let detail = paragraphs(&[cause.trim_end(), &now, &steps(&next), DESTROY_BLOCKED]);
    Diagnostic::error(summary::cant_be_replaced(id), detail).at("destination.cluster_name")
}

/// The destroy half of a replacement, at apply.
pub(in super::super) fn applied(prior: &Migration) -> Diagnostic {
    let cause = "This apply would remove the live migration from state and start another one in its place. Nothing was \
                 changed.";
    let now = status_summary(prior, &PrivateState::default());
    let next = steps(&[UNTAINT, NOT_REPLACE]);
    Diagnostic::error(summary::cant_be_replaced(prior.id_text()), paragraphs(&[cause, &now, &next]))
}

/// What is true of a migration that this process may not have read.
pub(super) fn existing_summary(existing: &Existing) -> String {
    let stored = if existing.refreshed { "" } else { "\n(as last stored; not read from Atlas in this run)" };
    format!("{}{stored}", status_summary(&existing.state, &existing.private))
}

/// What a second start would do to a protected migration.
pub(super) fn second_start(state: &Migration, private: &PrivateState) -> String {
    let destination = state.destination_text();
    match Phase::of(state, private) {
        _ if private.not_found => "The live migration is unknown to Atlas, and may have been cut over.".to_owned(),
        Phase::Complete => format!(
            "The live migration is complete: {destination} was cut over and is probably in production. A second live \
             migration would overwrite it."
        ),
        Phase::FailedDuringCutover => {
            format!("The live migration failed during cutover: {destination} may hold the only current data.")
        }
        Phase::Running => "The live migration has not ended, and must not be started a second time.".to_owned(),
        Phase::EndedWithoutCutover => "The live migration has ended without a cutover.".to_owned(),
    }
}

/// The way to a restart, only where it can't overwrite a cluster that was cut over.
pub(super) fn end_it_first(state: &Migration, private: &PrivateState) -> Option<&'static str> {
    let safe =
        Phase::of(state, private) == Phase::Running && !private.not_found && !state.cutover_requested_at.is_known();
    safe.then_some(
        "To restart it on purpose: end it in the Atlas UI (Migrate Data to Atlas), then run terraform apply. A live \
         migration that ended without a cutover can be replaced.",
    )
}
