//! The responses of the control API, which are JSON.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A response with this status and the message as `{"error": "…"}`.
pub(crate) struct Error(StatusCode, String);

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self(StatusCode::NOT_FOUND, message.to_owned())
    }

    pub(crate) fn conflict(message: &str) -> Self {
        Self(StatusCode::CONFLICT, message.to_owned())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = json_response(&json!({"error": self.1}));
        *response.status_mut() = self.0;
        response
    }
}

pub(crate) fn done() -> Response {
    json_response(&json!({"done": true}))
}

/// Indented and with a final line break, to be read in a terminal.
pub(crate) fn json_response(value: &Value) -> Response {
    ([("content-type", "application/json")], format!("{value:#}\n")).into_response()
}
