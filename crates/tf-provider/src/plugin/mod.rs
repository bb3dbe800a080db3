//! HashiCorp's go-plugin for Terraform providers: handshake, AutoMTLS, listener, go-plugin's own services, orderly
//! exit, and debug mode.
//!
//! It serves any set of tonic services. Of the provider protocol it has only the version number.
//!
//! Reading order: [`serve`] below, then `handshake`, `tls`, `listener` and `socket`, `incoming` and `connection`,
//! `services`, `lifecycle` and `signals`, `reattach`.

mod connection;
mod error;
mod handshake;
mod incoming;
mod lifecycle;
mod listener;
mod panic_hook;
mod reattach;
mod services;
mod signals;
#[cfg(unix)]
mod socket;
mod tls;

use std::io::Write;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Server;

use error::Error;
use handshake::Handshake;
use listener::{ListenOptions, Listener};
use signals::{Signal, Signals};
use tls::Tls;

pub use lifecycle::{Lifecycle, Operation};
pub use listener::Network;

/// The supported version of Terraform's plugin protocol (tfplugin5).
pub(crate) const PROTOCOL_VERSION: u16 = 5;

/// Terraform sends ten requests at a time by default (`-parallelism`), and users raise that.
const MAX_CONCURRENT_STREAMS: u32 = 1000;

/// The identity of the plugin, for messages and debug mode.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The source address with its host, such as `registry.terraform.io/hashicorp/null`.
    pub address: &'static str,
    /// The name of the program, such as `terraform-provider-null`.
    pub name: &'static str,
    /// The version of the program, such as `1.2.3`.
    pub version: &'static str,
}

/// Serves `routes` as a plugin until Terraform ends it or disconnects, over the default [`Network`].
///
/// Only the handshake line is written to standard output. The exit code is 0 after an orderly exit. It is 1, with an
/// explanation on standard error, if a user started the process or if Terraform's options can't be met.
///
/// It builds its own runtime, so don't call it from within one.
pub fn serve(options: Options, routes: impl FnOnce(&Lifecycle) -> Routes) -> ExitCode {
    serve_over(Network::default(), options, routes)
}

/// Like [`serve`], over a given network.
pub fn serve_over(network: Network, options: Options, routes: impl FnOnce(&Lifecycle) -> Routes) -> ExitCode {
    run(options, async || {
        let request = Handshake::from_env(|name| std::env::var_os(name))?;
        // From here on Terraform handles an interrupt from the keyboard.
        let mut signals = Signals::listen()?;
        let listener = Listener::bind(network, &request.listen)?;
        let tls = request.client_certificate.map(Tls::only_for).transpose()?;
        let line = handshake::line(
            listener.network(),
            listener.address(),
            tls.as_ref().map(Tls::certificate),
            request.requests_multiplexing,
        );
        let lifecycle = Lifecycle::default();
        let server = start(listener, tls, &lifecycle, routes(&lifecycle), services::Shutdown::Exit).await;
        handshake::write_line(&line)?;

        let mut idle = pin!(lifecycle.idle());
        let grace = loop {
            tokio::select! {
                () = lifecycle.disconnected_token().cancelled() => break lifecycle::GRACE_AFTER_SHUTDOWN,
                () = &mut idle => break lifecycle::GRACE_WHEN_IDLE,
                signal = signals.next() => if signal == Signal::Terminate { lifecycle.terminate() },
            }
        };
        lifecycle.disconnected_token().cancel();
        drain(server, &lifecycle, grace).await;
        Ok(())
    })
}

/// Whether a plugin can serve with these environment variables, for fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn reads_environment(environment: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    Handshake::from_env(environment).is_ok()
}

/// Prints `TF_REATTACH_PROVIDERS` on standard output and serves `routes`, without TLS, until interrupted.
///
/// The process serves any number of Terraform runs, and none of them ends it. A second interrupt ends it at once,
/// without waiting for running operations.
pub fn serve_debug(options: Options, routes: impl FnOnce(&Lifecycle) -> Routes) -> ExitCode {
    run(options, async || {
        let mut signals = Signals::listen()?;
        let listener = Listener::bind(Network::default(), &ListenOptions::default())?;
        let text = reattach::text(options.address, listener.network(), listener.address());
        let lifecycle = Lifecycle::default();
        let server = start(listener, None, &lifecycle, routes(&lifecycle), services::Shutdown::Ignore).await;
        print(&text)?;

        signals.next().await;
        lifecycle.disconnected_token().cancel();
        tokio::select! {
            () = drain(server, &lifecycle, lifecycle::GRACE_WHEN_IDLE) => {}
            _ = signals.next() => {}
        }
        Ok(())
    })
}

/// Runs `main` on a single-threaded runtime, and reports an error on standard error.
fn run<F: Future<Output = Result<(), Error>>>(options: Options, main: impl FnOnce() -> F) -> ExitCode {
    panic_hook::install(options);
    let result =
        Builder::new_current_thread().enable_io().enable_time().build().map_err(Error::Runtime).and_then(|runtime| {
            let result = runtime.block_on(main());
            // A thread in a system call, such as a DNS lookup, must not delay the exit.
            runtime.shutdown_background();
            result
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            // Can't be reported.
            let _ = writeln!(stderr, "{}", error.explain(options));
            ExitCode::FAILURE
        }
    }
}

/// Serves `routes` and go-plugin's own services on `listener` until Terraform disconnects.
async fn start(
    listener: Listener,
    tls: Option<Tls>,
    lifecycle: &Lifecycle,
    routes: Routes,
    shutdown: services::Shutdown,
) -> JoinHandle<()> {
    let routes = services::add_to(routes, lifecycle, shutdown).await;
    let incoming = incoming::accept(listener, tls, lifecycle);
    let disconnected = lifecycle.disconnected();
    tokio::spawn(async move {
        // No keepalive pings: a Unix socket reports a closed connection by itself.
        let served = Server::builder()
            .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, disconnected.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(error = %error, "the gRPC server failed");
        }
    })
}

/// Waits up to `grace` until open connections and running operations have ended.
async fn drain(server: JoinHandle<()>, lifecycle: &Lifecycle, grace: Duration) {
    let ended = async {
        // A panic of the server also ends it.
        let _ = server.await;
        lifecycle.operations_ended().await;
    };
    if tokio::time::timeout(grace, ended).await.is_err() {
        tracing::warn!(waited_ms = grace.as_millis() as u64, "exiting while operations are still running");
    }
}

/// Writes to standard output. For debug mode only: otherwise it belongs to the handshake.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::Output)
}
