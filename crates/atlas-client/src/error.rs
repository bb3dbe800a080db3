//! What can go wrong with one operation, for programs: the operation, how often it was tried, and why it failed.
//!
//! It must not know how failures are explained to people, and it holds no secret and no body.

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

/// The longest address of a redirect that is kept.
const MAX_LOCATION: usize = 200;

type Source = Box<dyn StdError + Send + Sync>;

/// Why an operation failed.
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

/// The ways an operation fails. Matching without a wildcard is meant: a new way needs new words.
#[derive(Debug)]
pub enum ErrorKind {
    /// Atlas, or a gateway before it, answered with a status of 400 or above.
    Api(Box<ApiError>),
    /// Who calls could not be proven.
    Authentication(AuthenticationError),
    /// The connection broke after the request, or a part of it, had been sent.
    Broken(Source),
    /// No connection was opened, so nothing was sent.
    Connect(ConnectCause, Source),
    /// The deadline is reached, or comes before the next attempt may be made.
    Deadline {
        /// The wait that the server asked for by `Retry-After`, where that is longer than what was left.
        retry_after: Option<Duration>,
        /// How the last attempt failed; `None` when there was no time for one.
        last: Option<Box<Error>>,
    },
    /// An environment variable that names a proxy or certificates can't be used.
    Environment(EnvironmentError),
    /// The request cannot be made as asked.
    InvalidRequest(String),
    /// The answer is a redirect, which is never followed: it would send the request, a password included, to somewhere else.
    Redirect {
        /// The status, 300 to 399.
        status: u16,
        /// Where it leads, as told, without a query.
        location: Option<String>,
    },
    /// The HTTP client could not be set up: as a rule no CA certificates were found (`SSL_CERT_FILE` names a file of them).
    Setup(Source),
    /// The caller's stop came first.
    Stopped,
    /// The attempt took longer than its time limit.
    Timeout(Duration),
    /// A status of success with a body that does not say what it must.
    Unreadable {
        /// The status, 200 to 299.
        status: u16,
        /// What is wrong with the body, with the JSON path where there is one.
        why: String,
    },
}

impl ErrorKind {
    /// What an answer without success means.
    pub(crate) fn refused(answer: &Response, mask: &Mask) -> Self {
        if answer.status >= 400 {
            return Self::Api(Box::new(ApiError::from_answer(answer, mask)));
        }
        let location = answer.headers.get(LOCATION).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            // A query of a login page may hold a session.
            mask.printable(text.split(['?', '#']).next().unwrap_or_default(), MAX_LOCATION)
        });
        Self::Redirect { status: answer.status, location }
    }
}

impl Error {
    pub(crate) fn new(operation: Operation, attempts: u32, sent: bool, kind: ErrorKind) -> Self {
        Self { inner: Box::new(Inner { operation, attempts, sent, kind }) }
    }

    /// What was asked for.
    pub fn operation(&self) -> &Operation {
        &self.inner.operation
    }

    /// How many attempts were made, those included that ended while authenticating.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Why it failed.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// The answer with a status of 400 or above behind this error, that of the last attempt included.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.inner.kind {
            ErrorKind::Api(api) | ErrorKind::Authentication(AuthenticationError::Rejected(api)) => Some(api),
            ErrorKind::Deadline { last: Some(last), .. } => last.api(),
            _ => None,
        }
    }

    /// The HTTP status of the last answer, if there was one.
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

    /// Atlas's own code, such as `RESOURCE_NOT_FOUND`.
    pub fn error_code(&self) -> Option<&str> {
        self.api().and_then(|api| api.error_code.as_deref())
    }

    /// Whether Atlas itself says, by a 404 with its JSON, that something in the path does not exist. `error_code` tells what.
    pub fn is_not_found_json(&self) -> bool {
        matches!(&self.inner.kind, ErrorKind::Api(api) if api.status == 404 && api.is_json)
    }

    /// Whether the caller's stop ended it.
    pub fn is_stopped(&self) -> bool {
        matches!(self.inner.kind, ErrorKind::Stopped)
    }

    /// Whether no request of this operation reached a connection; requests for authentication do not count.
    pub fn nothing_was_sent(&self) -> bool {
        match &self.inner.kind {
            ErrorKind::Deadline { last, .. } => last.as_ref().is_none_or(|last| last.nothing_was_sent()),
            _ => !self.inner.sent,
        }
    }

    /// Whether a write may have been executed although it failed: it was sent, and no answer of 400 to 499 proves that
    /// it was refused. Always false for a read.
    pub fn perhaps_executed(&self) -> bool {
        let refused = self.api().is_some_and(|api| (400..500).contains(&api.status));
        self.inner.operation.action.is_write() && !refused && !self.nothing_was_sent()
    }

    /// The causes below this error in one line, outermost first; empty when there are none.
    pub fn causes(&self) -> String {
        let mut line = String::new();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their source in their own text.
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
            Self::Broken(_) => f.write_str("the connection broke before the answer was complete"),
            Self::Connect(cause, _) => f.write_str(cause.as_str()),
            Self::Deadline { retry_after: Some(wait), .. } => {
                write!(f, "the server asks to wait {} s, longer than the time that is left", wait.as_secs())
            }
            Self::Deadline { retry_after: None, .. } => f.write_str("the time for it is over"),
            Self::Environment(error) => error.fmt(f),
            Self::InvalidRequest(why) => f.write_str(why),
            Self::Redirect { status, location: Some(location) } => {
                write!(f, "the answer is a redirect (status {status}) to {location}")
            }
            Self::Redirect { status, location: None } => write!(f, "the answer is a redirect (status {status})"),
            Self::Setup(_) => f.write_str("the HTTP client could not be set up"),
            Self::Stopped => f.write_str("it was stopped"),
            Self::Timeout(after) => write!(f, "there was no complete answer within {after:?}"),
            Self::Unreadable { status, why } => write!(f, "the answer (status {status}) is unreadable: {why}"),
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
    fn only_a_4xx_or_nothing_sent_proves_that_a_write_was_not_executed() {
        let perhaps = |sent, kind| error(Action::Create, sent, kind).perhaps_executed();
        for status in [400, 401, 404, 409, 429, 499] {
            assert!(!perhaps(true, api(status, "")), "{status}");
        }
        assert!(!perhaps(false, ErrorKind::Stopped));
        assert!(!perhaps(false, ErrorKind::Connect(ConnectCause::Refused, "refused".into())));
        assert!(perhaps(true, api(500, "")));
        assert!(perhaps(true, api(503, "")));
        assert!(perhaps(true, ErrorKind::Broken("reset".into())));
        assert!(perhaps(true, ErrorKind::Timeout(Duration::from_secs(30))));
        assert!(perhaps(true, ErrorKind::Unreadable { status: 201, why: "no `_id`".into() }));
        assert!(perhaps(true, ErrorKind::Redirect { status: 307, location: None }));
        assert!(perhaps(true, ErrorKind::Stopped));
    }

    #[test]
    fn a_deadline_is_as_certain_as_the_attempt_before_it() {
        let deadline = |last| ErrorKind::Deadline { retry_after: None, last };
        let after = |sent, kind| {
            let last = error(Action::Create, sent, kind);
            error(Action::Create, false, deadline(Some(Box::new(last))))
        };
        assert!(!error(Action::Create, false, deadline(None)).perhaps_executed());
        assert!(!after(true, api(429, "")).perhaps_executed());
        assert!(!after(false, api(500, "")).perhaps_executed());
        assert!(after(true, api(500, "")).perhaps_executed());
        assert_eq!(after(true, api(429, "")).status(), Some(429));
    }

    #[test]
    fn a_read_never_executes_anything() {
        assert!(!error(Action::Read, true, ErrorKind::Broken("reset".into())).perhaps_executed());
    }

    #[test]
    fn only_atlas_itself_says_not_found() {
        let not_found = |status, body| error(Action::Read, true, api(status, body)).is_not_found_json();
        let json = r#"{"error":404,"errorCode":"RESOURCE_NOT_FOUND","detail":"x"}"#;
        assert!(not_found(404, json));
        assert!(!not_found(404, "<html><title>404</title></html>"));
        assert!(!not_found(404, ""));
        assert!(!not_found(404, "[]"));
        assert!(!not_found(403, json));
    }

    #[test]
    fn display_is_one_lower_case_line_without_its_source() {
        let refused = error(Action::Read, false, ErrorKind::Connect(ConnectCause::Refused, "os error 111".into()));
        assert_eq!(refused.to_string(), "read (GET /p) failed: the connection was refused");
        assert_eq!(refused.causes(), "os error 111");
        let wait = ErrorKind::Deadline { retry_after: Some(Duration::from_secs(3600)), last: None };
        assert!(
            error(Action::Create, false, wait).to_string().ends_with("wait 3600 s, longer than the time that is left")
        );
    }
}
