//! The provider itself: its configuration, and the Atlas client that all resources share.

mod connection;
pub(crate) mod credentials;
pub(crate) mod environment;
mod schema;
pub(crate) mod settings;

use std::sync::Arc;

use tf_provider::provider::ConfigureRequest;
use tf_provider::{Diagnostics, Failed, Provider, Resources, Schema};

pub(crate) use connection::{Atlas, Connection};
use environment::Environment;
use schema::Config;

use crate::live_migration::LiveMigration;

/// The address that a configuration's `required_providers` names. Whoever publishes the provider sets it.
pub const ADDRESS: &str = "registry.terraform.io/atlas-live-migration/atlas";

/// The provider `atlas`.
pub struct AtlasProvider {
    connection: Arc<Connection>,
    live_migration: Arc<crate::live_migration::Memory>,
}

impl AtlasProvider {
    /// With the variables that concern it.
    pub fn new(environment: Environment) -> Self {
        Self { connection: Arc::new(Connection::new(environment)), live_migration: Arc::default() }
    }
}

impl Provider for AtlasProvider {
    type Config = Config;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn resources(&self) -> Resources {
        Resources::new().with(LiveMigration::new(Arc::clone(&self.connection), Arc::clone(&self.live_migration)))
    }

    fn validate(&self, config: Config, diagnostics: &mut Diagnostics) {
        settings::validate(&config, diagnostics);
    }

    async fn configure(&self, request: ConfigureRequest<Config>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        self.live_migration.clear();
        self.connection.configure(&request.config, &request.terraform_version, diagnostics).await;
        diagnostics.ok()
    }

    async fn close(&self) {
        self.connection.close().await;
    }
}
