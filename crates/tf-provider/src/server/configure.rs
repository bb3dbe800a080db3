//! Configure: hands the provider block over.

use super::rpc::Rpc;
use super::{Server, border};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::provider::ConfigureRequest;
use crate::resource::Call;
use crate::schema::{Block, walk};
use crate::value::Value;
use crate::wire::tfplugin5::ClientCapabilities;
use crate::wire::tfplugin5::configure::{Request, Response};

impl Rpc for Request {
    type Answer = Response;

    const NAME: &'static str = "Configure";

    const BEGINS_WALK: bool = true;

    fn client(&self) -> Option<ClientCapabilities> {
        self.client_capabilities
    }

    async fn handle(self, server: &Server, call: Call, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let block = &server.provider.schema().block;
        let config = match border::decode(block, self.config.as_ref(), "a provider configuration", diagnostics)? {
            Value::Null => walk::empty(block),
            config => config,
        };
        let request = ConfigureRequest { config, terraform_version: self.terraform_version, call };
        server.provider.configure(request, diagnostics).await?;
        Ok(Response::default())
    }
}

/// Terraform does not check it: what only the provider gives must not be configured.
pub(super) fn refuse_computed(block: &Block, config: &Value, diagnostics: &mut Diagnostics) {
    for path in walk::configured_computed(block, config) {
        let detail = format!("The value of `{path}` is decided by the provider. Remove it from the configuration.");
        diagnostics.push(Diagnostic::error("Attribute cannot be configured", detail).at(path));
    }
}

/// Nor does it say so where something deprecated is configured, only where it is used. `name` is that of the whole
/// block.
pub(super) fn warn_of_deprecated(block: &Block, config: &Value, name: &str, diagnostics: &mut Diagnostics) {
    for (path, message) in walk::deprecated(block, config) {
        let what = if path.is_empty() { name.to_owned() } else { path.to_string() };
        diagnostics.push(Diagnostic::warning(format!("`{what}` is deprecated"), message).at(path));
    }
}
