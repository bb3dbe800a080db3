//! Where connecting failed, and why credentials did not serve: the two kinds of failure that have kinds of their own.
//!
//! It must not know operations, attempts or the wire.

use std::fmt;

use crate::api_error::ApiError;

/// Where opening a connection failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectCause {
    /// The host name has no address, or the name server did not answer.
    Dns,
    /// Another failure of the network.
    Network,
    /// The proxy could not be resolved or reached, or it refused. The source begins with its host and variable.
    Proxy,
    /// The proxy requires a user name and password; it is not tried again. The source begins as that of [`Self::Proxy`].
    ProxyAuthentication,
    /// The host refuses connections on the port.
    Refused,
    /// It took too long.
    TimedOut,
    /// The TLS handshake failed.
    Tls,
    /// The server's certificate is not one that is trusted here; it is not tried again.
    Untrusted,
    /// The server's certificate is for another host; it is not tried again.
    WrongName,
}

impl ConnectCause {
    /// What failed, in a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "the host name could not be resolved",
            Self::Network => "the network failed",
            Self::Proxy => "the proxy could not be used",
            Self::ProxyAuthentication => "the proxy requires a user name and password",
            Self::Refused => "the connection was refused",
            Self::TimedOut => "connecting took too long",
            Self::Tls => "the TLS handshake failed",
            Self::Untrusted => "the server's certificate is not trusted",
            Self::WrongName => "the server's certificate is for another host",
        }
    }
}

/// Why credentials did not serve.
#[derive(Debug)]
pub enum AuthenticationError {
    /// A request without credentials was not answered with a challenge, so no digest can be computed.
    NoChallenge {
        /// The status of that answer.
        status: u16,
    },
    /// The operation was answered with status 401 although it carried the credentials.
    Rejected(Box<ApiError>),
    /// The token endpoint does not accept the service account.
    TokenRefused {
        /// The status of that answer.
        status: u16,
        /// The code, such as `invalid_client`.
        error: Option<String>,
        /// What the server says about it.
        description: Option<String>,
    },
    /// The token endpoint answered with success but without a token.
    TokenUnreadable {
        /// The status of that answer.
        status: u16,
        /// What is wrong with the body.
        why: String,
    },
    /// The challenge asks for something that this client cannot do.
    UnsupportedChallenge {
        /// What it asks for.
        why: String,
    },
    /// A credential holds characters that cannot be sent in a header.
    Unusable,
}

impl fmt::Display for AuthenticationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChallenge { status } => {
                write!(f, "a request without credentials was answered with status {status} instead of a challenge")
            }
            Self::Rejected(api) => write!(f, "the credentials were rejected: {api}"),
            Self::TokenRefused { status, error, description } => {
                write!(f, "the token endpoint refused the service account with status {status}")?;
                [error, description].into_iter().flatten().try_for_each(|text| write!(f, ", {text}"))
            }
            Self::TokenUnreadable { status, why } => {
                write!(f, "the answer of the token endpoint (status {status}) is unreadable: {why}")
            }
            Self::UnsupportedChallenge { why } => write!(f, "the authentication challenge is not supported: {why}"),
            Self::Unusable => f.write_str("a credential holds characters that cannot be sent"),
        }
    }
}
