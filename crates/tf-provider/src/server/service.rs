//! The table of calls: which are answered, and by what. Calls that are not here are answered with «unimplemented»: the
//! schemas name no data source, function, ephemeral resource, list resource or action, so Terraform never asks.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::Server;
use super::rpc::run;
use crate::wire::tfplugin5::{self as wire, provider_server::Provider, provider_server::ProviderServer};

/// As Go providers have it. Terraform itself takes up to 2 GiB.
const MESSAGE_LIMIT: usize = 256 << 20;

/// The provider service.
pub(super) struct Service(pub(super) Arc<Server>);

impl Service {
    pub(super) fn into_grpc(self) -> ProviderServer<Self> {
        ProviderServer::new(self).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT)
    }
}

macro_rules! provider {
    ($($name:ident: $call:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl Provider for Service {
            $(async fn $name(&self, request: Request<wire::$call::Request>) -> Result<Response<wire::$call::Response>, Status> {
                run(&self.0, request).await
            })*

            async fn stop(&self, _: Request<wire::stop::Request>) -> Result<Response<wire::stop::Response>, Status> {
                tracing::debug!("Terraform asks to stop");
                self.0.stops.stop();
                Ok(Response::new(wire::stop::Response::default()))
            }
        }
    };
}

provider! {
    get_metadata: get_metadata,
    get_schema: get_provider_schema,
    prepare_provider_config: prepare_provider_config,
    validate_resource_type_config: validate_resource_type_config,
    upgrade_resource_state: upgrade_resource_state,
    get_resource_identity_schemas: get_resource_identity_schemas,
    upgrade_resource_identity: upgrade_resource_identity,
    configure: configure,
    read_resource: read_resource,
    plan_resource_change: plan_resource_change,
    apply_resource_change: apply_resource_change,
    import_resource_state: import_resource_state,
    move_resource_state: move_resource_state,
    generate_resource_config: generate_resource_config,
    get_functions: get_functions,
}
