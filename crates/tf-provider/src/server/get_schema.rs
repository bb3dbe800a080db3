//! GetSchema: the schemas, validated, and the capabilities of the server.

use super::rpc::Rpc;
use super::{Server, convert};
use crate::diagnostics::REPORT;
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::get_provider_schema::{Request, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "GetSchema";

    async fn handle(
        self,
        server: &Server,
        _: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        for problem in server.schema_problems() {
            diagnostics.push(Diagnostic::error("Invalid schema", format!("{problem}. {REPORT}")));
        }
        let resources = server.resources.iter();
        let data_sources = server.data_sources.iter();
        let actions = server.actions.iter();
        Ok(Response {
            provider: Some(convert::schema(server.provider.schema())),
            resource_schemas: resources
                .map(|(name, resource)| ((*name).to_owned(), convert::schema(resource.schema())))
                .collect(),
            data_source_schemas: data_sources
                .map(|(name, data_source)| ((*name).to_owned(), convert::schema(data_source.schema())))
                .collect(),
            action_schemas: actions
                .map(|(name, action)| ((*name).to_owned(), convert::action_schema(action.schema())))
                .collect(),
            server_capabilities: Some(convert::capabilities()),
            ..Response::default()
        })
    }
}
