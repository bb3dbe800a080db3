//! Starting a migration: the validation, then one request that is never sent twice. The ID goes into the state at once;
//! nothing waits for the migration.

use std::time::{Duration, SystemTime};

use atlas_client::{
    Backoff, CallOptions, Error, ErrorKind, LiveMigration, MigrationRequest, Validation, ValidationStatus,
};
use tf_provider::resource::RequestContext;
use tf_provider::{Attr, Diagnostics, Failed};
use tokio::time::Instant;

use super::diagnostics::api_error::notices;
use super::diagnostics::{duplicates, start, validation};
use super::duplicate_guard::DuplicateGuard;
use super::model::Migration;
use super::phase::Milestones;
use super::private_state::PrivateState;
use super::response::update_from_response;
use super::{request, timeouts};
use crate::config::connection::Atlas;

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
    let timeout = timeouts::create(&planned);
    let deadline = Instant::now() + timeout;
    if planned.validate.known() != Some(&false) {
        validate(atlas, &request, &CallOptions { deadline, cancel: context.cancel.clone() }, timeout, diagnostics)
            .await?;
    }
    if context.cancel.is_cancelled() {
        return Err(diagnostics.fail(start::interrupted()));
    }
    // The destination may have been unknown in the plan, and the process knows more now.
    if let Err(conflict) = guard.check_create(&planned) {
        return Err(diagnostics.fail(duplicates::start(&planned, &conflict)));
    }
    let deadline = deadline.max(Instant::now() + START_TIMEOUT);
    let result = atlas.client.create(&request, &CallOptions { deadline, cancel: context.cancel.clone() }).await;
    notices(atlas, diagnostics);
    match result {
        Ok(response) => Ok(started(planned, request.group_id, &response, diagnostics)),
        Err(error) => Err(diagnostics.fail(start::failed(&error, atlas, &request))),
    }
}

async fn validate(
    atlas: &Atlas,
    request: &MigrationRequest,
    options: &CallOptions,
    timeout: Duration,
    diagnostics: &mut Diagnostics,
) -> Result<(), Failed> {
    let failed = |error: &Error| validation::not_run(error, atlas, request);
    let timed_out = |validation: &Validation| validation::timed_out(validation, status_text(validation), timeout);
    let mut validation = match atlas.client.validate(request, options).await {
        Ok(validation) => validation,
        Err(error) if error.is_cancelled() => return Err(diagnostics.fail(start::interrupted())),
        Err(error) => return Err(diagnostics.fail(failed(&error))),
    };
    let mut backoff = Backoff::new(atlas.polling.min, atlas.polling.max);
    while !is_over(&validation) {
        let delay = backoff.next_delay();
        tokio::select! {
            biased;
            () = options.cancel.cancelled() => return Err(diagnostics.fail(start::interrupted())),
            () = tokio::time::sleep_until(options.deadline.min(Instant::now() + delay)) => {}
        }
        if Instant::now() >= options.deadline {
            return Err(diagnostics.fail(timed_out(&validation)));
        }
        validation = match atlas.client.validation(&request.group_id, &validation.id, options).await {
            Ok(validation) => validation,
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                return Err(diagnostics.fail(timed_out(&validation)));
            }
            Err(error) if error.is_cancelled() => return Err(diagnostics.fail(start::interrupted())),
            Err(error) => return Err(diagnostics.fail(failed(&error))),
        };
        tracing::debug!(id = %validation.id, status = status_text(&validation), "validation job");
    }
    match validation.status {
        Some(ValidationStatus::Failed) => Err(diagnostics.fail(validation::failed(&validation))),
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
        diagnostics.push(start::milestone_is_set(&state, pending));
    }
    state
}
