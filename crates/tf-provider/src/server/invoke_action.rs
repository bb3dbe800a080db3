//! InvokeAction: the only RPC with a stream of events.
//!
//! Terraform takes a stream that ends without a completed event for success, and then invokes the next action. So the
//! last event is always the completed one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_stream::Stream;
use tonic::Status;

use super::rpc::{Kind, Rpc, RpcResponse, run};
use super::{Server, config, convert, dynamic_value};
use crate::action::{self, InvokeRequest, Line};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::invoke_action::event::{Completed, Progress, Type};
use crate::proto::tfplugin5::invoke_action::{Event, Request};
use crate::proto::tfplugin5::{self as wire, ClientCapabilities};
use crate::resource::RequestContext;
use crate::schema::plan;

/// Invokes an action. Dropping the stream cancels the request.
pub(super) fn invoke(server: &Arc<Server>, request: Request) -> Events {
    let (sender, lines) = mpsc::unbounded_channel();
    let server = Arc::clone(server);
    let handling = async move { run(&server, Invocation { request, lines: sender }).await.unwrap_or_else(interrupted) };
    Events { lines, state: State::Running(Box::pin(handling)) }
}

fn interrupted(status: Status) -> Completed {
    let detail = format!("The action did not finish: {}. It may have taken effect.", status.message());
    Completed { diagnostics: vec![convert::diagnostic(Diagnostic::error("Action was interrupted", detail))] }
}

/// A request, and the sender of its progress.
struct Invocation {
    request: Request,
    lines: UnboundedSender<Line>,
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

    async fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Completed, Failed> {
        let Request { action_type, config, .. } = self.request;
        let action = server.action(&action_type, diagnostics)?;
        let block = &action.schema().block;
        let mut config = dynamic_value::decode_action(block, config.as_ref(), &action_type, diagnostics)?;
        // What was unknown until now passed the earlier checks.
        config::check_values(block, &config, diagnostics);
        diagnostics.ok()?;
        plan::fill_defaults(block, &mut config);
        let progress = action::Progress::new(self.lines, context.cancel.clone());
        action.invoke(InvokeRequest { config, context }, progress, diagnostics).await?;
        Ok(Completed::default())
    }
}

/// The events of one request: progress, then one completed event.
pub(super) struct Events {
    lines: UnboundedReceiver<Line>,
    state: State,
}

enum State {
    Running(Pin<Box<dyn Future<Output = Completed> + Send>>),
    Completed(Completed),
    Ended,
}

impl Events {
    /// The next line of progress. Skips lines from before a Stop: progress must not follow it.
    fn poll_line(&mut self, context: &mut Context<'_>) -> Poll<Option<String>> {
        loop {
            match ready!(self.lines.poll_recv(context)) {
                Some(line) if line.cancel.is_cancelled() => {}
                line => return Poll::Ready(line.map(|line| line.text)),
            }
        }
    }
}

impl Stream for Events {
    type Item = Result<Event, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Running(handling) = &mut self.state
            && let Poll::Ready(completed) = handling.as_mut().poll(context)
        {
            self.state = State::Completed(completed);
            // Lines from before can still be received. A task that outlives the request sends nothing more.
            self.lines.close();
        }
        if let Some(message) = ready!(self.poll_line(context)) {
            return Poll::Ready(Some(Ok(event(Type::Progress(Progress { message })))));
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Completed(completed) => Poll::Ready(Some(Ok(event(Type::Completed(completed))))),
            State::Ended => Poll::Ready(None),
            // The action has dropped its sender before it completes.
            running @ State::Running(_) => {
                self.state = running;
                Poll::Pending
            }
        }
    }
}

fn event(r#type: Type) -> Event {
    Event { r#type: Some(r#type) }
}
