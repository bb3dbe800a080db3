//! Accepts connections until Terraform disconnects, with a task for each TLS handshake.

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

/// A local client needs far less.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// The pause after a failed accept, for example without free file descriptors.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The connections that have finished their TLS handshake. Only these count as connections of `lifecycle`. The listener
/// is closed when Terraform has disconnected.
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
            Ok(Err(error)) => return tracing::warn!(error = %error, "rejected a connection: TLS handshake failed"),
            Err(_) => return tracing::warn!("rejected a connection: TLS handshake timed out"),
        },
    };
    // Fails when the server has ended.
    let _ = ready.send(Ok(Connection::new(io, lifecycle.connected()))).await;
}
