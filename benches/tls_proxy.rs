//! A TLS proxy in front of the simulator, so that the provider is measured with HTTPS, as with Atlas. Its certificate
//! is added to the trust store of the system.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use rcgen::{CertificateParams, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The paths of the trust store on common systems.
const STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Terminates TLS and forwards to the simulator; dropping it stops it.
#[derive(Debug)]
pub(crate) struct TlsProxy {
    address: SocketAddr,
    store: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TlsProxy {
    /// Starts a proxy for `http://ADDRESS`.
    pub(crate) fn start(upstream: &str, scratch: &Path) -> io::Result<Self> {
        let upstream: SocketAddr = upstream.trim_start_matches("http://").parse().map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names = vec![Ipv4Addr::LOCALHOST.to_string()];
        let certificate = CertificateParams::new(names).and_then(|params| params.self_signed(&key));
        let certificate = certificate.map_err(io::Error::other)?;
        let store = scratch.join("trusted.pem");
        std::fs::write(&store, system_store() + &certificate.pem())?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .map_err(io::Error::other)?;

        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, TlsAcceptor::from(Arc::new(config)), upstream) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, store, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The trust store with its certificate, for `SSL_CERT_FILE`.
    pub(crate) fn store(&self) -> &Path {
        &self.store
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been printed already.
            let _ = thread.join();
        }
    }
}

fn system_store() -> String {
    STORES.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, upstream: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await?;
            let mut upstream = TcpStream::connect(upstream).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut upstream).await
        });
    }
}
