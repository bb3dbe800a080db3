//! Atlas's validation, which runs before a start: it failed, could not run, or took too long.

use std::time::Duration;

use atlas_client::{Error, MigrationRequest, Validation};
use tf_provider::Diagnostic;

use super::api_error::ApiFailure;
use super::api_error::text::{first_words, quoted_sentence};
use super::skeleton::paragraphs;
use super::start::NOT_STARTED;
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::duration;
use crate::summary;

const AGAIN: &str = "Run terraform apply again.";
const UNKNOWN: &str = "Resolve the cause. The log of the MongoDB Agent on the migration host may say more.";

/// A validation that ran and failed.
pub(in super::super) fn failed(validation: &Validation) -> Diagnostic {
    let reason = validation.error_message.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let (summary, cause) = match reason {
        Some(text) => {
            let room = summary::MAX.saturating_sub(summary::validation_failed("").chars().count());
            (first_words(text, room), format!("Atlas reports: {}", quoted_sentence(text)))
        }
        None => ("Atlas gave no reason".to_owned(), "The validation failed, and Atlas gave no reason.".to_owned()),
    };
    let (hint, path) = reason.map_or((None, None), validation_hint);
    let next = steps(&[hint.unwrap_or(UNKNOWN), AGAIN]);
    let facts = format!("  Validation: {}", validation.id);
    let detail = paragraphs(&[&format!("{cause} {NOT_STARTED}"), &next, &facts]);
    let diagnostic = Diagnostic::error(summary::validation_failed(summary), detail);
    match path {
        Some(path) => diagnostic.at(path),
        None => diagnostic,
    }
}

/// A validation that could not run.
pub(in super::super) fn not_run(error: &Error, atlas: &Atlas, request: &MigrationRequest) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: Some(request) };
    let next = failure.steps(&[AGAIN]);
    failure.to_diagnostic(summary::cant_run_validation(failure.short_cause()), &[NOT_STARTED, &next])
}

/// A validation that did not end in time.
pub(in super::super) fn timed_out(validation: &Validation, status: &str, timeout: Duration) -> Diagnostic {
    let cause = format!("After {}, the status of validation `{}` is {status}.", duration::text(timeout), validation.id);
    let next = steps(&[AGAIN, "If it keeps happening, raise timeouts.create."]);
    Diagnostic::error(
        summary::timed_out_waiting_for_the_validation(),
        paragraphs(&[&format!("{cause} {NOT_STARTED}"), &next]),
    )
    .at("timeouts.create")
}

/// What to do about the reasons that Atlas documents, and the argument to blame.
pub(super) fn validation_hint(text: &str) -> (Option<&'static str>, Option<&'static str>) {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (hint, path) = if has(&["disk space", "storage", "disk size"]) {
        (
            "Raise the storage of the destination cluster. It must hold the data of the source with its indexes, and about as much \
             again for the oplog of the initial sync.",
            "destination.cluster_name",
        )
    } else if has(&["resolve", "unknown host", "no such host", "dns"]) {
        (
            "Check the DNS of the migration host. It must resolve the host names of the source cluster, and those of the \
             destination for the chosen `hostname_schema_type`.",
            "migration_hosts",
        )
    } else if has(&[
        "authentication failed",
        "credentials",
        "wrong user",
        "username or password",
        "invalid user",
        "auth failed",
    ]) {
        (
            "Check `source.username` and its password. It must be a SCRAM user of the source cluster, with authentication \
             database admin.",
            "source.username",
        )
    } else if has(&["privilege", "not authorized", "permission", "missing role", "required role"]) {
        (
            "Grant the source user the roles that a live migration needs, on the admin database: backup and readAnyDatabase. \
             A sharded source also needs clusterMonitor, on every shard and on the config servers.",
            "source.username",
        )
    } else if has(&["ca file", "ca certificate", "cafile", "certificate"]) {
        (
            "Check the CA file at `source.ca_certificate_path` on the migration host. The MongoDB Agent must be able to read \
             it, and the CA must have signed the certificates of the source cluster.",
            "source.ca_certificate_path",
        )
    } else if has(&["standalone"]) {
        (
            "Convert the source to a replica set of one member: a standalone has no oplog to follow.",
            "source.cluster_name",
        )
    } else if has(&["time-series", "time series", "timeseries"]) {
        (
            "Copy the time-series collections with mongodump and mongorestore, and remove them from the source. From MongoDB \
             6.0 on, a live migration does not copy them.",
            "source.cluster_name",
        )
    } else if has(&["migration host", "agent"]) {
        (
            "Check that the MongoDB Agent on the migration host runs, and that Cloud Manager lists the host under this name.",
            "migration_hosts",
        )
    } else if has(&["version", "fcv", "featurecompatibility"]) {
        (
            "Upgrade the cluster that is too old: a live migration must support the MongoDB versions of source and \
             destination together.",
            "destination.cluster_name",
        )
    } else if has(&["connect", "reach", "timed out", "timeout", "unavailable", "network"]) {
        (
            "Check firewalls, and the IP access list of the Atlas project, which must include the address of the migration \
             host. It must reach every member of the source cluster, and the destination.",
            "migration_hosts",
        )
    } else {
        return (None, None);
    };
    (Some(hint), Some(path))
}
