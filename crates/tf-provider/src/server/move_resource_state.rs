//! MoveResourceState: not announced, so Terraform doesn't send it.

use super::Server;
use super::rpc::{Kind, Rpc};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::proto::tfplugin5::move_resource_state::{Request, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "MoveResourceState";

    const KIND: Kind = Kind::Resource;

    fn type_name(&self) -> &str {
        &self.target_type_name
    }

    async fn handle(self, _: &Server, _: RequestContext, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let (source, target) = (&self.source_type_name, &self.target_type_name);
        let detail = format!(
            "The state of a `{source}` can't be moved to a `{target}`: this provider doesn't support state of other \
             resource types."
        );
        Err(diagnostics.fail(Diagnostic::error("Moving between resource types is not supported", detail)))
    }
}
