//! The provider itself: its configuration, and the Atlas client that all resources share.

use std::sync::Arc;

use tf_provider::provider::ConfigureRequest;
use tf_provider::{Diagnostics, Failed, Provider, Resources, Schema};

use crate::config::connection::Connection;
use crate::config::environment::Environment;
use crate::config::schema::{self, Config};
use crate::config::settings;
use crate::live_migration::{DuplicateGuard, LiveMigration};

/// The address that a configuration's `required_providers` names. Whoever publishes the provider sets it.
pub const ADDRESS: &str = "registry.terraform.io/atlas-live-migration/atlas";

/// The provider `atlas`.
pub struct AtlasProvider {
    connection: Arc<Connection>,
    duplicate_guard: Arc<DuplicateGuard>,
}

impl AtlasProvider {
    /// With the variables that concern it.
    pub fn new(environment: Environment) -> Self {
        Self { connection: Arc::new(Connection::new(environment)), duplicate_guard: Arc::default() }
    }
}

impl Provider for AtlasProvider {
    type Config = Config;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn resources(&self) -> Resources {
        Resources::new().with(LiveMigration::new(Arc::clone(&self.connection), Arc::clone(&self.duplicate_guard)))
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
