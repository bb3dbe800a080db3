//! ValidateActionConfig: validates a configuration. Any value can be unknown.

use super::rpc::{Kind, Rpc};
use super::{Server, config, dynamic_value};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::validate_action_config::{Request, Response};
use crate::resource::{RequestContext, ValidateRequest};

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ValidateActionConfig";

    const KIND: Kind = Kind::Action;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    async fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let action = server.action(&self.type_name, diagnostics)?;
        let block = &action.schema().block;
        let config = dynamic_value::decode_action(block, self.config.as_ref(), &self.type_name, diagnostics)?;
        config::check(block, &config, &self.type_name, diagnostics);
        action.validate(ValidateRequest { config, context }, diagnostics).map(|()| Response::default())
    }
}
