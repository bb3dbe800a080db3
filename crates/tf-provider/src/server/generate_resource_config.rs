//! GenerateResourceConfig: Terraform 1.14 and newer send it for an import block without a resource.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::generate_resource_config::{Request, Response};
use crate::resource::RequestContext;
use crate::schema::generate;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GenerateResourceConfig";

    const KIND: Kind = Kind::Resource;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    async fn handle(
        self,
        server: &Server,
        _: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let resource = server.resource(&self.type_name, diagnostics)?;
        let block = &resource.schema().block;
        let what = format!("a state of `{}`", self.type_name);
        let state = dynamic_value::decode(block, self.state.as_ref(), &what, diagnostics)?;
        let config = resource.generate_config(generate::config(block, state), diagnostics)?;
        let what = format!("the configuration of a `{}`", self.type_name);
        let config = dynamic_value::encode(block, config, &what, diagnostics)?;
        Ok(Response { config: Some(config), ..Response::default() })
    }
}
