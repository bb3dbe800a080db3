//! What all requests have in common: a task, cancellation, diagnostics in the response, and an error in place of a
//! panic.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Server, convert};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed, REPORT};
use crate::proto::tfplugin5::{self as wire, ClientCapabilities};
use crate::resource::RequestContext;
use crate::schema::{Block, locate};

/// The kind of a type name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Provider,
    Resource,
    DataSource,
    Action,
}

/// A request and its handler.
pub(super) trait Rpc: Send + Sized + 'static {
    type Response: RpcResponse;

    /// The kind of [`type_name`](Self::type_name).
    const KIND: Kind = Kind::Provider;

    /// The name of the RPC in the protocol.
    const NAME: &'static str;

    /// Whether it can begin a new walk, to which an earlier Stop doesn't apply.
    const BEGINS_WALK: bool = false;

    /// The resource type, data source or action. Empty for the provider.
    fn type_name(&self) -> &str {
        ""
    }

    /// The capabilities of the client, in requests that have them.
    fn client(&self) -> Option<ClientCapabilities> {
        None
    }

    /// The possible effects of a request whose handler panicked.
    fn after_crash(&self) -> &'static str {
        "This request changes nothing."
    }

    /// Handles the request. After a failure the response has only diagnostics.
    fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Response, Failed>> + Send;
}

pub(super) trait RpcResponse: Message + Default + 'static {
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic>;
}

macro_rules! responses {
    ($($messages:ident),* $(,)?) => {
        $(impl RpcResponse for wire::$messages::Response {
            fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic> {
                &mut self.diagnostics
            }
        })*
    };
}

responses!(
    apply_resource_change,
    configure,
    generate_resource_config,
    get_functions,
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    import_resource_state,
    move_resource_state,
    plan_resource_change,
    plan_action,
    prepare_provider_config,
    read_data_source,
    read_resource,
    upgrade_resource_identity,
    upgrade_resource_state,
    validate_action_config,
    validate_data_source_config,
    validate_resource_type_config,
);

/// Handles a request in its own task, so that it runs to its end if Terraform drops it.
pub(super) async fn run<R: Rpc>(server: &Arc<Server>, request: R) -> Result<R::Response, Status> {
    // When Terraform ends, it drops its requests some seconds before the process detects the lost connection.
    let disconnected = server.lifecycle.disconnected().child_token();
    let _dropped = disconnected.clone().drop_guard();
    let crash = convert::diagnostic(crash(&request));
    match tokio::spawn(respond(Arc::clone(server), request, disconnected)).await {
        Ok(response) => Ok(response),
        Err(error) if error.is_panic() => {
            let mut response = R::Response::default();
            response.diagnostics().push(crash);
            Ok(response)
        }
        Err(_) => Err(Status::unavailable("the provider is shutting down")),
    }
}

async fn respond<R: Rpc>(server: Arc<Server>, request: R, disconnected: CancellationToken) -> R::Response {
    let _operation = server.lifecycle.track();
    if R::BEGINS_WALK {
        server.cancel.configure();
    }
    let running = server.cancel.begin();
    let type_name = request.type_name().to_owned();
    let started = Instant::now();

    let client = request.client();
    let context = RequestContext {
        cancel: running.cancel.clone(),
        disconnected: disconnected.clone(),
        write_only_allowed: server.write_only_allowed(client),
    };
    let mut diagnostics = Diagnostics::new();
    let mut response = {
        let mut handling = pin!(request.handle(&server, context, &mut diagnostics));
        tokio::select! {
            // First, so that the handler begins nothing more.
            biased;
            () = disconnected.cancelled() => {
                running.cancel.cancel();
                handling.await
            }
            handled = &mut handling => handled,
        }
    }
    .unwrap_or_default();

    if cfg!(debug_assertions) {
        check_paths(server.block(R::KIND, &type_name), &mut diagnostics);
    }
    let failed = diagnostics.has_error();
    response.diagnostics().extend(diagnostics.into_iter().map(convert::diagnostic));
    tracing::debug!(rpc = R::NAME, type_name, failed, duration_ms = started.elapsed().as_millis() as u64, "responded");
    response
}

impl Server {
    /// Whether the client supports write-only attributes. For requests without capabilities, earlier requests of this
    /// process count.
    fn write_only_allowed(&self, client: Option<ClientCapabilities>) -> bool {
        match client {
            Some(client) => {
                if client.write_only_attributes_allowed {
                    self.write_only_allowed.store(true, Ordering::Relaxed);
                }
                client.write_only_attributes_allowed
            }
            None => self.write_only_allowed.load(Ordering::Relaxed),
        }
    }
}

/// Reports diagnostics at paths that the schema doesn't have, which Terraform would show without a location. Only in
/// debug builds, for tests.
fn check_paths(block: Option<&Block>, diagnostics: &mut Diagnostics) {
    let Some(block) = block else { return };
    let wrong = |diagnostic: &&Diagnostic| !locate::contains(block, &diagnostic.path);
    let wrong: Vec<_> = diagnostics.iter().filter(wrong).cloned().collect();
    for Diagnostic { summary, path, .. } in wrong {
        let detail = format!("The schema has no `{path}`, which the diagnostic {summary:?} names. {REPORT}");
        diagnostics.push(Diagnostic::error("Diagnostic at an unknown path", detail));
    }
}

fn crash<R: Rpc>(request: &R) -> Diagnostic {
    let (rpc, after) = (R::NAME, request.after_crash());
    let about = match request.type_name() {
        "" => String::new(),
        type_name => match R::KIND {
            Kind::Provider => String::new(),
            Kind::Resource => format!(" for the resource type `{type_name}`"),
            Kind::DataSource => format!(" for the data source `{type_name}`"),
            Kind::Action => format!(" for the action `{type_name}`"),
        },
    };
    Diagnostic::error(
        "Provider crashed",
        format!(
            "The provider panicked in {rpc}{about}. {after}\n\nThis is a bug in the provider. Please \
             report it to its developers, with the log of a run where the environment variable TF_LOG is `debug`."
        ),
    )
}
