//! The configuration of a client, and the options of one call.
//!
//! It reads no environment variable and no file: the caller resolves the values.

use std::fmt;
use std::time::Duration;

use secret::Secret;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{ApiVersion, BaseUrl};

/// The default time limit of one attempt, from connecting to the last byte of the response: 30 s.
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The default of the first delay between two attempts: 1 s.
pub const DEFAULT_RETRY_MIN: Duration = Duration::from_secs(1);

/// The default of the longest delay between two attempts, unless the server requests a longer one: 30 s.
pub const DEFAULT_RETRY_MAX: Duration = Duration::from_secs(30);

/// The configuration of a [`Client`](crate::Client).
///
/// # Defaults
///
/// [`Config::new`] sets `request_timeout` to [`DEFAULT_REQUEST_TIMEOUT`], `retry_min` to [`DEFAULT_RETRY_MIN`] and
/// `retry_max` to [`DEFAULT_RETRY_MAX`].
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of the API.
    pub base_url: BaseUrl,
    /// The version of the API.
    pub api_version: ApiVersion,
    /// The credentials of every request.
    pub credentials: Credentials,
    /// The `User-Agent` header. Characters that a header can't hold are left out.
    pub user_agent: String,
    /// The time limit of one attempt. Half of it, 15 s at most, is the limit for opening the connection.
    pub request_timeout: Duration,
    /// The first delay before a retry. Each further delay doubles.
    pub retry_min: Duration,
    /// The longest delay before a retry, unless the server requests a longer one with `Retry-After`.
    pub retry_max: Duration,
}

impl Config {
    /// A configuration with the default time limit and delays.
    pub fn new(
        base_url: BaseUrl,
        api_version: ApiVersion,
        credentials: Credentials,
        user_agent: impl Into<String>,
    ) -> Self {
        Self {
            base_url,
            api_version,
            credentials,
            user_agent: user_agent.into(),
            request_timeout: DEFAULT_REQUEST_TIMEOUT,
            retry_min: DEFAULT_RETRY_MIN,
            retry_max: DEFAULT_RETRY_MAX,
        }
    }
}

/// How requests are authenticated.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token, which is sent as it is and never renewed.
    AccessToken(Secret),
    /// An API key, for HTTP digest authentication (RFC 7616).
    KeyPair {
        /// The user name of the digest.
        public_key: String,
        /// The password of the digest.
        private_key: Secret,
    },
    /// A service account, for OAuth 2.0 client credentials (RFC 6749, section 4.4).
    ServiceAccount {
        /// The client ID, which is not secret.
        client_id: String,
        /// Sent only to the token endpoint.
        client_secret: Secret,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken(_) => "AccessToken([redacted])",
            Self::KeyPair { .. } => "KeyPair([redacted])",
            Self::ServiceAccount { .. } => "ServiceAccount([redacted])",
        })
    }
}

/// The deadline of one call, and its cancellation.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// No attempt begins after the deadline, and a read in flight ends at it. A write in flight ends only with the time
    /// limit of its attempt, because its outcome would be unknown otherwise.
    pub deadline: Instant,
    /// Once it is cancelled, reads and delays end at once. A write in flight is awaited for up to
    /// [`CallOptions::CANCEL_GRACE`].
    pub cancel: CancellationToken,
}

impl CallOptions {
    /// How long a write in flight is awaited after the cancellation: 30 s.
    pub const CANCEL_GRACE: Duration = Duration::from_secs(30);

    /// A deadline that is `timeout` from now, and a cancellation.
    pub fn within(timeout: Duration, cancel: CancellationToken) -> Self {
        let now = Instant::now();
        // The clock can't represent every timeout; thirty years are as good as any longer one.
        let far = || now + Duration::from_secs(30 * 365 * 24 * 3600);
        Self { deadline: now.checked_add(timeout).unwrap_or_else(far), cancel }
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_credentials_shows_nothing() {
        let secret = || Secret::new("s3cr3t");
        for credentials in [
            Credentials::AccessToken(secret()),
            Credentials::KeyPair { public_key: "publicpart".into(), private_key: secret() },
            Credentials::ServiceAccount { client_id: "mdb_sa_id_1".into(), client_secret: secret() },
        ] {
            let shown = format!("{credentials:?}");
            assert!(shown.contains("[redacted]"), "{shown}");
            assert!(!shown.contains("s3cr3t") && !shown.contains("publicpart") && !shown.contains("mdb_sa"), "{shown}");
        }
    }

    #[test]
    fn accepts_a_timeout_that_the_clock_cannot_represent() {
        let options = CallOptions::within(Duration::MAX, CancellationToken::new());
        assert!(options.remaining() > Duration::from_secs(3600));
    }
}
