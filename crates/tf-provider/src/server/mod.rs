//! The provider service of the plugin protocol on top of the traits: decode, call the provider, validate, encode.
//!
//! Reading order: [`serve`] below, `rpc` (what all requests have in common), `service` (the table of RPCs), then one
//! file for each RPC. `dynamic_value` and `identity` convert values, `convert` everything else.

mod apply_resource_change;
mod cancel;
mod color_codes;
mod config;
mod configure;
mod convert;
mod dynamic_value;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod generate_resource_config;
mod get_functions;
mod get_metadata;
mod get_resource_identity_schemas;
mod get_schema;
mod identity;
mod import_resource_state;
mod invoke_action;
mod move_resource_state;
mod plan_action;
mod plan_resource_change;
mod prepare_provider_config;
mod read_data_source;
mod read_resource;
mod rpc;
mod service;
mod upgrade_resource_identity;
mod upgrade_resource_state;
mod validate_action_config;
mod validate_data_source_config;
mod validate_resource_type_config;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tonic::service::Routes;

use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::plugin::{self, Lifecycle, Options};
use crate::provider::Provider;

use crate::diagnostics::REPORT;
use crate::dyn_action::DynAction;
use crate::dyn_data_source::DynDataSource;
use crate::dyn_provider::{self, DynProvider};
use crate::dyn_resource::DynResource;
use crate::schema::Block;
use cancel::CancelTokens;
use configure::Configured;
use rpc::Kind;
use service::Service;

/// How long requests may run before the provider is closed. Terraform kills the process 2 s after its Shutdown.
const GRACE_PERIOD: Duration = Duration::from_millis(400);

const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves a provider as a plugin of Terraform. If a user starts the program, it explains on standard error what it is,
/// and fails.
///
/// It builds its own runtime, so don't call it from within one.
pub fn serve(provider: impl Provider, options: Options) -> ExitCode {
    plugin::serve(options, |lifecycle| routes(provider, lifecycle))
}

/// Prints `TF_REATTACH_PROVIDERS` on standard output and serves a provider until interrupted: for a debugger.
pub fn serve_debug(provider: impl Provider, options: Options) -> ExitCode {
    plugin::serve_debug(options, |lifecycle| routes(provider, lifecycle))
}

/// What Terraform would reject in the schemas of a provider, for tests. GetSchema reports the same as errors.
pub fn schema_problems(provider: impl Provider) -> Vec<String> {
    Server::new(provider, Lifecycle::default()).schema_problems()
}

fn routes(provider: impl Provider, lifecycle: &Lifecycle) -> Routes {
    let server = Arc::new(Server::new(provider, lifecycle.clone()));
    let on_terminate = Arc::clone(&server);
    lifecycle.on_terminate(move || on_terminate.cancel.stop());
    tokio::spawn(close_after_disconnect(Arc::clone(&server)));
    Routes::new(Service(server).into_server())
}

/// Closes the provider when Terraform has disconnected and the running requests have ended or used up their time.
async fn close_after_disconnect(server: Arc<Server>) {
    // Tracked from the start, so that the process waits for it.
    let _operation = server.lifecycle.track();
    server.lifecycle.disconnected().cancelled().await;
    if tokio::time::timeout(GRACE_PERIOD, server.cancel.requests_ended()).await.is_err() {
        tracing::debug!("closing the provider while calls are still running");
    }
    if tokio::time::timeout(CLOSE_TIMEOUT, server.provider.close()).await.is_err() {
        tracing::warn!("closing the provider took too long");
    }
}

struct Server {
    provider: Box<dyn DynProvider>,
    resources: BTreeMap<&'static str, Box<dyn DynResource>>,
    data_sources: BTreeMap<&'static str, Box<dyn DynDataSource>>,
    actions: BTreeMap<&'static str, Box<dyn DynAction>>,
    /// Types that are registered twice.
    duplicates: Vec<&'static str>,
    configured: Configured,
    cancel: CancelTokens,
    lifecycle: Lifecycle,
    /// Whether any request of this process announced write-only attributes. Not every request has capabilities.
    write_only_allowed: AtomicBool,
}

impl Server {
    fn new(provider: impl Provider, lifecycle: Lifecycle) -> Self {
        let mut duplicates = Vec::new();
        let resources = by_name(provider.resources().0, |resource| resource.type_name(), &mut duplicates);
        let data_sources = by_name(provider.data_sources().0, |data_source| data_source.type_name(), &mut duplicates);
        let actions = by_name(provider.actions().0, |action| action.type_name(), &mut duplicates);
        let cancel = CancelTokens::new(lifecycle.disconnected());
        Self {
            provider: dyn_provider::into_dyn(provider),
            resources,
            data_sources,
            actions,
            duplicates,
            configured: Configured::default(),
            cancel,
            lifecycle,
            write_only_allowed: AtomicBool::new(false),
        }
    }

    fn resource(&self, type_name: &str, diagnostics: &mut Diagnostics) -> Result<&dyn DynResource, Failed> {
        let found = self.resources.get(type_name).map(|resource| &**resource);
        found.ok_or_else(|| diagnostics.fail(unknown("resource type", type_name)))
    }

    fn data_source(&self, type_name: &str, diagnostics: &mut Diagnostics) -> Result<&dyn DynDataSource, Failed> {
        let found = self.data_sources.get(type_name).map(|data_source| &**data_source);
        found.ok_or_else(|| diagnostics.fail(unknown("data source", type_name)))
    }

    fn action(&self, type_name: &str, diagnostics: &mut Diagnostics) -> Result<&dyn DynAction, Failed> {
        let found = self.actions.get(type_name).map(|action| &**action);
        found.ok_or_else(|| diagnostics.fail(unknown("action", type_name)))
    }

    /// The block that the paths of diagnostics refer to.
    fn block(&self, kind: Kind, type_name: &str) -> Option<&Block> {
        let schema = match kind {
            Kind::Provider => Some(self.provider.schema()),
            Kind::Resource => self.resources.get(type_name).map(|resource| resource.schema()),
            Kind::DataSource => self.data_sources.get(type_name).map(|data_source| data_source.schema()),
            Kind::Action => self.actions.get(type_name).map(|action| action.schema()),
        };
        schema.map(|schema| &schema.block)
    }

    fn schema_problems(&self) -> Vec<String> {
        let twice = self.duplicates.iter().map(|type_name| format!("{type_name}: the type is registered twice"));
        let resources = self.resources.values().flat_map(|resource| resource.schema_problems());
        let data_sources = self.data_sources.values().flat_map(|data_source| data_source.schema_problems());
        let actions = self.actions.values().flat_map(|action| action.schema_problems());
        let provider = self.provider.schema_problems().into_iter();
        provider.chain(twice).chain(resources).chain(data_sources).chain(actions).collect()
    }
}

fn by_name<T: ?Sized>(
    all: Vec<Box<T>>,
    type_name: impl Fn(&T) -> &'static str,
    duplicates: &mut Vec<&'static str>,
) -> BTreeMap<&'static str, Box<T>> {
    let mut by_name = BTreeMap::new();
    for one in all {
        let type_name = type_name(&one);
        if by_name.insert(type_name, one).is_some() {
            duplicates.push(type_name);
        }
    }
    by_name
}

fn unknown(kind: &str, type_name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Unknown {kind}"),
        format!("Terraform requested the {kind} `{type_name}`, which this provider doesn't have. {REPORT}"),
    )
}

#[cfg(test)]
mod tests;
