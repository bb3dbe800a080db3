//! The words of every warning of a plan. Terraform merges warnings of equal summary and shows only the first detail,
//! so that what must be seen (id, destination) stands in the summary.

use std::time::{Duration, SystemTime};

use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::change;
use super::life::{Life, time_to_cut_over};
use super::model::Migration;
use crate::duration;

/// Below this the countdown is told.
const COUNTDOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// A start that erases the destination, or may turn out to; nothing where the argument is known to be false.
pub(super) fn drop(planned: &Migration, diagnostics: &mut Diagnostics) {
    let (verb, says) = match planned.drop_enabled {
        Attr::Known(true) => ("erases", "`drop_enabled` is true"),
        Attr::Unknown => ("may erase", "`drop_enabled` is not known before apply; if it turns out to be true"),
        Attr::Known(false) | Attr::Null => return,
    };
    diagnostics.push(
        Diagnostic::warning(
            format!("This apply {verb} {}", planned.destination_text()),
            format!(
                "{says}: when the live migration starts, Atlas drops every collection of the destination. That \
                 cannot be undone. Remove the argument to keep what is there."
            ),
        )
        .at("drop_enabled"),
    );
}

/// An apply that will cut over, or may turn out to; nothing where that is not wished for.
pub(super) fn cutover(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    let (verb, says) = match planned.cutover {
        Attr::Known(true) => ("will", "`cutover` is true"),
        Attr::Unknown => ("may", "`cutover` is not known before apply; if it turns out to be true"),
        Attr::Known(false) | Attr::Null => return,
    };
    let lag = match prior.lag_time_seconds.known() {
        Some(lag) => format!("Its lag was {lag} s when last told."),
        None => "Its lag is not known.".to_owned(),
    };
    diagnostics.push(
        Diagnostic::warning(
            format!("This apply {verb} cut over live migration {} into {}", prior.id_text(), prior.destination_text()),
            format!(
                "{says}: the apply waits until the migration is ready, requests the cutover, and waits until it is \
                 complete. {lag} Stop the writes to the source before you apply, and point the \
                 applications to the destination afterwards. A cutover cannot be undone."
            ),
        )
        .at("cutover"),
    );
}

/// A migration that is over without success, or that Atlas does not know any more.
pub(super) fn status(state: &Migration, lost: bool, diagnostics: &mut Diagnostics) {
    diagnostics.extend(if lost { Some(unknown_to_atlas(state)) } else { over(state) });
}

/// What Atlas does not know any more.
pub(super) fn unknown_to_atlas(state: &Migration) -> Diagnostic {
    Diagnostic::warning(
        format!("Live migration {} is unknown to Atlas", state.id_text()),
        format!(
            "Atlas answered that there is no such migration; its last status was {}. It may have been cancelled, or \
             aged out. It is kept in the state, so that it is not started again by accident, and nothing waits for it \
             any more. Look into the Atlas project. {}",
            state.status.as_str().unwrap_or("not told"),
            start_anew(FORGET, state)
        ),
    )
}

/// What failed or expired.
pub(super) fn over(state: &Migration) -> Option<Diagnostic> {
    let (id, status) = (state.id_text(), state.status.as_str().unwrap_or("not told"));
    match Life::of(state) {
        Life::Spent => Some(Diagnostic::warning(
            format!("Live migration {id} is {status}"),
            format!(
                "It is over, and this provider saw no cutover to {}. The API of Atlas gives no reason; its web page \
                 does. Mend the \
                 cause first. {}",
                state.destination_text(),
                start_anew(REPLACE, state)
            ),
        )),
        Life::Broken => Some(Diagnostic::warning(
            format!("Live migration {id} is {status} after its cutover was requested"),
            format!(
                "It is not started again by Terraform, because the destination may hold the only current data. Look \
                 into the Atlas project, and compare source and {}. Only when the source is sure to hold the current \
                 data:\n\n{FORGET}{}",
                state.destination_text(),
                erases_again(state)
            ),
        )),
        Life::Running | Life::Complete => None,
    }
}

/// Little is left of the 120 hours.
pub(super) fn countdown(state: &Migration, lost: bool, now: SystemTime, diagnostics: &mut Diagnostics) {
    let Some(left) = time_to_cut_over(state, now).filter(|left| *left < COUNTDOWN && !lost) else { return };
    diagnostics.push(Diagnostic::warning(
        format!("Live migration {} expires in {}", state.id_text(), duration::text(left)),
        format!(
            "It has been ready for cutover since {}, and Atlas keeps it for 120 hours. Cut it over before (`cutover \
             = true`, then terraform apply), or extend the time in the web page of Atlas.",
            state.ready_since.as_str().unwrap_or("some time")
        ),
    ));
}

/// Arguments that are read only at creation were changed, and the migration is over.
pub(super) fn read_at_creation(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    for path in change::read_at_creation(prior, planned) {
        diagnostics.push(
            Diagnostic::warning(
                format!("Live migration {} is not started again by this change", prior.id_text()),
                format!(
                    "`{path}` is read when a migration is started, and this one is over. {}",
                    start_anew(REPLACE, planned)
                ),
            )
            .at(path),
        );
    }
}

/// A destroy, which is only a forgetting.
pub(super) fn destroy(prior: &Migration) -> Diagnostic {
    Diagnostic::warning(
        format!("Live migration {} goes on in Atlas after this destroy", prior.id_text()),
        format!(
            "Its status is {}. The Atlas API cannot cancel a live migration: the destroy only removes it from the \
             state. Until it is over it holds {} and its migration host. Cancel it in the web page of \
             Atlas if it is not wanted any more. To take it back into a state later, import `{}/{}`.",
            prior.status.as_str().unwrap_or("not told"),
            prior.destination_text(),
            prior.group_id.as_str().unwrap_or("GROUP_ID"),
            prior.id_text(),
        ),
    )
}

const REPLACE: &str = "  terraform apply -replace=ADDRESS\n    (prevent_destroy must be false for that apply)";
const FORGET: &str = "  terraform state rm ADDRESS\n  terraform apply";

/// The commands that start a migration anew, and what that does to the destination.
fn start_anew(commands: &str, migration: &Migration) -> String {
    format!("To start it anew:\n\n{commands}{}", erases_again(migration))
}

fn erases_again(migration: &Migration) -> String {
    match migration.drop_enabled.known() {
        Some(true) => format!("\n\nWith `drop_enabled` that erases {} again.", migration.destination_text()),
        _ => String::new(),
    }
}
