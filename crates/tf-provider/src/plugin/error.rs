//! Errors of the start of a plugin.

use std::fmt;
use std::io;

use super::{Options, PROTOCOL_VERSION};

#[derive(Debug)]
pub(super) enum Error {
    /// The magic cookie is missing or wrong: Terraform didn't start the process.
    StartedByHand,
    /// Terraform's certificate can't be used. Serving without it would mean serving without TLS.
    ClientCertificate(String),
    /// The handshake line or the text of debug mode can't be written.
    Output(io::Error),
    /// `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT` aren't a range of ports.
    Ports(String),
    /// The versions that Terraform offers.
    Protocol(String),
    Runtime(io::Error),
    ServerCertificate(rcgen::Error),
    Signals(io::Error),
    /// The operation that failed, with its path or port.
    Socket(String, io::Error),
    Tls(rustls::Error),
}

impl Error {
    /// The message for standard error.
    pub(super) fn explain(&self, options: Options) -> String {
        let Options { name, version, address } = options;
        match self {
            Self::StartedByHand => format!(
                "{name} {version} is the Terraform provider {address}.\n\
                 Terraform starts it by itself; it does nothing when it is started by hand.\n\
                 Put it in a `required_providers` block and run `terraform init`."
            ),
            // Terraform logs a line with this prefix at level ERROR.
            other => format!("[ERROR] {name} {version} cannot start: {}", chain(other)),
        }
    }
}

/// An error and its causes, separated by colons.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartedByHand => f.write_str("not started by Terraform"),
            Self::ClientCertificate(why) => write!(f, "the certificate in PLUGIN_CLIENT_CERT cannot be used ({why})"),
            Self::Output(_) => f.write_str("failed to write to standard output"),
            Self::Ports(why) => write!(f, "PLUGIN_MIN_PORT and PLUGIN_MAX_PORT cannot be used ({why})"),
            Self::Protocol(offered) => write!(
                f,
                "it speaks version {PROTOCOL_VERSION} of Terraform's plugin protocol, and this Terraform offers only \
                 `{offered}` (PLUGIN_PROTOCOL_VERSIONS)"
            ),
            Self::Runtime(_) => f.write_str("failed to start the runtime"),
            Self::ServerCertificate(_) => f.write_str("failed to make a certificate"),
            Self::Signals(_) => f.write_str("failed to listen to signals"),
            Self::Socket(what, _) => f.write_str(what),
            Self::Tls(_) => f.write_str("failed to set up TLS"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::StartedByHand | Self::ClientCertificate(_) | Self::Ports(_) | Self::Protocol(_) => None,
            Self::Output(error) | Self::Runtime(error) | Self::Signals(error) | Self::Socket(_, error) => Some(error),
            Self::ServerCertificate(error) => Some(error),
            Self::Tls(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options =
        Options { address: "registry.terraform.io/ns/x", name: "terraform-provider-x", version: "1.2.3" };

    #[test]
    fn start_by_a_user_is_explained() {
        let text = Error::StartedByHand.explain(OPTIONS);
        assert!(text.starts_with("terraform-provider-x 1.2.3 is the Terraform provider registry.terraform.io/ns/x."));
    }

    #[test]
    fn failure_has_its_causes_and_is_logged_as_an_error() {
        let cause = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
        let text = Error::Socket("failed to bind `/x`".to_owned(), cause).explain(OPTIONS);
        assert_eq!(text, "[ERROR] terraform-provider-x 1.2.3 cannot start: failed to bind `/x`: permission denied");
    }
}
