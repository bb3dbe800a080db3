//! The plugin protocol's provider service on top of the traits: decode, ask the provider, check, encode. It knows
//! neither how the plugin is started nor how connections are made.
//!
//! Reading order: [`serve`] below; `erased` (the traits without their types), `rpc` (what every call has in common),
//! `service` (the table of calls); then one file for each call. `dynamic_value` and `identity` bring values across, `convert`
//! everything else.

mod apply_resource_change;
mod color_codes;
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
mod move_resource_state;
mod plan_resource_change;
mod prepare_provider_config;
mod read_resource;
mod rpc;
mod service;
mod stop;
mod upgrade_resource_identity;
mod upgrade_resource_state;
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
use crate::dyn_provider::{self, DynProvider};
use crate::dyn_resource::DynResource;
use configure::Configured;
use service::Service;
use stop::Stops;

/// How long operations may take to end before the provider is closed. Terraform kills the process 2 s after it said
/// goodbye.
const PATIENCE: Duration = Duration::from_millis(400);

/// How long closing the provider may take.
const CLOSING: Duration = Duration::from_secs(1);

/// Serves a provider as a plugin of Terraform. Started by hand, it says on standard error what the program is and
/// fails.
///
/// It builds a runtime of its own, so it must not be called from within one.
pub fn serve(provider: impl Provider, options: Options) -> ExitCode {
    plugin::serve(options, |lifecycle| routes(provider, lifecycle))
}

/// Prints `TF_REATTACH_PROVIDERS` on standard output and serves a provider until interrupted: for a debugger.
pub fn serve_debug(provider: impl Provider, options: Options) -> ExitCode {
    plugin::serve_debug(options, |lifecycle| routes(provider, lifecycle))
}

/// What Terraform would refuse in the schemas of a provider, one text for each problem: for a test. The answer to
/// Terraform's request for the schemas tells the same as errors.
pub fn schema_problems(provider: impl Provider) -> Vec<String> {
    Server::new(provider, Lifecycle::default()).schema_problems()
}

/// Runs within the runtime.
fn routes(provider: impl Provider, lifecycle: &Lifecycle) -> Routes {
    let server = Arc::new(Server::new(provider, lifecycle.clone()));
    let on_terminate = Arc::clone(&server);
    lifecycle.on_terminate(move || on_terminate.stops.stop());
    tokio::spawn(close_at_the_end(Arc::clone(&server)));
    Routes::new(Service(server).into_server())
}

/// Closes the provider when Terraform is gone and what ran has ended, or should have.
async fn close_at_the_end(server: Arc<Server>) {
    // Taken at once: afterwards it might be too late, and nobody would wait.
    let _operation = server.lifecycle.track();
    server.lifecycle.gone().cancelled().await;
    if tokio::time::timeout(PATIENCE, server.stops.idle()).await.is_err() {
        tracing::debug!("closing the provider while calls are still running");
    }
    if tokio::time::timeout(CLOSING, server.provider.close()).await.is_err() {
        tracing::warn!("closing the provider took too long");
    }
}

/// A provider and its resource types, without their types.
struct Server {
    provider: Box<dyn DynProvider>,
    resources: BTreeMap<&'static str, Box<dyn DynResource>>,
    /// Types that were handed over twice.
    duplicates: Vec<&'static str>,
    configured: Configured,
    stops: Stops,
    lifecycle: Lifecycle,
    /// Whether any call in this process announced write-only attributes: not every call has a place to say so.
    write_only_allowed: AtomicBool,
}

impl Server {
    fn new(provider: impl Provider, lifecycle: Lifecycle) -> Self {
        let mut resources = BTreeMap::new();
        let mut duplicates = Vec::new();
        for resource in provider.resources().0 {
            let type_name = resource.type_name();
            if resources.insert(type_name, resource).is_some() {
                duplicates.push(type_name);
            }
        }
        let stops = Stops::until(lifecycle.gone());
        Self {
            provider: dyn_provider::into_dyn(provider),
            resources,
            duplicates,
            configured: Configured::default(),
            stops,
            lifecycle,
            write_only_allowed: AtomicBool::new(false),
        }
    }

    fn resource(&self, type_name: &str, diagnostics: &mut Diagnostics) -> Result<&dyn DynResource, Failed> {
        self.resources.get(type_name).map(|resource| &**resource).ok_or_else(|| {
            diagnostics.fail(Diagnostic::error(
                "Unknown resource type",
                format!(
                    "Terraform asked for the resource type `{type_name}`, which this provider does not have. {REPORT}"
                ),
            ))
        })
    }

    fn schema_problems(&self) -> Vec<String> {
        let twice = self.duplicates.iter().map(|type_name| format!("{type_name}: the resource type is there twice"));
        let resources = self.resources.values().flat_map(|resource| resource.schema_problems());
        self.provider.schema_problems().into_iter().chain(twice).chain(resources).collect()
    }
}

#[cfg(test)]
mod tests;
