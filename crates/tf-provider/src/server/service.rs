//! The provider service: tonic's generated trait, with one implementation for every unary RPC. Other RPCs return
//! UNIMPLEMENTED. Terraform doesn't send them, because the schemas have no functions, ephemeral resources or list
//! resources.

use std::sync::Arc;

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::rpc::run;
use super::{Server, invoke_action};
use crate::proto::tfplugin5 as wire;
use crate::proto::tfplugin5::provider_server::{Provider, ProviderServer};

/// The limit of Go providers. Terraform itself accepts up to 2 GiB.
const MESSAGE_LIMIT: usize = 256 << 20;

#[derive(Clone)]
pub(super) struct Service(pub(super) Arc<Server>);

impl Service {
    pub(super) fn into_server(self) -> ProviderServer<Self> {
        ProviderServer::new(self).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT)
    }
}

/// Calls `$callback!` with every unary method of the service and the module of its messages.
macro_rules! rpcs {
    ($callback:ident) => {
        $callback! {
            get_metadata: get_metadata,
            get_schema: get_provider_schema,
            prepare_provider_config: prepare_provider_config,
            validate_resource_type_config: validate_resource_type_config,
            validate_data_source_config: validate_data_source_config,
            validate_action_config: validate_action_config,
            upgrade_resource_state: upgrade_resource_state,
            get_resource_identity_schemas: get_resource_identity_schemas,
            upgrade_resource_identity: upgrade_resource_identity,
            configure: configure,
            read_resource: read_resource,
            plan_resource_change: plan_resource_change,
            apply_resource_change: apply_resource_change,
            import_resource_state: import_resource_state,
            move_resource_state: move_resource_state,
            read_data_source: read_data_source,
            plan_action: plan_action,
            generate_resource_config: generate_resource_config,
            get_functions: get_functions,
        }
    };
}
#[cfg(feature = "fuzzing")]
pub(super) use rpcs;

macro_rules! provider {
    ($($method:ident: $messages:ident,)*) => {
        #[tonic::async_trait]
        impl Provider for Service {
            $(async fn $method(
                &self,
                request: Request<wire::$messages::Request>,
            ) -> Result<Response<wire::$messages::Response>, Status> {
                run(&self.0, request.into_inner()).await.map(Response::new)
            })*

            async fn invoke_action(
                &self,
                request: Request<wire::invoke_action::Request>,
            ) -> Result<Response<BoxStream<wire::invoke_action::Event>>, Status> {
                Ok(Response::new(Box::pin(invoke_action::invoke(&self.0, request.into_inner()))))
            }

            async fn stop(&self, _: Request<wire::stop::Request>) -> Result<Response<wire::stop::Response>, Status> {
                tracing::debug!("Terraform sent Stop");
                self.0.cancel.stop();
                Ok(Response::new(wire::stop::Response::default()))
            }
        }
    };
}

rpcs!(provider);
