//! A destroy, which sends nothing to Atlas.

use tf_provider::{Diagnostic, Diagnostics};

use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;
use super::erasure;
use super::skeleton::{paragraphs, status_summary};
use super::steps::steps;
use crate::summary;

/// What stays behind when a migration is removed from state.
pub(in super::super) fn warn(prior: &Migration, private: &PrivateState, diagnostics: &mut Diagnostics) {
    if private.not_found {
        diagnostics.push(unknown_to_atlas(prior, private));
    } else if Phase::of(prior, private) == Phase::Running {
        diagnostics.push(keeps_running(prior, private));
    }
    if prior.drop_enabled.known() == Some(&true) {
        diagnostics.push(erasure::after_removal(prior));
    }
}

fn unknown_to_atlas(prior: &Migration, private: &PrivateState) -> Diagnostic {
    let cause =
        "Atlas returned 404 for it: it may still run, or have been cut over. This destroy removes it from state.";
    let next = steps(&[format!("Check {} in the Atlas UI (Migrate Data to Atlas).", prior.destination_text())]);
    let detail = paragraphs(&[cause, &status_summary(prior, private), &next]);
    Diagnostic::warning(summary::unknown_to_atlas(prior.id_text()), detail)
}

fn keeps_running(prior: &Migration, private: &PrivateState) -> Diagnostic {
    let id = prior.id_text();
    let cause = format!(
        "The Atlas API can't cancel a live migration: this destroy only removes it from state. Until it ends, it occupies {} \
         and its migration host.",
        prior.destination_text()
    );
    let next = steps(&[
        "To cancel it, use the Atlas UI (Migrate Data to Atlas).".to_owned(),
        format!(
            "To manage it again later:\nterraform import <ADDRESS> {}/{id}",
            prior.group_id.as_str().unwrap_or("<GROUP_ID>")
        ),
    ]);
    Diagnostic::warning(summary::keeps_running(id), paragraphs(&[&cause, &status_summary(prior, private), &next]))
}

/// A refresh that found another status than the one with which the removal from state was planned.
pub(in super::super) fn planned_before(
    state: &Migration,
    private: &PrivateState,
    planned: &str,
    diagnostics: &mut Diagnostics,
) {
    let cause = format!("Its removal from state was planned with the stored status {planned}, before Atlas was read.");
    diagnostics.push(Diagnostic::warning(
        summary::other_status(state.status_text(), state.id_text()),
        paragraphs(&[&cause, &status_summary(state, private)]),
    ));
    warn(state, private, diagnostics);
}
