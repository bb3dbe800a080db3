//! Which argument a refusal is about.

use atlas_client::{Action, ApiError, Error, MigrationRequest};

/// The attribute, by the first field that Atlas names, or by the error code and the values that it quotes.
pub(super) fn attribute_path(error: &Error, request: Option<&MigrationRequest>) -> Option<&'static str> {
    let api = error.api()?;
    if matches!(error.operation().action, Action::AvailableProjects | Action::Read) {
        return None;
    }
    let field = api.fields.first().map_or("", |(field, _)| field.trim_start_matches('$').trim_start_matches('.'));
    of_field(field).or_else(|| of_code(api, request))
}

fn of_field(field: &str) -> Option<&'static str> {
    Some(match field {
        "source.groupId" => "source.group_id",
        "source.clusterName" => "source.cluster_name",
        "source.username" => "source.username",
        "source.password" => "source.password",
        "source.ssl" => "source.ssl",
        "source.caCertificatePath" => "source.ca_certificate_path",
        "source.managedAuthentication" => "source.managed_authentication",
        "destination.groupId" => "destination.group_id",
        "destination.clusterName" => "destination.cluster_name",
        "destination.hostnameSchemaType" => "destination.hostname_schema_type",
        "destination.privateLinkId" => "destination.private_link_id",
        "dropEnabled" | "dropDestinationData" => "drop_enabled",
        field if field.starts_with("migrationHosts") => "migration_hosts",
        // A path that ends at a block would show the header of the resource.
        field if field.starts_with("sharding") => "sharding.sharding_entries",
        field if field.starts_with("source") => "source.cluster_name",
        field if field.starts_with("destination") => "destination.cluster_name",
        _ => return None,
    })
}

fn of_code(api: &ApiError, request: Option<&MigrationRequest>) -> Option<&'static str> {
    let code = api.error_code.as_deref().unwrap_or_default();
    if api.status != 404 {
        return None;
    }
    // The same code is used for both sides; the value that Atlas quotes shows which is meant.
    let quotes = |value: &str| {
        api.parameters.iter().any(|parameter| parameter == value)
            || api.detail.as_deref().is_some_and(|detail| detail.contains(value))
    };
    let source = request.map(|request| &request.source);
    let destination = request.map(|request| &request.destination);
    if code.contains("GROUP") {
        let is_source = source.is_some_and(|source| quotes(&source.group_id))
            && !destination.is_some_and(|destination| quotes(&destination.group_id));
        return Some(if is_source { "source.group_id" } else { "destination.group_id" });
    }
    if code.contains("CLUSTER") {
        let is_source = source.is_some_and(|source| quotes(&source.cluster_name))
            && !destination.is_some_and(|destination| quotes(&destination.cluster_name));
        return Some(if is_source { "source.cluster_name" } else { "destination.cluster_name" });
    }
    None
}
