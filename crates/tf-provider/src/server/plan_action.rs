//! PlanAction: Terraform sends it after the plan of the triggering resource, if the event is planned.

use super::rpc::{Kind, Rpc};
use super::{Server, config, dynamic_value};
use crate::action::PlanActionRequest;
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::plan_action::{Request, Response};
use crate::resource::RequestContext;
use crate::schema::plan;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "PlanAction";

    const KIND: Kind = Kind::Action;

    fn type_name(&self) -> &str {
        &self.action_type
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
        let action = server.action(&self.action_type, diagnostics)?;
        let block = &action.schema().block;
        let mut config = dynamic_value::decode_action(block, self.config.as_ref(), &self.action_type, diagnostics)?;
        // What is known only now, such as a variable, passed the earlier check.
        config::check_values(block, &config, diagnostics);
        diagnostics.ok()?;
        plan::fill_defaults(block, &mut config);
        action.plan(PlanActionRequest { config, context }, diagnostics).map(|()| Response::default())
    }
}
