//! Starting a migration: the validation job, then one request that is never sent twice. The id goes into the state
//! at once; nothing is waited for.

use std::time::{Duration, SystemTime};

use atlas_client::{
    Backoff, Error, ErrorKind, Limits, LiveMigration, MigrationRequest, Validation, ValidationStatus, mask_secret,
};
use tf_provider::resource::{Applied, Call};
use tf_provider::{Attr, Diagnostic, Diagnostics, Failed, Private};
use tokio::time::Instant;

use super::explain::Failure;
use super::model::{Identity, Migration};
use super::{explain, life, observe::observe, request, schema};
use crate::duration;
use crate::provider::Atlas;

/// What the start itself is given, however long the validation job took.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Starts the planned migration.
///
/// # Errors
/// When it was not started, or when that is not known.
pub(super) async fn create(
    atlas: &Atlas,
    planned: Migration,
    config: &Migration,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> Result<Applied<Migration, Identity>, Failed> {
    let request = request::of(&planned, config, diagnostics)?;
    let timeout = timeout(&planned);
    let deadline = Instant::now() + timeout;
    if planned.validate.known() != Some(&false) {
        validate(atlas, &request, &Limits { deadline, stop: call.stop.clone() }, timeout, diagnostics).await?;
    }
    if call.stop.is_cancelled() {
        return Err(diagnostics.fail(interrupted()));
    }
    let deadline = deadline.max(Instant::now() + START_TIMEOUT);
    let answer = atlas.client.create(&request, &Limits { deadline, stop: call.stop.clone() }).await;
    explain::notices(atlas, diagnostics);
    match answer {
        Ok(told) => Ok(started(planned, request.group_id, &told, diagnostics)),
        Err(error) => Err(diagnostics.fail(not_started(&error, atlas, &request))),
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
    let failed = |error: &Error| {
        let failure = Failure { error, atlas, request: Some(request) };
        failure.told("Validation of the live migration failed", "No live migration was started.")
    };
    let mut validation = match atlas.client.validate(request, limits).await {
        Ok(validation) => validation,
        Err(error) if error.is_stopped() => return Err(diagnostics.fail(interrupted())),
        Err(error) => return Err(diagnostics.fail(failed(&error))),
    };
    let mut backoff = Backoff::new(atlas.polling.min, atlas.polling.max);
    while !is_over(&validation) {
        let delay = backoff.next_delay();
        tokio::select! {
            biased;
            () = limits.stop.cancelled() => return Err(diagnostics.fail(interrupted())),
            () = tokio::time::sleep_until(limits.deadline.min(Instant::now() + delay)) => {}
        }
        if Instant::now() >= limits.deadline {
            return Err(diagnostics.fail(validation_takes_too_long(&validation, timeout)));
        }
        validation = match atlas.client.validation(&request.group_id, &validation.id, limits).await {
            Ok(validation) => validation,
            Err(error) if matches!(error.kind(), ErrorKind::Deadline { retry_after: None, .. }) => {
                return Err(diagnostics.fail(validation_takes_too_long(&validation, timeout)));
            }
            Err(error) if error.is_stopped() => return Err(diagnostics.fail(interrupted())),
            Err(error) => return Err(diagnostics.fail(failed(&error))),
        };
        tracing::debug!(id = %validation.id, status = status_text(&validation), "validation job");
    }
    match validation.status {
        Some(ValidationStatus::Failed) => Err(diagnostics.fail(explain::validation(&masked(validation, request)))),
        _ => Ok(()),
    }
}

/// The job may quote what it was given.
fn masked(validation: Validation, request: &MigrationRequest) -> Validation {
    let mask = |text: String| match &request.source.password {
        Some(password) => mask_secret(&text, password),
        None => text,
    };
    Validation { error_message: validation.error_message.map(mask), ..validation }
}

/// A status that is absent, or a word that is new, is not final.
fn is_over(validation: &Validation) -> bool {
    validation.status.as_ref().is_some_and(ValidationStatus::is_final)
}

fn status_text(validation: &Validation) -> &str {
    validation.status.as_ref().map_or("not told", ValidationStatus::as_str)
}

fn started(
    planned: Migration,
    group_id: String,
    told: &LiveMigration,
    diagnostics: &mut Diagnostics,
) -> Applied<Migration, Identity> {
    let mut state =
        Migration { id: Attr::Known(told.id.clone()), status: Attr::Null, group_id: Attr::Known(group_id), ..planned };
    let planned_times = (state.ready_since.clone(), state.cutover_requested_at.clone());
    observe(&mut state, &mut false, told, SystemTime::now());
    // Both were planned as null; the next refresh tells them.
    (state.ready_since, state.cutover_requested_at) = planned_times;
    tracing::info!(id = %told.id, status = state.status.as_str().unwrap_or("not told"), "live migration started");
    if life::Wishes::open(&state, &state).any() {
        diagnostics.push(wish_is_next(&state));
    }
    let identity = state.identity();
    Applied { state, private: Private::default(), identity }
}

fn wish_is_next(state: &Migration) -> Diagnostic {
    let wish = if state.cutover.known() == Some(&true) { "cutover" } else { "wait_for_ready" };
    Diagnostic::warning(
        format!("Live migration {} has started; run terraform apply again to go on", state.id_text()),
        format!(
            "`{wish}` is true. An apply that starts a migration never waits, so that its id is in the state at \
                 once; the next apply goes on from here, and so does every one after it that was interrupted."
        ),
    )
    .at(wish)
}

fn interrupted() -> Diagnostic {
    Diagnostic::error(
        "Interrupted before the live migration was started",
        "Terraform was told to stop. No live migration was started; the next apply starts it.",
    )
}

fn validation_takes_too_long(validation: &Validation, timeout: Duration) -> Diagnostic {
    Diagnostic::error(
        "Validation of the live migration takes too long",
        format!(
            "After {} the status of validation job `{}` is {}. No live migration was started. Apply again, raise \
             `timeouts.create`, or set `validate = false` to start without it.",
            duration::text(timeout),
            validation.id,
            status_text(validation)
        ),
    )
    .at("timeouts.create")
}

/// Whether Atlas names a live migration as the reason of a conflict.
fn speaks_of_a_migration(error: &Error) -> bool {
    let texts = error.api().map(|api| [api.error_code.as_deref(), api.detail.as_deref()]);
    texts.into_iter().flatten().flatten().any(|text| text.to_lowercase().contains("migration"))
}

/// Only a refusal, or a request that never left, proves that nothing was started.
fn not_started(error: &Error, atlas: &Atlas, request: &MigrationRequest) -> Diagnostic {
    let group_id = &request.group_id;
    let adopt = format!("\n\n  terraform import ADDRESS {group_id}/MIGRATION_ID\n");
    let failure = Failure { error, atlas, request: Some(request) };
    if error.perhaps_executed() {
        let now = format!(
            "Whether the live migration was started is not known, and the request is not sent again by itself. Look \
             at cluster `{}` of project `{group_id}` in the web page of Atlas before \
             anything else. If a migration runs there, take it into the state by its id:{adopt}\nIf none does, apply \
             again.",
            request.destination.cluster_name
        );
        return failure.told("Live migration was perhaps started", &now);
    }
    if error.status() == Some(409) && speaks_of_a_migration(error) {
        let now = format!(
            "This request started nothing. A live migration into cluster `{}`, or on host `{}`, is running already. \
             It may be yours, from an apply that was killed before it could store the id: \
             then take it into the state:{adopt}\nElse wait until it is over, cancel it in the web page of Atlas, or \
             choose another destination or host.",
            request.destination.cluster_name,
            request.migration_hosts.first().map_or("", String::as_str)
        );
        return failure.told("Atlas runs another live migration there", &now);
    }
    if error.is_stopped() {
        return interrupted();
    }
    failure.told("Live migration was not started", "No live migration was started.")
}
