//! TLS in front of the simulator, with the trust store of the system enlarged by its certificate: what the provider costs when it
//! speaks HTTPS is to be measured as it is with Atlas. It knows nothing of HTTP.

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

/// Where systems keep their trust store as one file.
const STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A server that hands on what it decrypts; it stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    address: SocketAddr,
    store: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Starts one in front of `http://ADDRESS`.
    pub(crate) fn start(behind: &str, scratch: &Path) -> io::Result<Self> {
        let behind: SocketAddr = behind.trim_start_matches("http://").parse().map_err(io::Error::other)?;
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
                    () = serve(listener, TlsAcceptor::from(Arc::new(config)), behind) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, store, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The trust store that knows its certificate, for `SSL_CERT_FILE`.
    pub(crate) fn store(&self) -> &Path {
        &self.store
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic was told when it happened.
            let _ = thread.join();
        }
    }
}

fn system_store() -> String {
    STORES.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, behind: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await?;
            let mut behind = TcpStream::connect(behind).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut behind).await
        });
    }
}
