//! The record of a request, and how it is printed. Secrets are masked in every output; only the field `body` has them.

use crate::authorization::Authorization;
use crate::route::Operation;
use serde_json::Value;
use std::fmt::{self, Write as _};
use std::time::SystemTime;

/// A request to the simulated API.
#[derive(Clone)]
pub struct Request {
    /// Starts at 1, in the order of arrival.
    pub number: usize,
    /// The number of the connection, which starts at 1.
    pub connection: usize,
    /// When it arrived, in simulated time.
    pub at: SystemTime,
    /// The HTTP method, in uppercase.
    pub method: String,
    /// The path and the query, as received.
    pub path: String,
    /// The operation that the method and the path select.
    pub operation: Operation,
    /// The Accept header.
    pub accept: Option<String>,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The User-Agent header.
    pub user_agent: Option<String>,
    /// The Authorization header without its secrets.
    pub authorization: Authorization,
    /// The body as received, including the password. It is masked in Debug and in the log.
    pub body: String,
    /// Whether its credentials were accepted.
    pub authenticated: bool,
    /// Whether the request reached the operation, whatever response the client got.
    pub processed: bool,
    /// How the request ended.
    pub outcome: Outcome,
    /// The cause of the response: an error code, a fault, the ID that was created.
    pub note: String,
}

impl Request {
    /// The body as JSON; null when it isn't valid JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The status of the response; none without a response.
    pub const fn status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Responded(status) => Some(status),
            _ => None,
        }
    }

    pub(crate) fn add_note(&mut self, note: &str) {
        if !note.is_empty() && !self.note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(note);
    }

    /// The request in one line: time, number, connection, method, path, outcome, authorization, note.
    pub fn line(&self) -> String {
        let time = humantime::format_rfc3339_millis(self.at);
        let mut line =
            format!("{time} #{} c{} {} {} {}", self.number, self.connection, self.method, self.path, self.outcome);
        // Writing to a string can't fail.
        let _ = match &self.authorization {
            Authorization::Digest { username, nc, .. } => write!(line, " digest {username} nc={nc}"),
            Authorization::Basic { username } => write!(line, " basic {username}"),
            Authorization::Bearer => write!(line, " bearer"),
            Authorization::Other => write!(line, " other authorization"),
            Authorization::None => Ok(()),
        };
        if !self.note.is_empty() {
            let _ = write!(line, " ({})", self.note);
        }
        line
    }

    /// The body with every password masked, or the length of a body that isn't valid JSON.
    pub fn masked_body(&self) -> String {
        if self.body.is_empty() {
            return String::new();
        }
        match serde_json::from_str::<Value>(&self.body) {
            Ok(mut body) => {
                mask(&mut body);
                body.to_string()
            }
            Err(_) => format!("<{} bytes>", self.body.len()),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.line(), self.masked_body())
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is still being processed.
    Pending,
    /// A response with this status was sent.
    Responded(u16),
    /// The connection was reset by a fault.
    Reset,
    /// The client disconnected before the response.
    Disconnected,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.write_str("..."),
            Self::Responded(status) => write!(f, "{status}"),
            Self::Reset => f.write_str("reset"),
            Self::Disconnected => f.write_str("disconnected"),
        }
    }
}

/// One line for each request, followed by its body, if any.
pub(crate) fn render(requests: &[Request]) -> String {
    let mut log = String::new();
    for request in requests {
        log.push_str(&request.line());
        log.push('\n');
        let body = request.masked_body();
        if !body.is_empty() {
            let _ = writeln!(log, "    {body}");
        }
    }
    log
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.eq_ignore_ascii_case("password") && !value.is_null() {
                    *value = Value::from("***");
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Request {
        Request {
            number: 1,
            connection: 2,
            at: SystemTime::UNIX_EPOCH,
            method: "POST".to_owned(),
            path: "/path".to_owned(),
            operation: Operation::Create,
            accept: None,
            content_type: None,
            user_agent: None,
            authorization: Authorization::parse(Some(
                "Digest username=\"key\", nonce=\"n\", nc=00000001, response=\"r\"",
            )),
            body: body.to_owned(),
            authenticated: true,
            processed: true,
            outcome: Outcome::Responded(201),
            note: "created".to_owned(),
        }
    }

    #[test]
    fn prints_no_secret() {
        let with_password = request(r#"{"source":{"username":"u","password":"hunter2"}}"#);
        let log = render(std::slice::from_ref(&with_password));
        assert_eq!(
            log,
            "1970-01-01T00:00:00.000Z #1 c2 POST /path 201 digest key nc=00000001 (created)\n    \
             {\"source\":{\"password\":\"***\",\"username\":\"u\"}}\n"
        );
        assert!(!format!("{with_password:?}").contains("hunter2"));
        assert_eq!(request("token=hunter2").masked_body(), "<13 bytes>");
    }
}
