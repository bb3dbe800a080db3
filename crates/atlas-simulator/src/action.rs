//! What a fault does to a request. It is independent of which requests a fault applies to.

use crate::response::{Response, ResponseBody};
use serde_json::Value;

/// What a fault does to a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// This response replaces that of the operation.
    Respond(Response),
    /// The operation's response without its `_id`.
    WithoutId,
    /// The operation's response and status, with a body that is not valid JSON.
    InvalidJson,
    /// Half of the operation's response; then the connection is closed.
    Truncate,
    /// The operation's status with a streamed body of this many bytes.
    Huge(usize),
    /// The connection is reset (TCP RST).
    Reset,
    /// No response; the connection stays open until the client closes it.
    Silence,
    /// The request waits for [`FaultHandle::release`](crate::FaultHandle::release), and then continues even when the
    /// client has disconnected.
    Hold,
    /// The operation's response with these additional headers, such as Sunset or Deprecation.
    Headers(Vec<(String, String)>),
    /// Every nonce becomes stale before the request is authenticated.
    StaleNonce,
    /// Every access token expires before the request is authenticated.
    ExpireTokens,
    /// The service account with this client ID is revoked before the request is authenticated.
    RevokeAccount(String),
}

impl Action {
    /// A response in Atlas's error format with this status and code.
    pub fn error(status: u16, code: &str, detail: &str) -> Self {
        Self::Respond(Response::error(status, code, detail))
    }

    /// The HTML error page of a gateway with this status.
    pub fn html(status: u16) -> Self {
        Self::Respond(Response::html(status))
    }

    /// 429 with `Retry-After`, in seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let response = Response::error(429, "RATE_LIMITED", "Too many requests.");
        Self::Respond(response.header("retry-after", retry_after_seconds.to_string()))
    }

    /// A redirect (307) to another URL.
    pub fn redirect(url: &str) -> Self {
        Self::Respond(Response::raw(307, "text/plain", "").header("location", url))
    }

    /// The operation's response with an additional header.
    pub fn header(name: &str, value: &str) -> Self {
        Self::Headers(vec![(name.to_owned(), value.to_owned())])
    }

    /// The name in the log and, except for `response`, `headers` and `revoke-account`, in the control API.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Respond(_) => "response",
            Self::WithoutId => "without-id",
            Self::InvalidJson => "invalid-json",
            Self::Truncate => "truncate",
            Self::Huge(_) => "huge",
            Self::Reset => "reset",
            Self::Silence => "silence",
            Self::Hold => "hold",
            Self::Headers(_) => "headers",
            Self::StaleNonce => "stale-nonce",
            Self::ExpireTokens => "expire-tokens",
            Self::RevokeAccount(_) => "revoke-account",
        }
    }

    /// Whether it changes credentials, and so must come before the authentication.
    pub(crate) const fn changes_credentials(&self) -> bool {
        matches!(self, Self::StaleNonce | Self::ExpireTokens | Self::RevokeAccount(_))
    }

    /// Applies an action that changes the operation's response; any other action returns it unchanged.
    pub(crate) fn modify(&self, mut response: Response) -> Response {
        match (self, &mut response.body) {
            (Self::WithoutId, ResponseBody::Complete(bytes)) => {
                if let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) {
                    body.remove("_id");
                    *bytes = Value::Object(body).to_string().into_bytes();
                }
            }
            (Self::InvalidJson, body) => *body = ResponseBody::Complete(b"{\"_id\":\"6296fb4c7c7a".to_vec()),
            (Self::Truncate, ResponseBody::Complete(bytes)) => {
                response.body = ResponseBody::Truncated(std::mem::take(bytes));
            }
            (Self::Huge(size), body) => *body = ResponseBody::Huge(*size),
            (Self::Headers(headers), _) => response.headers.extend(headers.iter().cloned()),
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_id_removes_only_the_id() {
        let response = Response::json(201, r#"{"_id":"1","status":"NEW"}"#);
        let modified = Action::WithoutId.modify(response);
        let ResponseBody::Complete(bytes) = modified.body else { panic!("the body is complete") };
        assert_eq!((modified.status, bytes.as_slice()), (201, br#"{"status":"NEW"}"#.as_slice()));
    }
}
