//! GetResourceIdentitySchemas (Terraform 1.12 and newer).

use super::rpc::Rpc;
use super::{Server, convert};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::get_resource_identity_schemas::{Request, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GetResourceIdentitySchemas";

    async fn handle(self, server: &Server, _: RequestContext, _: &mut Diagnostics) -> Result<Response, Failed> {
        let schemas = server.resources.iter().filter_map(|(name, resource)| {
            let schema = resource.identity_schema()?;
            Some(((*name).to_owned(), convert::identity_schema(schema)))
        });
        Ok(Response { identity_schemas: schemas.collect(), ..Response::default() })
    }
}
