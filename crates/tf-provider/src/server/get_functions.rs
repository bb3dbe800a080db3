//! GetFunctions: none. OpenTofu sends it for a function that isn't in the schemas.

use super::Server;
use super::rpc::Rpc;
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::get_functions::{Request, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GetFunctions";

    async fn handle(self, _: &Server, _: RequestContext, _: &mut Diagnostics) -> Result<Response, Failed> {
        Ok(Response::default())
    }
}
