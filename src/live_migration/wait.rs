//! Working toward the milestones: wait until the migration is ready, cut it over, wait until it is complete. The next apply
//! resumes wherever this one stopped.

use std::time::{Duration, SystemTime};

use atlas_client::{Backoff, CancellationToken, Error, ErrorKind, Limits};
use tf_provider::resource::{Applied, RequestContext};
use tf_provider::{Attr, Diagnostic, Diagnostics};
use tokio::time::Instant;

use super::diagnostics::api_error::notices;
use super::diagnostics::api_error::scope::is_about_the_migration;
use super::diagnostics::failures;
use super::model::{Identity, Migration, Reference};
use super::phase::{Milestones, Phase, timestamp};
use super::private_state::PrivateState;
use super::response::{has_ended_unsuccessfully, shows_no_cutover, update_from_response};
use super::{read, schema};
use crate::config::connection::Atlas;
use crate::duration;

/// How long the cutover request is repeated while Atlas limits the rate of requests.
const CUTOVER_TIMEOUT: Duration = Duration::from_secs(60);

/// Refused cutover requests after which the wait ends: the migration may have lost its readiness once or twice in between.
const MAX_REFUSALS: u32 = 3;

/// Works toward the milestones of a plan. A failure comes beside the state so far: an update never taints.
pub(super) async fn wait(
    atlas: &Atlas,
    prior: Migration,
    planned: Migration,
    private: PrivateState,
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> (Migration, PrivateState) {
    let private = PrivateState {
        ended_before_cutover: Phase::of(&prior, &private) == Phase::EndedWithoutCutover,
        cutover_unknown: prior.cutover.known() == Some(&true) && prior.cutover_requested_at.is_null(),
        ..private.stored()
    };
    let state = planned.with_computed_of(&prior);
    let timeout = timeout(&state);
    let mut waiter = Waiter {
        atlas,
        state,
        announced: !private.not_found,
        private,
        limits: Limits { deadline: Instant::now() + timeout, stop: context.cancel.clone() },
        gone: context.disconnected.clone(),
        timeout,
        saw_no_cutover: false,
        refusals: 0,
    };
    if let Err(problem) = waiter.run().await {
        diagnostics.push(problem);
    }
    notices(atlas, diagnostics);
    (waiter.state, waiter.private)
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

struct Waiter<'a> {
    atlas: &'a Atlas,
    state: Migration,
    private: PrivateState,
    limits: Limits,
    gone: CancellationToken,
    timeout: Duration,
    /// Whether the plan announced a cutover. It did not if Atlas returned 404 when it was made.
    announced: bool,
    /// Whether the last read showed that no cutover was requested, and this update has requested none since.
    saw_no_cutover: bool,
    refusals: u32,
}

impl Waiter<'_> {
    /// Until every milestone is reached.
    async fn run(&mut self) -> Result<(), Diagnostic> {
        let mut backoff = Backoff::new(self.atlas.polling.min, self.atlas.polling.max);
        loop {
            self.read().await?;
            let pending = Milestones::pending(&self.state, &self.state);
            if !pending.any() {
                return Ok(());
            }
            if Phase::of(&self.state, &self.private).is_final() {
                return Err(self.unreachable());
            }
            let ready = self.state.ready_for_cutover.known() == Some(&true);
            if pending.cutover && ready && self.state.cutover_requested_at.is_null() {
                // A read follows before anything else, also if the response was lost.
                self.cut_over().await?;
                backoff.reset();
                continue;
            }
            self.pause(backoff.next_delay()).await?;
        }
    }

    async fn read(&mut self) -> Result<(), Diagnostic> {
        let Reference { group_id, id } = self.reference()?;
        let before = (self.state.status.clone(), self.state.ready_for_cutover);
        match self.atlas.client.read(&group_id, &id, &self.limits).await {
            Ok(response) => {
                update_from_response(&mut self.state, &mut self.private, &response, SystemTime::now());
                let not_requested = self.state.cutover_requested_at.is_null();
                if has_ended_unsuccessfully(&self.state) {
                    self.private.ended_before_cutover |= self.saw_no_cutover && not_requested;
                } else {
                    self.saw_no_cutover = not_requested && shows_no_cutover(&response);
                }
                self.log(before != (self.state.status.clone(), self.state.ready_for_cutover));
                Ok(())
            }
            Err(error) if error.is_stopped() => Err(self.interrupted()),
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                Err(failures::timeout(&self.state, &self.private, self.timeout, Some(&error)))
            }
            Err(error) if is_about_the_migration(&error) => {
                self.private.not_found = !Phase::of(&self.state, &self.private).is_final();
                Err(self.unreachable())
            }
            Err(error) => Err(failures::not_read_while_waiting(&error, self.atlas, &self.state, &self.private)),
        }
    }

    /// Requests the cutover. The readiness was read right before.
    async fn cut_over(&mut self) -> Result<(), Diagnostic> {
        let Reference { group_id, id } = self.reference()?;
        if self.limits.stop.is_cancelled() {
            return Err(self.interrupted());
        }
        if !self.announced {
            return Err(failures::cutover_not_announced(&self.state, &self.private));
        }
        self.saw_no_cutover = false;
        // Not repeated long after the readiness was read: what takes longer begins with a read again.
        let deadline = self.limits.deadline.min(Instant::now() + CUTOVER_TIMEOUT);
        let limits = Limits { deadline, stop: self.limits.stop.clone() };
        let Err(error) = self.atlas.client.cutover(&group_id, &id, &limits).await else {
            self.requested();
            return Ok(());
        };
        if error.is_stopped() && !error.perhaps_executed() {
            return Err(self.interrupted());
        }
        self.refusals += 1;
        self.confirm_cutover(&error).await
    }

    /// After a cutover request that was refused, or whose response was lost: only a read shows whether it took effect.
    async fn confirm_cutover(&mut self, error: &Error) -> Result<(), Diagnostic> {
        // An interrupt during the request must not prevent this read, as long as Terraform can still save its result.
        let limits = Limits { deadline: Instant::now() + Limits::STOP_GRACE, stop: self.gone.clone() };
        let Reference { group_id, id } = self.reference()?;
        // A 409 may mean that the cutover was requested before.
        let may_have_executed = error.perhaps_executed() || error.status() == Some(409);
        let response = match self.atlas.client.read(&group_id, &id, &limits).await {
            Ok(response) => response,
            Err(_) if may_have_executed => {
                self.unconfirmed();
                let (state, private) = (&self.state, &self.private);
                return Err(failures::cutover_may_have_been_requested(error, self.atlas, state, private));
            }
            Err(_) => return Err(self.not_requested(error)),
        };
        update_from_response(&mut self.state, &mut self.private, &response, SystemTime::now());
        let is_final = Phase::of(&self.state, &self.private).is_final();
        if may_have_executed && !is_final && !shows_no_cutover(&response) {
            self.unconfirmed();
        }
        if is_final || self.state.cutover_requested_at.is_known() {
            return Ok(());
        }
        if !may_have_executed || self.refusals >= MAX_REFUSALS {
            return Err(self.not_requested(error));
        }
        self.pause(self.atlas.polling.min).await
    }

    /// The cutover seems to have been requested. The next response with readiness or a lag shows that it was not.
    fn unconfirmed(&mut self) {
        self.state.cutover_requested_at = Attr::Known(timestamp(SystemTime::now()));
        self.private.cutover_unconfirmed = true;
        tracing::info!(id = self.state.id_text(), "cutover may have been requested");
    }

    fn requested(&mut self) {
        self.private.cutover_unconfirmed = false;
        self.state.cutover_requested_at = Attr::Known(timestamp(SystemTime::now()));
        tracing::info!(id = self.state.id_text(), "cutover requested");
    }

    async fn pause(&self, delay: Duration) -> Result<(), Diagnostic> {
        if Instant::now() + delay >= self.limits.deadline {
            return Err(failures::timeout(&self.state, &self.private, self.timeout, None));
        }
        tokio::select! {
            biased;
            () = self.limits.stop.cancelled() => Err(self.interrupted()),
            () = tokio::time::sleep(delay) => Ok(()),
        }
    }

    fn reference(&self) -> Result<Reference, Diagnostic> {
        self.state.reference().ok_or_else(read::no_id)
    }

    fn log(&self, changed: bool) {
        let status = self.state.status_text();
        let (id, lag) = (self.state.id_text(), self.state.lag_time_seconds.known().copied());
        let ready = self.state.ready_for_cutover.known() == Some(&true);
        if changed {
            tracing::info!(id, status, ready, lag, "live migration changed");
        } else {
            tracing::debug!(id, status, ready, lag, "live migration polled");
        }
    }

    fn interrupted(&self) -> Diagnostic {
        failures::interrupted(&self.state, &self.private)
    }

    fn not_requested(&self, error: &Error) -> Diagnostic {
        failures::cutover_not_requested(error, self.atlas, &self.state, &self.private, self.refusals)
    }

    fn unreachable(&self) -> Diagnostic {
        let pending = Milestones::pending(&self.state, &self.state);
        failures::unreachable(&self.state, &self.private, pending)
    }
}
