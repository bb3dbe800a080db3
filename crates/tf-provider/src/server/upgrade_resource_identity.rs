//! UpgradeResourceIdentity: identities have one version, so this only decodes the stored one.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value, identity};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::ResourceIdentityData;
use crate::proto::tfplugin5::upgrade_resource_identity::{Request, Response};
use crate::resource::RequestContext;
use crate::value::json;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "UpgradeResourceIdentity";

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
        let unreadable = |why: &str| {
            Diagnostic::error(
                "Stored identity can't be read",
                format!("The stored identity of a `{}` can't be used: {why}.", self.type_name),
            )
        };
        let Some(schema) = resource.identity_schema() else {
            return Err(diagnostics.fail(unreadable("the resource type has no identity")));
        };
        if self.version != 0 {
            return Err(diagnostics.fail(unreadable("it was written by a newer version of the provider")));
        }
        let raw = self.raw_identity.unwrap_or_default().json;
        // State that has no identity yet.
        let raw = if raw.is_empty() { "null".into() } else { raw };
        let value =
            json::decode(&raw, &schema.implied_type()).map_err(|error| diagnostics.fail(unreadable(&error.message)))?;
        let none = || ResourceIdentityData { identity_data: Some(dynamic_value::null()) };
        let upgraded = identity::encode(resource, [Some(value)]).unwrap_or_else(none);
        Ok(Response { upgraded_identity: Some(upgraded), ..Response::default() })
    }
}
