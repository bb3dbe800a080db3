//! What a fault does to a request.

use crate::answer::{Answer, Payload};
use serde_json::Value;

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// This answer in the place of the operation's.
    Answer(Answer),
    /// The operation's answer without its `_id`.
    WithoutId,
    /// The operation's answer, status included, with a body that is no JSON any more.
    InvalidJson,
    /// Half of the operation's answer, then the connection is closed.
    Truncate,
    /// The operation's status with a body of that many bytes, streamed.
    Huge(usize),
    /// The connection is reset (RST).
    Reset,
    /// No answer, until the client gives up.
    Silence,
    /// Waits for [`FaultHandle::release`](crate::FaultHandle::release), then goes on; also when the client has given up meanwhile.
    Hold,
    /// The operation's answer with these headers too, such as Sunset or Deprecation.
    Headers(Vec<(String, String)>),
    /// Every nonce has become stale when the request arrives.
    StaleNonce,
    /// Every access token has expired when the request arrives.
    ExpireTokens,
    /// The service account with this client id is revoked when the request arrives.
    RevokeAccount(String),
}

impl Action {
    /// Atlas's error form with this status and code.
    pub fn error(status: u16, code: &str, detail: &str) -> Self {
        Self::Answer(Answer::error(status, code, detail))
    }

    /// A gateway's HTML page with this status.
    pub fn html(status: u16) -> Self {
        Self::Answer(Answer::html(status))
    }

    /// 429 with `Retry-After` in seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let answer = Answer::error(429, "RATE_LIMITED", "Too many requests.");
        Self::Answer(answer.header("retry-after", retry_after_seconds.to_string()))
    }

    /// 307 to another URL.
    pub fn redirect(url: &str) -> Self {
        Self::Answer(Answer::raw(307, "text/plain", "").header("location", url))
    }

    /// One more header on the operation's answer.
    pub fn header(name: &str, value: &str) -> Self {
        Self::Headers(vec![(name.to_owned(), value.to_owned())])
    }

    /// The name in the request's note.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
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

    /// Whether it acts on what authentication remembers, and so has to come before it.
    pub(crate) const fn is_about_credentials(&self) -> bool {
        matches!(self, Self::StaleNonce | Self::ExpireTokens | Self::RevokeAccount(_))
    }

    /// Changes the operation's answer, where the action is of that kind.
    pub(crate) fn alter(&self, mut answer: Answer) -> Answer {
        match (self, &mut answer.body) {
            (Self::WithoutId, Payload::Whole(bytes)) => {
                if let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) {
                    body.remove("_id");
                    *bytes = Value::Object(body).to_string().into_bytes();
                }
            }
            (Self::InvalidJson, body) => *body = Payload::Whole(b"{\"_id\":\"6296fb4c7c7a".to_vec()),
            (Self::Truncate, Payload::Whole(bytes)) => answer.body = Payload::Half(std::mem::take(bytes)),
            (Self::Huge(size), body) => *body = Payload::Huge(*size),
            (Self::Headers(headers), _) => answer.headers.extend(headers.iter().cloned()),
            _ => {}
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_loses_its_id_only() {
        let answer = Answer::json(201, r#"{"_id":"1","status":"NEW"}"#);
        let altered = Action::WithoutId.alter(answer);
        let Payload::Whole(bytes) = altered.body else { panic!("the body is whole") };
        assert_eq!((altered.status, bytes.as_slice()), (201, br#"{"status":"NEW"}"#.as_slice()));
    }
}
