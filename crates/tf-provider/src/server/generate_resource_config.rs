//! GenerateResourceConfig: not announced, so Terraform makes the configuration by itself; told clearly all the same.

use super::Server;
use super::rpc::Rpc;
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::generate_resource_config::{Request, Response};
use crate::resource::Call;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GenerateResourceConfig";

    fn type_name(&self) -> &str {
        &self.type_name
    }

    async fn handle(self, _: &Server, _: Call, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let detail =
            format!("This provider leaves it to Terraform to write a configuration for a `{}`.", self.type_name);
        Err(diagnostics.fail(Diagnostic::error("Generating configuration is not supported", detail)))
    }
}
