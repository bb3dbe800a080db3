//! The data source `atlas_live_migration_available_projects`: what can be migrated, as Cloud Manager spells it.

use std::sync::Arc;

use atlas_client::{AvailableProject, CallOptions};
use tf_provider::data_source::ReadDataRequest;
use tf_provider::schema::{Attribute, Block, Schema};
use tf_provider::{Attr, DataSource, Diagnostics, Failed, Model, Type};

use crate::config::connection::Connection;
use crate::live_migration::diagnostics::data_sources::{no_projects, no_projects_in_v1, projects_not_read};
use crate::live_migration::read::TIMEOUT;
use crate::live_migration::validate;

pub(crate) struct AvailableProjects(Arc<Connection>);

impl AvailableProjects {
    /// Uses a connection that Configure fills.
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Data {
    org_id: Attr<String>,
    projects: Attr<Vec<Project>>,
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Project {
    project_id: Attr<String>,
    name: Attr<String>,
    migration_hosts: Attr<Vec<Attr<String>>>,
    deployments: Attr<Vec<Deployment>>,
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Deployment {
    name: Attr<String>,
    cluster_id: Attr<String>,
    mongodb_version: Attr<String>,
    feature_compatibility_version: Attr<String>,
    sharded: Attr<bool>,
    shards_size: Attr<i64>,
    tls_enabled: Attr<bool>,
    managed: Attr<bool>,
    db_size_bytes: Attr<i64>,
    oplog_size_mb: Attr<i64>,
    agent_version: Attr<String>,
}

impl DataSource for AvailableProjects {
    type Model = Data;

    fn type_name(&self) -> &'static str {
        "atlas_live_migration_available_projects"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            Block::new()
                .description(
                    "The Cloud Manager projects that an Atlas organization can migrate from, with their clusters and migration \
                     hosts. Requires a linked organization, the role Organization Owner, and `api_version` `v2`.",
                )
                .attribute(
                    Attribute::string("org_id")
                        .required()
                        .validate(validate::organization_id)
                        .description("ID of the Atlas organization, 24 hexadecimal digits."),
                )
                .attribute(Attribute::new("projects", Type::list(project())).computed().description(
                    "Projects. Each has `project_id` (for `source.group_id`), `name`, `migration_hosts`, and `deployments`: the \
                     clusters, with `name` (for `source.cluster_name`), `cluster_id`, `mongodb_version`, \
                     `feature_compatibility_version`, `sharded`, `shards_size` (number of shards), `tls_enabled` (for \
                     `source.ssl`), `managed` (whether MongoDB Automation manages it), `db_size_bytes`, `oplog_size_mb` and \
                     `agent_version`. A value that Atlas does not return is null.",
                )),
        )
    }

    async fn read(&self, request: ReadDataRequest<Data>, diagnostics: &mut Diagnostics) -> Result<Data, Failed> {
        let atlas = self.0.atlas(diagnostics)?;
        if self.0.uses_api_v1() {
            return Err(diagnostics.fail(no_projects_in_v1()));
        }
        let mut data = request.config;
        let org_id = data.org_id.as_str().unwrap_or_default();
        let options = CallOptions::within(TIMEOUT, request.context.cancel);
        match atlas.client.available_projects(org_id, &options).await {
            Ok(projects) if projects.is_empty() => Err(diagnostics.fail(no_projects(org_id))),
            Ok(projects) => {
                data.projects = Attr::Known(projects.into_iter().map(Project::from).collect());
                Ok(data)
            }
            Err(error) => Err(diagnostics.fail(projects_not_read(&error, &atlas))),
        }
    }
}

fn project() -> Type {
    let deployment = Type::object([
        ("name", Type::String),
        ("cluster_id", Type::String),
        ("mongodb_version", Type::String),
        ("feature_compatibility_version", Type::String),
        ("sharded", Type::Bool),
        ("shards_size", Type::Number),
        ("tls_enabled", Type::Bool),
        ("managed", Type::Bool),
        ("db_size_bytes", Type::Number),
        ("oplog_size_mb", Type::Number),
        ("agent_version", Type::String),
    ]);
    Type::object([
        ("project_id", Type::String),
        ("name", Type::String),
        ("migration_hosts", Type::list(Type::String)),
        ("deployments", Type::list(deployment)),
    ])
}

impl From<AvailableProject> for Project {
    fn from(project: AvailableProject) -> Self {
        let hosts = project.migration_hosts.unwrap_or_default();
        Self {
            project_id: project.project_id.into(),
            name: project.name.into(),
            migration_hosts: Attr::Known(hosts.into_iter().map(Attr::Known).collect()),
            deployments: Attr::Known(project.deployments.into_iter().map(Deployment::from).collect()),
        }
    }
}

impl From<atlas_client::Deployment> for Deployment {
    fn from(deployment: atlas_client::Deployment) -> Self {
        Self {
            name: deployment.name.into(),
            cluster_id: deployment.cluster_id.into(),
            mongodb_version: deployment.mongodb_version.into(),
            feature_compatibility_version: deployment.feature_compatibility_version.into(),
            sharded: deployment.sharded.into(),
            shards_size: deployment.shards_size.into(),
            tls_enabled: deployment.tls_enabled.into(),
            managed: deployment.managed.into(),
            db_size_bytes: deployment.db_size_bytes.into(),
            oplog_size_mb: deployment.oplog_size_mb.into(),
            agent_version: deployment.agent_version.into(),
        }
    }
}
