//! InvokeAction: the one call with a stream of events.
//!
//! Terraform takes a stream that ends without a completed event for success, and then invokes the next action. So the
//! last event is always the completed one, whatever happened.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tonic::Status;

use super::rpc::{Kind, Rpc, RpcResponse, run};
use super::{Server, config, convert, dynamic_value};
use crate::action::{InvokeRequest, Progress};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::invoke_action::event::{self, Completed, Type};
use crate::proto::tfplugin5::invoke_action::{Event, Request};
use crate::proto::tfplugin5::{self as wire, ClientCapabilities};
use crate::resource::Call;
use crate::schema::plan;

/// Invokes an action. Dropping the stream ends the call like that of any other request.
pub(super) fn invoke(server: &Arc<Server>, request: Request) -> Events {
    let (sender, events) = mpsc::unbounded_channel();
    let server = Arc::clone(server);
    let call = tokio::spawn(async move {
        let (lines, mut progress) = mpsc::unbounded_channel();
        let mut completed = std::pin::pin!(run(&server, Invocation { request, lines }));
        let completed = loop {
            tokio::select! {
                // Lines first: nothing may follow the completed event.
                biased;
                Some(message) = progress.recv() => send(&sender, Type::Progress(event::Progress { message })),
                completed = &mut completed => break completed,
            }
        };
        send(&sender, Type::Completed(completed.unwrap_or_else(|status| interrupted(&status))));
    });
    Events { events, call }
}

fn send(sender: &UnboundedSender<Event>, event: Type) {
    // Fails only when nobody reads any more.
    let _ = sender.send(Event { r#type: Some(event) });
}

fn interrupted(status: &Status) -> Completed {
    let detail = format!("The action did not finish: {}. It may have taken effect.", status.message());
    Completed { diagnostics: vec![convert::diagnostic(Diagnostic::error("Action was interrupted", detail))] }
}

/// A request, and where its progress goes.
struct Invocation {
    request: Request,
    lines: UnboundedSender<String>,
}

impl RpcResponse for Completed {
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic> {
        &mut self.diagnostics
    }
}

impl Rpc for Invocation {
    type Response = Completed;

    const NAME: &'static str = "InvokeAction";

    const KIND: Kind = Kind::Action;

    fn type_name(&self) -> &str {
        &self.request.action_type
    }

    fn client(&self) -> Option<ClientCapabilities> {
        self.request.client_capabilities
    }

    fn after_crash(&self) -> &'static str {
        "The action may have taken effect, wholly or in part."
    }

    async fn handle(self, server: &Server, call: Call, diagnostics: &mut Diagnostics) -> Result<Completed, Failed> {
        let Request { action_type, config, .. } = self.request;
        let action = server.action(&action_type, diagnostics)?;
        let block = &action.schema().block;
        let what = format!("a configuration of the action `{action_type}`");
        let mut config = dynamic_value::decode(block, config.as_ref(), &what, diagnostics)?;
        // What was unknown until now passed the earlier checks.
        config::check_values(block, &config, diagnostics);
        diagnostics.ok()?;
        plan::fill_defaults(block, &mut config);
        let progress = Progress::new(self.lines, call.stop.clone());
        action.invoke(InvokeRequest { config, call }, progress, diagnostics).await?;
        Ok(Completed::default())
    }
}

/// The events of one invocation.
pub(super) struct Events {
    events: UnboundedReceiver<Event>,
    call: JoinHandle<()>,
}

impl Stream for Events {
    type Item = Result<Event, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(context).map(|event| event.map(Ok))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.call.abort();
    }
}
