//! PlanResourceChange: a create, an update or replacement, or a destroy.

use super::config::reject_write_only;
use super::rpc::{Kind, Rpc};
use super::{Server, convert, dynamic_value, identity};
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::DynResource;
use crate::private::Private;
use crate::proto::tfplugin5::plan_resource_change::{Request, Response};
use crate::proto::tfplugin5::{ClientCapabilities, DynamicValue};
use crate::resource::{ModifyPlanRequest, PlanDestroyRequest, RequestContext};
use crate::schema::{self, walk};
use crate::value::Value;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "PlanResourceChange";

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
        let mut decode = |data: &Option<DynamicValue>, what: &str| {
            let what = format!("a {what} of `{}`", self.type_name);
            dynamic_value::decode(block, data.as_ref(), &what, diagnostics)
        };
        let mut prior = decode(&self.prior_state, "prior state")?;
        let mut planned = decode(&self.proposed_new_state, "proposed state")?;
        let config = if planned.is_null() { Value::Null } else { decode(&self.config, "configuration")? };
        walk::clear_write_only(block, &mut prior);
        walk::clear_write_only(block, &mut planned);
        let private = Private::from_bytes(self.prior_private);
        let identity = identity::decode(resource, self.prior_identity.as_ref(), diagnostics)?;
        match (prior.is_null(), planned.is_null()) {
            (true, true) => Ok(Response { planned_state: Some(dynamic_value::null()), ..Response::default() }),
            (false, true) => {
                plan_destroy(resource, PlanDestroyRequest { prior, private, identity, context }, diagnostics)
            }
            (is_create, false) => {
                if !context.write_only_allowed {
                    // Validation accepted unknown values. Older versions would reject the null that must be planned.
                    reject_write_only(walk::given_write_only(block, &config), diagnostics);
                    diagnostics.ok()?;
                }
                let prior = (!is_create).then_some(prior);
                schema::plan::plan(block, &config, prior.as_ref(), &mut planned);
                let replacing = |prior| schema::plan::replacing(block, prior, &planned);
                let requires_replace = prior.as_ref().map(replacing).unwrap_or_default();
                let request =
                    ModifyPlanRequest { config, prior, planned, requires_replace, private, identity, context };
                modify_plan(resource, request, diagnostics).await
            }
        }
    }
}

fn plan_destroy(
    resource: &dyn DynResource,
    request: PlanDestroyRequest<Value, Value>,
    diagnostics: &mut Diagnostics,
) -> Result<Response, Failed> {
    // Terraform sends the identity to apply only if the plan returns it.
    let planned_identity = identity::encode(resource, [request.identity.clone()]);
    let planned_private = resource.plan_destroy(request, diagnostics)?.into_bytes();
    Ok(Response {
        planned_state: Some(dynamic_value::null()),
        planned_private,
        planned_identity,
        ..Response::default()
    })
}

async fn modify_plan(
    resource: &dyn DynResource,
    request: ModifyPlanRequest<Value, Value>,
    diagnostics: &mut Diagnostics,
) -> Result<Response, Failed> {
    let prior_identity = request.prior.is_some().then(|| request.identity.clone()).flatten();
    let is_create = request.prior.is_none();
    let planned = resource.modify_plan(request, diagnostics).await?;
    let what = format!("the plan of a `{}`", resource.type_name());
    let planned_state = dynamic_value::encode(&resource.schema().block, planned.planned, &what, diagnostics)?;
    let identity = if is_create { None } else { planned.identity };
    Ok(Response {
        planned_state: Some(planned_state),
        requires_replace: planned.requires_replace.iter().map(convert::path).collect(),
        planned_private: planned.private.into_bytes(),
        planned_identity: identity::encode(resource, [identity, prior_identity]),
        ..Response::default()
    })
}
