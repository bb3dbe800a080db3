//! The request that starts a migration, out of a plan and the write-only values of the configuration.

use std::collections::BTreeMap;

use atlas_client as atlas;
use tf_provider::{Attr, Diagnostics, Failed};

use super::diagnostics::start;
use super::model::{Migration, ShardingEntry};
use super::schema;

/// Builds the request. At apply nothing is unknown, and what the schema requires is there.
///
/// # Errors
/// When it is not so after all.
pub(super) fn of(
    planned: &Migration,
    config: &Migration,
    diagnostics: &mut Diagnostics,
) -> Result<atlas::MigrationRequest, Failed> {
    build(planned, config).ok_or_else(|| diagnostics.fail(start::argument_unknown()))
}

fn build(planned: &Migration, config: &Migration) -> Option<atlas::MigrationRequest> {
    let source = planned.source.known()?;
    let destination = planned.destination.known()?;
    let password =
        source.password.known().cloned().or_else(|| config.source_attr(|source| &source.password_wo).into_known());
    let group_id = planned.group_id.known().or(destination.group_id.known())?.clone();
    Some(atlas::MigrationRequest {
        group_id,
        source: atlas::Source {
            group_id: source.group_id.known()?.clone(),
            cluster_name: source.cluster_name.known()?.clone(),
            username: source.username.known().cloned(),
            password,
            ssl: source.ssl.known().copied().unwrap_or(schema::DEFAULT_SSL),
            ca_certificate_path: source.ca_certificate_path.known().cloned(),
            managed_authentication: source
                .managed_authentication
                .known()
                .copied()
                .unwrap_or(schema::DEFAULT_MANAGED_AUTHENTICATION),
        },
        destination: atlas::Destination {
            group_id: destination.group_id.known()?.clone(),
            cluster_name: destination.cluster_name.known()?.clone(),
            hostname_schema_type: match destination.hostname_schema_type.as_str() {
                Some(text) => Some(atlas::HostnameSchemaType::parse(text)?),
                None => None,
            },
            private_link_id: destination.private_link_id.known().cloned(),
        },
        migration_hosts: planned.migration_hosts.known()?.iter().filter_map(|host| host.known().cloned()).collect(),
        drop_destination: planned.drop_enabled.known() == Some(&true),
        sharding: match &planned.sharding {
            Attr::Known(sharding) => Some(atlas::Sharding {
                create_supporting_indexes: *sharding.create_supporting_indexes.known()?,
                entries: sharding.sharding_entries.known().into_iter().flatten().map(entry).collect::<Option<_>>()?,
            }),
            Attr::Null | Attr::Unknown => None,
        },
    })
}

fn entry(entry: &ShardingEntry) -> Option<atlas::ShardingEntry> {
    let fields = entry.shard_collection.known()?.key.known()?;
    Some(atlas::ShardingEntry {
        database: entry.database.known()?.clone(),
        collection: entry.collection.known()?.clone(),
        key: fields.iter().map(|field| field.known().and_then(shard_key)).collect::<Option<_>>()?,
    })
}

fn shard_key(field: &BTreeMap<String, Attr<String>>) -> Option<(String, atlas::ShardKey)> {
    let (name, kind) = field.iter().next()?;
    Some((name.clone(), atlas::ShardKey::parse(kind.as_str()?)?))
}
