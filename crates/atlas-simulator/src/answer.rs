//! Answers before they are HTTP: status, headers, body, and Atlas's error form; knows nothing of operations.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_stream::Stream;

/// An answer of the simulated API, or of a gateway in front of it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Payload,
    /// The request's note in the log.
    pub(crate) note: String,
    /// Whether Atlas itself answers, with its rate limit headers.
    pub(crate) from_atlas: bool,
}

/// What follows the headers.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Whole(Vec<u8>),
    /// The first half only, then the connection is closed, though the whole length was announced.
    Half(Vec<u8>),
    /// A JSON document with one string of that many bytes.
    Huge(usize),
}

impl Answer {
    /// Atlas's error form with this status, code and detail.
    pub fn error(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self::error_with(status, code, detail, &[])
    }

    pub(crate) fn error_with(status: u16, code: &str, detail: impl Into<String>, parameters: &[&str]) -> Self {
        let body = json!({
            "error": status,
            "errorCode": code,
            "detail": detail.into(),
            "reason": reason(status),
            "parameters": parameters,
        });
        Self { note: code.to_owned(), ..Self::json_value(status, "application/json", &body) }
    }

    /// The 401 of the API, still without a challenge.
    pub(crate) fn unauthorized(note: &str) -> Self {
        Self::error(401, "USER_UNAUTHORIZED", "You are not authorized for this resource.").noted(note)
    }

    /// A JSON body as it is, valid or not.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::raw(status, "application/json", body)
    }

    /// An HTML page, as a gateway answers that knows nothing of the API.
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
            body: Payload::Whole(body.into()),
            note: String::new(),
            from_atlas: true,
        }
    }

    /// The same answer with one more header, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn json_value(status: u16, content_type: &str, body: &Value) -> Self {
        Self::raw(status, content_type, body.to_string())
    }

    #[must_use]
    pub(crate) fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut announced = None;
        let body = match self.body {
            Payload::Whole(bytes) => Body::from(bytes),
            Payload::Half(bytes) => {
                announced = Some(bytes.len());
                Body::from_stream(HalfBody::new(bytes))
            }
            Payload::Huge(size) => Body::from_stream(tokio_stream::iter(huge(size))),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            // A test may ask for a header that HTTP does not allow; it is left out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        if let Some(length) = announced {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

/// The standard words for a status, as Atlas puts them into `reason`.
pub(crate) fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// Yields half of the bytes, lets them be written, then breaks off.
struct HalfBody {
    half: Option<Bytes>,
    flushed: bool,
}

impl HalfBody {
    fn new(bytes: Vec<u8>) -> Self {
        let half = bytes.len() / 2;
        Self { half: Some(Bytes::from(bytes).slice(..half)), flushed: false }
    }
}

impl Stream for HalfBody {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(half)));
        }
        if !self.flushed {
            // Pending once, because the server writes out what it has when the body has nothing.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the answer ends here on purpose"))))
    }
}

/// `{"_id":"xxxx…"}` in pieces, so that the server's memory stays small.
fn huge(size: usize) -> impl Iterator<Item = Result<Bytes, io::Error>> {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let pieces = (0..size.div_ceil(PIECE)).map(move |_| piece.clone());
    std::iter::once(Bytes::from_static(b"{\"_id\":\""))
        .chain(pieces)
        .chain(std::iter::once(Bytes::from_static(b"\"}")))
        .map(Ok)
}
