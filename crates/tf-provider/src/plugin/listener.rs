//! The listener of the plugin: a Unix socket, or a local TCP port.

use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::connection::Io;
use super::error::Error;
#[cfg(unix)]
use super::socket::SocketFile;

/// The transport between Terraform and the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A Unix socket that only this user can use. The default where it exists.
    #[cfg(unix)]
    Unix,
    /// A TCP port on 127.0.0.1. The default on Windows, as for Go plugins.
    Tcp,
}

impl Default for Network {
    #[cfg(unix)]
    fn default() -> Self {
        Self::Unix
    }

    #[cfg(not(unix))]
    fn default() -> Self {
        Self::Tcp
    }
}

/// Terraform's options for the listener.
#[derive(Clone, Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "two of the fields are for Unix sockets"))]
pub(super) struct ListenOptions {
    /// The ports to try, for TCP. 0 is any free one.
    pub(super) ports: RangeInclusive<u16>,
    /// The directory of the Unix socket.
    pub(super) directory: Option<PathBuf>,
    /// A group, by name or number, that can use the Unix socket too.
    pub(super) group: Option<String>,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { ports: 0..=0, directory: None, group: None }
    }
}

/// A bound listener. Dropping it removes the socket file.
pub(super) struct Listener {
    socket: Socket,
    address: String,
}

enum Socket {
    #[cfg(unix)]
    Unix(UnixListener, #[expect(dead_code, reason = "kept to be dropped")] SocketFile),
    Tcp(TcpListener),
}

impl Listener {
    /// Binds. Must be called within a runtime.
    pub(super) fn bind(network: Network, listen: &ListenOptions) -> Result<Self, Error> {
        match network {
            #[cfg(unix)]
            Network::Unix => {
                let (listener, file) = SocketFile::bind(listen.directory.as_deref(), listen.group.as_deref())?;
                let address = file.address().to_owned();
                Ok(Self { socket: Socket::Unix(listener, file), address })
            }
            Network::Tcp => {
                let ports = &listen.ports;
                let fail = |error| Error::Socket(format!("failed to bind a port from {ports:?} on 127.0.0.1"), error);
                let listener = bind_tcp(ports.clone()).map_err(fail)?;
                let address = listener.local_addr().map_err(fail)?.to_string();
                Ok(Self { socket: Socket::Tcp(listener), address })
            }
        }
    }

    /// The network's name in the handshake line.
    pub(super) fn network(&self) -> &'static str {
        match self.socket {
            #[cfg(unix)]
            Socket::Unix(..) => "unix",
            Socket::Tcp(_) => "tcp",
        }
    }

    /// The address in the handshake line: a path, or host and port.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The next connection. Cancel safe.
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Io>> {
        match &self.socket {
            #[cfg(unix)]
            Socket::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Messages are small: waiting for a full packet only costs time.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// Binds the first free port.
fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<TcpListener> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports {
        match std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return TcpListener::from_std(listener);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn port(listener: &Listener) -> u16 {
        listener.address().strip_prefix("127.0.0.1:").unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn tcp_uses_the_next_port_if_one_is_in_use() {
        let free = Listener::bind(Network::Tcp, &ListenOptions::default()).unwrap();
        let used = port(&free);
        let listen = ListenOptions { ports: used..=used.saturating_add(500), ..ListenOptions::default() };
        let next = Listener::bind(Network::Tcp, &listen).unwrap();
        assert_eq!(next.network(), "tcp");
        assert!(port(&next) > used);
    }

    #[tokio::test]
    async fn tcp_fails_if_all_ports_are_in_use() {
        let used = Listener::bind(Network::Tcp, &ListenOptions::default()).unwrap();
        let listen = ListenOptions { ports: port(&used)..=port(&used), ..ListenOptions::default() };
        let Err(Error::Socket(what, error)) = Listener::bind(Network::Tcp, &listen) else {
            panic!("bound a port in use");
        };
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(what.contains(&port(&used).to_string()));
    }
}
