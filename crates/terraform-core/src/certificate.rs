//! A client certificate like the one that Terraform makes for AutoMTLS: self-signed, P-521, marked as a CA. Knows nothing of TLS.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use p521::ecdsa::{DerSignature, SigningKey};
use p521::elliptic_curve::Generate;
use p521::pkcs8::EncodePrivateKey;
use x509_cert::Certificate as X509;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder, Result};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Encode, EncodePem};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// A certificate with a private key, which need not be its own.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate as PEM, for `PLUGIN_CLIENT_CERT`.
    pub pem: String,
    /// The certificate as DER.
    pub der: Vec<u8>,
    /// The issuer's name as DER.
    pub issuer: Vec<u8>,
    /// The private key as PKCS #8 DER.
    pub key: Vec<u8>,
}

impl Certificate {
    /// A new certificate, valid from 30 s ago, as go-plugin makes it.
    ///
    /// # Panics
    /// Never with the constants in here.
    pub fn generate() -> Arc<Self> {
        Arc::new(build().expect("the constants make a valid certificate"))
    }

    /// The certificate that all processes of a test binary share, for making one takes a while without optimisation.
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

fn build() -> Result<Certificate> {
    let key = SigningKey::generate();
    let now = SystemTime::now();
    let validity = Validity::new(
        Time::try_from(now - Duration::from_secs(30))?,
        Time::try_from(now + Duration::from_secs(262_980 * 3600))?,
    );
    let serial = SerialNumber::new(&rand_serial(&key))?;
    let public = SubjectPublicKeyInfo::from_key(key.verifying_key()).map_err(x509_cert::builder::Error::from)?;
    let builder = CertificateBuilder::new(GoPlugin, serial, validity, public)?;
    let certificate: X509 = builder.build::<_, DerSignature>(&key)?;
    let secret =
        p521::SecretKey::from(&key).to_pkcs8_der().map_err(|_| x509_cert::builder::Error::MissingAttributes)?;
    Ok(Certificate {
        pem: certificate.to_pem(LineEnding::LF)?,
        der: certificate.to_der()?,
        issuer: certificate.tbs_certificate().issuer().to_der()?,
        key: secret.as_bytes().to_vec(),
    })
}

/// A positive number of 16 bytes out of the fresh public key.
fn rand_serial(key: &SigningKey) -> [u8; 16] {
    let point = key.verifying_key().to_sec1_point(true);
    let mut serial = [0; 16];
    serial.copy_from_slice(&point.as_bytes()[point.len() - 16..]);
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

struct GoPlugin;

impl BuilderProfile for GoPlugin {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        Name::from_str("CN=localhost,O=HashiCorp").expect("a valid name")
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> Result<Vec<Extension>> {
        let mut usages: FlagSet<KeyUsages> = KeyUsages::DigitalSignature.into();
        usages |= KeyUsages::KeyEncipherment;
        usages |= KeyUsages::KeyAgreement;
        usages |= KeyUsages::KeyCertSign;
        let subject = tbs.subject();
        let localhost = GeneralName::DnsName(Ia5String::new("localhost")?);
        Ok(vec![
            KeyUsage(usages).to_extension(subject, &[])?,
            ExtendedKeyUsage(vec![CLIENT_AUTH, SERVER_AUTH]).to_extension(subject, &[])?,
            BasicConstraints { ca: true, path_len_constraint: None }.to_extension(subject, &[])?,
            SubjectAltName(vec![localhost]).to_extension(subject, &[])?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use x509_cert::der::{Decode, DecodePem};

    use super::*;

    #[test]
    fn certificate_is_what_go_plugin_makes() {
        let made = Certificate::shared();
        let read = X509::from_pem(&made.pem).unwrap();
        assert_eq!(read, X509::from_der(&made.der).unwrap());
        let tbs = read.tbs_certificate();
        assert_eq!(tbs.issuer(), tbs.subject());
        assert_eq!(read.signature_algorithm().oid.to_string(), "1.2.840.10045.4.3.4", "ecdsa-with-SHA512");
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        let (critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert!(constraints.ca && critical && usage.digital_signature() && usage.key_cert_sign());
        assert!(tbs.get_extension::<SubjectAltName>().unwrap().is_some());
    }

    #[test]
    fn foreign_key_leaves_the_certificate_as_it_is() {
        let mixed = Certificate::shared().with_key_of(&Certificate::generate());
        assert_eq!(mixed.der, Certificate::shared().der);
        assert_ne!(mixed.key, Certificate::shared().key);
    }
}
