//! An HTTP response as it was received, whose body may be incomplete.
//!
//! It doesn't decode the body.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// A response whose status and headers are known.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The part of the body that was received.
    pub(crate) body: Vec<u8>,
    pub(crate) received: Received,
}

/// How much of a body was received.
#[derive(Debug)]
pub(crate) enum Received {
    /// The connection broke in the middle.
    Broken(reqwest::Error),
    Complete,
    /// The time limit of the attempt ended in the middle.
    TimedOut,
    /// The first [`Response::MAX_BODY`] bytes.
    TooLarge,
}

impl Response {
    /// The longest body that is read, in MiB. The list of available projects takes about 400 bytes per cluster; all other
    /// responses are smaller than a kilobyte.
    pub(crate) const MAX_BODY_MIB: usize = 8;

    /// The longest body that is read, in bytes.
    pub(crate) const MAX_BODY: usize = Self::MAX_BODY_MIB * 1024 * 1024;

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The wait that `Retry-After` requests: seconds, or an HTTP date (RFC 9110, section 10.2.3). A date in the past is
    /// no wait.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
            // More digits than a u64 holds mean "never".
            return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        let parse = |headers: HeaderMap| {
            Response { status: 429, headers, body: Vec::new(), received: Received::Complete }.retry_after(now)
        };
        let value = |value: &'static str| parse(HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]));
        assert_eq!(value("120"), Some(120 * SECOND));
        assert_eq!(value("0"), Some(Duration::ZERO));
        assert_eq!(value("99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(value("Wed, 21 Oct 2026 07:30:00 GMT"), Some(120 * SECOND));
        assert_eq!(value("Wed, 21 Oct 2026 07:00:00 GMT"), Some(Duration::ZERO));
        for nothing in ["", "-1", "1.5", "soon"] {
            assert_eq!(value(nothing), None, "{nothing}");
        }
        assert_eq!(parse(HeaderMap::new()), None);
    }
}
