//! What a client is built from, and what one call may take: plain values, resolved by the caller.
//!
//! It must not know where they come from: no environment variable and no file is read here.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{BaseUrl, Dialect};

/// The default time limit of one attempt, from connecting to the last byte of the answer.
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The default of the first delay between two attempts.
pub const DEFAULT_RETRY_MIN: Duration = Duration::from_secs(1);

/// The default of the longest delay between two attempts that the client chooses itself.
pub const DEFAULT_RETRY_MAX: Duration = Duration::from_secs(30);

/// Everything a [`Client`](crate::Client) needs to know.
///
/// # Defaults
///
/// [`Config::new`] sets `request_timeout` to [`DEFAULT_REQUEST_TIMEOUT`], `retry_min` to [`DEFAULT_RETRY_MIN`] and
/// `retry_max` to [`DEFAULT_RETRY_MAX`].
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the API is.
    pub base_url: BaseUrl,
    /// Which form of the API is spoken.
    pub dialect: Dialect,
    /// Who calls.
    pub credentials: Credentials,
    /// The `User-Agent` header; characters that a header cannot hold are left out.
    pub user_agent: String,
    /// The time limit of one attempt. Half of it, 15 s at most, is the limit for opening the connection.
    pub request_timeout: Duration,
    /// The first delay before a retry; each further one doubles.
    pub retry_min: Duration,
    /// The longest delay before a retry, unless the server asks for a longer one by `Retry-After`.
    pub retry_max: Duration,
}

impl Config {
    /// A configuration with the default times.
    pub fn new(base_url: BaseUrl, dialect: Dialect, credentials: Credentials, user_agent: impl Into<String>) -> Self {
        Self {
            base_url,
            dialect,
            credentials,
            user_agent: user_agent.into(),
            request_timeout: DEFAULT_REQUEST_TIMEOUT,
            retry_min: DEFAULT_RETRY_MIN,
            retry_max: DEFAULT_RETRY_MAX,
        }
    }
}

/// How the caller proves who it is.
#[derive(Clone)]
pub enum Credentials {
    /// A ready bearer token, sent as it is and never renewed.
    AccessToken(SecretString),
    /// An API key, for HTTP digest authentication (RFC 7616).
    KeyPair {
        /// The public half, the digest's user name.
        public_key: String,
        /// The private half, the digest's password.
        private_key: SecretString,
    },
    /// A service account, for OAuth 2.0 client credentials (RFC 6749, section 4.4).
    ServiceAccount {
        /// The public identifier of the account.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken(_) => "AccessToken([REDACTED])",
            Self::KeyPair { .. } => "KeyPair([REDACTED])",
            Self::ServiceAccount { .. } => "ServiceAccount([REDACTED])",
        })
    }
}

/// How long one call may go on, and what ends it early.
#[derive(Clone, Debug)]
pub struct Limits {
    /// No attempt begins after it, and a read in flight ends with it. A write in flight has the time limit of its
    /// attempt, for cutting it off would leave open whether it was executed.
    pub deadline: Instant,
    /// Cancelled by the caller when it has to stop: reads and delays end at once, a write in flight is awaited for up
    /// to [`Limits::STOP_GRACE`].
    pub stop: CancellationToken,
}

impl Limits {
    /// How long a write that is in flight is still awaited after a stop.
    pub const STOP_GRACE: Duration = Duration::from_secs(30);

    /// Limits that end after `timeout` from now or when `stop` is cancelled.
    pub fn within(timeout: Duration, stop: CancellationToken) -> Self {
        let now = Instant::now();
        // A time-out too far away for the clock is as good as thirty years.
        let far = || now + Duration::from_secs(30 * 365 * 24 * 3600);
        Self { deadline: now.checked_add(timeout).unwrap_or_else(far), stop }
    }

    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_credentials_shows_no_part_of_them() {
        let secret = || SecretString::from("s3cr3t");
        for credentials in [
            Credentials::AccessToken(secret()),
            Credentials::KeyPair { public_key: "publicpart".into(), private_key: secret() },
            Credentials::ServiceAccount { client_id: "mdb_sa_id_1".into(), client_secret: secret() },
        ] {
            let shown = format!("{credentials:?}");
            assert!(shown.contains("[REDACTED]"), "{shown}");
            assert!(!shown.contains("s3cr3t") && !shown.contains("publicpart") && !shown.contains("mdb_sa"), "{shown}");
        }
    }

    #[test]
    fn a_time_out_beyond_the_clock_is_no_panic() {
        let limits = Limits::within(Duration::MAX, CancellationToken::new());
        assert!(limits.left() > Duration::from_secs(3600));
    }
}
