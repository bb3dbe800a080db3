//! The provider itself: its configuration, and the Atlas client that all resources share.

use std::sync::Arc;

use tf_provider::provider::ConfigureRequest;
use tf_provider::{Actions, DataSources, Diagnostics, Failed, Provider, Resources, Schema};

use crate::actions::{Cutover, Wait};
use crate::config::connection::Connection;
use crate::config::environment::Environment;
use crate::config::schema::{self, Config};
use crate::config::settings;
use crate::data_sources::{AvailableProjects, LiveMigrationData};
use crate::live_migration::{DuplicateGuard, LiveMigration, Turns};

/// The address that a configuration's `required_providers` names. Whoever publishes the provider sets it.
pub const ADDRESS: &str = "registry.terraform.io/atlas-live-migration/atlas";

/// The provider `atlas`.
pub struct AtlasProvider {
    connection: Arc<Connection>,
    duplicate_guard: Arc<DuplicateGuard>,
    turns: Arc<Turns>,
}

impl AtlasProvider {
    /// With the variables that concern it.
    pub fn new(environment: Environment) -> Self {
        Self {
            connection: Arc::new(Connection::new(environment)),
            duplicate_guard: Arc::default(),
            turns: Arc::default(),
        }
    }
}

impl Provider for AtlasProvider {
    type Config = Config;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn resources(&self) -> Resources {
        Resources::new().with(LiveMigration::new(
            Arc::clone(&self.connection),
            Arc::clone(&self.duplicate_guard),
            Arc::clone(&self.turns),
        ))
    }

    fn data_sources(&self) -> DataSources {
        DataSources::new()
            .with(LiveMigrationData::new(Arc::clone(&self.connection)))
            .with(AvailableProjects::new(Arc::clone(&self.connection)))
    }

    fn actions(&self) -> Actions {
        let wait = Wait::new(Arc::clone(&self.connection), Arc::clone(&self.duplicate_guard), Arc::clone(&self.turns));
        let cutover =
            Cutover::new(Arc::clone(&self.connection), Arc::clone(&self.duplicate_guard), Arc::clone(&self.turns));
        Actions::new().with(wait).with(cutover)
    }

    fn validate(&self, config: Config, diagnostics: &mut Diagnostics) {
        settings::validate(&config, diagnostics);
    }

    async fn configure(&self, request: ConfigureRequest<Config>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        self.duplicate_guard.clear();
        self.connection.configure(&request.config, &request.terraform_version, diagnostics).await;
        diagnostics.ok()
    }

    async fn close(&self) {
        self.connection.close().await;
    }
}
