//! PrepareProviderConfig: validates the provider block. Terraform ignores the returned configuration, which is the one
//! of the request.

use super::rpc::Rpc;
use super::{Server, config, dynamic_value};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::prepare_provider_config::{Request, Response};
use crate::resource::RequestContext;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "PrepareProviderConfig";

    async fn handle(
        self,
        server: &Server,
        _: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let block = &server.provider.schema().block;
        let config = dynamic_value::decode(block, self.config.as_ref(), "a provider configuration", diagnostics)?;
        if !config.is_null() {
            config::check(block, &config, "this provider", diagnostics);
            server.provider.validate(config, diagnostics)?;
        }
        Ok(Response { prepared_config: self.config, ..Response::default() })
    }
}
