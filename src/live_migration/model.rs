//! The resource as Terraform sees it: the structs that mirror its schema. Knows nothing of the Atlas client.

use std::collections::BTreeMap;

use tf_provider::{Attr, Model, Secret};

/// `atlas_live_migration`: arguments, milestones, and what Atlas returned last.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Migration {
    /// Atlas's `_id`.
    pub id: Attr<String>,
    /// The status in Atlas's words.
    pub status: Attr<String>,
    /// The project of the destination, as the path parameter of every request.
    pub group_id: Attr<String>,
    /// Null only between an import and the apply that takes the arguments from the configuration.
    pub source: Attr<Source>,
    /// As `source`.
    pub destination: Attr<Destination>,
    /// Exactly one.
    pub migration_hosts: Attr<Vec<Attr<String>>>,
    /// Whether the start erases the collections of the destination.
    pub drop_enabled: Attr<bool>,
    pub sharding: Attr<Sharding>,
    /// Whether Atlas's validation job runs before the start.
    pub validate: Attr<bool>,
    pub wait_for_ready: Attr<bool>,
    pub cutover: Attr<bool>,
    pub timeouts: Attr<Timeouts>,
    /// As Atlas returned it last.
    pub ready_for_cutover: Attr<bool>,
    /// As Atlas returned it last, in seconds; null where Atlas returned none.
    pub lag_time_seconds: Attr<i64>,
    /// RFC 3339, as first seen by us.
    pub ready_since: Attr<String>,
    /// RFC 3339, as first seen by us.
    pub cutover_requested_at: Attr<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Source {
    /// The project in Cloud Manager.
    pub group_id: Attr<String>,
    pub cluster_name: Attr<String>,
    /// A SCRAM user of the cluster.
    pub username: Attr<String>,
    /// Its password, kept in the state.
    pub password: Attr<Secret>,
    /// Its password, kept nowhere.
    pub password_wo: Attr<Secret>,
    /// Changes with the password.
    pub password_wo_version: Attr<i64>,
    pub ssl: Attr<bool>,
    /// A path on the migration host.
    pub ca_certificate_path: Attr<String>,
    /// Whether MongoDB Automation manages authentication.
    pub managed_authentication: Attr<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Destination {
    /// The Atlas project.
    pub group_id: Attr<String>,
    pub cluster_name: Attr<String>,
    /// PUBLIC, PRIVATE_LINK or VPC_PEERING; null means PUBLIC.
    pub hostname_schema_type: Attr<String>,
    /// With PRIVATE_LINK.
    pub private_link_id: Attr<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Sharding {
    /// Whether the migration creates indexes for the shard keys.
    pub create_supporting_indexes: Attr<bool>,
    /// The collections, in any order.
    pub sharding_entries: Attr<Vec<ShardingEntry>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Model)]
pub struct ShardingEntry {
    pub database: Attr<String>,
    pub collection: Attr<String>,
    pub shard_collection: Attr<ShardCollection>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Model)]
pub struct ShardCollection {
    /// The fields of the shard key in their order.
    pub key: Attr<Vec<Attr<KeyField>>>,
}

/// One field name, mapped to `"1"` or `"hashed"`.
type KeyField = BTreeMap<String, Attr<String>>;

/// The `timeouts` block: Go durations.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Timeouts {
    /// For the validation job and the start.
    pub create: Attr<String>,
    /// For the milestones.
    pub update: Attr<String>,
}

/// What names a migration in Atlas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub struct Identity {
    /// The project of the destination.
    pub group_id: Attr<String>,
    /// Atlas's `_id`.
    pub id: Attr<String>,
}

impl Migration {
    /// Whether it was imported and no apply has taken its arguments from the configuration yet: Atlas returns neither
    /// source nor destination.
    pub fn is_imported(&self) -> bool {
        self.source.is_null() || self.destination.is_null()
    }

    /// The identity, once the ID is known.
    pub fn identity(&self) -> Option<Identity> {
        (self.id.is_known() && self.group_id.is_known())
            .then(|| Identity { group_id: self.group_id.clone(), id: self.id.clone() })
    }

    /// What names it in a URL; `None` if the state has no usable project or ID.
    pub fn reference(&self) -> Option<Reference> {
        Reference::new(self.group_id.as_str()?, self.id.as_str()?)
    }

    /// These arguments with the computed attributes of another state of the same migration.
    #[must_use]
    pub fn with_computed_of(self, state: &Self) -> Self {
        Self {
            id: state.id.clone(),
            status: state.status.clone(),
            ready_for_cutover: state.ready_for_cutover,
            lag_time_seconds: state.lag_time_seconds,
            ready_since: state.ready_since.clone(),
            cutover_requested_at: state.cutover_requested_at.clone(),
            ..self
        }
    }

    /// An attribute of the source; unknown with an unknown block.
    pub fn source_attr<T: Clone>(&self, of: impl FnOnce(&Source) -> &Attr<T>) -> Attr<T> {
        self.source.as_ref().and_then(|source| of(source).clone())
    }

    /// An attribute of the destination; unknown with an unknown block.
    pub fn destination_attr<T: Clone>(&self, of: impl FnOnce(&Destination) -> &Attr<T>) -> Attr<T> {
        self.destination.as_ref().and_then(|destination| of(destination).clone())
    }

    /// Whether it is unknown which cluster the destination is.
    pub fn has_unknown_destination(&self) -> bool {
        self.destination_attr(|destination| &destination.group_id).is_unknown()
            || self.destination_attr(|destination| &destination.cluster_name).is_unknown()
    }

    /// The ID for a message.
    pub fn id_text(&self) -> &str {
        self.id.as_str().unwrap_or("(known after apply)")
    }

    /// The status for a message.
    pub fn status_text(&self) -> &str {
        self.status.as_str().unwrap_or("unknown")
    }

    /// The destination for a message: cluster `name` in project `id`.
    pub(crate) fn destination_text(&self) -> String {
        if self.destination.is_null() {
            return "a destination that Atlas does not return".to_owned();
        }
        let quoted = |text: Attr<String>| match text {
            Attr::Known(text) => format!("`{text}`"),
            Attr::Null | Attr::Unknown => "(known after apply)".to_owned(),
        };
        let cluster = quoted(self.destination_attr(|destination| &destination.cluster_name));
        let project = quoted(self.destination_attr(|destination| &destination.group_id));
        format!("cluster {cluster} in project {project}")
    }
}

/// A project and the ID of a migration in it, fit for the path of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub(super) group_id: String,
    pub(super) id: String,
}

impl Reference {
    /// `None` where one of them is empty or has a character that Atlas's IDs don't have.
    pub fn new(group_id: &str, id: &str) -> Option<Self> {
        let is_id = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_id(group_id) && is_id(id)).then(|| Self { group_id: group_id.to_owned(), id: id.to_owned() })
    }
}
