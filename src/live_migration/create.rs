//! Starting a migration: the validation, then one request that is never sent twice. The ID goes into the state at once;
//! nothing waits for the migration.

use std::time::{Duration, SystemTime};

use atlas_client::{Backoff, Error, ErrorKind, Limits, LiveMigration, MigrationRequest, Validation, ValidationStatus};
use tf_provider::resource::RequestContext;
use tf_provider::{Attr, Diagnostics, Failed};
use tokio::time::Instant;

use super::diagnostics::api_error::notices;
use super::diagnostics::{errors, failures, validation, warnings};
use super::duplicate_guard::DuplicateGuard;
use super::model::Migration;
use super::phase::Milestones;
use super::private_state::PrivateState;
use super::response::update_from_response;
use super::{request, schema};
use crate::config::connection::Atlas;
use crate::duration;

/// What the start itself is given, however long the validation job took.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Starts the planned migration.
///
/// # Errors
/// When it was not started, or when that is not known.
pub(super) async fn create(
    atlas: &Atlas,
    guard: &DuplicateGuard,
    planned: Migration,
    config: &Migration,
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> Result<Migration, Failed> {
    let request = request::of(&planned, config, diagnostics)?;
    let timeout = timeout(&planned);
    let deadline = Instant::now() + timeout;
    if planned.validate.known() != Some(&false) {
        validate(atlas, &request, &Limits { deadline, stop: context.cancel.clone() }, timeout, diagnostics).await?;
    }
    if context.cancel.is_cancelled() {
        return Err(diagnostics.fail(failures::interrupted_before_start()));
    }
    // The destination may have been unknown in the plan, and the process knows more now.
    if let Err(conflict) = guard.check_create(&planned) {
        return Err(diagnostics.fail(errors::start(&planned, &conflict)));
    }
    let deadline = deadline.max(Instant::now() + START_TIMEOUT);
    let result = atlas.client.create(&request, &Limits { deadline, stop: context.cancel.clone() }).await;
    notices(atlas, diagnostics);
    match result {
        Ok(response) => Ok(started(planned, request.group_id, &response, diagnostics)),
        Err(error) => Err(diagnostics.fail(failures::not_started(&error, atlas, &request))),
    }
}

fn timeout(planned: &Migration) -> Duration {
    let given = planned.timeouts.as_ref().and_then(|timeouts| timeouts.create.as_ref());
    let text = given.into_known().map_or(schema::DEFAULT_CREATE_TIMEOUT, String::as_str);
    // The text was checked by `validate`.
    duration::parse(text).unwrap_or(Duration::from_secs(30 * 60))
}

async fn validate(
    atlas: &Atlas,
    request: &MigrationRequest,
    limits: &Limits,
    timeout: Duration,
    diagnostics: &mut Diagnostics,
) -> Result<(), Failed> {
    let failed = |error: &Error| failures::validation_not_run(error, atlas, request);
    let timed_out =
        |validation: &Validation| failures::validation_timeout(validation, status_text(validation), timeout);
    let mut validation = match atlas.client.validate(request, limits).await {
        Ok(validation) => validation,
        Err(error) if error.is_stopped() => return Err(diagnostics.fail(failures::interrupted_before_start())),
        Err(error) => return Err(diagnostics.fail(failed(&error))),
    };
    let mut backoff = Backoff::new(atlas.polling.min, atlas.polling.max);
    while !is_over(&validation) {
        let delay = backoff.next_delay();
        tokio::select! {
            biased;
            () = limits.stop.cancelled() => return Err(diagnostics.fail(failures::interrupted_before_start())),
            () = tokio::time::sleep_until(limits.deadline.min(Instant::now() + delay)) => {}
        }
        if Instant::now() >= limits.deadline {
            return Err(diagnostics.fail(timed_out(&validation)));
        }
        validation = match atlas.client.validation(&request.group_id, &validation.id, limits).await {
            Ok(validation) => validation,
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                return Err(diagnostics.fail(timed_out(&validation)));
            }
            Err(error) if error.is_stopped() => return Err(diagnostics.fail(failures::interrupted_before_start())),
            Err(error) => return Err(diagnostics.fail(failed(&error))),
        };
        tracing::debug!(id = %validation.id, status = status_text(&validation), "validation job");
    }
    match validation.status {
        Some(ValidationStatus::Failed) => Err(diagnostics.fail(validation::validation(&validation))),
        _ => Ok(()),
    }
}

/// A status that is absent, or a word that is new, is not final.
fn is_over(validation: &Validation) -> bool {
    validation.status.as_ref().is_some_and(ValidationStatus::is_final)
}

fn status_text(validation: &Validation) -> &str {
    validation.status.as_ref().map_or("unknown", ValidationStatus::as_str)
}

fn started(planned: Migration, group_id: String, response: &LiveMigration, diagnostics: &mut Diagnostics) -> Migration {
    let id = Attr::Known(response.id.clone());
    let mut state = Migration { id, status: Attr::Null, group_id: Attr::Known(group_id), ..planned };
    let planned_times = (state.ready_since.clone(), state.cutover_requested_at.clone());
    update_from_response(&mut state, &mut PrivateState::default(), response, SystemTime::now());
    // Both were planned as null; the next refresh sets them.
    (state.ready_since, state.cutover_requested_at) = planned_times;
    tracing::info!(id = %response.id, status = state.status_text(), "live migration started");
    let pending = Milestones::pending(&state, &state);
    if pending.any() {
        diagnostics.push(warnings::started(&state, pending));
    }
    state
}
