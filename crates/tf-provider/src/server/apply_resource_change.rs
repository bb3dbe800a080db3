//! ApplyResourceChange: create, update or delete.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value, identity};
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::DynResource;
use crate::private::Private;
use crate::proto::tfplugin5::DynamicValue;
use crate::proto::tfplugin5::apply_resource_change::{Request, Response};
use crate::resource::{Applied, CreateRequest, DeleteRequest, RequestContext, UpdateRequest};
use crate::schema::walk;
use crate::value::Value;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ApplyResourceChange";

    const KIND: Kind = Kind::Resource;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn after_crash(&self) -> &'static str {
        match (is_null(self.prior_state.as_ref()), is_null(self.planned_state.as_ref())) {
            (true, _) => {
                "It was creating an object, which may exist now without being in the state. Check for it before you apply \
                 again. If it exists, import it or delete it."
            }
            (false, true) => "It was destroying an object, which may no longer exist. It is still in the state.",
            (false, false) => {
                "It was changing an object, which may be partly changed. The state has the object before the change."
            }
        }
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
        let mut planned = decode(&self.planned_state, "planned state")?;
        let config = if planned.is_null() { Value::Null } else { decode(&self.config, "configuration")? };
        walk::clear_write_only(block, &mut prior);
        walk::clear_write_only(block, &mut planned);
        let private = Private::from_bytes(self.planned_private);
        let identity = identity::decode(resource, self.planned_identity.as_ref(), diagnostics)?;
        if planned.is_null() {
            if !prior.is_null() {
                resource.delete(DeleteRequest { prior, private, identity, context }, diagnostics).await?;
            }
            return Ok(Response { new_state: Some(dynamic_value::null()), ..Response::default() });
        }
        let planned_identity = identity.clone();
        let applied = if prior.is_null() {
            resource.create(CreateRequest { config, planned, private, identity, context }, diagnostics).await?
        } else {
            resource.update(UpdateRequest { config, prior, planned, private, identity, context }, diagnostics).await?
        };
        new_state(resource, applied, planned_identity, diagnostics)
    }
}

fn new_state(
    resource: &dyn DynResource,
    applied: Applied<Value, Value>,
    planned_identity: Option<Value>,
    diagnostics: &mut Diagnostics,
) -> Result<Response, Failed> {
    let what = format!("the new state of a `{}`", resource.type_name());
    let new_state = dynamic_value::encode_lossy(&resource.schema().block, applied.state, &what, diagnostics)?;
    Ok(Response {
        new_state: Some(new_state),
        private: applied.private.into_bytes(),
        new_identity: identity::encode(resource, [applied.identity, planned_identity]),
        ..Response::default()
    })
}

/// Whether the object is null, without decoding it.
fn is_null(data: Option<&DynamicValue>) -> bool {
    data.is_none_or(|data| matches!(&data.msgpack[..], [] | [0xc0]) && matches!(&data.json[..], b"" | b"null"))
}
