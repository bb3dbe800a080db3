//! What differs between a state and a plan, compared by meaning: after defaults, sharding entries as a set.

use std::fmt::Display;

use tf_provider::{Attr, IntoValue};

use super::model::{Migration, Sharding};
use super::schema::DEFAULT_HOSTNAME_SCHEMA_TYPE;

/// A difference in an argument that only a start can give to a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The argument.
    pub(super) path: &'static str,
    /// The old value as it is written in a configuration; null where there was none.
    pub(super) old: Attr<String>,
    /// The new value; null where there is none any more, unknown while it is not known.
    pub(super) new: Attr<String>,
}

impl Change {
    /// Whether the values differ for certain.
    pub(super) fn is_certain(&self) -> bool {
        !self.new.is_unknown()
    }

    /// Where a message about it is best shown. Terraform shows the header of the resource for a path that ends at a block,
    /// and the block for one that ends inside it.
    pub(super) fn message_path(&self) -> &'static str {
        match self.path {
            "sharding" => "sharding.sharding_entries",
            "source" => "source.cluster_name",
            "destination" => "destination.cluster_name",
            attribute => attribute,
        }
    }
}

/// The create-only arguments that differ, or may differ once they are known.
pub(super) fn create_only(prior: &Migration, planned: &Migration) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |path, old: Attr<String>, new: Attr<String>| {
        if old != new {
            changes.push(Change { path, old, new });
        }
    };
    compare("group_id", quoted(prior.group_id.clone()), quoted(planned.group_id.clone()));
    if planned.source.is_unknown() {
        compare("source", Attr::Known("the block as it was".to_owned()), Attr::Unknown);
    } else {
        let text =
            |migration: &Migration, of: fn(&super::model::Source) -> &Attr<String>| quoted(migration.source_attr(of));
        let flag =
            |migration: &Migration, of: fn(&super::model::Source) -> &Attr<bool>| plain(migration.source_attr(of));
        compare("source.group_id", text(prior, |s| &s.group_id), text(planned, |s| &s.group_id));
        compare("source.cluster_name", text(prior, |s| &s.cluster_name), text(planned, |s| &s.cluster_name));
        compare("source.ssl", flag(prior, |s| &s.ssl), flag(planned, |s| &s.ssl));
        compare(
            "source.managed_authentication",
            flag(prior, |s| &s.managed_authentication),
            flag(planned, |s| &s.managed_authentication),
        );
    }
    if planned.destination.is_unknown() {
        compare("destination", Attr::Known("the block as it was".to_owned()), Attr::Unknown);
    } else {
        let text = |migration: &Migration, of: fn(&super::model::Destination) -> &Attr<String>| {
            quoted(migration.destination_attr(of))
        };
        let network = |migration: &Migration| {
            quoted(migration.destination_attr(|d| &d.hostname_schema_type).or(DEFAULT_HOSTNAME_SCHEMA_TYPE.to_owned()))
        };
        compare("destination.group_id", text(prior, |d| &d.group_id), text(planned, |d| &d.group_id));
        compare("destination.cluster_name", text(prior, |d| &d.cluster_name), text(planned, |d| &d.cluster_name));
        compare("destination.hostname_schema_type", network(prior), network(planned));
        compare(
            "destination.private_link_id",
            text(prior, |d| &d.private_link_id),
            text(planned, |d| &d.private_link_id),
        );
    }
    compare("migration_hosts", hosts(prior), hosts(planned));
    if !same_sharding(&prior.sharding, &planned.sharding) {
        let (old, new) = (sharding(prior.sharding.clone()), sharding(planned.sharding.clone()));
        changes.push(Change { path: "sharding", old, new });
    }
    changes
}

/// Whether two sharding blocks mean the same for certain.
pub(super) fn same_sharding(a: &Attr<Sharding>, b: &Attr<Sharding>) -> bool {
    let sorted = |block: &Attr<Sharding>| {
        block.clone().map(|mut block| {
            if let Attr::Known(entries) = &mut block.sharding_entries {
                entries.sort();
            }
            block
        })
    };
    let unknown = |block: &Attr<Sharding>| block.clone().into_value().has_unknown();
    !unknown(a) && !unknown(b) && sorted(a) == sorted(b)
}

/// The arguments, used only when a migration starts, that differ or may differ once they are known.
pub(super) fn used_at_start(prior: &Migration, planned: &Migration) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut compare = |path, differs: bool| {
        if differs {
            changed.push(path);
        }
    };
    compare("source.username", prior.source_attr(|s| &s.username) != planned.source_attr(|s| &s.username));
    compare("source.password", prior.source_attr(|s| &s.password) != planned.source_attr(|s| &s.password));
    compare(
        "source.password_wo_version",
        prior.source_attr(|s| &s.password_wo_version) != planned.source_attr(|s| &s.password_wo_version),
    );
    compare(
        "source.ca_certificate_path",
        prior.source_attr(|s| &s.ca_certificate_path) != planned.source_attr(|s| &s.ca_certificate_path),
    );
    changed
}

fn written(value: Attr<String>) -> String {
    value.into_known().unwrap_or_else(|| "not set".to_owned())
}

fn quoted(value: Attr<String>) -> Attr<String> {
    value.map(|text| format!("{text:?}"))
}

fn plain<T: Display>(value: Attr<T>) -> Attr<String> {
    value.map(|value| value.to_string())
}

fn hosts(migration: &Migration) -> Attr<String> {
    migration.migration_hosts.clone().and_then(|hosts| {
        if hosts.iter().any(Attr::is_unknown) {
            return Attr::Unknown;
        }
        let hosts: Vec<_> = hosts.into_iter().map(|host| written(quoted(host))).collect();
        Attr::Known(format!("[{}]", hosts.join(", ")))
    })
}

/// A block as lines for a message; unknown where anything in it is.
fn sharding(block: Attr<Sharding>) -> Attr<String> {
    block.and_then(|block| {
        if block.clone().into_value().has_unknown() {
            return Attr::Unknown;
        }
        let mut entries = block.sharding_entries.into_known().unwrap_or_default();
        entries.sort();
        let entries: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                let key = entry.shard_collection.and_then(|shard| shard.key).into_known().unwrap_or_default();
                let fields: Vec<_> = key
                    .into_iter()
                    .flat_map(|field| field.into_known().unwrap_or_default())
                    .map(|(name, kind)| format!("{{ {name} = {} }}", written(quoted(kind))))
                    .collect();
                format!("\n  {}.{}: key = [{}]", written(entry.database), written(entry.collection), fields.join(", "))
            })
            .collect();
        let indexes = written(plain(block.create_supporting_indexes));
        Attr::Known(format!("  create_supporting_indexes = {indexes}{}", entries.concat()))
    })
}
