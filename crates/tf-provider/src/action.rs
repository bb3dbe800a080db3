//! What a developer implements for each action (Terraform 1.14 and newer).

use std::future::Future;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::diagnostics::{Diagnostics, Failed};
use crate::resource::{Call, ValidateRequest};
use crate::schema::Schema;
use crate::value::Model;

/// An action to be planned.
#[derive(Clone, Debug)]
pub struct PlanActionRequest<M> {
    /// The configuration with defaults. Anything else in it may be unknown.
    pub config: M,
    /// What each call carries.
    pub call: Call,
}

/// An action to be invoked.
#[derive(Clone, Debug)]
pub struct InvokeRequest<M> {
    /// The configuration with defaults. Nothing in it is unknown.
    pub config: M,
    /// What each call carries.
    pub call: Call,
}

/// An action: does something to the remote system that no state describes.
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

    /// The name of the type, with that of the provider before it.
    fn type_name(&self) -> &'static str;

    /// The schema, without computed attributes. Its version has no meaning. Called once.
    fn schema(&self) -> Schema;

    /// Checks a configuration without the remote system. Anything in it may be unknown.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Warns of what the action will do, or refuses it. Only called when the event that triggers it is planned. Not
    /// called again at apply, so `invoke` must check what must hold then.
    fn plan(&self, request: PlanActionRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Carries the action out.
    ///
    /// # Errors
    /// When it failed. Terraform then exits with status 1 and invokes no later action of the same trigger.
    fn invoke(
        &self,
        request: InvokeRequest<Self::Model>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<(), Failed>> + Send;
}

/// Shows lines while an action runs.
///
/// Keep them rare, at least 10 seconds apart: up to Terraform 1.15, two events that cross an interrupt of the user crash
/// Terraform.
#[derive(Clone, Debug)]
pub struct Progress {
    sender: UnboundedSender<Line>,
    stop: CancellationToken,
}

/// A line on its way to Terraform. It is dropped there if the call is stopped before it is sent.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) stop: CancellationToken,
}

impl Progress {
    pub(crate) fn new(sender: UnboundedSender<Line>, stop: CancellationToken) -> Self {
        Self { sender, stop }
    }

    /// Shows a line. Does nothing once the user has interrupted Terraform, the action has completed, or Terraform is gone.
    pub fn send(&self, line: impl Into<String>) {
        if !self.stop.is_cancelled() {
            // Fails only after the completed event, which must be the last one.
            let _ = self.sender.send(Line { text: line.into(), stop: self.stop.clone() });
        }
    }
}
