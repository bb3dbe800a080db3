//! ValidateResourceTypeConfig: validates a configuration. Any value can be unknown.

use super::config::{self, reject_write_only};
use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::validate_resource_type_config::{Request, Response};
use crate::resource::{RequestContext, ValidateRequest};
use crate::schema::walk;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ValidateResourceTypeConfig";

    const KIND: Kind = Kind::Resource;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn client(&self) -> Option<ClientCapabilities> {
        self.client_capabilities
    }

    async fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let resource = server.resource(&self.type_name, diagnostics)?;
        let block = &resource.schema().block;
        let what = format!("a configuration of `{}`", self.type_name);
        let config = dynamic_value::decode(block, self.config.as_ref(), &what, diagnostics)?;
        if config.is_null() {
            return Ok(Response::default());
        }
        config::check(block, &config, &self.type_name, diagnostics);
        // An unknown value can turn out to be null.
        let write_only = if context.write_only_allowed { Vec::new() } else { walk::known_write_only(block, &config) };
        let validated = resource.validate(ValidateRequest { config, context }, diagnostics);
        reject_write_only(write_only, diagnostics);
        validated.map(|()| Response::default())
    }
}
