//! What a plan announces of its milestones, and how much of the 120 hours is left.

use std::time::{Duration, SystemTime};

use tf_provider::{Diagnostic, Diagnostics};

use super::super::model::Migration;
use super::super::phase::{Milestones, time_to_cut_over, timestamp};
use super::super::private_state::PrivateState;
use super::skeleton::{paragraphs, status_summary};
use super::steps::steps;
use crate::duration;
use crate::summary;

/// Below this the remaining time is shown.
const COUNTDOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// An apply that works toward a milestone.
pub(in super::super) fn pending(
    prior: &Migration,
    planned: &Migration,
    pending: Milestones,
    diagnostics: &mut Diagnostics,
) {
    if pending.cutover && !prior.cutover_requested_at.is_known() {
        return cutover(prior, planned, diagnostics);
    }
    let milestone = if pending.cutover { "complete" } else { "ready for cutover" };
    let argument = pending.argument();
    let lag = prior.lag_time_seconds.known().map(|lag| format!(", lag {lag} s")).unwrap_or_default();
    diagnostics.push(
        Diagnostic::warning(
            summary::this_apply_waits(milestone, prior.id_text()),
            format!(
                "`{argument}` is true, and the milestone is not reached yet: the status of the live migration is {}{lag}. \
                 This is why the plan is not empty. To apply without waiting, set `{argument} = false`.",
                prior.status_text(),
            ),
        )
        .at(argument),
    );
}

fn cutover(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    let (verb, cause) = if planned.cutover.is_unknown() {
        ("may cut over", "`cutover` is (known after apply) and may be true.")
    } else {
        ("cuts over", "`cutover` is true.")
    };
    let lag = match prior.lag_time_seconds.known() {
        Some(lag) => format!("The last known lag is {lag} s."),
        None => "The lag is unknown.".to_owned(),
    };
    diagnostics.push(
        Diagnostic::warning(
            summary::this_apply_cuts_over(verb, prior.id_text()),
            format!(
                "{cause} The apply waits until the live migration is ready, requests the cutover to {}, and waits until it \
                 is complete. {lag} Stop writes to the source before the apply, and point applications to the destination \
                 after it. A cutover can't be undone.",
                prior.destination_text()
            ),
        )
        .at("cutover"),
    );
}

/// Little is left of the 120 hours.
pub(in super::super) fn countdown(
    state: &Migration,
    private: &PrivateState,
    now: SystemTime,
    diagnostics: &mut Diagnostics,
) {
    let left = time_to_cut_over(state, now).filter(|left| *left < COUNTDOWN && !private.not_found);
    let Some(left) = left else { return };
    let cause = format!(
        "It expires at {} unless it is cut over before. It has been ready for cutover since {}, and Atlas keeps it for 120 \
         hours. An extension in the Atlas UI is not visible to this provider.",
        timestamp(now + left),
        state.ready_since.as_str().unwrap_or("an unknown time"),
    );
    let next = steps(&[
        "Cut it over: stop writes to the source, set cutover = true, and run terraform apply.",
        "Or extend the time in the Atlas UI (Migrate Data to Atlas).",
    ]);
    diagnostics.push(Diagnostic::warning(
        summary::expires_in(duration::text(left), state.id_text()),
        paragraphs(&[&cause, &status_summary(state, private), &next]),
    ));
}
