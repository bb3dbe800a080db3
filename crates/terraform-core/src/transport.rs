//! The gRPC channel to a plugin: unix socket or TCP, plain or TLS pinned to the certificate of the handshake line.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::certificate::Certificate;
use super::handshake::{Address, Handshake};
use super::platform::{self, Cut, Socket};
use super::tls;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How to secure a connection.
#[derive(Clone, Debug)]
pub struct Security {
    /// The client's certificate; none sends none.
    pub client: Option<Arc<Certificate>>,
    /// Whether a server that does not negotiate `h2` is refused, as Terraform 1.12 and newer do.
    pub require_alpn: bool,
    /// Whether only TLS 1.2 is offered.
    pub tls12: bool,
}

/// A connected channel.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The channel for generated clients.
    pub channel: Channel,
    sockets: Sockets,
}

/// The sockets of a connection, to be cut off at once.
#[derive(Clone, Default)]
struct Sockets(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    open: Vec<Cut>,
    /// A connection that was cut stays cut: the channel would connect again at the next call.
    cut: bool,
}

impl Security {
    /// What Terraform 1.12 and newer do with this certificate.
    pub fn mutual(client: Arc<Certificate>) -> Self {
        Self { client: Some(client), require_alpn: true, tls12: false }
    }
}

impl Connection {
    /// Connects to the address of the handshake line; `security` counts only where the line has a certificate. Must run on a tokio
    /// runtime with IO and time.
    ///
    /// # Errors
    /// Why the connection failed, as one text with all causes. A client certificate that the server refuses shows only at the first call:
    /// TLS 1.3 is done on this side before the server has looked at it.
    pub async fn open(handshake: &Handshake, security: &Security) -> Result<Self, String> {
        let sockets = Sockets::default();
        let tls = handshake.certificate.as_deref().map(|server| tls::client_config(server, security)).transpose()?;
        let (authority, scheme) = if tls.is_some() { ("localhost", "https") } else { ("unused", "http") };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{authority}")).map_err(|error| error.to_string())?;
        let address = handshake.address.clone();
        let (keep, require_alpn) = (sockets.clone(), security.require_alpn);
        let connector = service_fn(move |_| {
            let (address, tls, keep) = (address.clone(), tls.clone(), keep.clone());
            async move {
                let stream = keep.connect(&address).await?;
                let Some(tls) = tls else { return Ok::<_, io::Error>(TokioIo::new(stream)) };
                let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                let stream = TlsConnector::from(tls).connect(name, stream).await?;
                if require_alpn && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
                    return Err(io::Error::other("the server did not choose h2 by ALPN"));
                }
                Ok(TokioIo::new(Box::new(stream) as Socket))
            }
        });
        let endpoint = endpoint.connect_timeout(CONNECT_LIMIT);
        let channel = endpoint.connect_with_connector(connector).await.map_err(|error| causes(&error))?;
        Ok(Self { channel, sockets })
    }

    /// Ends the connection without a word, as the death of Terraform does.
    pub fn cut(&self) {
        let mut kept = self.sockets.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.cut = true;
        kept.open.drain(..).for_each(|cut| cut());
    }
}

impl Sockets {
    /// Connects and keeps what ends the connection.
    async fn connect(&self, address: &Address) -> io::Result<Socket> {
        // Before there is a socket, too: where the channel drops a call, it may leave a new connection half made, and open.
        drop(self.check()?);
        let (socket, cut) = match address {
            Address::Unix(path) => platform::connect_unix(path).await?,
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?.into_std()?;
                stream.set_nodelay(true)?;
                let other = stream.try_clone()?;
                let cut = move || drop(other.shutdown(std::net::Shutdown::Both));
                (Box::new(TcpStream::from_std(stream)?) as Socket, Box::new(cut) as Cut)
            }
        };
        let mut kept = self.check()?;
        kept.open.push(cut);
        Ok(socket)
    }

    fn check(&self) -> io::Result<MutexGuard<'_, Kept>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.cut { Err(io::Error::other("the connection was cut")) } else { Ok(kept) }
    }
}

impl fmt::Debug for Sockets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sockets").finish_non_exhaustive()
    }
}

/// An error with all its causes.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::proto::plugin::Empty;
    use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;

    #[tokio::test]
    async fn connection_that_was_cut_is_not_made_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Tcp(listener.local_addr().unwrap().to_string());
        let handshake = Handshake { version: 5, address, certificate: None, multiplex: None };
        let security = Security { client: None, require_alpn: true, tls12: false };
        let connection = Connection::open(&handshake, &security).await.unwrap();
        let first = listener.accept().unwrap();
        connection.cut();
        assert!(GrpcControllerClient::new(connection.channel.clone()).shutdown(Empty {}).await.is_err());
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(first);
    }
}
