//! The trait of an action (Terraform 1.14 and newer).

use std::future::Future;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::diagnostics::{Diagnostics, Failed};
use crate::resource::{RequestContext, ValidateRequest};
use crate::schema::Schema;
use crate::value::Model;

/// A request to plan an action.
#[derive(Clone, Debug)]
pub struct PlanActionRequest<M> {
    /// The configuration with defaults. All other values can be unknown.
    pub config: M,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A request to invoke an action.
#[derive(Clone, Debug)]
pub struct InvokeRequest<M> {
    /// The configuration with defaults, without unknown values.
    pub config: M,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// An action: an operation on the remote system that no state describes.
///
/// Terraform validates the configuration, plans the action after the resource that triggers it, and invokes it after that
/// resource was applied, or when a user runs `terraform apply -invoke`. A failed action does not taint a resource, and
/// Terraform does not repeat it.
///
/// ```
/// use tf_provider::action::InvokeRequest;
/// use tf_provider::schema::{Attribute, Block};
/// use tf_provider::{Action, Attr, Diagnostics, Failed, Model, Progress, Schema};
///
/// #[derive(Clone, Model)]
/// struct Restart {
///     server: Attr<String>,
/// }
///
/// struct RestartAction;
///
/// impl Action for RestartAction {
///     type Model = Restart;
///
///     fn type_name(&self) -> &'static str {
///         "example_restart"
///     }
///
///     fn schema(&self) -> Schema {
///         Schema::new(Block::new().attribute(Attribute::string("server").required()))
///     }
///
///     async fn invoke(
///         &self,
///         request: InvokeRequest<Restart>,
///         progress: Progress,
///         _: &mut Diagnostics,
///     ) -> Result<(), Failed> {
///         progress.send(format!("restarting {}", request.config.server.as_str().unwrap_or_default()));
///         Ok(())
///     }
/// }
/// ```
pub trait Action: Send + Sync + 'static {
    /// The configuration.
    type Model: Model;

    /// The type name with the provider's prefix, such as `example_restart`.
    fn type_name(&self) -> &'static str;

    /// The schema, without computed and write-only attributes. Its version is ignored. Called once.
    fn schema(&self) -> Schema;

    /// Validates a configuration without the remote system. Any value can be unknown.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Adds warnings to the plan, or rejects it. Terraform calls it only when the event that triggers the action is
    /// planned, and doesn't call it again at apply: `invoke` must check again what must hold then.
    fn plan(&self, request: PlanActionRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Runs the action.
    ///
    /// # Errors
    /// When the action failed. Terraform then exits with status 1 and doesn't invoke later actions of the same trigger.
    fn invoke(
        &self,
        request: InvokeRequest<Self::Model>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<(), Failed>> + Send;
}

/// Shows progress to the user while an action runs.
///
/// Send lines at least 10 seconds apart: Terraform up to 1.15 crashes when a line of progress crosses an interrupt.
#[derive(Clone, Debug)]
pub struct Progress {
    sender: UnboundedSender<Line>,
    cancel: CancellationToken,
}

/// A line that is not sent yet. It is dropped if the request is cancelled before.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) cancel: CancellationToken,
}

impl Progress {
    pub(crate) fn new(sender: UnboundedSender<Line>, cancel: CancellationToken) -> Self {
        Self { sender, cancel }
    }

    /// A progress for a test, and a function that returns the lines that were sent since its last call.
    pub fn recorded() -> (Self, impl FnMut() -> Vec<String>) {
        let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let recorded = move || std::iter::from_fn(|| lines.try_recv().ok().map(|line: Line| line.text)).collect();
        (Self::new(sender, CancellationToken::new()), recorded)
    }

    /// Shows a line. Does nothing after the user has interrupted Terraform, after the action has completed, and after
    /// Terraform has disconnected.
    pub fn send(&self, line: impl Into<String>) {
        if !self.cancel.is_cancelled() {
            // Fails only after the completed event, which must be the last one.
            let _ = self.sender.send(Line { text: line.into(), cancel: self.cancel.clone() });
        }
    }
}
