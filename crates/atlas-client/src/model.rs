//! The requests and responses of the live migration API as Rust types, and the words that Atlas uses in them.
//!
//! Their encoding is elsewhere: `api_version` encodes requests, `live_migrations` and `available_projects` decode responses.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use secret::Secret;

/// A migration to validate or to start.
#[derive(Clone, Debug)]
pub struct MigrationRequest {
    /// The project in the path, usually that of the destination.
    pub group_id: String,
    /// The cluster in Cloud Manager.
    pub source: Source,
    /// The cluster in Atlas.
    pub destination: Destination,
    /// The migration hosts. Atlas accepts exactly one.
    pub migration_hosts: Vec<String>,
    /// Whether to drop every collection of the destination before the migration starts.
    pub drop_destination: bool,
    /// How to shard collections on the destination. Requires API v2.
    pub sharding: Option<Sharding>,
}

/// The cluster that is migrated.
#[derive(Clone, Debug)]
pub struct Source {
    /// The project of the source cluster, 24 hexadecimal digits.
    pub group_id: String,
    /// The name of the cluster in Cloud Manager.
    pub cluster_name: String,
    /// The SCRAM user that the migration reads the source with.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<Secret>,
    /// Whether the source requires TLS.
    pub ssl: bool,
    /// The path of the CA certificate on the migration host.
    pub ca_certificate_path: Option<String>,
    /// Whether MongoDB Automation manages the authentication. There is no user name and no password then.
    pub managed_authentication: bool,
}

/// The cluster that receives the data.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The project of the destination cluster, 24 hexadecimal digits.
    pub group_id: String,
    /// The name of the cluster in Atlas.
    pub cluster_name: String,
    /// API v2 requires it, so `None` is sent as `PUBLIC` there. In v1.0 it is left out.
    pub hostname_schema_type: Option<HostnameSchemaType>,
    /// The private endpoint, with [`HostnameSchemaType::PrivateLink`].
    pub private_link_id: Option<String>,
}

/// The kind of network connection that the migration uses to reach the destination.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostnameSchemaType {
    /// `PUBLIC`: the public host names.
    Public,
    /// `PRIVATE_LINK`: a private endpoint, named by [`Destination::private_link_id`].
    PrivateLink,
    /// `VPC_PEERING`: the private host names of a peered network.
    VpcPeering,
}

impl HostnameSchemaType {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Public, Self::PrivateLink, Self::VpcPeering];

    /// The value as Atlas spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::PrivateLink => "PRIVATE_LINK",
            Self::VpcPeering => "VPC_PEERING",
        }
    }

    /// Reads what [`as_str`](Self::as_str) returns; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// How to shard a replica set while it is migrated.
#[derive(Clone, Debug)]
pub struct Sharding {
    /// Whether to create missing indexes for the shard keys.
    pub create_supporting_indexes: bool,
    /// The collections to shard.
    pub entries: Vec<ShardingEntry>,
}

/// One collection to shard.
#[derive(Clone, Debug)]
pub struct ShardingEntry {
    /// The database of the collection.
    pub database: String,
    /// The collection.
    pub collection: String,
    /// The fields of the shard key, in order.
    pub key: Vec<(String, ShardKey)>,
}

/// The kind of one field of a shard key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShardKey {
    /// Ranged; the number 1 in a request.
    Ascending,
    /// Hashed; the string `hashed` in a request.
    Hashed,
}

impl ShardKey {
    /// The value as text: `1` or `hashed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "1",
            Self::Hashed => "hashed",
        }
    }

    /// Reads what [`as_str`](Self::as_str) returns; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ascending, Self::Hashed].into_iter().find(|known| known.as_str() == text)
    }
}

/// A live migration as Atlas returns it, which is without the source and the destination.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LiveMigration {
    /// The ID. Where the response of a read has none, the requested one.
    pub id: String,
    /// `None` where Atlas returned none.
    pub status: Option<Status>,
    /// The migration hosts.
    pub migration_hosts: Option<Vec<String>>,
    /// Whether the migration is ready for cutover.
    pub ready_for_cutover: Option<bool>,
    /// The replication lag, in seconds. Atlas returns it only for an active migration before its cutover.
    pub lag_time_seconds: Option<i64>,
}

/// The status of a migration.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// `NEW`: the migration is scheduled.
    New,
    /// `WORKING`: the migration is running.
    Working,
    /// `COMPLETE`: the migration was cut over.
    Complete,
    /// `FAILED`: the migration has failed.
    Failed,
    /// `EXPIRED`: no cutover was requested within 120 hours after the migration was ready.
    Expired,
    /// Any other status, such as `PENDING`. It counts as not final.
    Unrecognized(String),
}

impl Status {
    /// The status as Atlas spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::New => "NEW",
            Self::Working => "WORKING",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Unrecognized(word) => word,
        }
    }

    /// Whether the migration has ended, in whichever way.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Expired)
    }

    /// Whether the migration has ended without being complete: `FAILED` or `EXPIRED`.
    pub fn is_unsuccessful(&self) -> bool {
        matches!(self, Self::Failed | Self::Expired)
    }
}

impl FromStr for Status {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "NEW" => Self::New,
            "WORKING" => Self::Working,
            "COMPLETE" => Self::Complete,
            "FAILED" => Self::Failed,
            "EXPIRED" => Self::Expired,
            other => Self::Unrecognized(other.to_owned()),
        })
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        let Ok(status) = word.parse();
        status
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A Cloud Manager project whose clusters can be migrated to an organization. A field that Atlas did not return, or
/// returned with an unexpected type, is `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AvailableProject {
    /// 24 hexadecimal digits: what [`Source::group_id`] takes.
    pub project_id: Option<String>,
    /// The name of the project in Cloud Manager.
    pub name: Option<String>,
    /// The hosts with a MongoDB Agent that is configured to run a migration.
    pub migration_hosts: Option<Vec<String>>,
    /// The clusters of the project; empty where Atlas returned none.
    pub deployments: Vec<Deployment>,
}

/// A cluster that can be migrated. A field that Atlas did not return, or returned with an unexpected type, is `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Deployment {
    /// What [`Source::cluster_name`] takes.
    pub name: Option<String>,
    /// 24 hexadecimal digits.
    pub cluster_id: Option<String>,
    /// The version of MongoDB that the cluster runs, such as `7.0.12`.
    pub mongodb_version: Option<String>,
    /// The feature compatibility version, such as `7.0`.
    pub feature_compatibility_version: Option<String>,
    /// Whether it is a sharded cluster; otherwise it is a replica set.
    pub sharded: Option<bool>,
    /// The number of shards.
    pub shards_size: Option<i64>,
    /// Whether the cluster uses TLS: what [`Source::ssl`] takes.
    pub tls_enabled: Option<bool>,
    /// Whether MongoDB Automation manages the cluster.
    pub managed: Option<bool>,
    /// The size on disk, in bytes.
    pub db_size_bytes: Option<i64>,
    /// The size of the oplog on disk, in MB.
    pub oplog_size_mb: Option<i64>,
    /// The version of the MongoDB Agent that monitors or manages the cluster.
    pub agent_version: Option<String>,
}

/// A validation job as Atlas returns it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Validation {
    /// The ID. Where the response of a read has none, the requested one.
    pub id: String,
    /// Atlas may return none at first.
    pub status: Option<ValidationStatus>,
    /// The reason of a failure.
    pub error_message: Option<String>,
}

/// The status of a validation job.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ValidationStatus {
    /// `PENDING`: the job is running.
    Pending,
    /// `SUCCESS`: the migration can be started.
    Success,
    /// `FAILED`: the migration can't be started.
    Failed,
    /// Any other status. It counts as not final.
    Unrecognized(String),
}

impl ValidationStatus {
    /// The status as Atlas spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Unrecognized(word) => word,
        }
    }

    /// Whether the job has ended.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

impl FromStr for ValidationStatus {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "PENDING" => Self::Pending,
            "SUCCESS" => Self::Success,
            "FAILED" => Self::Failed,
            other => Self::Unrecognized(other.to_owned()),
        })
    }
}

impl From<&str> for ValidationStatus {
    fn from(word: &str) -> Self {
        let Ok(status) = word.parse();
        status
    }
}

impl fmt::Display for ValidationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_survive_the_way_there_and_back() {
        for word in ["NEW", "WORKING", "COMPLETE", "FAILED", "EXPIRED", "PENDING", "", "complete"] {
            assert_eq!(Status::from(word).as_str(), word);
        }
        for word in ["PENDING", "SUCCESS", "FAILED", "success"] {
            assert_eq!(ValidationStatus::from(word).as_str(), word);
        }
    }

    #[test]
    fn only_the_three_known_ends_are_final() {
        let finals = |words: &[&str]| words.iter().all(|w| Status::from(*w).is_final());
        assert!(finals(&["COMPLETE", "FAILED", "EXPIRED"]));
        for word in ["NEW", "WORKING", "PENDING", "complete", ""] {
            assert!(!Status::from(word).is_final(), "{word}");
        }
        assert!(!ValidationStatus::from("DONE").is_final());
    }

    #[test]
    fn debug_of_a_source_hides_the_password() {
        let source = Source {
            group_id: "g".into(),
            cluster_name: "c".into(),
            username: Some("example".into()),
            password: Some("hunter2".into()),
            ssl: true,
            ca_certificate_path: None,
            managed_authentication: false,
        };
        let shown = format!("{source:?}");
        assert!(shown.contains("example") && !shown.contains("hunter2"), "{shown}");
    }
}
