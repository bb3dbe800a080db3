//! Servers between the provider and Atlas in a company network: a TLS proxy with a private CA, an HTTP proxy (CONNECT),
//! and a SOCKS proxy. They forward bytes unchanged.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// A server on its own thread; dropping it stops it.
struct Server {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Serves each connection in its own task.
    fn start<F: Future<Output = ()> + Send + 'static>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(stream));
                    }
                };
                tokio::select! {
                    () = accept => {}
                    // The sender is dropped, never used.
                    _ = stopped => {}
                }
            });
        });
        Self { address, _stop: stop }
    }
}

/// A private CA.
pub(crate) struct PrivateCa(CertifiedIssuer<'static, KeyPair>);

impl PrivateCa {
    /// A new CA, which is not trusted yet.
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "CA of the company");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate, for `SSL_CERT_FILE`.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// An acceptor with a certificate for these names.
    fn server(&self, names: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        acceptor(&params(names).signed_by(&key, &self.0).unwrap(), &key)
    }
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn acceptor(certificate: &Certificate, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Terminates TLS in front of an HTTP server.
pub(crate) struct TlsProxy {
    server: Server,
    handshakes: Arc<AtomicUsize>,
}

impl TlsProxy {
    /// Forwards to this server (`http://HOST:PORT`), with a certificate for these names.
    pub(crate) fn new(plain: &str, ca: &PrivateCa, names: &[&str]) -> Self {
        Self::with(plain, ca.server(names))
    }

    /// The same with a certificate that is its own CA, as `openssl req -x509` creates it. Returns the certificate too.
    pub(crate) fn self_signed(plain: &str, names: &[&str]) -> (Self, String) {
        let mut params = params(names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (Self::with(plain, acceptor(&certificate, &key)), certificate.pem())
    }

    fn with(plain: &str, acceptor: TlsAcceptor) -> Self {
        let target = plain.trim_start_matches("http://").to_owned();
        let handshakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&handshakes);
        let server = Server::start(move |stream| {
            let (target, acceptor, counted) = (target.clone(), acceptor.clone(), Arc::clone(&counted));
            async move {
                // A client that doesn't trust the certificate disconnects.
                let Ok(mut tls) = acceptor.accept(stream).await else { return };
                counted.fetch_add(1, Ordering::SeqCst);
                if let Ok(mut plain) = TcpStream::connect(target).await {
                    copy_bidirectional(&mut tls, &mut plain).await.ok();
                }
            }
        });
        Self { server, handshakes }
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// The number of completed handshakes.
    pub(crate) fn handshakes(&self) -> usize {
        self.handshakes.load(Ordering::SeqCst)
    }
}

/// A proxy that forwards every CONNECT to one port, whatever host is requested.
pub(crate) struct Proxy {
    server: Server,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Forwards to this port on 127.0.0.1.
    pub(crate) fn forwarding_to(port: u16) -> Self {
        Self::serving(move |stream| forward(stream, port, b"HTTP/1.1 200 Connection established\r\n\r\n"))
    }

    /// Rejects every CONNECT with this status line.
    pub(crate) fn rejecting(status: &'static str) -> Self {
        Self::serving(move |stream| reject(stream, status))
    }

    fn serving<F: Future<Output = ()> + Send + 'static>(
        respond: impl Fn(BufReader<TcpStream>) -> F + Copy + Send + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let server = Server::start(move |stream| {
            let log = Arc::clone(&log);
            let respond = respond;
            async move {
                let mut stream = BufReader::new(stream);
                if let Some(first) = head(&mut stream).await {
                    log.lock().unwrap().push(first);
                    respond(stream).await;
                }
            }
        });
        Self { server, requests }
    }

    /// A SOCKS 5 proxy that forwards to this port on 127.0.0.1.
    pub(crate) fn socks(port: u16) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let server = Server::start(move |stream| {
            let log = Arc::clone(&log);
            async move {
                let mut stream = BufReader::new(stream);
                if let Some(host) = socks_host(&mut stream).await {
                    log.lock().unwrap().push(host);
                    forward(stream, port, b"\x05\0\0\x01\0\0\0\0\0\0").await;
                }
            }
        });
        Self { server, requests }
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// Its URL, for `HTTPS_PROXY`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The first line of each request, or the host and port of each SOCKS request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads the head of a request, and returns its first line.
async fn head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(0) | Err(_) => return None,
            Ok(_) if line.trim().is_empty() => return lines.into_iter().next(),
            Ok(_) => lines.push(line.trim().to_owned()),
        }
    }
}

/// Completes the handshake of a SOCKS client without a password (RFC 1928). Returns the requested host and port.
async fn socks_host(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let [_, count] = bytes(stream).await?;
    stream.read_exact(&mut vec![0; usize::from(count)]).await.ok()?;
    stream.write_all(b"\x05\0").await.ok()?;
    let [_, _, _, 3, length] = bytes(stream).await? else { return None };
    let mut host = vec![0; usize::from(length)];
    stream.read_exact(&mut host).await.ok()?;
    let port = u16::from_be_bytes(bytes(stream).await?);
    Some(format!("{}:{port}", String::from_utf8_lossy(&host)))
}

async fn bytes<const N: usize>(stream: &mut BufReader<TcpStream>) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.ok().map(|_| bytes)
}

async fn forward(mut stream: BufReader<TcpStream>, port: u16, accepted: &'static [u8]) {
    let Ok(mut target) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    if stream.write_all(accepted).await.is_ok() {
        copy_bidirectional(&mut stream, &mut target).await.ok();
    }
}

async fn reject(mut stream: BufReader<TcpStream>, status: &str) {
    let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(response.as_bytes()).await.ok();
    // Waits until the client disconnects, because a reset could arrive before the response.
    stream.read_to_end(&mut Vec::new()).await.ok();
}
