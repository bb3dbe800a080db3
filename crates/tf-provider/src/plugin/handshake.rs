//! The handshake of go-plugin: Terraform's environment variables, and the line that the plugin writes in response.
//!
//! The rules are those of go-plugin's `server.go` and `client.go`.

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
/// Terraform's value for every provider. It isn't secret: it shows that Terraform started the process.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Terraform's side of the handshake.
#[derive(Debug)]
pub(super) struct Handshake {
    /// The only accepted client certificate. None for plain text.
    pub(super) client_certificate: Option<CertificateDer<'static>>,
    pub(super) listen: ListenOptions,
    /// Whether the line must have a field for multiplexing, which the plugin doesn't support. A Terraform that doesn't
    /// request the field may not understand it.
    pub(super) requests_multiplexing: bool,
}

impl Handshake {
    /// Reads the environment variables through `env`. An empty variable counts as absent, as in Go.
    ///
    /// # Errors
    /// When the magic cookie is missing, when version 5 isn't offered, or when a value can't be used.
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

pub(super) fn line(
    network: &str,
    address: &str,
    certificate: Option<&CertificateDer<'_>>,
    requests_multiplexing: bool,
) -> String {
    // go-plugin rejects padding.
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplexing = if requests_multiplexing { "|false" } else { "" };
    format!("{CORE_PROTOCOL_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{multiplexing}\n")
}

/// Writes the handshake line. The listener must accept already: Terraform connects at once.
pub(super) fn write_line(line: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::Output)
}

fn check_versions(offered: &str) -> Result<(), Error> {
    let ours = |version: &str| version.trim().parse() == Ok(PROTOCOL_VERSION);
    if offered.split(',').any(ours) { Ok(()) } else { Err(Error::Protocol(offered.to_owned())) }
}

fn client_certificate(pem: OsString) -> Result<CertificateDer<'static>, Error> {
    let reject = |why: &dyn std::fmt::Display| Error::ClientCertificate(why.to_string());
    let pem = pem.into_string().map_err(|_| reject(&"not text"))?;
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    let certificate = match certificates.next() {
        Some(certificate) => certificate.map_err(|error| reject(&error))?,
        None => return Err(reject(&"no PEM certificate")),
    };
    if certificates.next().is_some() {
        return Err(reject(&"more than one certificate"));
    }
    // Reported here rather than as a TLS handshake that fails.
    ParsedCertificate::try_from(&certificate).map_err(|error| reject(&error))?;
    Ok(certificate)
}

/// An inclusive range. Absent ends are 0, as in Go. A range of 0 alone is any free port.
fn ports(min: Option<OsString>, max: Option<OsString>) -> Result<RangeInclusive<u16>, Error> {
    let port = |value: Option<OsString>| match value {
        None => Ok(0),
        Some(value) => {
            let value = value.to_string_lossy();
            value.parse::<u16>().map_err(|_| Error::Ports(format!("`{value}` is not a port")))
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
    fn missing_cookie_means_that_a_user_started_the_process() {
        for cookie in ["", "yes", &COOKIE[1..]] {
            assert!(matches!(request(&[(COOKIE_NAME, cookie)]), Err(Error::StartedByHand)), "{cookie}");
        }
        assert!(matches!(Handshake::from_env(|_| None), Err(Error::StartedByHand)));
    }

    #[test]
    fn protocol_version_must_be_among_those_offered() {
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
    fn missing_certificate_means_plain_text_and_an_invalid_one_does_not() {
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
    fn absent_ports_are_zero() {
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
    fn line_has_six_fields_and_a_seventh_on_request() {
        assert_eq!(line("unix", "/tmp/x", None, false), "1|5|unix|/tmp/x|grpc|\n");
        assert_eq!(line("tcp", "127.0.0.1:10000", None, true), "1|5|tcp|127.0.0.1:10000|grpc||false\n");
        assert!(request(&[("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap().requests_multiplexing);
        assert!(!request(&[]).unwrap().requests_multiplexing);
    }

    #[test]
    fn certificate_has_no_padding() {
        for length in 60..64 {
            let der = CertificateDer::from(vec![0xff; length]);
            let line = line("unix", "/tmp/x", Some(&der), false);
            let field = line.trim_end().split('|').nth(5).unwrap().to_owned();
            assert!(!field.contains('='));
            assert_eq!(STANDARD_NO_PAD.decode(field).unwrap(), *der);
        }
    }
}
