//! One provider process for single calls, in whatever order a test likes.

use std::future::Future;
use std::sync::Arc;

use serde_json::Value as Json;
use tonic::transport::Channel;

use super::client::{ImportRequest, ImportResponse, Response, Target};
use super::complete::complete;
use super::config::Kind;
use super::diagnostic::Diagnostic;
use super::engine::Engine;
use super::event::EventLog;
use super::outcome::Outcome;
use super::process::Process;
use super::proto::tfplugin5::provider_client::ProviderClient;
use super::schema::Schemas;
use super::value::Value;
use super::violation;
use super::walk::{Control, Session, Settings};

/// A running provider. The rules about single responses hold: what breaks one fails the test at once; Killed when it is dropped.
pub struct Provider {
    engine: Arc<Engine>,
    session: Session,
    terraform_version: String,
    collect: bool,
}

impl Provider {
    pub(super) fn start(engine: Arc<Engine>, settings: &Settings, collect: bool) -> Result<Self, Diagnostic> {
        let session = engine.run(Session::open(settings, "provider", false, EventLog::default()));
        let terraform_version = settings.terraform_version.clone();
        match session {
            Ok(session) => Ok(Self { engine, session, terraform_version, collect }),
            Err((diagnostic, _)) => Err(diagnostic),
        }
    }

    /// GetSchema and GetResourceIdentitySchemas. Most other calls need it first.
    #[track_caller]
    pub fn get_schemas(&mut self) -> Arc<Schemas> {
        let response = self.engine.run(self.session.client.get_schemas());
        self.checked(response).expect("schema")
    }

    /// Configure with a partial provider block.
    ///
    /// # Panics
    /// When Terraform itself would refuse it.
    #[track_caller]
    pub fn configure(&self, body: &Json) -> Response<()> {
        let config = complete(self.session.client.provider_block(), body).expect("a provider block that fits");
        self.checked(self.engine.run(self.session.client.configure(&self.terraform_version, &config)))
    }

    /// UpgradeResourceState with stored JSON text.
    #[track_caller]
    pub fn upgrade(&self, type_name: &str, version: i64, json: &str) -> Response<Value> {
        self.checked(self.engine.run(self.session.client.upgrade(target(type_name), version, json)))
    }

    /// ImportResourceState.
    #[track_caller]
    pub fn import(&self, type_name: &str, request: &ImportRequest) -> Response<Vec<ImportResponse>> {
        self.checked(self.engine.run(self.session.client.import(target(type_name), request)))
    }

    /// A generated client, for calls that have no method here. Use it inside [`Self::block_on`].
    pub fn raw(&self) -> ProviderClient<Channel> {
        self.session.client.raw()
    }

    /// Runs a future while the test waits.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.engine.run(future)
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.session.process
    }

    /// The process, to wait for its end or to kill it.
    pub fn process_mut(&mut self) -> &mut Process {
        &mut self.session.process
    }

    /// Cuts the connection, as a killed Terraform does.
    pub fn cut(&self) {
        self.session.client.recorder.interrupt();
        self.session.connection.cut();
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
    fn checked<T>(&self, response: Response<T>) -> Response<T> {
        if !self.collect {
            violation::refuse(&self.session.client.recorder.take_violations(), &self.session.process.stderr());
        }
        response
    }
}

fn target(type_name: &str) -> Target<'_> {
    Target { kind: Kind::Resource, type_name, address: None }
}
