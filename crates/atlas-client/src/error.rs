//! The error of an operation: which operation, the number of attempts, and the cause.
//!
//! It contains no secret and no body. Its texts are for logs; a caller explains the cause to its users.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use reqwest::header::LOCATION;

use crate::api_error::ApiError;
use crate::cause::{AuthenticationError, ConnectCause};
use crate::environment::EnvironmentError;
use crate::mask::Mask;
use crate::operation::Operation;
use crate::response::Response;

/// The longest location of a redirect, in characters.
const MAX_LOCATION: usize = 200;

type Source = Box<dyn StdError + Send + Sync>;

/// The error of an operation.
#[derive(Debug)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    operation: Operation,
    attempts: u32,
    sent: bool,
    kind: ErrorKind,
}

/// The cause of an error. Match it without a wildcard, so that a new cause gets a text of its own.
#[derive(Debug)]
pub enum ErrorKind {
    /// Atlas, or a gateway before it, returned a status of 400 or above.
    Api(Box<ApiError>),
    /// The authentication failed.
    Authentication(AuthenticationError),
    /// The connection broke after the request, or a part of it, was sent.
    Broken(Source),
    /// No connection was established, so nothing was sent.
    Connect(ConnectCause, Source),
    /// The deadline has passed, or it is before the next attempt.
    Deadline {
        /// The wait that the server requested with `Retry-After`, where it ends after the deadline.
        retry_after: Option<Duration>,
        /// The error of the last attempt. `None` where there was no time for one.
        last: Option<Box<Error>>,
    },
    /// An environment variable that names a proxy or certificates can't be used.
    Environment(EnvironmentError),
    /// An argument is invalid, or the API version doesn't have the operation. Nothing was sent.
    InvalidRequest(String),
    /// The response is a redirect. It is never followed, because that would send the request, with its password, to another host.
    Redirect {
        /// The status, 300 to 399.
        status: u16,
        /// The `Location` header, without its query.
        location: Option<String>,
    },
    /// The HTTP client could not be set up, usually because the system has no CA certificates (see `SSL_CERT_FILE`).
    Setup(Source),
    /// The caller cancelled the call.
    Cancelled,
    /// The attempt took longer than its time limit.
    Timeout(Duration),
    /// The status is a success, but the body is not the expected JSON.
    Unreadable {
        /// The status, 200 to 299.
        status: u16,
        /// What is wrong with the body.
        why: String,
    },
}

impl ErrorKind {
    /// The meaning of a response that is not a success.
    pub(crate) fn from_response(response: &Response, mask: &Mask) -> Self {
        if response.status >= 400 {
            return Self::Api(Box::new(ApiError::from_response(response, mask)));
        }
        let location = response.headers.get(LOCATION).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            // The query of a login page may contain a session ID.
            mask.printable(text.split(['?', '#']).next().unwrap_or_default(), MAX_LOCATION)
        });
        Self::Redirect { status: response.status, location }
    }
}

impl Error {
    pub(crate) fn new(operation: Operation, attempts: u32, sent: bool, kind: ErrorKind) -> Self {
        Self { inner: Box::new(Inner { operation, attempts, sent, kind }) }
    }

    /// The operation that failed.
    pub fn operation(&self) -> &Operation {
        &self.inner.operation
    }

    /// The number of attempts, including those that failed during authentication.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The cause.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// The response with a status of 400 or above that caused this error, also if a deadline followed it.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.inner.kind {
            ErrorKind::Api(api) | ErrorKind::Authentication(AuthenticationError::Rejected(api)) => Some(api),
            ErrorKind::Deadline { last: Some(last), .. } => last.api(),
            _ => None,
        }
    }

    /// The HTTP status of the last response. `None` where there was none.
    pub fn status(&self) -> Option<u16> {
        use AuthenticationError as Auth;
        match &self.inner.kind {
            ErrorKind::Redirect { status, .. } | ErrorKind::Unreadable { status, .. } => Some(*status),
            ErrorKind::Authentication(
                Auth::NoChallenge { status } | Auth::TokenRefused { status, .. } | Auth::TokenUnreadable { status, .. },
            ) => Some(*status),
            ErrorKind::Deadline { last: Some(last), .. } => last.status(),
            _ => self.api().map(|api| api.status),
        }
    }

    /// The `errorCode` of Atlas, such as `RESOURCE_NOT_FOUND`.
    pub fn error_code(&self) -> Option<&str> {
        self.api().and_then(|api| api.error_code.as_deref())
    }

    /// Whether Atlas itself, not a gateway, returned a 404: something in the path doesn't exist. `error_code` says what.
    pub fn is_not_found_json(&self) -> bool {
        matches!(&self.inner.kind, ErrorKind::Api(api) if api.status == 404 && api.is_json)
    }

    /// Whether the caller cancelled the call.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Cancelled)
    }

    /// Whether no request of this operation was sent. Requests for authentication don't count.
    pub fn nothing_was_sent(&self) -> bool {
        match &self.inner.kind {
            ErrorKind::Deadline { last, .. } => last.as_ref().is_none_or(|last| last.nothing_was_sent()),
            _ => !self.inner.sent,
        }
    }

    /// Whether a write may have taken effect: it was sent, and no status of 400 to 499 proves that Atlas rejected it.
    /// Always false for a read.
    pub fn outcome_unknown(&self) -> bool {
        let rejected = self.api().is_some_and(|api| (400..500).contains(&api.status));
        self.inner.operation.action.is_write() && !rejected && !self.nothing_was_sent()
    }

    /// The sources of this error in one line, outermost first. Empty where there are none.
    pub fn causes(&self) -> String {
        let mut line = String::new();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // The text of many errors ends with that of their source.
            if !line.ends_with(&text) {
                line.push_str(if line.is_empty() { "" } else { ": " });
                line.push_str(&text);
            }
            cause = error.source();
        }
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.inner.operation)?;
        if self.inner.attempts > 1 {
            write!(f, " after {} attempts", self.inner.attempts)?;
        }
        write!(f, ": {}", self.inner.kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(api) => api.fmt(f),
            Self::Authentication(error) => error.fmt(f),
            Self::Broken(_) => f.write_str("the connection broke before the response was complete"),
            Self::Connect(cause, _) => f.write_str(cause.as_str()),
            Self::Deadline { retry_after: Some(wait), .. } => {
                write!(f, "the server requests a wait of {} s, which ends after the deadline", wait.as_secs())
            }
            Self::Deadline { retry_after: None, .. } => f.write_str("the deadline has passed"),
            Self::Environment(error) => error.fmt(f),
            Self::InvalidRequest(why) => f.write_str(why),
            Self::Redirect { status, location: Some(location) } => {
                write!(f, "the response is a redirect (status {status}) to {location}")
            }
            Self::Redirect { status, location: None } => write!(f, "the response is a redirect (status {status})"),
            Self::Setup(_) => f.write_str("the HTTP client could not be set up"),
            Self::Cancelled => f.write_str("the prepared was cancelled"),
            Self::Timeout(after) => write!(f, "no complete response within {after:?}"),
            Self::Unreadable { status, why } => write!(f, "the response (status {status}) can't be read: {why}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inner.kind {
            ErrorKind::Broken(source) | ErrorKind::Connect(_, source) | ErrorKind::Setup(source) => Some(&**source),
            ErrorKind::Deadline { last: Some(last), .. } => Some(&**last),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Action;

    fn error(action: Action, sent: bool, kind: ErrorKind) -> Error {
        Error::new(Operation { action, path: "/p".into() }, 1, sent, kind)
    }

    fn api(status: u16, body: &str) -> ErrorKind {
        ErrorKind::Api(Box::new(ApiError::parse(status, body.as_bytes(), &crate::mask::Mask::default())))
    }

    #[test]
    fn only_4xx_or_nothing_sent_proves_that_a_write_had_no_effect() {
        let unknown = |sent, kind| error(Action::Create, sent, kind).outcome_unknown();
        for status in [400, 401, 404, 409, 429, 499] {
            assert!(!unknown(true, api(status, "")), "{status}");
        }
        assert!(!unknown(false, ErrorKind::Cancelled));
        assert!(!unknown(false, ErrorKind::Connect(ConnectCause::Refused, "refused".into())));
        assert!(unknown(true, api(500, "")));
        assert!(unknown(true, api(503, "")));
        assert!(unknown(true, ErrorKind::Broken("reset".into())));
        assert!(unknown(true, ErrorKind::Timeout(Duration::from_secs(30))));
        assert!(unknown(true, ErrorKind::Unreadable { status: 201, why: "no `_id`".into() }));
        assert!(unknown(true, ErrorKind::Redirect { status: 307, location: None }));
        assert!(unknown(true, ErrorKind::Cancelled));
    }

    #[test]
    fn outcome_at_a_deadline_is_that_of_the_last_attempt() {
        let deadline = |last| ErrorKind::Deadline { retry_after: None, last };
        let after = |sent, kind| {
            let last = error(Action::Create, sent, kind);
            error(Action::Create, false, deadline(Some(Box::new(last))))
        };
        assert!(!error(Action::Create, false, deadline(None)).outcome_unknown());
        assert!(!after(true, api(429, "")).outcome_unknown());
        assert!(!after(false, api(500, "")).outcome_unknown());
        assert!(after(true, api(500, "")).outcome_unknown());
        assert_eq!(after(true, api(429, "")).status(), Some(429));
    }

    #[test]
    fn outcome_of_a_read_is_never_unknown() {
        assert!(!error(Action::Read, true, ErrorKind::Broken("reset".into())).outcome_unknown());
    }

    #[test]
    fn not_found_requires_the_json_of_atlas() {
        let not_found = |status, body| error(Action::Read, true, api(status, body)).is_not_found_json();
        let json = r#"{"error":404,"errorCode":"RESOURCE_NOT_FOUND","detail":"x"}"#;
        assert!(not_found(404, json));
        assert!(!not_found(404, "<html><title>404</title></html>"));
        assert!(!not_found(404, ""));
        assert!(!not_found(404, "[]"));
        assert!(!not_found(403, json));
    }

    #[test]
    fn display_is_one_line_without_sources() {
        let refused = error(Action::Read, false, ErrorKind::Connect(ConnectCause::Refused, "os error 111".into()));
        assert_eq!(refused.to_string(), "read (GET /p) failed: the connection was refused");
        assert_eq!(refused.causes(), "os error 111");
        let wait = ErrorKind::Deadline { retry_after: Some(Duration::from_secs(3600)), last: None };
        assert!(
            error(Action::Create, false, wait).to_string().ends_with("a wait of 3600 s, which ends after the deadline")
        );
    }
}
