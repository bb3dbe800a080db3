//! The RPCs of tfplugin5 with decoded values, each call recorded and each response held against the rules about single responses.
//! `convert` holds the messages, `rpc` the calls, `stream` those of data sources and actions.

mod convert;
mod messages;
mod rpc;
mod stream;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use tonic::transport::Channel;
use tonic::{Code, Status};

pub(super) use messages::{ApplyRequest, ApplyResponse, PlanRequest, PlanResponse, ReadRequest};
pub use messages::{ImportRequest, ImportResponse};
pub(super) use rpc::Target;

use super::config::Kind;
use super::diagnostic::{Diagnostic, has_errors};
use super::event::{EventKind, EventLog};
use super::proto::plugin::grpc_controller_client::GrpcControllerClient;
use super::proto::tfplugin5::provider_client::ProviderClient;
use super::schema::{Block, Resource, Schemas};
use super::value::Path;
use super::violation::Violation;

/// What the version of Terraform that is played can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abilities {
    /// Write-only attributes: 1.11 and newer.
    pub(super) write_only: bool,
    /// Resource identity: 1.12 and newer.
    pub(super) identity: bool,
    /// Client capabilities: 1.9 and newer.
    pub(super) capabilities: bool,
}

/// A response, decoded.
#[derive(Clone, Debug)]
pub struct Response<T> {
    /// The diagnostics of the provider, and Terraform's own where the response is unusable.
    pub diagnostics: Vec<Diagnostic>,
    /// The content; none where the response is lost: a gRPC error, bytes that do not decode.
    pub content: Option<T>,
    pub(super) exchange: Exchange,
}

/// A call as it was made, for messages about it.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) rpc: &'static str,
    pub(super) address: Option<String>,
    pub(super) request: Json,
    pub(super) response: Json,
}

/// What happened and what broke in one walk.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub(super) walk: &'static str,
    pub(super) events: EventLog,
    violations: Arc<Mutex<Vec<Violation>>>,
    /// Set when the process or the connection was ended on purpose: failing calls break no rule then.
    interrupted: Arc<AtomicBool>,
    /// Set when Stop is answered: actions have nothing to show from then on.
    pub(super) stopped: Arc<AtomicBool>,
}

/// The calls to one process.
#[derive(Clone, Debug)]
pub(super) struct Client {
    channel: Channel,
    schemas: Option<Arc<Schemas>>,
    abilities: Abilities,
    /// Whether this is a walk that announces `deferral_allowed`: every apply since 1.9.
    deferral_allowed: bool,
    limit: Duration,
    pub(super) recorder: Recorder,
}

impl<T> Response<T> {
    /// Whether the response is lost or has an error.
    pub fn has_errors(&self) -> bool {
        self.content.is_none() || has_errors(&self.diagnostics)
    }

    /// The same with one more error.
    fn with(mut self, error: Option<Diagnostic>) -> Self {
        self.diagnostics.extend(error);
        self
    }

    /// The content of a response without errors.
    ///
    /// # Panics
    /// With the diagnostics, when there is an error.
    #[track_caller]
    pub fn expect(self, what: &str) -> T {
        let texts: Vec<String> = self.diagnostics.iter().map(ToString::to_string).collect();
        assert!(!has_errors(&self.diagnostics), "{what}: {}\n{}", self.exchange.rpc, texts.join("\n"));
        self.content.unwrap_or_else(|| panic!("{what}: {} was not answered", self.exchange.rpc))
    }
}

impl Exchange {
    pub(super) fn violation(&self, rule: &str, detail: impl Into<String>) -> Violation {
        Violation {
            rule: rule.to_owned(),
            detail: detail.into(),
            address: self.address.clone(),
            rpc: Some(self.rpc),
            request: self.request.clone(),
            response: self.response.clone(),
        }
    }
}

impl Recorder {
    pub(super) fn new(walk: &'static str, events: EventLog) -> Self {
        Self { walk, events, violations: Arc::default(), interrupted: Arc::default(), stopped: Arc::default() }
    }

    pub(super) fn violate(&self, violation: Violation) {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).push(violation);
    }

    pub(super) fn take_violations(&self) -> Vec<Violation> {
        std::mem::take(&mut *self.violations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on failing calls are nobody's fault.
    pub(super) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

impl Client {
    pub(super) fn new(
        channel: Channel,
        abilities: Abilities,
        deferral_allowed: bool,
        limit: Duration,
        recorder: Recorder,
    ) -> Self {
        Self { channel, schemas: None, abilities, deferral_allowed, limit, recorder }
    }

    /// Uses schemas that another process announced.
    pub(super) fn set_schemas(&mut self, schemas: Arc<Schemas>) {
        self.schemas = Some(schemas);
    }

    pub(super) fn schemas(&self) -> Option<&Arc<Schemas>> {
        self.schemas.as_ref()
    }

    /// The schema of a resource type.
    ///
    /// # Panics
    /// When the schema was not read, or there is no such type: the test is wrong.
    pub(super) fn resource(&self, type_name: &str) -> &Resource {
        let schemas = self.schemas.as_ref().expect("the schema is read first");
        schemas.resources.get(type_name).unwrap_or_else(|| panic!("the provider has no resource type {type_name:?}"))
    }

    /// The block of what a call is about.
    ///
    /// # Panics
    /// As [`Self::resource`].
    pub(super) fn block(&self, target: Target<'_>) -> &Block {
        let schemas = self.schemas.as_ref().expect("the schema is read first");
        let blocks = match target.kind {
            Kind::Resource => return &self.resource(target.type_name).block,
            Kind::Data => &schemas.data_sources,
            Kind::Action => &schemas.actions,
        };
        let name = target.type_name;
        blocks.get(name).unwrap_or_else(|| panic!("the provider has no {:?} type {name:?}", target.kind))
    }

    /// A generated client, for calls that are not offered here.
    pub(super) fn raw(&self) -> ProviderClient<Channel> {
        // Go's client takes up to 2 GiB.
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX)
    }

    /// The orderly end: the plugin is to exit. It may have ended before it responds.
    pub(super) async fn shutdown(&self) {
        self.recorder.events.record(self.recorder.walk, None, EventKind::Started("Shutdown"));
        let mut controller = GrpcControllerClient::new(self.channel.clone());
        let _ = tokio::time::timeout(self.limit, controller.shutdown(super::proto::plugin::Empty {})).await;
        self.recorder.events.record(self.recorder.walk, None, EventKind::Finished("Shutdown"));
    }

    /// Makes a call; a failure is a violation and becomes Terraform's error.
    async fn call<A>(
        &self,
        exchange: &mut Exchange,
        call: impl Future<Output = Result<tonic::Response<A>, Status>>,
    ) -> Result<A, Diagnostic> {
        let address = exchange.address.as_deref();
        let walk = self.recorder.walk;
        self.recorder.events.record(walk, address, EventKind::Started(exchange.rpc));
        let result = tokio::time::timeout(self.limit, call).await;
        self.recorder.events.record(walk, address, EventKind::Finished(exchange.rpc));
        let status = match result {
            Ok(Ok(response)) => return Ok(response.into_inner()),
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded(format!("no response after {:?}", self.limit)),
        };
        exchange.response = format!("gRPC status {:?}: {}", status.code(), status.message()).into();
        let (summary, detail) = grpc_error(exchange.rpc, &status);
        if !self.recorder.is_interrupted() {
            self.recorder.violate(exchange.violation(&summary, detail.clone()));
        }
        Err(Diagnostic::core(&summary, &detail, &Path::default()).at(address))
    }

    /// Decodes a response; what does not decode is a violation and loses the response.
    fn finish<T>(
        &self,
        exchange: Exchange,
        diagnostics: &[super::proto::tfplugin5::Diagnostic],
        block: Option<&Block>,
        content: Result<T, String>,
    ) -> Response<T> {
        let (mut diagnostics, problems) =
            convert::diagnostics(diagnostics, exchange.rpc, exchange.address.as_deref(), block);
        for problem in problems {
            self.recorder.violate(exchange.violation("Provider returned a malformed diagnostic", problem));
        }
        let content = content.map_err(|problem| diagnostics.push(self.undecodable(&exchange, &problem)));
        Response { diagnostics, content: content.ok(), exchange }
    }

    /// A value that does not decode breaks a rule and is an error. Terraform's summary of it names the value and the type.
    fn undecodable(&self, exchange: &Exchange, problem: &str) -> Diagnostic {
        let rule = "Provider returned a value that does not decode";
        self.recorder.violate(exchange.violation(rule, problem));
        Diagnostic::core(rule, problem, &Path::default()).at(exchange.address.as_deref())
    }

    fn lost<T>(exchange: Exchange, error: Diagnostic) -> Response<T> {
        Response { diagnostics: vec![error], content: None, exchange }
    }
}

/// Terraform's title for a gRPC status, and what happened. One with a cause was made on this side, over a broken connection.
fn grpc_error(rpc: &str, status: &Status) -> (String, String) {
    let broken = std::error::Error::source(status).is_some();
    match if broken { Code::Unavailable } else { status.code() } {
        Code::Unavailable => ("Plugin did not respond".into(), format!("{rpc} was not answered: {}", status.message())),
        Code::Cancelled => ("Request cancelled".into(), format!("{rpc} was canceled.")),
        Code::Unimplemented => ("Unsupported plugin method".into(), format!("The plugin does not implement {rpc}.")),
        code => ("Plugin error".into(), format!("{rpc} ended with gRPC status {code:?}: {}", status.message())),
    }
}
