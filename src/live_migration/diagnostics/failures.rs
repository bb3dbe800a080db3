//! Every error of an apply, a refresh and an import: what happened to the request, and what that means for the migration.

use std::time::Duration;

use atlas_client::{Error, ErrorKind, MigrationRequest, Validation};
use tf_provider::Diagnostic;

use super::super::model::Migration;
use super::super::phase::Milestones;
use super::super::private_state::PrivateState;
use super::api_error::ApiFailure;
use super::skeleton::{DESTROY_BLOCKED, summary};
use super::steps::steps;
use super::warnings::Ended;
use crate::config::connection::Atlas;
use crate::duration;
use crate::summary;

/// A read that failed. The state holds the only copy of the ID, so nothing here takes it out of the state.
pub(in super::super) fn not_read(error: &Error, atlas: &Atlas) -> Diagnostic {
    let now = format!(
        "The state is unchanged, and the live migration is not affected.\n\n{}\n\n{DESTROY_BLOCKED}",
        steps(&[
            "Resolve the cause, then run the command again.".to_owned(),
            "To plan from the stored state without Atlas: terraform plan -refresh=false".to_owned(),
        ])
    );
    ApiFailure { error, atlas, request: None }.to_diagnostic(summary::live_migration_could_not_be_read(), &now)
}

/// An import of a migration that could not be read.
pub(in super::super) fn not_imported(error: &Error, atlas: &Atlas, group_id: &str, id: &str) -> Diagnostic {
    let now = format!("Nothing was imported. The request was for live migration `{id}` in project `{group_id}`.");
    ApiFailure { error, atlas, request: None }
        .to_diagnostic(summary::live_migration_to_import_could_not_be_read(), &now)
}

/// An interrupt before the start was sent.
pub(in super::super) fn interrupted_before_start() -> Diagnostic {
    Diagnostic::error(
        summary::interrupted_before_the_live_migration_was_started(),
        "Terraform was interrupted. No live migration was started; the next terraform apply starts it.",
    )
}

/// A validation that could not run.
pub(in super::super) fn validation_not_run(error: &Error, atlas: &Atlas, request: &MigrationRequest) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: Some(request) };
    failure.to_diagnostic(summary::validation_could_not_run(), "No live migration was started.")
}

/// A validation that did not end in time.
pub(in super::super) fn validation_timeout(validation: &Validation, status: &str, timeout: Duration) -> Diagnostic {
    Diagnostic::error(
        summary::timed_out_waiting_for_the_validation(),
        format!(
            "After {} the status of validation `{}` is {status}. No live migration was started.\n\n{}",
            duration::text(timeout),
            validation.id,
            steps(&[
                "Run terraform apply again.".to_owned(),
                "If it keeps happening, raise timeouts.create.".to_owned()
            ])
        ),
    )
    .at("timeouts.create")
}

/// A start that failed. Only a refusal, or a request that was never sent, proves that nothing was started.
pub(in super::super) fn not_started(error: &Error, atlas: &Atlas, request: &MigrationRequest) -> Diagnostic {
    if error.is_cancelled() && !error.outcome_unknown() {
        return interrupted_before_start();
    }
    let failure = ApiFailure { error, atlas, request: Some(request) };
    if error.outcome_unknown() {
        return failure.to_diagnostic(summary::live_migration_may_have_been_started(), &may_have_been_started(request));
    }
    if error.status() == Some(409) && names_a_migration(error) {
        return failure.to_diagnostic(summary::another_live_migration_is_running(), &another_is_running(request));
    }
    failure.to_diagnostic(summary::live_migration_was_not_started(), "No live migration was started.")
}

/// Whether Atlas names a live migration as the reason of a conflict.
fn names_a_migration(error: &Error) -> bool {
    let texts = error.api().map(|api| [api.error_code.as_deref(), api.detail.as_deref()]);
    texts.into_iter().flatten().flatten().any(|text| text.to_lowercase().contains("migration"))
}

fn may_have_been_started(request: &MigrationRequest) -> String {
    let MigrationRequest { group_id, destination, .. } = request;
    let erased = if request.drop_destination {
        " With `drop_enabled = true`, Atlas may have erased its data already."
    } else {
        ""
    };
    format!(
        "A live migration into cluster `{}` of project `{group_id}` may have been started. Nothing is in the state, and the \
         request is not sent again.{erased}\n\n{}",
        destination.cluster_name,
        steps(&[
            "Check the cluster in the Atlas UI (Migrate Data to Atlas) before anything else. Wait 10 minutes before you \
             believe that nothing is running."
                .to_owned(),
            format!(
                "If a live migration is running there, import it with the ID that MongoDB support gives you:\n\
                 terraform import <ADDRESS> {group_id}/<MIGRATION_ID>\n\
                 Or end it in the Atlas UI, and run terraform apply."
            ),
            "If none is running, run terraform apply.".to_owned(),
        ])
    )
}

fn another_is_running(request: &MigrationRequest) -> String {
    let MigrationRequest { group_id, destination, migration_hosts, .. } = request;
    format!(
        "No live migration was started by this request. One into cluster `{}`, or on migration host `{}`, is running \
         already. It may be yours, from an apply that was killed before it stored the ID.\n\n{}",
        destination.cluster_name,
        migration_hosts.first().map_or("unknown", String::as_str),
        steps(&[
            format!("If it is yours, import it:\nterraform import <ADDRESS> {group_id}/<MIGRATION_ID>"),
            "Otherwise wait until it has ended, or end it in the Atlas UI (Migrate Data to Atlas).".to_owned(),
            "Or choose another destination or migration host.".to_owned(),
        ])
    )
}

/// An interrupt while waiting for a milestone.
pub(in super::super) fn interrupted(state: &Migration, private: &PrivateState) -> Diagnostic {
    Diagnostic::error(
        summary::interrupted_while_waiting(state.id_text()),
        format!("Terraform was interrupted. {}", resume(state, private, None)),
    )
}

/// A wait that took longer than `timeouts.update`.
pub(in super::super) fn timeout(
    state: &Migration,
    private: &PrivateState,
    timeout: Duration,
    error: Option<&Error>,
) -> Diagnostic {
    let last = error.and_then(|error| match error.kind() {
        ErrorKind::Deadline { last: Some(last), .. } => Some(format!(" The last request to Atlas failed: {last}.")),
        // The time ended while a read was in flight: nothing is wrong with Atlas.
        _ => None,
    });
    Diagnostic::error(
        summary::timed_out(state.id_text()),
        format!(
            "The apply waited {}.{} {}",
            duration::text(timeout),
            last.unwrap_or_default(),
            resume(state, private, Some("To wait longer in one apply, raise timeouts.update."))
        ),
    )
    .at("timeouts.update")
}

/// A read that failed while waiting.
pub(in super::super) fn not_read_while_waiting(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
) -> Diagnostic {
    let summary = summary::waiting_failed(state.id_text());
    ApiFailure { error, atlas, request: None }.to_diagnostic(&summary, &resume(state, private, None))
}

/// A cutover request whose response was lost, and a read after it that failed too.
pub(in super::super) fn cutover_may_have_been_requested(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
) -> Diagnostic {
    let now =
        format!(
        "The response to the cutover request is missing, and Atlas could not be read afterwards.\n\n{}\n\n{}",
        summary(state, private),
        steps(&["Run terraform apply. It reads the live migration first, and requests the cutover only if that has not \
                 happened."
            .to_owned()])
    );
    ApiFailure { error, atlas, request: None }
        .to_diagnostic(summary::cutover_may_have_been_requested(state.id_text()), &now)
}

/// A cutover that Atlas refused.
pub(in super::super) fn cutover_not_requested(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
    attempts: u32,
) -> Diagnostic {
    let tried = if attempts > 1 { format!("The request was sent {attempts} times. ") } else { String::new() };
    let now = format!("{tried}{}", resume(state, private, None));
    ApiFailure { error, atlas, request: None }.to_diagnostic(summary::cutover_not_requested(state.id_text()), &now)
}

/// A cutover that the plan could not announce.
pub(in super::super) fn cutover_not_announced(state: &Migration, private: &PrivateState) -> Diagnostic {
    Diagnostic::error(
        summary::cutover_not_requested(state.id_text()),
        format!(
            "Atlas returned 404 for the live migration when this plan was made, so the plan did not announce a cutover. Now \
             Atlas returns it again.\n\n{}\n\n{}",
            summary(state, private),
            steps(&["Run terraform apply again. The new plan announces the cutover.".to_owned()])
        ),
    )
    .at("cutover")
}

/// A migration that ended, or that Atlas no longer knows, before it reached its milestones.
pub(in super::super) fn unreachable(state: &Migration, private: &PrivateState, pending: Milestones) -> Diagnostic {
    let argument = pending.argument();
    let unreachable = format!("`{argument} = true` can't be reached any more.");
    let mut ended = Ended::of(state, private).unwrap_or_else(|| Ended {
        summary: summary::ended(state.id_text()),
        cause: String::new(),
        next: Vec::new(),
        disarms: false,
    });
    ended.cause = format!("{unreachable} {}", ended.cause);
    ended.take_back(pending);
    Diagnostic::error(ended.summary.clone(), ended.detail(state, private)).at(argument)
}

/// What is true after a wait that did not reach its milestone, and that nothing is lost.
fn resume(state: &Migration, private: &PrivateState, next: Option<&str>) -> String {
    let again = "Run terraform apply again. It resumes from here.".to_owned();
    let next: Vec<_> = std::iter::once(again).chain(next.map(str::to_owned)).collect();
    format!("The live migration keeps running in Atlas.\n\n{}\n\n{}", summary(state, private), steps(&next))
}
