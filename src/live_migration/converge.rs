//! Pursuing the wishes: wait until the migration is ready, cut it over, wait until it is complete. Resumed by the
//! next apply from wherever it was.

use std::time::{Duration, SystemTime};

use atlas_client::{Backoff, CancellationToken, Error, ErrorKind, Limits};
use tf_provider::resource::{Applied, Call};
use tf_provider::{Attr, Diagnostic, Diagnostics};
use tokio::time::Instant;

use super::explain::Failure;
use super::life::{Life, Wishes, timestamp};
use super::mark::Mark;
use super::model::{Identity, Migration};
use super::{explain, observe::observe, read, schema, warn};
use crate::duration;
use crate::provider::Atlas;

/// How long the request for a cutover is repeated where Atlas answers that it is asked too much.
const CUTOVER_TIMEOUT: Duration = Duration::from_secs(60);

/// Refused cutovers after which the wait gives up: the migration may have lost its readiness in between once or twice.
const MAX_REFUSALS: u32 = 3;

/// Pursues the wishes of a plan. A failure is told beside the state so far: an update never taints.
pub(super) async fn converge(
    atlas: &Atlas,
    prior: Migration,
    planned: Migration,
    mark: Mark,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> Applied<Migration, Identity> {
    let state = Migration {
        status: prior.status,
        ready_for_cutover: prior.ready_for_cutover,
        lag_time_seconds: prior.lag_time_seconds,
        ready_since: prior.ready_since,
        cutover_requested_at: prior.cutover_requested_at,
        ..planned
    };
    let timeout = timeout(&state);
    let limits = Limits { deadline: Instant::now() + timeout, stop: call.stop.clone() };
    let mut pursuit = Pursuit { atlas, state, mark, limits, gone: call.gone.clone(), timeout, refusals: 0 };
    if let Err(problem) = pursuit.run().await {
        diagnostics.push(problem);
    }
    explain::notices(atlas, diagnostics);
    applied(pursuit.state, &pursuit.mark)
}

/// An update that calls nothing: every value is as planned.
pub(super) fn applied(state: Migration, mark: &Mark) -> Applied<Migration, Identity> {
    let mark = Mark { plan: None, ..mark.clone() };
    let identity = state.identity();
    Applied { state, private: mark.to_private(), identity }
}

fn timeout(planned: &Migration) -> Duration {
    let given = planned.timeouts.as_ref().and_then(|timeouts| timeouts.update.as_ref());
    let text = given.into_known().map_or(schema::DEFAULT_UPDATE_TIMEOUT, String::as_str);
    // The text was checked by `validate`.
    duration::parse(text).unwrap_or(Duration::from_secs(24 * 60 * 60))
}

struct Pursuit<'a> {
    atlas: &'a Atlas,
    state: Migration,
    mark: Mark,
    limits: Limits,
    gone: CancellationToken,
    timeout: Duration,
    refusals: u32,
}

impl Pursuit<'_> {
    /// Until every wish is reached. Problems are told with the state so far; an update never taints.
    async fn run(&mut self) -> Result<(), Diagnostic> {
        let mut backoff = Backoff::new(self.atlas.polling.min, self.atlas.polling.max);
        loop {
            self.read().await?;
            let wishes = Wishes::open(&self.state, &self.state);
            if !wishes.any() {
                return Ok(());
            }
            if Life::of(&self.state).is_final() {
                return Err(self.ended());
            }
            let ready = self.state.ready_for_cutover.known() == Some(&true);
            if wishes.cutover && ready && self.state.cutover_requested_at.is_null() {
                // What follows is a read, before anything else: also when the answer was lost.
                self.cut_over().await?;
                backoff.reset();
                continue;
            }
            self.pause(backoff.next_delay()).await?;
        }
    }

    async fn read(&mut self) -> Result<(), Diagnostic> {
        let group_id = self.state.group_id.as_str().unwrap_or_default().to_owned();
        let id = self.state.id_text().to_owned();
        let before = (self.state.status.clone(), self.state.ready_for_cutover);
        match self.atlas.client.read(&group_id, &id, &self.limits).await {
            Ok(told) => {
                observe(&mut self.state, &mut self.mark.doubt, &told, SystemTime::now());
                self.mark.lost = false;
                self.log(before != (self.state.status.clone(), self.state.ready_for_cutover));
                Ok(())
            }
            Err(error) if error.is_stopped() => Err(self.interrupted()),
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                Err(self.took_too_long(Some(&error)))
            }
            Err(error) => {
                if !read::is_about_the_migration(&error) {
                    return Err(self.failure("Live migration could not be read while waiting", &error));
                }
                self.mark.lost = !Life::of(&self.state).is_final();
                Err(self.ended())
            }
        }
    }

    /// Requests the cutover. The readiness was read right before.
    async fn cut_over(&mut self) -> Result<(), Diagnostic> {
        let group_id = self.state.group_id.as_str().unwrap_or_default().to_owned();
        let id = self.state.id_text().to_owned();
        if self.limits.stop.is_cancelled() {
            return Err(self.interrupted());
        }
        // Not repeated long after the readiness was read: what takes longer begins with a read again.
        let deadline = self.limits.deadline.min(Instant::now() + CUTOVER_TIMEOUT);
        let limits = Limits { deadline, stop: self.limits.stop.clone() };
        let answer = self.atlas.client.cutover(&group_id, &id, &limits).await;
        let Err(error) = answer else {
            self.requested();
            return Ok(());
        };
        if error.is_stopped() && !error.perhaps_executed() {
            return Err(self.interrupted());
        }
        self.refusals += 1;
        self.look_again(&error).await
    }

    /// After a cutover that was refused, or whose answer was lost: only a read tells whether it took effect.
    async fn look_again(&mut self, error: &Error) -> Result<(), Diagnostic> {
        // A stop during the request must not keep us from learning what became of it, as long as there is somebody
        // to tell.
        let limits = Limits { deadline: Instant::now() + Limits::STOP_GRACE, stop: self.gone.clone() };
        let group_id = self.state.group_id.as_str().unwrap_or_default().to_owned();
        let id = self.state.id_text().to_owned();
        let told = match self.atlas.client.read(&group_id, &id, &limits).await {
            Ok(told) => told,
            Err(_) if error.perhaps_executed() => {
                self.doubtful();
                return Err(self.perhaps_requested(error));
            }
            Err(_) => return Err(self.not_requested(error)),
        };
        observe(&mut self.state, &mut self.mark.doubt, &told, SystemTime::now());
        // Before a cutover Atlas tells a lag; from the cutover on it tells neither a lag nor readiness.
        let took_effect = Life::of(&self.state) == Life::Running
            && told.ready_for_cutover != Some(true)
            && told.lag_time_seconds.is_none();
        if took_effect && (error.perhaps_executed() || error.status() == Some(409)) {
            self.doubtful();
        }
        if Life::of(&self.state).is_final() || self.state.cutover_requested_at.is_known() {
            return Ok(());
        }
        let transient = error.perhaps_executed() || error.status() == Some(409);
        if !transient || self.refusals >= MAX_REFUSALS {
            return Err(self.not_requested(error));
        }
        self.pause(self.atlas.polling.min).await
    }

    /// It looks as if the cutover had been requested; the next answer with readiness or a lag says that it was not.
    fn doubtful(&mut self) {
        self.state.cutover_requested_at = Attr::Known(timestamp(SystemTime::now()));
        self.mark.doubt = true;
        tracing::info!(id = self.state.id_text(), "cutover perhaps requested");
    }

    fn requested(&mut self) {
        self.mark.doubt = false;
        self.state.cutover_requested_at = Attr::Known(timestamp(SystemTime::now()));
        tracing::info!(id = self.state.id_text(), "cutover requested");
    }

    async fn pause(&self, delay: Duration) -> Result<(), Diagnostic> {
        if Instant::now() + delay >= self.limits.deadline {
            return Err(self.took_too_long(None));
        }
        tokio::select! {
            biased;
            () = self.limits.stop.cancelled() => Err(self.interrupted()),
            () = tokio::time::sleep(delay) => Ok(()),
        }
    }

    fn log(&self, changed: bool) {
        let status = self.state.status.as_str().unwrap_or("not told");
        let (id, lag) = (self.state.id_text(), self.state.lag_time_seconds.known().copied());
        let ready = self.state.ready_for_cutover.known() == Some(&true);
        if changed {
            tracing::info!(id, status, ready, lag, "live migration changed");
        } else {
            tracing::debug!(id, status, ready, lag, "live migration polled");
        }
    }

    fn failure(&self, summary: &str, error: &Error) -> Diagnostic {
        Failure { error, atlas: self.atlas, request: None }.told(summary, &self.stands())
    }

    /// What is true now, and that nothing is lost.
    fn stands(&self) -> String {
        let status = self.state.status.as_str().unwrap_or("not told");
        let lag = self.state.lag_time_seconds.known().map(|lag| format!(", lag {lag} s")).unwrap_or_default();
        let cutover = match self.state.cutover_requested_at.as_str() {
            Some(at) if self.mark.doubt => format!("Its cutover was perhaps requested at {at}."),
            Some(at) => format!("Its cutover was requested at {at}."),
            None => "Its cutover was not requested.".to_owned(),
        };
        format!(
            "Live migration `{}` is in the state with status {status}{lag}, and goes on in Atlas. {cutover} The next \
             terraform apply goes on from here.",
            self.state.id_text()
        )
    }

    fn interrupted(&self) -> Diagnostic {
        Diagnostic::error(
            "Interrupted while waiting for the live migration",
            format!("Terraform was told to stop. {}", self.stands()),
        )
    }

    fn took_too_long(&self, error: Option<&Error>) -> Diagnostic {
        let last = error.map(|error| match error.kind() {
            ErrorKind::Deadline { last: Some(last), .. } => format!(" At last Atlas could not be asked: {last}."),
            // The time was over while a read was under way: nothing is wrong with Atlas.
            _ => String::new(),
        });
        let last = last.unwrap_or_default();
        Diagnostic::error(
            "Live migration takes longer than the time limit",
            format!(
                "It was waited for {}.{last} {} To wait longer at once, raise `timeouts.update`.",
                duration::text(self.timeout),
                self.stands()
            ),
        )
        .at("timeouts.update")
    }

    fn perhaps_requested(&self, error: &Error) -> Diagnostic {
        let now = format!(
            "Whether the cutover of live migration `{}` was requested is not known, and Atlas could not be asked. Look \
             at {} in the web page of Atlas. The next terraform apply asks Atlas first, and requests the cutover only \
             if the migration is still ready for it; to take the wish back, set `cutover = false` before.",
            self.state.id_text(),
            self.state.destination_text()
        );
        Failure { error, atlas: self.atlas, request: None }.told("Cutover was perhaps requested", &now)
    }

    fn not_requested(&self, error: &Error) -> Diagnostic {
        let tried = if self.refusals > 1 { format!("It was tried {} times. ", self.refusals) } else { String::new() };
        let now = format!("{tried}{}", self.stands());
        Failure { error, atlas: self.atlas, request: None }.told("Cutover was not requested", &now)
    }

    /// It is over without success, or Atlas does not know it any more.
    fn ended(&self) -> Diagnostic {
        let told = if self.mark.lost { None } else { warn::over(&self.state) };
        let Diagnostic { summary, detail, .. } = told.unwrap_or_else(|| warn::unknown_to_atlas(&self.state));
        Diagnostic::error(summary, format!("It cannot be waited for any longer. {detail}"))
    }
}
