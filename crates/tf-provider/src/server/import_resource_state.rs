//! ImportResourceState: imports one object, by its ID or its identity.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value, identity};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::dyn_resource::DynResource;
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::import_resource_state::{ImportedResource, Request, Response};
use crate::resource::{ImportRequest, ImportTarget, RequestContext};
use crate::value::Value;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ImportResourceState";

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
        let given = identity::decode(resource, self.identity.as_ref(), diagnostics)?;
        let target = match (self.id.is_empty(), &given) {
            (false, _) => ImportTarget::Id(self.id),
            (true, Some(identity)) => {
                require_attributes(resource, identity, diagnostics)?;
                ImportTarget::Identity(identity.clone())
            }
            (true, None) => {
                let detail = format!("The import of a `{}` has neither an ID nor an identity.", self.type_name);
                return Err(diagnostics.fail(Diagnostic::error("Import without an ID", detail)));
            }
        };
        let what = format!("the imported state of a `{}`", self.type_name);
        let imported = resource.import(ImportRequest { target, context }, diagnostics).await?;
        let state = dynamic_value::encode(&resource.schema().block, imported.state, &what, diagnostics)?;
        let found = ImportedResource {
            type_name: self.type_name,
            state: Some(state),
            private: imported.private.into_bytes(),
            identity: identity::encode(resource, [imported.identity, given]),
        };
        Ok(Response { imported_resources: vec![found], ..Response::default() })
    }
}

fn require_attributes(
    resource: &dyn DynResource,
    identity: &Value,
    diagnostics: &mut Diagnostics,
) -> Result<(), Failed> {
    let required = resource
        .identity_schema()
        .into_iter()
        .flat_map(|schema| &schema.attributes)
        .filter(|attribute| attribute.required_for_import);
    for attribute in required {
        if identity.attribute(&attribute.name).is_none_or(Value::is_null) {
            let (name, type_name) = (&attribute.name, resource.type_name());
            let detail = format!("The identity of a `{type_name}` requires `{name}`: {}", attribute.description);
            diagnostics.push(Diagnostic::error("Import identity is incomplete", detail));
        }
    }
    diagnostics.ok()
}
