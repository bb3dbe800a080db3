//! An update that works toward the milestones: wait until the migration is ready, cut it over, wait until it is complete. The
//! next apply resumes wherever this one stopped.

use std::time::Duration;

use atlas_client::CallOptions;
use tf_provider::resource::{Applied, Call};
use tf_provider::{Diagnostic, Diagnostics};

use super::diagnostics::api_error::notices;
use super::diagnostics::failures;
use super::model::{Identity, Migration};
use super::phase::{Milestones, Phase};
use super::private_state::PrivateState;
use super::turns::{Turn, Turns};
use super::waiter::{Problem, Waiter};
use super::{read, schema};
use crate::config::connection::Atlas;
use crate::duration;

/// Works toward the milestones of a plan. A failure comes beside the state so far: an update never taints. The turn must
/// end only when the state is remembered.
pub(super) async fn wait(
    atlas: &Atlas,
    turns: &Turns,
    prior: Migration,
    planned: Migration,
    private: PrivateState,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> (Migration, PrivateState, Option<Turn>) {
    let private = PrivateState {
        ended_before_cutover: Phase::of(&prior, &private) == Phase::EndedWithoutCutover,
        cutover_unknown: prior.cutover.known() == Some(&true) && prior.cutover_requested_at.is_null(),
        ..private.stored()
    };
    let state = planned.with_computed_of(&prior);
    let timeout = timeout(&state);
    let goal = Milestones::set(&state);
    let options = CallOptions::within(timeout, call.stop.clone());
    let turn = turns.take(state.id_text(), &options).await;
    let mut waiter = Waiter::new(atlas, state, private, goal, options, call.gone.clone());
    let (turn, result) = match turn {
        Ok(turn) => (Some(turn), waiter.run().await),
        Err(problem) => (None, Err(problem)),
    };
    if let Err(problem) = result {
        diagnostics.push(failure(&problem, &waiter, atlas, timeout));
    }
    notices(atlas, diagnostics);
    (waiter.state, waiter.private, turn)
}

fn failure(problem: &Problem, waiter: &Waiter<'_>, atlas: &Atlas, timeout: Duration) -> Diagnostic {
    let (state, private) = (&waiter.state, &waiter.private);
    match problem {
        Problem::NoId => read::no_id(),
        Problem::Interrupted => failures::interrupted(state, private),
        Problem::Timeout(error) => failures::timeout(state, private, timeout, error.as_ref()),
        Problem::NotRead(error) => failures::not_read_while_waiting(error, atlas, state, private),
        Problem::NotAnnounced => failures::cutover_not_announced(state, private),
        Problem::CutoverMayHaveBeenRequested(error) => {
            failures::cutover_may_have_been_requested(error, atlas, state, private)
        }
        Problem::CutoverNotRequested(error) => {
            failures::cutover_not_requested(error, atlas, state, private, waiter.refusals)
        }
        Problem::Unreachable => failures::unreachable(state, private, Milestones::pending(state, state)),
    }
}

/// The result of an update that sends nothing: every value is as planned.
pub(super) fn applied(
    state: Migration,
    private: PrivateState,
    diagnostics: &mut Diagnostics,
) -> Applied<Migration, Identity> {
    let identity = state.identity();
    Applied { state, private: private.stored().encode(diagnostics), identity }
}

fn timeout(planned: &Migration) -> Duration {
    let given = planned.timeouts.as_ref().and_then(|timeouts| timeouts.update.as_ref());
    let text = given.into_known().map_or(schema::DEFAULT_UPDATE_TIMEOUT, String::as_str);
    // The text was checked by `validate`.
    duration::parse(text).unwrap_or(Duration::from_secs(24 * 60 * 60))
}
