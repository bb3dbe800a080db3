//! Configure: passes the provider block to the provider.

use std::sync::{Mutex, PoisonError};

use super::rpc::Rpc;
use super::{Server, dynamic_value};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::configure::{Request, Response};
use crate::provider::ConfigureRequest;
use crate::resource::RequestContext;
use crate::schema::walk;
use crate::value::Value;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "Configure";

    const BEGINS_WALK: bool = true;

    fn client(&self) -> Option<ClientCapabilities> {
        self.client_capabilities
    }

    async fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let block = &server.provider.schema().block;
        let config = match dynamic_value::decode(block, self.config.as_ref(), "a provider configuration", diagnostics)?
        {
            Value::Null => walk::empty(block),
            config => config,
        };
        server.configured.accept(server.lifecycle.session(), &config, diagnostics)?;
        let request = ConfigureRequest { config, terraform_version: self.terraform_version, context };
        server.provider.configure(request, diagnostics).await?;
        Ok(Response::default())
    }
}

/// The last configuration of this process. Requests don't say which provider block they belong to, so a process can
/// serve only one. Outside debug mode Terraform starts a process for each block.
#[derive(Default)]
pub(super) struct Configured(Mutex<Option<(u64, Value)>>);

impl Configured {
    /// Rejects settings that differ from those of an earlier Configure in the same session, because both are probably
    /// from one run of Terraform. An unknown value may turn out to be the same.
    fn accept(&self, session: u64, config: &Value, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, configured)) = &*last
            && *of == session
        {
            let different = differences(configured, config);
            if !different.is_empty() {
                return Err(diagnostics.fail(configured_twice(&different)));
            }
        }
        *last = Some((session, config.clone()));
        Ok(())
    }
}

/// The names of the attributes and blocks whose known values differ.
fn differences(one: &Value, other: &Value) -> Vec<String> {
    let Value::Map(attributes) = one else { return Vec::new() };
    let differ = |name: &str, value: &Value| {
        other.attribute(name).is_some_and(|other| value != other && !value.has_unknown() && !other.has_unknown())
    };
    attributes.iter().filter(|(name, value)| differ(name, value)).map(|(name, _)| format!("`{name}`")).collect()
}

fn configured_twice(different: &[String]) -> Diagnostic {
    Diagnostic::error(
        "Provider is configured twice with different settings",
        format!(
            "This provider process already serves a provider block with other settings. They differ in {}. A process \
             serves one block only: it can't tell which block a request belongs to. Nothing was changed.\n\nNext:\n  \
             1. Remove all provider blocks but one (those with alias) while Terraform is\n     \
             attached to this process by TF_REATTACH_PROVIDERS.\n  \
             2. If another run of Terraform uses this process, wait until it has ended, or\n     \
             start another process in debug mode for this run.",
            different.join(", ")
        ),
    )
}
