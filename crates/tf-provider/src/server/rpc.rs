//! What every call has in common: a task of its own, a stop token, diagnostics in the answer, and a crash that becomes
//! an error. Knows no call.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use prost::Message;
use prost::bytes::Bytes;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Server, convert};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::resource::Call;
use crate::wire::tfplugin5::{self as wire, ClientCapabilities};

/// The last sentence of every message about something that must not happen.
pub(super) const REPORT: &str =
    "This is a bug in the provider or in Terraform; please report it to the developers of the provider.";

/// A request, and how it is answered.
pub(super) trait Rpc: Message + Default + 'static {
    /// The answer.
    type Answer: Answer;

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

    /// Answers. Errors that are told without an answer leave the answer empty.
    fn handle(
        self,
        server: &Server,
        call: Call,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Answer, Failed>> + Send;
}

/// An answer with a place for diagnostics.
pub(super) trait Answer: Message + Default + 'static {
    /// The place for diagnostics.
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic>;
}

macro_rules! answers {
    ($($call:ident),* $(,)?) => {
        $(impl Answer for wire::$call::Response {
            fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic> {
                &mut self.diagnostics
            }
        })*
    };
}

answers!(
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
    prepare_provider_config,
    read_resource,
    upgrade_resource_identity,
    upgrade_resource_state,
    validate_resource_type_config,
);

/// What a message asks for, without the types of its call: what runs it exists once, and not once for each call.
pub(super) struct Job {
    work: Pin<Box<dyn Future<Output = Bytes> + Send>>,
    /// The answer where the work panics.
    crashed: Bytes,
}

/// Reads a message. The token is cancelled when Terraform drops the call.
pub(super) type Begin = fn(Arc<Server>, Bytes, CancellationToken) -> Result<Job, Status>;

/// [`Begin`] for a call.
pub(super) fn begin<R: Rpc>(server: Arc<Server>, message: Bytes, gone: CancellationToken) -> Result<Job, Status> {
    let request = R::decode(message).map_err(|error| Status::internal(error.to_string()))?;
    let mut crashed = R::Answer::default();
    crashed.diagnostics().push(convert::diagnostic(crash(&request)));
    let crashed = crashed.encode_to_vec().into();
    let work = Box::pin(async move { answer(server, request, gone).await.encode_to_vec().into() });
    Ok(Job { work, crashed })
}

impl Job {
    /// Something that is done already.
    pub(super) fn done(answer: &impl Message) -> Self {
        let answer = Bytes::from(answer.encode_to_vec());
        Self { crashed: answer.clone(), work: Box::pin(std::future::ready(answer)) }
    }
}

/// Answers a message in a task of its own: when Terraform drops the call, what was begun is still brought to an end.
pub(super) async fn run(server: &Arc<Server>, begin: Begin, message: Bytes) -> Result<Bytes, Status> {
    // Terraform drops a call when it is gone itself, some seconds before the process can be sure of that.
    let gone = server.lifecycle.gone().child_token();
    let _dropped = gone.clone().drop_guard();
    let Job { work, crashed } = begin(Arc::clone(server), message, gone)?;
    match tokio::spawn(work).await {
        Ok(answer) => Ok(answer),
        Err(error) if error.is_panic() => Ok(crashed),
        Err(_) => Err(Status::unavailable("the provider is shutting down")),
    }
}

async fn answer<R: Rpc>(server: Arc<Server>, request: R, gone: CancellationToken) -> R::Answer {
    let _operation = server.lifecycle.track();
    if R::BEGINS_WALK {
        server.stops.configure();
    }
    let running = server.stops.begin();
    let type_name = request.type_name().to_owned();
    let started = Instant::now();

    let client = request.client();
    let call = Call {
        stop: running.stop.clone(),
        gone: gone.clone(),
        write_only_allowed: server.write_only_allowed(client),
        deferral_allowed: client.is_some_and(|client| client.deferral_allowed),
    };
    let mut diagnostics = Diagnostics::new();
    let mut answer = {
        let mut handling = pin!(request.handle(&server, call, &mut diagnostics));
        tokio::select! {
            // First of all, so that nothing more is begun.
            biased;
            () = gone.cancelled() => {
                running.stop.cancel();
                handling.await
            }
            handled = &mut handling => handled,
        }
    }
    .unwrap_or_default();

    let failed = diagnostics.has_error();
    answer.diagnostics().extend(diagnostics.into_iter().map(convert::diagnostic));
    tracing::debug!(rpc = R::NAME, type_name, failed, duration_ms = started.elapsed().as_millis() as u64, "answered");
    answer
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

fn crash<R: Rpc>(request: &R) -> Diagnostic {
    let (rpc, after) = (R::NAME, request.after_crash());
    let about = match request.type_name() {
        "" => String::new(),
        type_name => format!(" for the resource type `{type_name}`"),
    };
    Diagnostic::error(
        "The provider crashed",
        format!(
            "The provider failed unexpectedly in {rpc}{about}. {after}\n\nThis is a bug in the provider. Please \
             report it to its developers, with the log of a run where the environment variable TF_LOG is `debug`."
        ),
    )
}
