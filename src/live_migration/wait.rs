//! An update that works toward the milestones: wait until the migration is ready, cut it over, wait until it is complete. The
//! next apply resumes wherever this one stopped.

use std::time::Duration;

use atlas_client::CallOptions;
use tf_provider::resource::{Applied, RequestContext};
use tf_provider::{Diagnostic, Diagnostics};

use super::diagnostics::api_error::notices;
use super::diagnostics::{ended, refresh, waiting};
use super::model::{Identity, Migration};
use super::phase::{Milestones, Phase};
use super::private_state::PrivateState;
use super::timeouts;
use super::turns::{Turn, Turns};
use super::waiter::{Problem, Waiter};
use crate::config::connection::Atlas;

/// Works toward the milestones of a plan. A failure comes beside the state so far: an update never taints. The turn must
/// end only when the state is remembered.
pub(super) async fn wait(
    atlas: &Atlas,
    turns: &Turns,
    prior: Migration,
    planned: Migration,
    private: PrivateState,
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> (Migration, PrivateState, Option<Turn>) {
    let private = PrivateState {
        ended_before_cutover: Phase::of(&prior, &private) == Phase::EndedWithoutCutover,
        cutover_unknown: prior.cutover.known() == Some(&true) && prior.cutover_requested_at.is_null(),
        ..private.stored()
    };
    let state = planned.with_computed_of(&prior);
    let timeout = timeouts::update(&state);
    let goal = Milestones::set(&state);
    let options = CallOptions::within(timeout, context.cancel.clone());
    let turn = turns.take(state.id_text(), &options).await;
    let mut waiter = Waiter::new(atlas, state, private, goal, options, context.disconnected.clone());
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
        Problem::NoId => refresh::no_id(),
        Problem::Interrupted => waiting::interrupted(state, private),
        Problem::Timeout(error) => waiting::timed_out(state, private, timeout, atlas, error.as_ref()),
        Problem::NotRead(error) => waiting::not_read(error, atlas, state, private),
        Problem::NotAnnounced => waiting::cutover_not_announced(state, private),
        Problem::CutoverMayHaveBeenRequested(error) => {
            waiting::cutover_may_have_been_requested(error, atlas, state, private)
        }
        Problem::CutoverNotRequested(error) => {
            waiting::cutover_not_requested(error, atlas, state, private, waiter.refusals)
        }
        Problem::Unreachable => ended::unreachable(state, private, Milestones::pending(state, state)),
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
