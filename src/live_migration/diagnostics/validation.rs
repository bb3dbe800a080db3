//! What a validation job found: Atlas's text, what to do about the published ones, and where.

use atlas_client::Validation;
use tf_provider::Diagnostic;

use super::api_error::text::quoted_sentence;
use crate::summary;

/// Words a validation job that failed.
pub(in super::super) fn validation(validation: &Validation) -> Diagnostic {
    let told = validation.error_message.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let says = match told {
        Some(text) => format!("Atlas says: {}", quoted_sentence(text)),
        None => "Atlas gave no reason.".to_owned(),
    };
    let (hint, path) = told.map_or((None, None), validation_hint);
    let hint = hint.map(|hint| format!("\n\n{hint}")).unwrap_or_default();
    let diagnostic = Diagnostic::error(
        summary::validation_failed(),
        format!(
            "{says} No live migration was started.{hint}\n\nResolve the cause, and run terraform apply again.\n\n  Validation: {}",
            validation.id
        ),
    );
    match path {
        Some(path) => diagnostic.at(path),
        None => diagnostic,
    }
}

/// The published texts of the validation job, each with what to do and where.
pub(super) fn validation_hint(text: &str) -> (Option<&'static str>, Option<&'static str>) {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (hint, path) = if has(&["disk space", "storage", "disk size"]) {
        (
            "Raise the storage of the destination cluster above the size of the source data, indexes included.",
            "destination.cluster_name",
        )
    } else if has(&["resolve", "unknown host", "no such host", "dns"]) {
        (
            "The migration host must resolve the host names of the source cluster, and of the destination for the \
             chosen `hostname_schema_type`. Check its DNS.",
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
            "Check `source.username` and its password: a SCRAM user of the source cluster (authentication database \
             admin).",
            "source.username",
        )
    } else if has(&["privilege", "not authorized", "permission", "missing role", "required role"]) {
        (
            "Grant the source user the roles that a live migration needs: backup, readAnyDatabase and clusterMonitor \
             on the admin database, and read on local and config.",
            "source.username",
        )
    } else if has(&["ca file", "ca certificate", "cafile", "certificate"]) {
        (
            "The CA file must lie on the migration host, at `source.ca_certificate_path`, and be readable for the \
             MongoDB Agent; it must have signed the certificates of the source cluster.",
            "source.ca_certificate_path",
        )
    } else if has(&["standalone"]) {
        (
            "A standalone has no oplog to follow. Convert the source to a replica set of one member first.",
            "source.cluster_name",
        )
    } else if has(&["time-series", "time series", "timeseries"]) {
        (
            "Time-series collections are not migrated from MongoDB 6.0 on. Move them by other means (mongodump, \
             mongorestore), or remove them from the source.",
            "source.cluster_name",
        )
    } else if has(&["migration host", "agent"]) {
        (
            "Check that the MongoDB Agent on the migration host runs, and that Cloud Manager lists the host under this name.",
            "migration_hosts",
        )
    } else if has(&["version", "fcv", "featurecompatibility"]) {
        (
            "Source and destination must run MongoDB versions that a live migration supports together; raise the one \
             that is too old.",
            "destination.cluster_name",
        )
    } else if has(&["connect", "reach", "timed out", "timeout", "unavailable", "network"]) {
        (
            "The migration host must reach every member of the source cluster and the destination. Check \
             firewalls, and the IP access list of the Atlas project, which must include its address.",
            "migration_hosts",
        )
    } else {
        return (None, None);
    };
    (Some(hint), Some(path))
}
