//! Lists the projects that can be migrated to an organization.
//!
//! It doesn't depend on how requests are authenticated, sent or retried.

use serde_json::Value;

use crate::body::{Fields, array, hosts, nested, objects, optional, whole_number};
use crate::mask::Mask;
use crate::model::{AvailableProject, Deployment};
use crate::prepared_request::PreparedRequest;
use crate::response::Response;
use crate::{CallOptions, Client, Error, ErrorKind};

impl Client {
    /// Lists the Cloud Manager projects whose clusters can be migrated to an organization
    /// (`GET /orgs/{orgId}/liveMigrations/availableProjects`).
    ///
    /// Atlas requires the role Organization Owner.
    ///
    /// # Errors
    ///
    /// With API v1.0, which doesn't have this operation, [`ErrorKind::InvalidRequest`] before anything is sent. Otherwise as for
    /// [`Client::read`].
    pub async fn available_projects(
        &self,
        org_id: &str,
        options: &CallOptions,
    ) -> Result<Vec<AvailableProject>, Error> {
        let prepared = PreparedRequest::available_projects(&self.config().base_url, self.config().api_version, org_id)?;
        self.send(&prepared, options, projects).await
    }
}

pub(crate) fn projects(response: Response, mask: &Mask) -> Result<Vec<AvailableProject>, ErrorKind> {
    let items = array(response, mask)?;
    Ok(objects("projects", items).iter().map(project).collect())
}

fn project(body: &Fields) -> AvailableProject {
    AvailableProject {
        project_id: text(body, "projectId"),
        name: text(body, "name"),
        migration_hosts: optional(body, "migrationHosts", hosts),
        deployments: nested(body, "deployments").iter().map(deployment).collect(),
    }
}

fn deployment(body: &Fields) -> Deployment {
    let flag = |field| optional(body, field, Value::as_bool);
    let number = |field| optional(body, field, whole_number);
    Deployment {
        name: text(body, "name"),
        cluster_id: text(body, "clusterId"),
        mongodb_version: text(body, "mongoDBVersion"),
        feature_compatibility_version: text(body, "featureCompatibilityVersion"),
        sharded: flag("sharded"),
        shards_size: number("shardsSize"),
        tls_enabled: flag("tlsEnabled"),
        managed: flag("managed"),
        db_size_bytes: number("dbSizeBytes"),
        oplog_size_mb: number("oplogSizeMB"),
        agent_version: text(body, "agentVersion"),
    }
}

/// A text exactly as Atlas returned it, because names are copied into the request that starts a migration.
fn text(body: &Fields, field: &str) -> Option<String> {
    optional(body, field, |value| value.as_str().map(str::to_owned))
}
