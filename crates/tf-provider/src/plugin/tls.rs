//! AutoMTLS: a certificate for this process, and a verifier that accepts only Terraform's own certificate.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio_rustls::TlsAcceptor;

use super::error::Error;

/// The server name that go-plugin's client expects.
const SERVER_NAME: &str = "localhost";

pub(super) struct Tls {
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl Tls {
    /// TLS for one client certificate, with a new key and server certificate.
    pub(super) fn only_for(client: CertificateDer<'static>) -> Result<Self, Error> {
        let (certificate, key) = certificate().map_err(Error::ServerCertificate)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = OnlyClient::new(client, &provider);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::Tls)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key.into())
            .map_err(Error::Tls)?;
        // gRPC clients since grpc-go 1.67 (Terraform 1.12) reject a server that doesn't negotiate it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // No session resumption: each connection is verified.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }

    /// The server certificate, for the handshake line.
    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

/// A self-signed certificate. Its name must be an alternative name: Go ignores common names.
fn certificate() -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new([SERVER_NAME.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, SERVER_NAME);
    // Valid for any clock: it exists only in the memory of this process.
    params.not_before = rcgen::date_time_ymd(1975, 1, 1);
    params.not_after = rcgen::date_time_ymd(4096, 1, 1);
    let certificate = params.self_signed(&key)?;
    Ok((certificate.into(), key.serialize_der().into()))
}

/// Accepts exactly one certificate, from a client that has its key.
///
/// There is no chain to a root: go-plugin's certificate is self-signed and marked as an authority, which webpki rejects
/// for an end entity. Its dates don't matter, because Terraform creates it for this process.
#[derive(Debug)]
struct OnlyClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl OnlyClient {
    fn new(certificate: CertificateDer<'static>, provider: &CryptoProvider) -> Self {
        Self { certificate, algorithms: provider.signature_verification_algorithms }
    }
}

impl ClientCertVerifier for OnlyClient {
    /// No hints: Go's client sends nothing when it finds none of its issuers among them.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    // A process that can read the environment has the certificate. Only the signature proves that the client has the
    // key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn verifier(client: &CertificateDer<'static>) -> OnlyClient {
        OnlyClient::new(client.clone(), &aws_lc_rs::default_provider())
    }

    #[test]
    fn the_scheme_of_go_plugins_client_is_offered() {
        let (client, _) = certificate().unwrap();
        assert!(verifier(&client).supported_verify_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }

    #[test]
    fn the_client_must_prove_itself_and_gets_no_hint() {
        let (client, _) = certificate().unwrap();
        assert!(verifier(&client).client_auth_mandatory());
        assert!(verifier(&client).root_hint_subjects().is_empty());
    }

    #[test]
    fn another_certificate_is_refused_with_the_same_names() {
        let (client, _) = certificate().unwrap();
        let (other, _) = certificate().unwrap();
        let verifier = verifier(&client);
        assert!(verifier.verify_client_cert(&client, &[], UnixTime::now()).is_ok());
        assert!(verifier.verify_client_cert(&other, &[], UnixTime::now()).is_err());
        assert!(verifier.verify_client_cert(&other, &[client], UnixTime::now()).is_err());
    }
}
