//! What every call has in common: a task of its own, a stop token, diagnostics in the response, and a panic that becomes
//! an error.

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
use crate::resource::Call;
use crate::schema::{Block, locate};

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The provider itself.
    Provider,
    /// A resource type.
    Resource,
    /// A data source.
    DataSource,
    /// An action.
    Action,
}

/// A request, and how it is handled.
pub(super) trait Rpc: Send + Sized + 'static {
    /// The response.
    type Response: RpcResponse;

    /// What [`type_name`](Self::type_name) names.
    const KIND: Kind = Kind::Provider;

    /// The name of the call in the protocol.
    const NAME: &'static str;

    /// Whether a new walk of Terraform may have begun with it: then an earlier Stop is over.
    const BEGINS_WALK: bool = false;

    /// The resource type concerned; empty where there is none.
    fn type_name(&self) -> &str {
        ""
    }

    /// What the client says of itself, where the call has a place for it.
    fn client(&self) -> Option<ClientCapabilities> {
        None
    }

    /// What may be true when the provider crashed in this call.
    fn after_crash(&self) -> &'static str {
        "The call only reads or computes, so nothing was changed."
    }

    /// Handles the request. A failure leaves the response empty, diagnostics aside.
    fn handle(
        self,
        server: &Server,
        call: Call,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Response, Failed>> + Send;
}

/// A response with a place for diagnostics.
pub(super) trait RpcResponse: Message + Default + 'static {
    /// The place for diagnostics.
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic>;
}

macro_rules! responses {
    ($($call:ident),* $(,)?) => {
        $(impl RpcResponse for wire::$call::Response {
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

/// Handles a request in a task of its own: when Terraform drops the call, what was begun is still finished.
pub(super) async fn run<R: Rpc>(server: &Arc<Server>, request: R) -> Result<R::Response, Status> {
    // Terraform drops a call when it is gone itself, some seconds before the process can be sure of that.
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
    let call = Call {
        stop: running.stop.clone(),
        gone: disconnected.clone(),
        write_only_allowed: server.write_only_allowed(client),
    };
    let mut diagnostics = Diagnostics::new();
    let mut response = {
        let mut handling = pin!(request.handle(&server, call, &mut diagnostics));
        tokio::select! {
            // First of all, so that nothing more is begun.
            biased;
            () = disconnected.cancelled() => {
                running.stop.cancel();
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
    /// Whether the client takes write-only attributes. Some calls have no place to say so: there, what the process
    /// heard before counts.
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

/// Reports diagnostics at a path that the schema doesn't have: Terraform would show them without a place. Only in debug
/// builds, so that tests find them.
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
        "The provider crashed",
        format!(
            "The provider failed unexpectedly in {rpc}{about}. {after}\n\nThis is a bug in the provider. Please \
             report it to its developers, with the log of a run where the environment variable TF_LOG is `debug`."
        ),
    )
}
