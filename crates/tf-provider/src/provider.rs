//! The trait of a provider.

use std::future::Future;

use crate::action::Action;
use crate::data_source::DataSource;
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_action::{self, DynAction};
use crate::dyn_data_source::{self, DynDataSource};
use crate::dyn_resource::{self, DynResource};
use crate::resource::{RequestContext, Resource};
use crate::schema::{IdentitySchema, Schema};
use crate::value::Model;

/// A request to configure the provider. Terraform sends it before requests that need the remote system.
#[derive(Clone, Debug)]
pub struct ConfigureRequest<C> {
    /// The provider block. Any value can be unknown at plan, none at apply.
    pub config: C,
    /// The version of Terraform or OpenTofu, for a User-Agent. Don't derive features from it: the two have different
    /// numbers.
    pub terraform_version: String,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A provider: its configuration, resources, data sources and actions.
///
/// Resources, data sources and actions usually share an `Arc` with the provider, in which `configure` stores a client.
pub trait Provider: Send + Sync + 'static {
    /// Mirrors the schema of the provider block; `()` for a block without arguments.
    type Config: Model;

    /// The schema of the provider block. Called once.
    fn schema(&self) -> Schema;

    /// The resource types. Called once.
    fn resources(&self) -> Resources {
        Resources::new()
    }

    /// The data sources. Called once.
    fn data_sources(&self) -> DataSources {
        DataSources::new()
    }

    /// The actions. Called once. Terraform before 1.14 and OpenTofu ignore them.
    fn actions(&self) -> Actions {
        Actions::new()
    }

    /// Validates the provider block without the remote system. Not called without a provider block.
    fn validate(&self, config: Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Stores the configuration. In debug mode it may be called several times in one process. An error fails every
    /// command, so report missing credentials when they are first used.
    ///
    /// # Errors
    /// When the configuration can't be used.
    fn configure(
        &self,
        request: ConfigureRequest<Self::Config>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<(), Failed>> + Send {
        let _ = (request, diagnostics);
        async { Ok(()) }
    }

    /// Cleans up at the end of the process. It has one second.
    fn close(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// The resource types of a provider.
#[derive(Default)]
pub struct Resources(pub(crate) Vec<Box<dyn DynResource>>);

impl Resources {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, resource: impl Resource) -> Self {
        self.0.push(dyn_resource::into_dyn(resource));
        self
    }

    /// Each type name with its schema and identity schema: for documentation.
    pub fn schemas(&self) -> impl Iterator<Item = (&'static str, &Schema, Option<&IdentitySchema>)> {
        self.0.iter().map(|resource| (resource.type_name(), resource.schema(), resource.identity_schema()))
    }
}

/// The data sources of a provider.
#[derive(Default)]
pub struct DataSources(pub(crate) Vec<Box<dyn DynDataSource>>);

impl DataSources {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, data_source: impl DataSource) -> Self {
        self.0.push(dyn_data_source::into_dyn(data_source));
        self
    }

    /// Each type name with its schema: for documentation.
    pub fn schemas(&self) -> impl Iterator<Item = (&'static str, &Schema)> {
        self.0.iter().map(|data_source| (data_source.type_name(), data_source.schema()))
    }
}

/// The actions of a provider.
#[derive(Default)]
pub struct Actions(pub(crate) Vec<Box<dyn DynAction>>);

impl Actions {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, action: impl Action) -> Self {
        self.0.push(dyn_action::into_dyn(action));
        self
    }

    /// Each type name with its schema: for documentation.
    pub fn schemas(&self) -> impl Iterator<Item = (&'static str, &Schema)> {
        self.0.iter().map(|action| (action.type_name(), action.schema()))
    }
}
