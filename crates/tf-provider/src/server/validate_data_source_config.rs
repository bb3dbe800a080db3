//! ValidateDataSourceConfig: validates a configuration. Any value can be unknown.

use super::rpc::{Kind, Rpc};
use super::{Server, config, dynamic_value};
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::validate_data_source_config::{Request, Response};
use crate::resource::{RequestContext, ValidateRequest};

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ValidateDataSourceConfig";

    const KIND: Kind = Kind::DataSource;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    async fn handle(
        self,
        server: &Server,
        context: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let data_source = server.data_source(&self.type_name, diagnostics)?;
        let block = &data_source.schema().block;
        let what = format!("a configuration of the data source `{}`", self.type_name);
        let config = dynamic_value::decode(block, self.config.as_ref(), &what, diagnostics)?;
        if config.is_null() {
            return Ok(Response::default());
        }
        config::check(block, &config, &self.type_name, diagnostics);
        data_source.validate(ValidateRequest { config, context }, diagnostics).map(|()| Response::default())
    }
}
