//! The table of calls, and the service that carries their messages as bytes. Calls that are not here are answered with
//! «unimplemented»: the schemas name no data source, function, ephemeral resource, list resource or action, so
//! Terraform never asks.
//!
//! Generated code would have all of gRPC once for each call that the protocol knows, a tenth of the binary.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use prost::bytes::{Buf, BufMut, Bytes};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{BoxFuture, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};

use super::Server;
use super::rpc::{Begin, Job, Rpc, begin, run};
use crate::wire::tfplugin5 as wire;

/// As Go providers have it. Terraform itself takes up to 2 GiB.
const MESSAGE_LIMIT: usize = 256 << 20;

/// The calls by the names that they have in the protocol.
pub(super) const CALLS: &[(&str, Begin)] = &[
    call::<wire::get_metadata::Request>(),
    call::<wire::get_provider_schema::Request>(),
    call::<wire::prepare_provider_config::Request>(),
    call::<wire::validate_resource_type_config::Request>(),
    call::<wire::upgrade_resource_state::Request>(),
    call::<wire::get_resource_identity_schemas::Request>(),
    call::<wire::upgrade_resource_identity::Request>(),
    call::<wire::configure::Request>(),
    call::<wire::read_resource::Request>(),
    call::<wire::plan_resource_change::Request>(),
    call::<wire::apply_resource_change::Request>(),
    call::<wire::import_resource_state::Request>(),
    call::<wire::move_resource_state::Request>(),
    call::<wire::generate_resource_config::Request>(),
    call::<wire::get_functions::Request>(),
    ("Stop", stop),
];

const fn call<R: Rpc>() -> (&'static str, Begin) {
    (R::NAME, begin::<R>)
}

fn stop(server: Arc<Server>, _: Bytes, _: CancellationToken) -> Result<Job, Status> {
    tracing::debug!("Terraform asks to stop");
    server.stops.stop();
    Ok(Job::done(&wire::stop::Response::default()))
}

/// The provider service.
#[derive(Clone)]
pub(super) struct Service(pub(super) Arc<Server>);

impl NamedService for Service {
    const NAME: &'static str = "tfplugin5.Provider";
}

impl tonic::codegen::Service<http::Request<Body>> for Service {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let name = request.uri().path().rsplit('/').next().unwrap_or_default();
        let Some((_, begin)) = CALLS.iter().find(|(known, _)| *known == name) else {
            return Box::pin(std::future::ready(Ok(Status::unimplemented("").into_http())));
        };
        let call = Call { server: Arc::clone(&self.0), begin: *begin };
        Box::pin(async move {
            let grpc = Grpc::new(Raw).apply_max_message_size_config(Some(MESSAGE_LIMIT), Some(MESSAGE_LIMIT));
            Ok({ grpc }.unary(call, request).await)
        })
    }
}

/// A call, once it is known which.
struct Call {
    server: Arc<Server>,
    begin: Begin,
}

impl UnaryService<Bytes> for Call {
    type Response = Bytes;
    type Future = BoxFuture<Response<Bytes>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let (server, begin) = (Arc::clone(&self.server), self.begin);
        Box::pin(async move { run(&server, begin, request.into_inner()).await.map(Response::new) })
    }
}

/// Messages as they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// The calls with their types, for tests; on the same way as the messages of Terraform.
#[cfg(test)]
mod typed {
    use prost::Message;

    use super::*;

    async fn answer<A: Message + Default>(
        service: &Service,
        name: &str,
        request: Request<impl Message>,
    ) -> Result<Response<A>, Status> {
        let (_, begin) = CALLS.iter().find(|(known, _)| *known == name).ok_or_else(|| Status::unimplemented(name))?;
        let message = request.into_inner().encode_to_vec().into();
        let answer = run(&service.0, *begin, message).await?;
        A::decode(answer).map(Response::new).map_err(|error| Status::internal(error.to_string()))
    }

    macro_rules! provider {
        ($($method:ident $name:literal: $call:ident),* $(,)?) => {
            #[tonic::async_trait]
            impl wire::provider_server::Provider for Service {
                $(async fn $method(
                    &self,
                    request: Request<wire::$call::Request>,
                ) -> Result<Response<wire::$call::Response>, Status> {
                    answer(self, $name, request).await
                })*
            }
        };
    }

    provider! {
        get_metadata "GetMetadata": get_metadata,
        get_schema "GetSchema": get_provider_schema,
        prepare_provider_config "PrepareProviderConfig": prepare_provider_config,
        validate_resource_type_config "ValidateResourceTypeConfig": validate_resource_type_config,
        upgrade_resource_state "UpgradeResourceState": upgrade_resource_state,
        get_resource_identity_schemas "GetResourceIdentitySchemas": get_resource_identity_schemas,
        upgrade_resource_identity "UpgradeResourceIdentity": upgrade_resource_identity,
        configure "Configure": configure,
        read_resource "ReadResource": read_resource,
        plan_resource_change "PlanResourceChange": plan_resource_change,
        apply_resource_change "ApplyResourceChange": apply_resource_change,
        import_resource_state "ImportResourceState": import_resource_state,
        move_resource_state "MoveResourceState": move_resource_state,
        generate_resource_config "GenerateResourceConfig": generate_resource_config,
        get_functions "GetFunctions": get_functions,
        stop "Stop": stop,
    }
}
