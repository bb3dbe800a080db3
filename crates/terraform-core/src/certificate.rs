//! A client certificate like the one that Terraform makes for AutoMTLS: self-signed, P-521, marked as a CA.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};

/// A certificate with a private key, which need not be its own.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate as PEM, for `PLUGIN_CLIENT_CERT`.
    pub pem: String,
    /// The certificate as DER.
    pub der: Vec<u8>,
    /// The private key as PKCS #8 DER.
    pub key: Vec<u8>,
}

impl Certificate {
    /// A new certificate, as go-plugin makes it.
    ///
    /// # Panics
    /// Never with the constants in here.
    pub fn generate() -> Arc<Self> {
        Arc::new(build().expect("the constants make a valid certificate"))
    }

    /// The certificate that all processes of a test binary share, for making one takes a while without optimization.
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Certificate>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(Self::generate))
    }

    /// This certificate with the private key of another one: a handshake with it must fail.
    pub fn with_key_of(&self, other: &Self) -> Arc<Self> {
        Arc::new(Self { key: other.key.clone(), ..self.clone() })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("pem", &self.pem).finish_non_exhaustive()
    }
}

fn build() -> Result<Certificate, Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512)?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::KeyAgreement,
        KeyUsagePurpose::KeyCertSign,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    Ok(Certificate { pem: certificate.pem(), der: certificate.der().to_vec(), key: key.serialize_der() })
}
