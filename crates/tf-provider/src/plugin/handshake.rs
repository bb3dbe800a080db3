//! The handshake of go-plugin: what the host says in environment variables, and the one line that answers it.
//!
//! It must not know how a certificate is made or a socket is bound. The rules are those of go-plugin's `server.go`
//! and `client.go`.

use std::ffi::OsString;
use std::io::Write;
use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;

use super::PROTOCOL_VERSION;
use super::error::Error;
use super::listener::ListenOptions;

/// The version of go-plugin's own protocol.
const CORE_PROTOCOL_VERSION: u16 = 1;

const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// Terraform's value for every provider. No secret: it only tells a plugin that it was started as one.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// What the host of the plugin asks for.
#[derive(Debug)]
pub(super) struct Handshake {
    /// The only certificate that may connect, or none for plain text.
    pub(super) client_certificate: Option<CertificateDer<'static>>,
    /// Where to listen.
    pub(super) listen: ListenOptions,
    /// Whether the line must say that we do not multiplex the broker's connections. A host that does not ask may not
    /// understand the answer.
    pub(super) requests_multiplexing: bool,
}

impl Handshake {
    /// Reads the environment through `env`. An empty variable counts as absent, as in Go.
    ///
    /// # Errors
    ///
    /// When the magic cookie is not there, our version is not offered, or a value cannot be used.
    pub(super) fn from_env(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        if env(COOKIE_NAME).is_none_or(|cookie| cookie != COOKIE) {
            return Err(Error::StartedByHand);
        }
        if let Some(offered) = env("PLUGIN_PROTOCOL_VERSIONS") {
            check_versions(&offered.to_string_lossy())?;
        }
        Ok(Self {
            client_certificate: env("PLUGIN_CLIENT_CERT").map(client_certificate).transpose()?,
            listen: ListenOptions {
                ports: ports(env("PLUGIN_MIN_PORT"), env("PLUGIN_MAX_PORT"))?,
                directory: env("PLUGIN_UNIX_SOCKET_DIR").map(Into::into),
                group: env("PLUGIN_UNIX_SOCKET_GROUP").map(|group| group.to_string_lossy().into_owned()),
            },
            requests_multiplexing: env("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }
}

/// The handshake line, with its line feed.
pub(super) fn line(
    network: &str,
    address: &str,
    certificate: Option<&CertificateDer<'_>>,
    requests_multiplexing: bool,
) -> String {
    // go-plugin refuses padding.
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplexing = if requests_multiplexing { "|false" } else { "" };
    format!("{CORE_PROTOCOL_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{multiplexing}\n")
}

/// Writes the handshake line. The listener must accept before: the host connects at once.
pub(super) fn announce(line: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::Output)
}

fn check_versions(offered: &str) -> Result<(), Error> {
    let ours = |version: &str| version.trim().parse() == Ok(PROTOCOL_VERSION);
    if offered.split(',').any(ours) { Ok(()) } else { Err(Error::Protocol(offered.to_owned())) }
}

fn client_certificate(pem: OsString) -> Result<CertificateDer<'static>, Error> {
    let refuse = |why: &dyn std::fmt::Display| Error::ClientCertificate(why.to_string());
    let pem = pem.into_string().map_err(|_| refuse(&"not text"))?;
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    let certificate = match certificates.next() {
        Some(certificate) => certificate.map_err(|error| refuse(&error))?,
        None => return Err(refuse(&"no PEM certificate")),
    };
    if certificates.next().is_some() {
        return Err(refuse(&"more than one certificate"));
    }
    // One that does not parse could never connect: better said now than in a handshake that fails.
    ParsedCertificate::try_from(&certificate).map_err(|error| refuse(&error))?;
    Ok(certificate)
}

/// The range of ports, both ends included. Absent ends are 0, as in Go; a range of 0 alone is any free port.
fn ports(min: Option<OsString>, max: Option<OsString>) -> Result<RangeInclusive<u16>, Error> {
    let port = |value: Option<OsString>| match value {
        None => Ok(0),
        Some(value) => {
            let value = value.to_string_lossy();
            value.parse::<u16>().map_err(|_| Error::Ports(format!("`{value}` is no port")))
        }
    };
    let (min, max) = (port(min)?, port(max)?);
    if min > max {
        return Err(Error::Ports(format!("{min} is more than {max}")));
    }
    Ok(min..=max)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn request(variables: &[(&str, &str)]) -> Result<Handshake, Error> {
        let cookie = [(COOKIE_NAME, COOKIE)];
        Handshake::from_env(|wanted| {
            let found = variables.iter().chain(&cookie).find(|(name, _)| *name == wanted);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn pem() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn without_the_magic_cookie_it_was_started_by_hand() {
        for cookie in ["", "yes", &COOKIE[1..]] {
            assert!(matches!(request(&[(COOKIE_NAME, cookie)]), Err(Error::StartedByHand)), "{cookie}");
        }
        assert!(matches!(Handshake::from_env(|_| None), Err(Error::StartedByHand)));
    }

    #[test]
    fn the_protocol_version_must_be_offered_where_versions_are_offered() {
        for offered in ["5", "5,6", "6,5", "4, 5 ,x", ""] {
            assert!(request(&[("PLUGIN_PROTOCOL_VERSIONS", offered)]).is_ok(), "{offered}");
        }
        for offered in ["6", "4,6", "55", "5.1", ","] {
            let error = request(&[("PLUGIN_PROTOCOL_VERSIONS", offered)]).unwrap_err();
            assert!(matches!(&error, Error::Protocol(text) if text == offered), "{offered}");
        }
        assert!(request(&[]).is_ok());
    }

    #[test]
    fn no_certificate_means_plain_text_and_a_bad_one_never_does() {
        assert!(request(&[]).unwrap().client_certificate.is_none());
        assert!(request(&[("PLUGIN_CLIENT_CERT", "")]).unwrap().client_certificate.is_none());
        assert!(request(&[("PLUGIN_CLIENT_CERT", &pem())]).unwrap().client_certificate.is_some());

        let truncated = pem().replace("-----END", "-----");
        let no_certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n".to_owned();
        for bad in ["hello".to_owned(), " ".to_owned(), truncated, no_certificate, pem() + &pem()] {
            let error = request(&[("PLUGIN_CLIENT_CERT", &bad)]).unwrap_err();
            assert!(matches!(error, Error::ClientCertificate(_)), "{bad}");
        }
    }

    #[test]
    fn ports_are_a_range_and_zero_where_absent() {
        let ports = |min, max| {
            request(&[("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]).map(|request| request.listen.ports)
        };
        assert_eq!(ports("10000", "25000").unwrap(), 10000..=25000);
        assert_eq!(ports("", "25000").unwrap(), 0..=25000);
        assert_eq!(request(&[]).unwrap().listen.ports, 0..=0);
        for (min, max) in [("2", "1"), ("x", "1"), ("1", "65536"), ("-1", "1")] {
            assert!(matches!(ports(min, max), Err(Error::Ports(_))), "{min} {max}");
        }
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_on_request() {
        assert_eq!(line("unix", "/tmp/x", None, false), "1|5|unix|/tmp/x|grpc|\n");
        assert_eq!(line("tcp", "127.0.0.1:10000", None, true), "1|5|tcp|127.0.0.1:10000|grpc||false\n");
        assert!(request(&[("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap().requests_multiplexing);
        assert!(!request(&[]).unwrap().requests_multiplexing);
    }

    #[test]
    fn the_certificate_in_the_line_has_no_padding() {
        for length in 60..64 {
            let der = CertificateDer::from(vec![0xff; length]);
            let line = line("unix", "/tmp/x", Some(&der), false);
            let field = line.trim_end().split('|').nth(5).unwrap().to_owned();
            assert!(!field.contains('='));
            assert_eq!(STANDARD_NO_PAD.decode(field).unwrap(), *der);
        }
    }
}
