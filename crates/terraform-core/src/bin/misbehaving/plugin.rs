//! go-plugin's services: the end on Shutdown, the output stream, and the broker stream, whose end means that Terraform is gone.

use serde_json::Value as Json;
use tokio::sync::watch;
use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream::{self, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use crate::fault;
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};
use crate::record::record;

/// Ends the process on Shutdown.
pub(crate) struct Controller {
    pub(crate) end: watch::Sender<bool>,
}

/// Says nothing.
pub(crate) struct Stdio;

/// Ends the process when its stream ends.
pub(crate) struct Broker {
    pub(crate) end: watch::Sender<bool>,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        record("Shutdown", &Json::Null);
        if fault() != "ignore-shutdown" {
            self.end.send_replace(true);
        }
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        let data = StdioData { channel: 1, data: "noise".into() };
        let said = (fault() == "stdio-data").then_some(Ok(data));
        Ok(Response::new(Box::pin(tokio_stream::iter(said).chain(tokio_stream::pending()))))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        let (mut stream, end) = (request.into_inner(), self.end.clone());
        tokio::spawn(async move {
            // The test's core opens the stream for the whole life of its connection.
            while let Ok(Some(_)) = stream.message().await {}
            if !["ignore-shutdown", "orphan"].contains(&fault().as_str()) {
                end.send_replace(true);
            }
        });
        Ok(Response::new(Box::pin(tokio_stream::pending())))
    }
}
