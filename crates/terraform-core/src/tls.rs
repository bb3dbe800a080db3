//! TLS as go-plugin's client does it: the server's certificate pinned, the client's sent when the server can take it. Knows no sockets.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::Certificate as X509;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

use super::certificate::Certificate;
use super::transport::Security;

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";

/// The client's side of AutoMTLS with this server certificate.
///
/// # Errors
/// What is wrong with one of the certificates.
pub(super) fn client_config(server: &[u8], security: &Security) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions: &[_] = if security.tls12 { &[&TLS12] } else { &[&TLS13, &TLS12] };
    let verifier = Pinned { certificate: server.to_vec(), provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &security.client {
        Some(client) => builder.with_client_cert_resolver(Arc::new(Resolver::new(client, &provider)?)),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// Accepts exactly one certificate, and only if Go would.
#[derive(Debug)]
struct Pinned {
    certificate: Vec<u8>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if end_entity.as_ref() != self.certificate {
            return Err(Error::General("the certificate is not the one in the handshake line".into()));
        }
        match server_problem(&self.certificate, Duration::from_secs(now.as_secs())) {
            Some(problem) => Err(Error::General(problem)),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Why Go's verification would refuse a server certificate.
fn server_problem(der: &[u8], now: Duration) -> Option<String> {
    let certificate = match X509::from_der(der) {
        Ok(certificate) => certificate,
        Err(error) => return Some(format!("the certificate is malformed: {error}")),
    };
    let tbs = certificate.tbs_certificate();
    let validity = tbs.validity();
    if now < validity.not_before.to_unix_duration() || now > validity.not_after.to_unix_duration() {
        return Some("the certificate is not valid now".into());
    }
    let names = tbs.get_extension::<SubjectAltName>().ok().flatten();
    let is_localhost = |name: &GeneralName| matches!(name, GeneralName::DnsName(dns) if dns.as_str() == "localhost");
    if !names.is_some_and(|(_, names)| names.0.iter().any(is_localhost)) {
        return Some("the certificate does not name localhost".into());
    }
    let usage = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
    if usage.is_some_and(|(_, usage)| usage.0.iter().all(|oid| oid.to_string() != SERVER_AUTH)) {
        return Some("the certificate is for another use than a server".into());
    }
    None
}

/// Sends the certificate under the conditions under which Go does.
#[derive(Debug)]
struct Resolver {
    key: Arc<CertifiedKey>,
    issuer: Vec<u8>,
}

impl Resolver {
    fn new(client: &Certificate, provider: &CryptoProvider) -> Result<Self, String> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(client.key.clone()));
        let key = provider.key_provider.load_private_key(key).map_err(|error| error.to_string())?;
        let chain = vec![CertificateDer::from(client.der.clone())];
        Ok(Self { key: Arc::new(CertifiedKey::new(chain, key)), issuer: client.issuer.clone() })
    }
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let issuer_fits = hints.is_empty() || hints.contains(&self.issuer.as_slice());
        let scheme_fits = schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        (issuer_fits && scheme_fits).then(|| Arc::clone(&self.key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn server_certificate_is_judged_as_go_does() {
        let certificate = Certificate::shared();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(server_problem(&certificate.der, now), None);
        assert!(server_problem(&certificate.der, Duration::ZERO).unwrap().contains("not valid now"));
        assert!(server_problem(b"nonsense", now).unwrap().contains("malformed"));
    }

    #[test]
    fn client_certificate_is_sent_only_where_p521_is_understood() {
        let resolver = Resolver::new(&Certificate::shared(), &aws_lc_rs::default_provider()).unwrap();
        let schemes = [SignatureScheme::ECDSA_NISTP521_SHA512];
        assert!(resolver.resolve(&[], &schemes).is_some());
        assert!(resolver.resolve(&[b"somebody"], &schemes).is_none());
        assert!(resolver.resolve(&[&Certificate::shared().issuer], &schemes).is_some());
        assert!(resolver.resolve(&[], &[SignatureScheme::ECDSA_NISTP256_SHA256]).is_none());
    }
}
