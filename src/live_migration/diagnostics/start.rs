//! A start: what a plan refuses, and what became of the request.

use atlas_client::{Error, MigrationRequest};
use tf_provider::{Diagnostic, Diagnostics};

use super::super::model::Migration;
use super::super::phase::Milestones;
use super::api_error::ApiFailure;
use super::skeleton::{DESTROY_BLOCKED, paragraphs};
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

pub(super) const NOT_STARTED: &str = "No live migration was started.";

/// A start with a user and no password. Later runs need none: only a start sends it.
pub(in super::super) fn missing_password(config: &Migration, diagnostics: &mut Diagnostics) {
    let has_user = config.source_attr(|source| &source.username).is_known();
    let has_password = !config.source_attr(|source| &source.password).is_null()
        || !config.source_attr(|source| &source.password_wo).is_null();
    if !has_user || has_password {
        return;
    }
    let next = steps(&[
        "Set source.password_wo, which is not stored, or source.password, which is stored in the state. After the start, \
         the password is no longer needed.",
        "If you expected no start, find out why the live migration is not in the state: a renamed resource or for_each key, \
         another workspace, a missing import.",
    ]);
    let cause = "This plan starts a live migration, and `source.username` is set without a password.";
    diagnostics.push(
        Diagnostic::error(summary::missing_source_password(), paragraphs(&[cause, &next, DESTROY_BLOCKED]))
            .at("source.username"),
    );
}

/// API version v1.0 has no sharding.
pub(in super::super) fn sharding_in_v1() -> Diagnostic {
    let next = steps(&[
        "Set api_version = \"v2\" in the provider block (or MONGODB_ATLAS_API_VERSION).",
        "Or remove the sharding block.",
    ]);
    let cause = "The provider is configured with `api_version = \"v1.0\"`, whose live migrations have no sharding.";
    Diagnostic::error(summary::sharding_requires_api_version_v2(), paragraphs(&[cause, &next, DESTROY_BLOCKED]))
        .at("sharding.sharding_entries")
}

/// A start that would erase a cluster which is unknown in the plan.
pub(in super::super) fn drop_into_unknown() -> Diagnostic {
    let next = steps(&[
        "If the cluster is created in the same apply, it has nothing to erase: set drop_enabled = false.",
        "Otherwise apply the destination first:\nterraform apply -target=<DESTINATION_ADDRESS>",
    ]);
    let cause = "`drop_enabled` may erase every collection of the destination, and the destination is (known after apply), so \
                 nobody can check what would be erased.";
    let detail = paragraphs(&[cause, &next, DESTROY_BLOCKED]);
    Diagnostic::error(summary::drop_enabled_requires_a_known_destination(), detail).at("drop_enabled")
}

/// A request that can't be built at apply, when everything is known.
pub(in super::super) fn argument_unknown() -> Diagnostic {
    let cause = "A required argument is unknown at apply. This is a bug in the provider or in Terraform.";
    let summary = summary::cant_start(summary::cause::argument_unknown());
    Diagnostic::error(summary, format!("{cause} {NOT_STARTED}"))
}

/// An interrupt before the start was sent.
pub(in super::super) fn interrupted() -> Diagnostic {
    Diagnostic::error(
        summary::interrupted_before_the_live_migration_was_started(),
        format!("Terraform was interrupted. {NOT_STARTED} The next terraform apply starts it."),
    )
}

/// A start that failed. Only a refusal, or a request that was never sent, proves that nothing was started.
pub(in super::super) fn failed(error: &Error, atlas: &Atlas, request: &MigrationRequest) -> Diagnostic {
    if error.is_cancelled() && !error.outcome_unknown() {
        return interrupted();
    }
    let failure = ApiFailure { error, atlas, request: Some(request) };
    if error.outcome_unknown() {
        return may_have_been_started(&failure, request);
    }
    if error.status() == Some(409) && names_a_migration(error) {
        return another_is_running(&failure, request);
    }
    let next = failure.steps(&["Run terraform apply again."]);
    failure.to_diagnostic(summary::cant_start(failure.short_cause()), &[NOT_STARTED, &next])
}

/// Whether Atlas names a live migration as the reason of a conflict.
fn names_a_migration(error: &Error) -> bool {
    let texts = error.api().map(|api| [api.error_code.as_deref(), api.detail.as_deref()]);
    texts.into_iter().flatten().flatten().any(|text| text.to_lowercase().contains("migration"))
}

fn may_have_been_started(failure: &ApiFailure<'_>, request: &MigrationRequest) -> Diagnostic {
    let MigrationRequest { group_id, destination, .. } = request;
    let erased = if request.drop_destination {
        " With `drop_enabled = true`, Atlas may have erased its data already."
    } else {
        ""
    };
    let now = format!(
        "A live migration into cluster `{}` in project `{group_id}` may have been started. Nothing is in the state, and the \
         request is not sent again.{erased}",
        destination.cluster_name,
    );
    let mut next = vec![
        "Check the cluster in the Atlas UI (Migrate Data to Atlas) before anything else. Wait 10 minutes before you believe \
         that nothing is running."
            .to_owned(),
        format!(
            "If a live migration is running there, import it with the ID that MongoDB support gives you:\n\
             terraform import <ADDRESS> {group_id}/<MIGRATION_ID>\n\
             Or end it in the Atlas UI, and run terraform apply."
        ),
    ];
    // After a server error there is nothing to correct, and the first step waits long enough.
    next.extend(failure.remedy().filter(|_| failure.error.status().is_none_or(|status| status < 500)));
    next.push("If none is running, run terraform apply.".to_owned());
    failure.to_diagnostic(summary::may_have_been_started(failure.short_cause()), &[&now, &steps(&next)])
}

fn another_is_running(failure: &ApiFailure<'_>, request: &MigrationRequest) -> Diagnostic {
    let MigrationRequest { group_id, destination, migration_hosts, .. } = request;
    let now = format!(
        "No live migration was started by this request. One into cluster `{}`, or on migration host `{}`, is running already. It may be yours, from an apply \
         that was killed before it stored the ID.",
        destination.cluster_name,
        migration_hosts.first().map_or("unknown", String::as_str),
    );
    let next = steps(&[
        &*format!("If it is yours, import it:\nterraform import <ADDRESS> {group_id}/<MIGRATION_ID>"),
        "Otherwise wait until it has ended, or end it in the Atlas UI (Migrate Data to Atlas).",
        "Or choose another destination or migration host.",
    ]);
    failure.to_diagnostic(summary::another_live_migration_is_running(), &[&now, &next])
}

/// A milestone is set on a migration that was just started.
pub(in super::super) fn milestone_is_set(state: &Migration, pending: Milestones) -> Diagnostic {
    let id = state.id_text();
    let (summary, next) = if pending.cutover {
        (
            summary::started_and_cuts_over(id),
            "`cutover` is true, so the next terraform apply cuts over as soon as the live migration is ready, at any time \
             of day, unless an action of this apply does it first. Set `cutover = false` until your maintenance window.",
        )
    } else {
        (
            summary::started_and_waits(id),
            "`wait_for_ready` is true, so the next terraform apply waits until the live migration is ready for cutover.",
        )
    };
    let detail =
        format!("{next} An apply that starts a live migration never waits, so that its ID is in the state at once.");
    Diagnostic::warning(summary, detail).at(pending.argument())
}
