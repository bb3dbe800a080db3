//! The resource as Terraform sees it: the structs that mirror its schema. Knows nothing of the Atlas client.

use std::collections::BTreeMap;

use tf_provider::{Attr, Secret, model};

model! {
    /// `atlas_live_migration`: arguments, wishes, and what Atlas told last.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Migration {
        /// Atlas's `_id`.
        pub id: Attr<String>,
        /// The status in Atlas's words.
        pub status: Attr<String>,
        /// The project of the destination, as the path parameter of every request.
        pub group_id: Attr<String>,
        /// Null only between an import and the apply that adopts the imported migration.
        pub source: Attr<Source>,
        /// As `source`.
        pub destination: Attr<Destination>,
        /// Exactly one.
        pub migration_hosts: Attr<Vec<Attr<String>>>,
        /// Whether the start erases the collections of the destination.
        pub drop_enabled: Attr<bool>,
        /// How the destination shards collections.
        pub sharding: Attr<Sharding>,
        /// Whether Atlas's validation job runs before the start.
        pub validate: Attr<bool>,
        /// A wish.
        pub wait_for_ready: Attr<bool>,
        /// A wish.
        pub cutover: Attr<bool>,
        /// How long operations may take.
        pub timeouts: Attr<Timeouts>,
        /// As Atlas told it last.
        pub ready_for_cutover: Attr<bool>,
        /// As Atlas told it last, in seconds; null where there is no lag to tell.
        pub lag_time_seconds: Attr<i64>,
        /// RFC 3339, as first seen by us.
        pub ready_since: Attr<String>,
        /// RFC 3339, as first seen by us.
        pub cutover_requested_at: Attr<String>,
    }
}

model! {
    /// The `source` block.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Source {
        /// The project in Cloud Manager or Ops Manager.
        pub group_id: Attr<String>,
        /// The cluster there.
        pub cluster_name: Attr<String>,
        /// A SCRAM user of the cluster.
        pub username: Attr<String>,
        /// Its password, kept in the state.
        pub password: Attr<Secret>,
        /// Its password, kept nowhere.
        pub password_wo: Attr<Secret>,
        /// Changes with the password.
        pub password_wo_version: Attr<i64>,
        /// Whether the cluster speaks TLS.
        pub ssl: Attr<bool>,
        /// A path on the migration host.
        pub ca_certificate_path: Attr<String>,
        /// Whether MongoDB Automation manages authentication.
        pub managed_authentication: Attr<bool>,
    }
}

model! {
    /// The `destination` block.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Destination {
        /// The Atlas project.
        pub group_id: Attr<String>,
        /// The cluster there.
        pub cluster_name: Attr<String>,
        /// PUBLIC, PRIVATE_LINK or VPC_PEERING; null means PUBLIC.
        pub hostname_schema_type: Attr<String>,
        /// With PRIVATE_LINK.
        pub private_link_id: Attr<String>,
    }
}

model! {
    /// The `sharding` block.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Sharding {
        /// Whether the migration creates indexes for the shard keys.
        pub create_supporting_indexes: Attr<bool>,
        /// The collections, in any order.
        pub sharding_entries: Attr<Vec<ShardingEntry>>,
    }
}

model! {
    /// A `sharding_entries` block.
    #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub struct ShardingEntry {
        /// The database.
        pub database: Attr<String>,
        /// The collection.
        pub collection: Attr<String>,
        /// Its shard key.
        pub shard_collection: Attr<ShardCollection>,
    }
}

model! {
    /// A `shard_collection` block.
    #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub struct ShardCollection {
        /// The fields of the shard key in their order, each a map of one field name to `"1"` or `"hashed"`.
        pub key: Attr<Vec<Attr<BTreeMap<String, Attr<String>>>>>,
    }
}

model! {
    /// The `timeouts` block: Go durations.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Timeouts {
        /// For the validation job and the start.
        pub create: Attr<String>,
        /// For the wishes.
        pub update: Attr<String>,
    }
}

model! {
    /// What names a migration in Atlas.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Identity {
        /// The project of the destination.
        pub group_id: Attr<String>,
        /// Atlas's `_id`.
        pub id: Attr<String>,
    }
}

impl Migration {
    /// Whether it was imported and no apply has taken its arguments from the configuration yet: Atlas returns
    /// neither source nor destination.
    pub fn is_imported(&self) -> bool {
        self.source.is_null()
    }

    /// The identity, once the id is known.
    pub fn identity(&self) -> Option<Identity> {
        (self.id.is_known() && self.group_id.is_known())
            .then(|| Identity { group_id: self.group_id.clone(), id: self.id.clone() })
    }

    /// An attribute of the source; unknown with an unknown block.
    pub fn source_attr<T: Clone>(&self, of: impl FnOnce(&Source) -> &Attr<T>) -> Attr<T> {
        self.source.as_ref().and_then(|source| of(source).clone())
    }

    /// An attribute of the destination; unknown with an unknown block.
    pub fn destination_attr<T: Clone>(&self, of: impl FnOnce(&Destination) -> &Attr<T>) -> Attr<T> {
        self.destination.as_ref().and_then(|destination| of(destination).clone())
    }

    /// The id for a message.
    pub fn id_text(&self) -> &str {
        self.id.as_str().unwrap_or("(not known yet)")
    }

    /// The destination for a message: «cluster `name` in project `id`».
    pub(crate) fn destination_text(&self) -> String {
        let cluster = self.destination_attr(|destination| &destination.cluster_name);
        let cluster =
            cluster.as_str().map_or("a cluster that is not known yet".to_owned(), |name| format!("cluster `{name}`"));
        let group = self.destination_attr(|destination| &destination.group_id);
        let group = group.as_str().map_or("a project that is not known yet".to_owned(), |id| format!("project `{id}`"));
        format!("{cluster} in {group}")
    }
}
