//! ReadDataSource: reads a data source whose configuration is known.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value};
use crate::data_source::ReadDataRequest;
use crate::diagnostics::{Diagnostics, Failed};
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::read_data_source::{Request, Response};
use crate::resource::RequestContext;
use crate::schema::plan;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ReadDataSource";

    const KIND: Kind = Kind::DataSource;

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
        let data_source = server.data_source(&self.type_name, diagnostics)?;
        let block = &data_source.schema().block;
        let what = format!("a configuration of the data source `{}`", self.type_name);
        let mut config = dynamic_value::decode(block, self.config.as_ref(), &what, diagnostics)?;
        plan::fill_defaults(block, &mut config);
        let state = data_source.read(ReadDataRequest { config, context }, diagnostics).await?;
        let what = format!("the result of the data source `{}`", self.type_name);
        let state = dynamic_value::encode(block, state, &what, diagnostics)?;
        Ok(Response { state: Some(state), ..Response::default() })
    }
}
