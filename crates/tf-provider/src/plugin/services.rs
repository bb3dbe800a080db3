//! The services that go-plugin expects of every plugin: controller, standard output, broker and health.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::codegen::{BoxStream, async_trait};
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};
use tonic_health::ServingStatus;

use super::lifecycle::Lifecycle;
use crate::proto::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use crate::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use crate::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use crate::proto::plugin::{ConnInfo, Empty, StdioData};

/// The name that go-plugin's client checks the health of.
const HEALTH_NAME: &str = "plugin";

/// The effect of a Shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shutdown {
    /// The process ends.
    Exit,
    /// None: in debug mode the user ends the process.
    Ignore,
}

/// Adds the services of go-plugin to the routes.
pub(super) async fn add_to(routes: Routes, lifecycle: &Lifecycle, shutdown: Shutdown) -> Routes {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status(HEALTH_NAME, ServingStatus::Serving).await;
    routes
        .add_service(GrpcControllerServer::new(Controller { disconnected: lifecycle.disconnected(), shutdown }))
        .add_service(GrpcStdioServer::new(Stdio { disconnected: lifecycle.disconnected() }))
        .add_service(GrpcBrokerServer::new(Broker { disconnected: lifecycle.disconnected() }))
        .add_service(health)
}

struct Controller {
    disconnected: CancellationToken,
    shutdown: Shutdown,
}

#[async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        if self.shutdown == Shutdown::Exit {
            tracing::debug!("Terraform sent Shutdown");
            // The server completes requests that are running, including this one.
            self.disconnected.cancel();
        }
        Ok(Response::new(Empty {}))
    }
}

/// The plugin's output as a stream. This plugin writes to standard error, so the stream stays open without messages.
/// Closing it could leave the connection without streams, and thus idle.
struct Stdio {
    disconnected: CancellationToken,
}

#[async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(SilentStream::response(&self.disconnected, None))
    }
}

/// The broker of further connections, which a provider doesn't use.
struct Broker {
    disconnected: CancellationToken,
}

#[async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(SilentStream::response(&self.disconnected, Some(request.into_inner())))
    }
}

/// A stream without messages. It ends with its input, or when Terraform disconnects. Input is ignored.
struct SilentStream<T> {
    disconnected: Pin<Box<WaitForCancellationFutureOwned>>,
    input: Option<Streaming<ConnInfo>>,
    item: PhantomData<fn() -> T>,
}

impl<T: 'static> SilentStream<T> {
    fn response(disconnected: &CancellationToken, input: Option<Streaming<ConnInfo>>) -> Response<BoxStream<T>> {
        let disconnected = Box::pin(disconnected.clone().cancelled_owned());
        Response::new(Box::pin(Self { disconnected, input, item: PhantomData }))
    }
}

impl<T> Stream for SilentStream<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.disconnected.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        let Some(input) = &mut self.input else {
            return Poll::Pending;
        };
        while let Some(Ok(_)) = ready!(Pin::new(&mut *input).poll_next(cx)) {}
        Poll::Ready(None)
    }
}
