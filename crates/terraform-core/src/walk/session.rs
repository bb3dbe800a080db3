//! One provider process for one walk, from the start to the report about its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tonic::codegen::tokio_stream;

use super::control::Phase;
use super::{Command, Control, Notes, Settings, Step};
use crate::client::{Client, Recorder};
use crate::complete::complete;
use crate::diagnostic::Diagnostic;
use crate::event::{EventKind, EventLog};
use crate::outcome::Outcome;
use crate::process::{EXIT_LIMIT, Process};
use crate::proto::plugin::{ConnInfo, grpc_broker_client::GrpcBrokerClient, grpc_stdio_client::GrpcStdioClient};
use crate::schema::Schemas;
use crate::transport::{Connection, Security};
use crate::value::{Path, Value};
use crate::violation::Violation;

/// A running provider process with its connection.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) process: Process,
    pub(crate) connection: Connection,
    side_streams: Vec<JoinHandle<()>>,
    recorder: Recorder,
    orphan_limit: Duration,
}

impl Session {
    /// Starts a process and connects to it as go-plugin does, with the streams for output and broker.
    pub(crate) async fn open(
        settings: &Settings,
        walk: &'static str,
        deferral_allowed: bool,
        events: EventLog,
    ) -> Result<Self, (Diagnostic, Violation)> {
        let recorder = Recorder::new(walk, events);
        let problem = |message: String| {
            let summary = "Failed to instantiate provider";
            let violation = Violation::general(summary, message.clone());
            (Diagnostic::core(summary, &message, &Path::default()), violation)
        };
        let process = settings.launch().start().await.map_err(|error| problem(error.to_string()))?;
        let handshake = process.handshake();
        if process.certificate().is_some() != handshake.certificate.is_some() {
            return Err(problem("the handshake line and PLUGIN_CLIENT_CERT disagree about TLS".into()));
        }
        if handshake.multiplex.is_some() {
            return Err(problem("a seventh field, which PLUGIN_MULTIPLEX_GRPC did not ask for".into()));
        }
        let security = Security {
            client: process.certificate().cloned(),
            require_alpn: settings.abilities.identity,
            tls12: false,
        };
        let connection = Connection::open(handshake, &security).await.map_err(problem)?;
        recorder.events.record(walk, None, EventKind::Launched);
        let side_streams = side_streams(&connection, &recorder);
        let client = Client::new(
            connection.channel.clone(),
            settings.abilities,
            deferral_allowed,
            settings.limit,
            recorder.clone(),
        );
        Ok(Self { client, process, connection, side_streams, recorder, orphan_limit: settings.orphan_limit })
    }

    /// The orderly end: Shutdown, and gone within 2 s; or the end that the command's interruption asks for. Gives everything that was
    /// recorded.
    pub(crate) async fn close(mut self, phase: Phase) -> Outcome {
        for stream in self.side_streams.drain(..) {
            stream.abort();
        }
        let walk = self.recorder.walk;
        let mut killed = false;
        if phase == Phase::Vanished {
            self.connection.cut();
            self.process.close_output();
            if self.process.wait(self.orphan_limit).await.is_none() {
                let text = format!("{walk}: still there {:?} after Terraform was gone", self.orphan_limit);
                self.recorder.violate(Violation::general("Plugin stays behind as an orphan", text));
                killed = true;
            }
        } else {
            self.client.shutdown().await;
            self.connection.cut();
            if self.process.wait(EXIT_LIMIT).await.is_none() {
                let text = format!("{walk}: still there {EXIT_LIMIT:?} after Shutdown");
                self.recorder.violate(Violation::general("Plugin does not exit on Shutdown", text));
                killed = true;
            }
        }
        if killed {
            self.process.kill().await;
        }
        self.recorder.events.record(walk, None, EventKind::Exited);
        let interrupted = self.recorder.is_interrupted();
        let (report, mut found) = self.process.report(walk, killed || interrupted).await;
        if let Some(exit) = report.exit.filter(|exit| !exit.success() && !killed && !interrupted) {
            let text = format!("{walk}: ended with {exit} after Shutdown");
            found.push(Violation::general("Plugin ended with a failure", text));
        }
        let mut violations = self.recorder.take_violations();
        violations.append(&mut found);
        Outcome { violations, processes: vec![report], ..Outcome::default() }
    }
}

impl Command {
    /// Starts the process of a walk; with the schema read again where the provider needs that. None leaves the reason in the
    /// outcome.
    pub(super) async fn open(
        &self,
        walk: &'static str,
        deferral_allowed: bool,
        outcome: &mut Outcome,
    ) -> Option<Session> {
        let opened = Session::open(&self.settings, walk, deferral_allowed, self.events.clone()).await;
        let mut session = match opened {
            Ok(session) => session,
            Err((diagnostic, violation)) => {
                outcome.diagnostics.push(diagnostic);
                outcome.violations.push(violation);
                return None;
            }
        };
        self.control.enter(session.client.clone(), session.connection.clone(), session.process.pid());
        if self.schemas.schema_optional {
            session.client.set_schemas(Arc::clone(&self.schemas));
        } else {
            let response = session.client.get_schemas().await;
            if response.has_errors() {
                outcome.diagnostics.extend(response.diagnostics);
                self.close(session, outcome).await;
                return None;
            }
        }
        Some(session)
    }

    /// Ends the process of a walk.
    pub(super) async fn close(&self, session: Session, outcome: &mut Outcome) {
        let phase = self.control.phase();
        // The process of a walk is not to be stopped or killed by what comes after it.
        if phase < Phase::ShutDown {
            self.control.leave();
        }
        outcome.absorb(session.close(phase).await);
    }

    /// Prepares and configures the provider, as every walk but the first two does.
    pub(super) async fn configure(&self, client: &Client, notes: &mut Notes) -> Step<()> {
        let config = provider_config(client, self, notes)?;
        notes.take(client.prepare(&config).await.diagnostics)?;
        notes.take(client.configure(&self.settings.terraform_version, &config).await.diagnostics)
    }
}

/// The provider block as an object.
pub(super) fn provider_config(client: &Client, command: &Command, notes: &mut Notes) -> Step<Value> {
    match complete(client.provider_block(), &command.config.provider) {
        Ok(config) => Ok(config),
        Err(problems) => notes.take(problems).map(|()| Value::Null),
    }
}

/// Reads the schema with a process of its own.
///
/// # Errors
/// The outcome has the reason.
pub(crate) async fn load_schemas(
    settings: &Settings,
    events: EventLog,
) -> Result<(Arc<Schemas>, Outcome), Box<Outcome>> {
    let mut session = match Session::open(settings, "schema", false, events).await {
        Ok(session) => session,
        Err((diagnostic, violation)) => {
            let (diagnostics, violations) = (vec![diagnostic], vec![violation]);
            return Err(Box::new(Outcome { diagnostics, violations, ..Outcome::default() }));
        }
    };
    let response = session.client.get_schemas().await;
    let mut outcome = session.close(Control::new().phase()).await;
    outcome.diagnostics.extend(response.diagnostics);
    match response.content {
        Some(schemas) => Ok((schemas, outcome)),
        None => Err(Box::new(outcome)),
    }
}

/// Opens the two streams that go-plugin keeps open; what comes on the first is a mistake.
fn side_streams(connection: &Connection, recorder: &Recorder) -> Vec<JoinHandle<()>> {
    let (mut stdio, recorder) = (GrpcStdioClient::new(connection.channel.clone()), recorder.clone());
    let read_stdio = async move {
        // Unimplemented is harmless.
        let Ok(response) = stdio.stream_stdio(()).await else { return };
        let mut stream = response.into_inner();
        while let Ok(Some(data)) = stream.message().await {
            let text = format!("{}: {} bytes on StreamStdio", recorder.walk, data.data.len());
            recorder.violate(Violation::general("unexpected data", text));
        }
    };
    let mut broker = GrpcBrokerClient::new(connection.channel.clone());
    let hold_broker = async move {
        let Ok(response) = broker.start_stream(tokio_stream::pending::<ConnInfo>()).await else { return };
        let mut stream = response.into_inner();
        while let Ok(Some(_)) = stream.message().await {}
    };
    vec![tokio::spawn(read_stdio), tokio::spawn(hold_broker)]
}
