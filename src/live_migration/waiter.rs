//! Waits until a migration has reached milestones, and cuts it over on the way. Used by updates and actions.

use std::time::{Duration, SystemTime};

use atlas_client::{Backoff, CallOptions, CancellationToken, Error, ErrorKind};
use tf_provider::Attr;
use tokio::time::Instant;

use super::diagnostics::api_error::scope::is_about_the_migration;
use super::model::{Migration, Reference};
use super::phase::{Milestones, Phase, timestamp};
use super::private_state::PrivateState;
use super::progress::Reporter;
use super::response::{has_ended_unsuccessfully, shows_no_cutover, update_from_response};
use crate::config::connection::Atlas;

/// How long the cutover request is retried while Atlas limits the rate of requests.
const CUTOVER_TIMEOUT: Duration = Duration::from_secs(60);

/// Refused cutover requests after which the wait ends: the migration may have lost its readiness once or twice in between.
const MAX_REFUSALS: u32 = 3;

/// Why a wait ended before its milestones were reached. The state of the [`Waiter`] says what is true now.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The state does not name a migration.
    NoId,
    /// The user interrupted Terraform.
    Interrupted,
    /// The time is over; with the read that was in flight, if one was.
    Timeout(Option<Error>),
    /// A read failed.
    NotRead(Error),
    /// The plan did not announce the cutover.
    NotAnnounced,
    /// The response to the cutover request was lost, and the read after it failed.
    CutoverMayHaveBeenRequested(Error),
    /// The cutover request failed.
    CutoverNotRequested(Error),
    /// The migration ended without reaching its milestones, or Atlas no longer knows it.
    Unreachable,
}

/// A wait for one migration.
pub(crate) struct Waiter<'a> {
    atlas: &'a Atlas,
    /// As Atlas returned it last.
    pub(crate) state: Migration,
    /// What belongs to the state.
    pub(crate) private: PrivateState,
    goal: Milestones,
    /// Whether this wait requests the cutover, or waits until something else has done it.
    pub(super) requests_cutover: bool,
    options: CallOptions,
    /// Cancelled when Terraform can no longer save a result.
    gone: CancellationToken,
    /// Whether the plan announced a cutover. It did not if Atlas returned 404 when it was made.
    announced: bool,
    progress: Option<Reporter>,
    /// Whether the last read showed that no cutover was requested, and this update has requested none since.
    saw_no_cutover: bool,
    /// How often the cutover request failed.
    pub(crate) refusals: u32,
}

impl<'a> Waiter<'a> {
    /// A wait that begins with this state and ends with these options.
    pub(crate) fn new(
        atlas: &'a Atlas,
        state: Migration,
        private: PrivateState,
        goal: Milestones,
        options: CallOptions,
        gone: CancellationToken,
    ) -> Self {
        Self {
            atlas,
            state,
            announced: !private.not_found,
            private,
            goal,
            requests_cutover: true,
            options,
            gone,
            progress: None,
            saw_no_cutover: false,
            refusals: 0,
        }
    }

    /// The same wait, but nothing is requested: something else cuts over.
    #[must_use]
    pub(crate) fn without_cutover(self) -> Self {
        Self { requests_cutover: false, ..self }
    }

    /// The same wait, of an action whose plan announced the cutover, with progress lines.
    #[must_use]
    pub(crate) fn reporting(self, progress: Reporter) -> Self {
        Self { announced: true, progress: Some(progress), ..self }
    }

    /// Until every milestone is reached.
    pub(crate) async fn run(&mut self) -> Result<(), Problem> {
        let mut backoff = Backoff::new(self.atlas.polling.min, self.atlas.polling.max);
        loop {
            self.read().await?;
            let pending = self.goal.pending_in(&self.state);
            if !pending.any() {
                return Ok(());
            }
            if Phase::of(&self.state, &self.private).is_final() {
                return Err(Problem::Unreachable);
            }
            let ready = self.state.ready_for_cutover.known() == Some(&true);
            if self.requests_cutover && pending.cutover && ready && self.state.cutover_requested_at.is_null() {
                // A read follows before anything else, also if the response was lost.
                self.cut_over().await?;
                backoff.reset();
                continue;
            }
            self.pause(backoff.next_delay()).await?;
        }
    }

    async fn read(&mut self) -> Result<(), Problem> {
        let Reference { group_id, id } = self.reference()?;
        let before = (self.state.status.clone(), self.state.ready_for_cutover);
        match self.atlas.client.read(&group_id, &id, &self.options).await {
            Ok(response) => {
                update_from_response(&mut self.state, &mut self.private, &response, SystemTime::now());
                let not_requested = self.state.cutover_requested_at.is_null();
                if has_ended_unsuccessfully(&self.state) {
                    self.private.ended_before_cutover |= self.saw_no_cutover && not_requested;
                } else {
                    let shows_no_cutover = not_requested && shows_no_cutover(&response);
                    // What was shown is gone: something else may have requested the cutover.
                    self.private.cutover_unknown |= not_requested && self.saw_no_cutover && !shows_no_cutover;
                    self.saw_no_cutover = shows_no_cutover;
                }
                if let Some(progress) = &mut self.progress {
                    progress.read(&self.state, Instant::now());
                }
                self.log(before != (self.state.status.clone(), self.state.ready_for_cutover));
                Ok(())
            }
            Err(error) if error.is_cancelled() => Err(Problem::Interrupted),
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                Err(Problem::Timeout(Some(error)))
            }
            Err(error) if is_about_the_migration(&error) => {
                self.private.not_found = !Phase::of(&self.state, &self.private).is_final();
                Err(Problem::Unreachable)
            }
            Err(error) => Err(Problem::NotRead(error)),
        }
    }

    /// Requests the cutover. The readiness was read right before.
    async fn cut_over(&mut self) -> Result<(), Problem> {
        let Reference { group_id, id } = self.reference()?;
        if self.options.cancel.is_cancelled() {
            return Err(Problem::Interrupted);
        }
        if !self.announced {
            return Err(Problem::NotAnnounced);
        }
        self.saw_no_cutover = false;
        // Not repeated long after the readiness was read: what takes longer begins with a read again.
        let deadline = self.options.deadline.min(Instant::now() + CUTOVER_TIMEOUT);
        let options = CallOptions { deadline, cancel: self.options.cancel.clone() };
        let Err(error) = self.atlas.client.cutover(&group_id, &id, &options).await else {
            self.requested();
            return Ok(());
        };
        if error.is_cancelled() && !error.outcome_unknown() {
            return Err(Problem::Interrupted);
        }
        self.refusals += 1;
        self.confirm_cutover(error).await
    }

    /// After a cutover request that was refused, or whose response was lost: only a read shows whether it took effect.
    async fn confirm_cutover(&mut self, error: Error) -> Result<(), Problem> {
        // An interrupt during the request must not prevent this read, as long as Terraform can still save its result.
        let options = CallOptions { deadline: Instant::now() + CallOptions::CANCEL_GRACE, cancel: self.gone.clone() };
        let Reference { group_id, id } = self.reference()?;
        // A 409 may mean that the cutover was requested before.
        let may_have_executed = error.outcome_unknown() || error.status() == Some(409);
        let response = match self.atlas.client.read(&group_id, &id, &options).await {
            Ok(response) => response,
            Err(_) if may_have_executed => {
                self.unconfirmed();
                return Err(Problem::CutoverMayHaveBeenRequested(error));
            }
            Err(_) => return Err(Problem::CutoverNotRequested(error)),
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
            return Err(Problem::CutoverNotRequested(error));
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

    async fn pause(&self, delay: Duration) -> Result<(), Problem> {
        if Instant::now() + delay >= self.options.deadline {
            return Err(Problem::Timeout(None));
        }
        tokio::select! {
            biased;
            () = self.options.cancel.cancelled() => Err(Problem::Interrupted),
            () = tokio::time::sleep(delay) => Ok(()),
        }
    }

    fn reference(&self) -> Result<Reference, Problem> {
        self.state.reference().ok_or(Problem::NoId)
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
}
