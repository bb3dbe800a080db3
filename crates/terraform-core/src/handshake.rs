//! The handshake line that a plugin prints first, read as go-plugin reads it.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The content of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The protocol version, 5 or 6.
    pub version: u32,
    /// Where the plugin listens.
    pub address: Address,
    /// The server's certificate as DER; none without TLS.
    pub certificate: Option<Vec<u8>>,
    /// The seventh field, where there is one.
    pub multiplex: Option<String>,
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A unix socket at a path.
    Unix(String),
    /// A TCP host and port.
    Tcp(String),
}

/// The longest path of a unix socket.
const MAX_SOCKET_PATH: usize = 107;
/// A sixth field up to this length is no certificate for go-plugin.
const MIN_CERTIFICATE: usize = 50;

impl Handshake {
    /// Reads the line; `offered` are the protocol versions that Terraform offered.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str, offered: &[u32]) -> Result<Self, String> {
        let fields: Vec<&str> = line.trim().split('|').collect();
        if fields.len() < 4 {
            return Err(format!("no handshake line: {line}"));
        }
        if fields[0] != "1" {
            return Err(format!("the core protocol is {}, not 1", fields[0]));
        }
        let version = fields[1].parse::<u32>().ok().filter(|version| offered.contains(version));
        let Some(version) = version else {
            let plugin = fields[1];
            return Err(format!("protocol {plugin} was not offered, only {offered:?}"));
        };
        let address = match fields[2] {
            "unix" if fields[3].len() > MAX_SOCKET_PATH => {
                return Err(format!("socket path of {} bytes is longer than {MAX_SOCKET_PATH}", fields[3].len()));
            }
            "unix" => Address::Unix(fields[3].to_owned()),
            "tcp" => Address::Tcp(fields[3].to_owned()),
            other => return Err(format!("the network is {other:?}, neither unix nor tcp")),
        };
        if fields.get(4) != Some(&"grpc") {
            return Err(format!("the plugin uses {:?}, not grpc", fields.get(4).unwrap_or(&"netrpc")));
        }
        let certificate = match fields.get(5) {
            Some(text) if text.len() > MIN_CERTIFICATE => Some(decode_certificate(text)?),
            _ => None,
        };
        Ok(Self { version, address, certificate, multiplex: fields.get(6).map(|field| (*field).to_owned()) })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix|{path}"),
            Self::Tcp(address) => write!(formatter, "tcp|{address}"),
        }
    }
}

/// Standard base64 without padding; anything else is refused, as Go does.
fn decode_certificate(text: &str) -> Result<Vec<u8>, String> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    engine.decode(text).map_err(|error| format!("the certificate is not in base64 without padding: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Handshake, String> {
        Handshake::parse(line, &[5, 6])
    }

    #[test]
    fn good_lines_are_read() {
        let expected =
            Handshake { version: 5, address: Address::Unix("/tmp/s".into()), certificate: None, multiplex: None };
        assert_eq!(parse("1|5|unix|/tmp/s|grpc|\n"), Ok(expected.clone()));
        assert_eq!(parse("1|5|unix|/tmp/s|grpc"), Ok(expected));
        let tcp = parse("1|6|tcp|127.0.0.1:10000|grpc||true").unwrap();
        assert_eq!((tcp.address, tcp.multiplex), (Address::Tcp("127.0.0.1:10000".into()), Some("true".into())));
    }

    #[test]
    fn certificates_are_base64_without_padding() {
        let text = "QUFB".repeat(20);
        assert_eq!(parse(&format!("1|5|unix|/s|grpc|{text}")).unwrap().certificate, Some(vec![b'A'; 60]));
        assert!(parse(&format!("1|5|unix|/s|grpc|{text}QQ==")).unwrap_err().contains("not in base64 without padding"));
        assert!(parse(&format!("1|5|unix|/s|grpc|{text}QQ")).is_ok());
    }

    #[test]
    fn bad_line_is_refused_with_the_field_that_is_wrong() {
        for (line, problem) in [
            ("hello", "no handshake line"),
            ("2|5|unix|/s|grpc|", "the core protocol is"),
            ("1|4|unix|/s|grpc|", "protocol 4 was not offered, only [5, 6]"),
            ("1|5|pipe|/s|grpc|", "neither unix nor tcp"),
            ("1|5|unix|/s", ", not grpc"),
            ("1|5|unix|/s|netrpc|", ", not grpc"),
        ] {
            assert!(parse(line).unwrap_err().contains(problem), "{line}");
        }
        assert!(parse(&format!("1|5|unix|/{}|grpc|", "x".repeat(107))).unwrap_err().contains("socket path"));
    }
}
