//! A provider that does one thing wrong, named by the variable `FAULT`, and everything else right: the tests of the small core show with
//! it that each of Terraform's rules is enforced. Plaintext on TCP; a resource `fake_thing`, a data source `fake_facts`, an
//! action `fake_poke`; nothing remote.
//!
//! Reading order: `thing` (what happens to a thing), `extras` (data source and action), `service` (the RPCs), this file (the process).

#![allow(clippy::print_stdout, reason = "the handshake and some of the faults")]

mod extras;
mod plugin;
mod proto;
mod record;
mod service;
mod thing;

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::codegen::tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::plugin::{Broker, Controller, Stdio};
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin5::provider_server::ProviderServer;
use crate::service::Service;

/// The one thing that goes wrong; empty for none.
fn fault() -> String {
    std::env::var("FAULT").unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("1|5|tcp|{}|grpc|", listener.local_addr()?);
    match fault().as_str() {
        "stdout-noise" => println!("noise"),
        "stderr-noise" => eprintln!("noise"),
        "log-number" => eprintln!(r#"{{"@level":"info","@message":5,"@timestamp":"2026-01-02T03:04:05.123456Z"}}"#),
        "log-fine" => eprintln!(r#"{{"@level":"info","@message":"m","@timestamp":"2026-01-02T03:04:05.123456Z"}}"#),
        _ => {}
    }
    let (end, mut ended) = watch::channel(false);
    let server = Server::builder()
        .add_service(ProviderServer::new(Service::default()))
        .add_service(GrpcControllerServer::new(Controller { end: end.clone() }))
        .add_service(GrpcStdioServer::new(Stdio))
        .add_service(GrpcBrokerServer::new(Broker { end }))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::select! {
        result = server => result?,
        _ = ended.wait_for(|ended| *ended) => {}
    }
    // Lets the answer to Shutdown out.
    tokio::time::sleep(Duration::from_millis(1)).await;
    if fault() == "exit-code" {
        std::process::exit(3);
    }
    Ok(())
}
