//! GetMetadata: the names of what there is.

use super::rpc::Rpc;
use super::{Server, convert};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::get_metadata::{Request, ResourceMetadata, Response};
use crate::resource::Call;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GetMetadata";

    async fn handle(self, server: &Server, _: Call, _: &mut Diagnostics) -> Result<Response, Failed> {
        let resources = server.resources.keys().map(|name| ResourceMetadata { type_name: (*name).to_owned() });
        Ok(Response {
            resources: resources.collect(),
            server_capabilities: Some(convert::capabilities()),
            ..Response::default()
        })
    }
}
