//! Handshakes with servers whose certificates the variables make trusted, and with others.

#![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

/// A temporary folder, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("atlas-client-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn configured(file: Option<&Path>, folder: Option<&Path>) -> Result<Option<ClientConfig>, String> {
    let variable = |name: &str| match name {
        FILE => file.map(|path| path.as_os_str().to_owned()),
        FOLDERS => folder.map(|path| path.as_os_str().to_owned()),
        _ => None,
    };
    configuration(variable).map_err(|error| error.to_string())
}

/// The certificate and key of a server.
struct Identity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Identity {
    fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(vec!["atlas.test".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    fn ca() -> Self {
        Self::self_signed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))
    }

    /// With a certificate whose issuer is not in `pem`.
    fn issued() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "another CA");
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["atlas.test".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }
}

/// Connects a client that trusts the certificates in `pem` to a server with this certificate and key.
async fn handshake(pem: &str, certificate: &CertificateDer<'static>, key: &KeyPair, name: &str) -> Result<(), String> {
    let folder = Folder::new();
    let client = configured(Some(&folder.file("ca.pem", pem)), None)?.unwrap();
    let provider = aws_lc_rs::default_provider();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let key = provider.key_provider.load_private_key(key).unwrap();
    let identity = SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], key));
    let server = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions().unwrap();
    let server = server.with_no_client_auth().with_cert_resolver(Arc::new(identity));
    let (near, far) = tokio::io::duplex(64 * 1024);
    let accept = tokio::spawn(async move { TlsAcceptor::from(Arc::new(server)).accept(far).await.map(drop) });
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connected = TlsConnector::from(Arc::new(client)).connect(name, near).await;
    let result = connected.map(drop).map_err(|error| error.to_string());
    let _ = accept.await;
    result
}

async fn trusted(identity: &Identity, name: &str) -> Result<(), String> {
    handshake(&identity.pem, &identity.certificate, &identity.key, name).await
}

#[tokio::test]
async fn trusts_a_self_signed_server_certificate_in_the_file() {
    for identity in [Identity::self_signed(|_| {}), Identity::ca(), Identity::issued()] {
        assert_eq!(trusted(&identity, "atlas.test").await, Ok(()));
    }
}

#[tokio::test]
async fn checks_the_name_of_a_self_signed_certificate() {
    for identity in [Identity::self_signed(|_| {}), Identity::ca(), Identity::issued()] {
        let error = trusted(&identity, "other.test").await.unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
    }
}

#[tokio::test]
async fn checks_the_validity_period_of_a_self_signed_certificate() {
    for (first, last, why) in [(2000, 2001, "expired"), (2090, 2091, "not valid yet")] {
        for ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
            let identity = Identity::self_signed(|params| {
                params.is_ca = ca;
                params.not_before = date_time_ymd(first, 1, 1);
                params.not_after = date_time_ymd(last, 1, 1);
            });
            let error = trusted(&identity, "atlas.test").await.unwrap_err();
            assert!(error.contains(why), "{ca:?}: {error}");
        }
    }
}

#[tokio::test]
async fn checks_that_the_server_has_the_key_of_its_certificate() {
    let (identity, other) = (Identity::ca(), Identity::ca());
    let error = handshake(&identity.pem, &identity.certificate, &other.key, "atlas.test").await.unwrap_err();
    assert!(error.contains("BadSignature"), "{error}");
}

#[tokio::test]
async fn rejects_a_certificate_that_is_not_in_the_file() {
    // The same name, but another certificate.
    let (identity, other) = (Identity::ca(), Identity::ca());
    assert!(handshake(&other.pem, &identity.certificate, &identity.key, "atlas.test").await.is_err());
    let several = format!("a comment\n{}{}", other.pem, identity.pem);
    assert_eq!(handshake(&several, &identity.certificate, &identity.key, "atlas.test").await, Ok(()));
}

#[test]
fn names_the_file_without_a_certificate() {
    let folder = Folder::new();
    let certificate = Identity::ca();
    let good = folder.file("good.pem", &certificate.pem);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (path, why) in [
        (folder.0.join("missing.pem"), "can't be read"),
        (folder.0.clone(), "can't be read"),
        (folder.file("empty.pem", "\n"), "is empty"),
        (folder.file("text.pem", "not a certificate"), "contains no"),
        (folder.file("key.pem", certificate.key.serialize_pem()), "contains no"),
        (folder.file("der.pem", &certificate.certificate), "contains no"),
        (folder.file("broken.pem", broken), "contains no usable certificate"),
    ] {
        let error = configured(Some(&path), None).err().unwrap();
        let expected = format!("SSL_CERT_FILE names {}, which {why}", path.display());
        assert!(error.starts_with(&expected), "{error}");
    }
    // Also with a valid folder.
    let inner = Folder::new();
    inner.file("good.pem", &certificate.pem);
    assert!(configured(Some(&folder.0.join("missing.pem")), Some(&inner.0)).is_err());
    assert!(configured(Some(&good), Some(&inner.0)).unwrap().is_some());
}

#[test]
fn reads_folders_and_names_them_in_errors() {
    let (folder, empty) = (Folder::new(), Folder::new());
    folder.file("good.pem", Identity::ca().pem);
    folder.file("README", "text");
    fs::create_dir(folder.0.join("inner")).unwrap();
    assert!(configured(None, Some(&folder.0)).unwrap().is_some());
    let both = std::env::join_paths([&empty.0, &folder.0]).unwrap();
    assert!(configured(None, Some(Path::new(&both))).unwrap().is_some());
    // A missing folder is not an error where another folder or a file exists.
    let missing = Path::new("/no/such/folder");
    let some = std::env::join_paths([missing, &folder.0]).unwrap();
    assert!(configured(None, Some(Path::new(&some))).unwrap().is_some());
    assert!(configured(Some(&folder.0.join("good.pem")), Some(missing)).unwrap().is_some());
    for path in [&empty.0, missing] {
        let error = configured(None, Some(path)).err().unwrap();
        let expected = format!("SSL_CERT_DIR names {}, which contains no", path.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn empty_or_unset_variables_keep_the_trust_store_of_the_system() {
    assert!(configured(None, None).unwrap().is_none());
    assert!(configured(Some(Path::new("")), Some(Path::new(""))).unwrap().is_none());
}
