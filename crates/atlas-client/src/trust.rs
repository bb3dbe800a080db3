//! Trusts the certificates that `SSL_CERT_FILE` or `SSL_CERT_DIR` names, instead of those of the system.
//!
//! It doesn't read the environment itself. Without these variables the trust store of the system is used.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::environment::EnvironmentError;

const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// A TLS configuration that trusts the named certificates. `None` where the variables are not set or empty. Reads files.
///
/// # Errors
///
/// The file can't be read or contains no certificate, or the folders contain no certificate.
pub(crate) fn configuration(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<ClientConfig>, EnvironmentError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let (file, folders) = (set(FILE), set(FOLDERS));
    let mut certificates = Vec::new();
    if let Some(path) = &file {
        certificates.extend(in_file(Path::new(path))?);
    }
    for folder in folders.iter().flat_map(std::env::split_paths).filter(|path| !path.as_os_str().is_empty()) {
        certificates.extend(in_folder(&folder));
    }
    let named = file.map(|file| (FILE, file)).or(folders.map(|folders| (FOLDERS, folders)));
    let Some((variable, value)) = named else { return Ok(None) };
    // A folder usually contains links to its own files.
    certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other));
    certificates.dedup();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    let invalid = |why: String| EnvironmentError { variable, why: format!("names {}, {why}", value.display()) };
    if roots.is_empty() {
        return Err(invalid("which contains no usable certificate".to_owned()));
    }
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let inner = verifier.map_err(|error| invalid(format!("which can't be used: {error}")))?;
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config
        .map_err(|error| invalid(format!("can't be used: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { inner, certificates }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(config))
}

/// The certificates in a PEM file. Anything else in it is ignored.
fn in_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, EnvironmentError> {
    let invalid =
        |why: String| EnvironmentError { variable: FILE, why: format!("names {}, which {why}", path.display()) };
    let bytes = fs::read(path).map_err(|error| invalid(format!("can't be read: {error}")))?;
    if bytes.trim_ascii().is_empty() {
        return Err(invalid("is empty".to_owned()));
    }
    let certificates = certificates(&bytes);
    if certificates.is_empty() { Err(invalid("contains no PEM certificate".to_owned())) } else { Ok(certificates) }
}

/// The certificates in the files of a folder. Unreadable files and folders are ignored, as in OpenSSL and Go: many systems
/// name folders that don't exist.
fn in_folder(path: &Path) -> Vec<CertificateDer<'static>> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| fs::read(entry.path()).ok()).flat_map(|pem| certificates(&pem)).collect()
}

fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// Trusts a chain that ends at one of the certificates, and a server whose own certificate is one of them.
///
/// OpenSSL and Go do the latter too. webpki alone rejects a self-signed server certificate that is marked as a CA, as most
/// are.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Err(error) = verified else { return verified };
        if !is_about_the_issuer(&error) || !self.certificates.contains(end_entity) {
            return Err(error);
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether only the issuer of the certificate is in doubt. webpki checks the validity period before it returns one of these
/// errors.
fn is_about_the_issuer(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        Error::InvalidCertificate(CertificateError::Other(other)) => other.to_string().contains("CaUsedAsEndEntity"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
