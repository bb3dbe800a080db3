//! A client like go-plugin's: it parses the handshake line, connects with or without TLS, and sends requests.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P521_SHA512};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_stream::StreamExt;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use tower::service_fn;

/// The fields of a handshake line.
#[derive(Clone, Debug)]
pub(crate) struct HandshakeLine {
    pub(crate) fields: Vec<String>,
}

impl HandshakeLine {
    pub(crate) fn parse(line: &str) -> Self {
        let fields: Vec<_> = line.split('|').map(str::to_owned).collect();
        assert!(fields.len() >= 6, "{line}");
        Self { fields }
    }

    pub(crate) fn address(&self) -> &str {
        &self.fields[3]
    }

    fn certificate(&self) -> CertificateDer<'static> {
        use base64::Engine;
        let der = base64::engine::general_purpose::STANDARD_NO_PAD.decode(&self.fields[5]).unwrap();
        CertificateDer::from(der)
    }

    /// A connection without TLS.
    pub(crate) async fn connect(&self) -> std::io::Result<Box<dyn Wire>> {
        match self.fields[2].as_str() {
            "unix" => Ok(Box::new(UnixStream::connect(self.address()).await?)),
            "tcp" => Ok(Box::new(TcpStream::connect(self.address()).await?)),
            other => panic!("unknown network {other}"),
        }
    }

    /// A connection with TLS, after the plugin has accepted or rejected it.
    pub(crate) async fn connect_tls(&self, config: ClientConfig) -> std::io::Result<TlsStream<Box<dyn Wire>>> {
        let name = "localhost".try_into().unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.connect().await?).await
    }

    /// A gRPC channel in plain text.
    pub(crate) async fn channel(&self) -> Result<Channel, tonic::transport::Error> {
        channel(self.connect().await.unwrap()).await
    }

    /// A gRPC channel with TLS.
    pub(crate) async fn tls_channel(&self, config: ClientConfig) -> Channel {
        channel(Box::new(self.connect_tls(config).await.unwrap())).await.unwrap()
    }

    /// Client configuration that accepts exactly the announced certificate.
    pub(crate) fn tls(&self, id: &Id, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let mut config = self.config(versions).with_client_cert_resolver(Arc::new(Always(id.certified())));
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// Client configuration without a client certificate.
    pub(crate) fn tls_without_certificate(&self) -> ClientConfig {
        let mut config = self.config(&[&rustls::version::TLS13]).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    fn config(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
    }
}

pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A certificate like that of Terraform: P-521, self-signed, marked as an authority.
pub(crate) struct Id {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Id {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// The same certificate with another key, as for a client that only knows the environment of the plugin.
    pub(crate) fn with_another_key(&self) -> Self {
        Self { certificate: self.certificate.clone(), pem: self.pem.clone(), ..Self::new() }
    }

    /// The value of `PLUGIN_CLIENT_CERT`.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Certificate and key together, whether they match or not.
    fn certified(&self) -> CertifiedKey {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
        CertifiedKey::new(vec![self.certificate.clone()], key)
    }
}

#[derive(Debug)]
struct Always(CertifiedKey);

impl ResolvesClientCert for Always {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Otherwise Go's client sends no certificate.
        assert!(hints.is_empty());
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
        Some(Arc::new(self.0.clone()))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A channel that uses this connection and never opens another.
async fn channel(wire: Box<dyn Wire>) -> Result<Channel, tonic::transport::Error> {
    let mut wire = Some(TokioIo::new(wire));
    let connector = service_fn(move |_| {
        std::future::ready(wire.take().ok_or_else(|| std::io::Error::other("the connection is in use")))
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}

pub(crate) async fn health(channel: &Channel, service: &str) -> Result<ServingStatus, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(HealthClient::new(channel.clone()).check(request).await?.into_inner().status())
}

pub(crate) async fn shutdown(channel: &Channel) -> Result<(), Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/plugin.GRPCController/Shutdown");
    grpc.unary(Request::new(()), path, ProstCodec::<(), ()>::default()).await?;
    Ok(())
}

/// Opens the stream of the plugin's output.
pub(crate) async fn stdio(channel: &Channel) -> Streaming<()> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/plugin.GRPCStdio/StreamStdio");
    grpc.server_streaming(Request::new(()), path, ProstCodec::<(), ()>::default()).await.unwrap().into_inner()
}

/// Opens the stream of the broker, sends some messages, and keeps it open.
pub(crate) async fn broker(channel: &Channel) -> Streaming<()> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/plugin.GRPCBroker/StartStream");
    let messages = tokio_stream::iter([(), ()]).chain(tokio_stream::pending());
    grpc.streaming(Request::new(messages), path, ProstCodec::<(), ()>::default()).await.unwrap().into_inner()
}
