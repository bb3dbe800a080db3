//! ReadResource: refreshes one object.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value, identity};
use crate::diagnostics::{Diagnostics, Failed};
use crate::private::Private;
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::read_resource::{Request, Response};
use crate::resource::{ReadRequest, RequestContext};

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ReadResource";

    const KIND: Kind = Kind::Resource;

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
        let resource = server.resource(&self.type_name, diagnostics)?;
        let (block, what) = (&resource.schema().block, format!("a state of `{}`", self.type_name));
        let state = dynamic_value::decode(block, self.current_state.as_ref(), &what, diagnostics)?;
        if state.is_null() {
            let new_identity = self.current_identity;
            return Ok(Response {
                new_state: Some(dynamic_value::null()),
                private: self.private,
                new_identity,
                ..Response::default()
            });
        }
        let prior = identity::decode(resource, self.current_identity.as_ref(), diagnostics)?;
        let request =
            ReadRequest { state, private: Private::from_bytes(self.private), identity: prior.clone(), context };
        let read = resource.read(request, diagnostics).await?;
        let (new_state, new_identity) = match read.state {
            Some(state) => {
                let new_state = dynamic_value::encode(
                    block,
                    state,
                    &format!("the refreshed state of a `{}`", self.type_name),
                    diagnostics,
                )?;
                // Without an identity Terraform would lose the one it has. After an import by identity it would panic.
                (new_state, identity::encode(resource, [read.identity, prior]))
            }
            None => (dynamic_value::null(), None),
        };
        Ok(Response {
            new_state: Some(new_state),
            private: read.private.into_bytes(),
            new_identity,
            ..Response::default()
        })
    }
}
