//! Accepts connections until Terraform is gone, each TLS handshake in a task of its own; knows nothing of gRPC.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;

use super::connection::{Connection, Io};
use super::lifecycle::Lifecycle;
use super::listener::Listener;
use super::tls::Tls;

/// How long a client may take for the TLS handshake. It is on this machine.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait when the system refuses a connection, for lack of file descriptors for example.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The connections that are ready to be served. The listener is closed when Terraform is gone.
///
/// A connection counts for `lifecycle` once its TLS handshake is done: who cannot prove to be the host is nobody.
pub(super) fn accept(
    listener: Listener,
    tls: Option<Tls>,
    lifecycle: &Lifecycle,
) -> ReceiverStream<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(1);
    let lifecycle = lifecycle.clone();
    let acceptor = tls.map(|tls| tls.acceptor());
    tokio::spawn(async move {
        let disconnected = lifecycle.disconnected();
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok(io) => {
                        tokio::spawn(accept_tls(io, acceptor.clone(), lifecycle.clone(), sender.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(error = %error, "failed to accept a connection");
                        sleep(PAUSE_AFTER_FAILURE).await;
                    }
                }
            }
        };
        disconnected.run_until_cancelled(accepting).await
    });
    ReceiverStream::new(receiver)
}

/// Brings one connection from accepted to ready.
async fn accept_tls(
    io: Box<dyn Io>,
    acceptor: Option<TlsAcceptor>,
    lifecycle: Lifecycle,
    ready: mpsc::Sender<io::Result<Connection>>,
) {
    let io: Box<dyn Io> = match acceptor {
        None => io,
        Some(acceptor) => match timeout(HANDSHAKE_LIMIT, acceptor.accept(io)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(error = %error, "refused a connection: TLS handshake failed"),
            Err(_) => return tracing::warn!("refused a connection: no TLS handshake in time"),
        },
    };
    // Fails when the server has ended meanwhile.
    let _ = ready.send(Ok(Connection::new(io, lifecycle.connected()))).await;
}
