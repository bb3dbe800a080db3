//! The responses of the simulated API: status, headers, body, and Atlas's error format. They are independent of the
//! operations.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use serde_json::{Value, json};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_stream::Stream;

/// A response of the simulated API, or of a gateway in front of it.
#[derive(Clone, Debug)]
pub struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: ResponseBody,
    /// Becomes part of the request's note in the log.
    pub(crate) note: String,
    /// Whether the response comes from Atlas, which adds its rate limit headers, and not from a gateway.
    pub(crate) from_atlas: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum ResponseBody {
    Complete(Vec<u8>),
    /// Only the first half is sent, under the full Content-Length; then the connection is closed.
    Truncated(Vec<u8>),
    /// A JSON document with one string of this many bytes.
    Huge(usize),
}

impl Response {
    /// Atlas's error format with this status, code and detail.
    pub fn error(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self::error_with_parameters(status, code, detail, &[])
    }

    pub(crate) fn error_with_parameters(
        status: u16,
        code: &str,
        detail: impl Into<String>,
        parameters: &[&str],
    ) -> Self {
        let body = json!({
            "error": status,
            "errorCode": code,
            "detail": detail.into(),
            "reason": reason(status),
            "parameters": parameters,
        });
        Self { note: code.to_owned(), ..Self::json_value(status, "application/json", &body) }
    }

    /// The 401 of the API, to which the caller adds a challenge.
    pub(crate) fn unauthorized(note: &str) -> Self {
        Self::error(401, "USER_UNAUTHORIZED", "You are not authorized for this resource.").with_note(note)
    }

    /// A JSON body, which is sent unchanged, valid or not.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::raw(status, "application/json", body)
    }

    /// An HTML error page, as a gateway in front of the API sends it.
    pub fn html(status: u16) -> Self {
        let title = format!("{status} {}", reason(status));
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
             <hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"
        );
        Self { from_atlas: false, ..Self::raw(status, "text/html", page) }
    }

    /// A body of any type.
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: ResponseBody::Complete(body.into()),
            note: String::new(),
            from_atlas: true,
        }
    }

    /// Adds a header, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn json_value(status: u16, content_type: &str, body: &Value) -> Self {
        Self::raw(status, content_type, body.to_string())
    }

    #[must_use]
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn into_http(self) -> HttpResponse {
        let mut content_length = None;
        let body = match self.body {
            ResponseBody::Complete(bytes) => Body::from(bytes),
            ResponseBody::Truncated(bytes) => {
                content_length = Some(bytes.len());
                Body::from_stream(TruncatedBody::new(bytes))
            }
            ResponseBody::Huge(size) => Body::from_stream(tokio_stream::iter(huge(size))),
        };
        let mut response = HttpResponse::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            // A header that HTTP doesn't allow is left out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        if let Some(length) = content_length {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

/// The standard reason phrase of a status, which Atlas sends as `reason`.
pub(crate) fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// Yields half of the bytes, waits until they are written, then fails.
struct TruncatedBody {
    half: Option<Bytes>,
    flushed: bool,
}

impl TruncatedBody {
    fn new(bytes: Vec<u8>) -> Self {
        let half = bytes.len() / 2;
        Self { half: Some(Bytes::from(bytes).slice(..half)), flushed: false }
    }
}

impl Stream for TruncatedBody {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(half)));
        }
        if !self.flushed {
            // Pending once, because the server writes its buffer when the body has no data.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the response is truncated on purpose"))))
    }
}

/// `{"_id":"xxxx…"}` in chunks, so that the server needs little memory.
fn huge(size: usize) -> impl Iterator<Item = Result<Bytes, io::Error>> {
    const CHUNK: usize = 64 * 1024;
    let chunk = Bytes::from(vec![b'x'; CHUNK]);
    let chunks = (0..size.div_ceil(CHUNK)).map(move |_| chunk.clone());
    std::iter::once(Bytes::from_static(b"{\"_id\":\""))
        .chain(chunks)
        .chain(std::iter::once(Bytes::from_static(b"\"}")))
        .map(Ok)
}
