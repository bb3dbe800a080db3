//! The causes of a failed connection and of a failed authentication.
//!
//! They don't depend on operations, attempts or HTTP.

use std::fmt;

use crate::api_error::ApiError;

/// Why no connection was established.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectCause {
    /// The host name has no address, or the name server did not response.
    Dns,
    /// Another network failure.
    Network,
    /// The proxy could not be resolved or reached, or it refused the connection. The text of the source begins with the
    /// host of the proxy and the environment variable that names it.
    Proxy,
    /// The proxy requires a user name and password. Not retried. The text of the source begins as that of [`Self::Proxy`].
    ProxyAuthentication,
    /// The host refused the connection.
    Refused,
    /// The time limit for connecting ended.
    TimedOut,
    /// The TLS handshake failed. Not retried.
    Tls,
    /// The server's certificate is not trusted. Not retried.
    Untrusted,
    /// The server's certificate is for another host. Not retried.
    WrongName,
}

impl ConnectCause {
    /// A clause for messages, such as "the connection was refused".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "the host name could not be resolved",
            Self::Network => "a network error occurred",
            Self::Proxy => "the proxy could not be used",
            Self::ProxyAuthentication => "the proxy requires a user name and password",
            Self::Refused => "the connection was refused",
            Self::TimedOut => "the connection timed out",
            Self::Tls => "the TLS handshake failed",
            Self::Untrusted => "the server's certificate is not trusted",
            Self::WrongName => "the server's certificate is for another host",
        }
    }
}

/// Why the authentication failed.
#[derive(Debug)]
pub enum AuthenticationError {
    /// The response to a request without credentials had no challenge, so no digest can be computed.
    NoChallenge {
        /// The status of the response.
        status: u16,
    },
    /// Atlas rejected the credentials with status 401.
    Rejected(Box<ApiError>),
    /// The token endpoint rejected the service account.
    TokenRefused {
        /// The status of the response.
        status: u16,
        /// The error code, such as `invalid_client`.
        error: Option<String>,
        /// The description of the error.
        description: Option<String>,
    },
    /// The token endpoint returned a success without a token.
    TokenUnreadable {
        /// The status of the response.
        status: u16,
        /// What is wrong with the body.
        why: String,
    },
    /// The challenge requires something that this client doesn't support.
    UnsupportedChallenge {
        /// What the challenge requires.
        why: String,
    },
    /// A credential contains characters that can't be sent in a header.
    Invalid,
}

impl fmt::Display for AuthenticationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChallenge { status } => {
                write!(f, "the response to a request without credentials had status {status} and no challenge")
            }
            Self::Rejected(api) => write!(f, "the credentials were rejected: {api}"),
            Self::TokenRefused { status, error, description } => {
                write!(f, "the token endpoint rejected the service account with status {status}")?;
                [error, description].into_iter().flatten().try_for_each(|text| write!(f, ", {text}"))
            }
            Self::TokenUnreadable { status, why } => {
                write!(f, "the response of the token endpoint (status {status}) can't be read: {why}")
            }
            Self::UnsupportedChallenge { why } => write!(f, "the authentication challenge is not supported: {why}"),
            Self::Invalid => f.write_str("a credential contains characters that can't be sent in a header"),
        }
    }
}
