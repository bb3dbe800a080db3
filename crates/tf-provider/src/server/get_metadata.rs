//! GetMetadata: the names of all types.

use super::rpc::Rpc;
use super::{Server, convert};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::get_metadata::{ActionMetadata, DataSourceMetadata, Request, ResourceMetadata, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GetMetadata";

    async fn handle(self, server: &Server, _: RequestContext, _: &mut Diagnostics) -> Result<Response, Failed> {
        let resources = server.resources.keys().map(|name| ResourceMetadata { type_name: (*name).to_owned() });
        let data_sources = server.data_sources.keys().map(|name| DataSourceMetadata { type_name: (*name).to_owned() });
        let actions = server.actions.keys().map(|name| ActionMetadata { type_name: (*name).to_owned() });
        Ok(Response {
            resources: resources.collect(),
            data_sources: data_sources.collect(),
            actions: actions.collect(),
            server_capabilities: Some(convert::capabilities()),
            ..Response::default()
        })
    }
}
