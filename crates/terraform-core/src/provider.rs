//! One provider process for single calls, in whatever order a test likes. Knows no walks.

use std::future::Future;
use std::sync::Arc;

use serde_json::Value as Json;
use tonic::transport::Channel;

use super::client::{
    Answer, ApplyAnswer, ApplyRequest, ImportAnswer, ImportRequest, PlanAnswer, PlanRequest, ReadAnswer, ReadRequest,
    Target,
};
use super::complete::complete;
use super::diagnostic::Diagnostic;
use super::engine::Engine;
use super::event::EventLog;
use super::outcome::Outcome;
use super::process::Process;
use super::proposed::proposed_new;
use super::schema::{Block, Resource, Schemas};
use super::value::Value;
use super::violation::{self, Violation};
use super::walk::{Control, Session, Settings};
use super::wire::tfplugin5::provider_client::ProviderClient;

/// A running provider. The rules about single answers hold: what breaks one fails the test at once; whether a plan or a state fits is
/// for the caller to check. Killed when it is dropped.
pub struct Provider {
    engine: Arc<Engine>,
    session: Session,
    terraform_version: String,
    collect: bool,
}

impl Provider {
    pub(super) fn start(engine: Arc<Engine>, settings: &Settings, collect: bool) -> Result<Self, Diagnostic> {
        let session = engine.run(Session::open(settings, "provider", false, EventLog::new(settings.listener.clone())));
        let terraform_version = settings.terraform_version.clone();
        match session {
            Ok(session) => Ok(Self { engine, session, terraform_version, collect }),
            Err((diagnostic, _)) => Err(diagnostic),
        }
    }

    /// GetSchema and GetResourceIdentitySchemas. Most other calls need it first.
    #[track_caller]
    pub fn get_schemas(&mut self) -> Arc<Schemas> {
        let answer = self.engine.run(self.session.client.get_schemas());
        self.judged(answer).expect("schema")
    }

    /// The schema of a resource type.
    ///
    /// # Panics
    /// When there is none, or the schema was not asked for.
    pub fn resource(&self, type_name: &str) -> &Resource {
        self.session.client.resource(type_name)
    }

    /// The object of a partial resource block.
    ///
    /// # Panics
    /// When Terraform itself would refuse it.
    #[track_caller]
    pub fn object(&self, type_name: &str, body: &Json) -> Value {
        full(&self.resource(type_name).block, body)
    }

    /// The request that Terraform makes of a prior object (null for a create) and a configuration.
    pub fn plan_request(&self, type_name: &str, prior: &Value, config: &Value) -> PlanRequest {
        PlanRequest {
            prior: prior.clone(),
            proposed: proposed_new(&self.resource(type_name).block, prior, config),
            config: config.clone(),
            private: Vec::new(),
            identity: None,
        }
    }

    /// PrepareProviderConfig with a partial provider block.
    #[track_caller]
    pub fn prepare(&self, body: &Json) -> Answer<()> {
        let config = full(self.session.client.provider_block(), body);
        self.judged(self.engine.run(self.session.client.prepare(&config)))
    }

    /// Configure with a partial provider block.
    #[track_caller]
    pub fn configure(&self, body: &Json) -> Answer<()> {
        let config = full(self.session.client.provider_block(), body);
        self.judged(self.engine.run(self.session.client.configure(&self.terraform_version, &config)))
    }

    /// ValidateResourceTypeConfig with a partial resource block.
    #[track_caller]
    pub fn validate(&self, type_name: &str, body: &Json) -> Answer<()> {
        let config = self.object(type_name, body);
        self.judged(self.engine.run(self.session.client.validate(target(type_name), &config)))
    }

    /// UpgradeResourceState with stored JSON text.
    #[track_caller]
    pub fn upgrade(&self, type_name: &str, version: i64, json: &str) -> Answer<Value> {
        self.judged(self.engine.run(self.session.client.upgrade(target(type_name), version, json)))
    }

    /// ReadResource.
    #[track_caller]
    pub fn read(&self, type_name: &str, request: &ReadRequest) -> Answer<ReadAnswer> {
        self.judged(self.engine.run(self.session.client.read(target(type_name), request)))
    }

    /// PlanResourceChange.
    #[track_caller]
    pub fn plan(&self, type_name: &str, request: &PlanRequest) -> Answer<PlanAnswer> {
        self.judged(self.engine.run(self.session.client.plan(target(type_name), request)))
    }

    /// ApplyResourceChange.
    #[track_caller]
    pub fn apply(&self, type_name: &str, request: &ApplyRequest) -> Answer<ApplyAnswer> {
        self.judged(self.engine.run(self.session.client.apply(target(type_name), request)))
    }

    /// ImportResourceState.
    #[track_caller]
    pub fn import(&self, type_name: &str, request: &ImportRequest) -> Answer<Vec<ImportAnswer>> {
        self.judged(self.engine.run(self.session.client.import(target(type_name), request)))
    }

    /// Stop.
    #[track_caller]
    pub fn stop(&self) -> Answer<()> {
        self.judged(self.engine.run(self.session.client.stop()))
    }

    /// A generated client, for calls that have no method here. To be used inside [`Self::block_on`] or [`Self::spawn`].
    pub fn raw(&self) -> ProviderClient<Channel> {
        self.session.client.raw()
    }

    /// The channel, for clients of other services.
    pub fn channel(&self) -> Channel {
        self.session.client.channel()
    }

    /// Runs a future while the test waits.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.engine.run(future)
    }

    /// Runs a future in the background; its handle is awaited inside [`Self::block_on`].
    pub fn spawn<F>(&self, future: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.engine.spawn(future)
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.session.process
    }

    /// The process, to wait for its end or to kill it.
    pub fn process_mut(&mut self) -> &mut Process {
        &mut self.session.process
    }

    /// Cuts the connection without a word.
    pub fn cut(&self) {
        self.session.client.recorder.interrupt();
        self.session.connection.cut();
    }

    /// The rules broken so far, where they are collected.
    pub fn violations(&self) -> Vec<Violation> {
        self.session.client.recorder.take_violations()
    }

    /// Shutdown, and the end within 2 s.
    #[track_caller]
    pub fn shutdown(self) -> Outcome {
        let outcome = self.engine.run(self.session.close(Control::new().phase()));
        if !self.collect {
            violation::refuse(&outcome.violations, &outcome.stderr());
        }
        outcome
    }

    #[track_caller]
    fn judged<T>(&self, answer: Answer<T>) -> Answer<T> {
        if !self.collect {
            violation::refuse(&self.violations(), &self.session.process.stderr());
        }
        answer
    }
}

fn target(type_name: &str) -> Target<'_> {
    Target { type_name, address: None }
}

#[track_caller]
fn full(block: &Block, body: &Json) -> Value {
    match complete(block, body) {
        Ok(value) => value,
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("Terraform refuses this block itself:\n{}", problems.join("\n"))
        }
    }
}
