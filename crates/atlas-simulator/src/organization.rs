//! Organizations and the projects that can be migrated into them, as `availableProjects` lists them. They are independent
//! of HTTP.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An organization in Atlas.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// 24 lowercase hexadecimal digits.
    pub id: String,
    /// Whether it is linked with a Cloud Manager organization. Without a link, no project is available.
    #[serde(default = "linked")]
    pub linked: bool,
    /// The projects that can be migrated into it.
    #[serde(default)]
    pub projects: Vec<AvailableProject>,
}

/// A Cloud Manager project that can be migrated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AvailableProject {
    /// 24 lowercase hexadecimal digits: the `source.groupId` of a migration.
    pub project_id: String,
    /// The name in Cloud Manager.
    pub name: String,
    /// The names of its migration hosts.
    #[serde(default)]
    pub migration_hosts: Vec<String>,
    /// Its clusters.
    #[serde(default)]
    pub deployments: Vec<Deployment>,
}

/// A cluster of a Cloud Manager project. A field that is `None` is left out of the response.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The `source.clusterName` of a migration.
    pub name: String,
    /// 24 lowercase hexadecimal digits.
    pub cluster_id: Option<String>,
    /// Such as `7.0.14`.
    pub mongodb_version: String,
    /// Such as `7.0`.
    pub feature_compatibility_version: String,
    /// Whether it is a sharded cluster, and not a replica set.
    #[serde(default)]
    pub sharded: bool,
    /// The number of shards.
    pub shards_size: Option<u32>,
    /// Whether the cluster requires TLS.
    #[serde(default)]
    pub tls_enabled: bool,
    /// Whether Automation manages it.
    #[serde(default)]
    pub managed: bool,
    /// The size on disk, in bytes.
    pub db_size_bytes: Option<u64>,
    /// The size of the oplog on disk, in MB.
    pub oplog_size_mb: Option<u32>,
    /// The version of the MongoDB Agent.
    pub agent_version: Option<String>,
}

const fn linked() -> bool {
    true
}

impl Organization {
    /// A linked organization with two projects, whose IDs, clusters and migration hosts are those of the examples of the
    /// provider.
    pub fn example(id: impl Into<String>) -> Self {
        let with_size = |deployment: Deployment, bytes| Deployment { db_size_bytes: Some(bytes), ..deployment };
        let shop = AvailableProject {
            project_id: "9b43a5b329223c3a1591a678".to_owned(),
            name: "Shop".to_owned(),
            migration_hosts: ["vm001.example.com", "vm002.example.com", "vm003.example.com"].map(str::to_owned).into(),
            deployments: vec![
                with_size(Deployment::replica_set("exampleClusterA", "5f1e8a3c7d9b2a4c6e8f0a01"), 8_589_934_592),
                with_size(Deployment::replica_set("orders", "5f1e8a3c7d9b2a4c6e8f0a02"), 268_435_456_000),
                with_size(Deployment::replica_set("customers", "5f1e8a3c7d9b2a4c6e8f0a03"), 53_687_091_200),
                with_size(Deployment::replica_set("shop", "5f1e8a3c7d9b2a4c6e8f0a04"), 1_099_511_627_776),
            ],
        };
        let analytics = AvailableProject {
            project_id: "5d2c7e9a1b3f4d6e8a0c2b4e".to_owned(),
            name: "Analytics".to_owned(),
            migration_hosts: vec!["vm004.example.com".to_owned()],
            deployments: vec![
                Deployment {
                    sharded: true,
                    shards_size: Some(3),
                    ..with_size(Deployment::replica_set("events", "5f1e8a3c7d9b2a4c6e8f0a05"), 3_298_534_883_328)
                },
                Deployment::monitored("reports"),
            ],
        };
        Self { id: id.into(), linked: true, projects: vec![shop, analytics] }
    }

    /// An organization without a link, and so without available projects.
    pub fn unlinked(id: impl Into<String>) -> Self {
        Self { id: id.into(), linked: false, projects: Vec::new() }
    }

    /// The body of the response.
    pub(crate) fn available_projects(&self) -> Value {
        if self.linked { self.projects.iter().map(AvailableProject::body).collect() } else { json!([]) }
    }
}

impl AvailableProject {
    fn body(&self) -> Value {
        json!({
            "projectId": self.project_id,
            "name": self.name,
            "migrationHosts": self.migration_hosts,
            "deployments": self.deployments.iter().map(Deployment::body).collect::<Vec<Value>>(),
        })
    }
}

impl Deployment {
    /// A replica set with TLS that Automation manages.
    pub fn replica_set(name: impl Into<String>, cluster_id: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cluster_id: Some(cluster_id.into()),
            mongodb_version: "7.0.14".to_owned(),
            feature_compatibility_version: "7.0".to_owned(),
            sharded: false,
            shards_size: None,
            tls_enabled: true,
            managed: true,
            db_size_bytes: None,
            oplog_size_mb: Some(51_200),
            agent_version: Some("108.0.2.8729-1".to_owned()),
        }
    }

    /// A replica set without TLS that is only monitored, with no field that the API leaves optional.
    pub fn monitored(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cluster_id: None,
            mongodb_version: "6.0.19".to_owned(),
            feature_compatibility_version: "6.0".to_owned(),
            sharded: false,
            shards_size: None,
            tls_enabled: false,
            managed: false,
            db_size_bytes: None,
            oplog_size_mb: None,
            agent_version: None,
        }
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "name": self.name,
            "clusterId": self.cluster_id,
            "mongoDBVersion": self.mongodb_version,
            "featureCompatibilityVersion": self.feature_compatibility_version,
            "sharded": self.sharded,
            "shardsSize": self.shards_size,
            "tlsEnabled": self.tls_enabled,
            "managed": self.managed,
            "dbSizeBytes": self.db_size_bytes,
            "oplogSizeMB": self.oplog_size_mb,
            "agentVersion": self.agent_version,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        body
    }
}
