//! Responds to arbitrary challenges, without a server.

use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use super::digest::Digest;
use crate::prepared_request::PreparedRequest;
use crate::response::{Received, Response};
use crate::{ApiVersion, BaseUrl};

/// The `Authorization` for a read after a 401 with these header lines. `None` without a supported challenge.
pub fn respond_to_challenges(lines: &[&[u8]], public_key: &str, private_key: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(line).ok()?);
    }
    let response = Response { status: 401, headers, body: Vec::new(), received: Received::Complete };
    let base = BaseUrl::parse("https://cloud.mongodb.com").ok()?;
    let prepared =
        PreparedRequest::read(&base, ApiVersion::V2, "e01c9427f054fe80745f3f6c", "6f5902d6e1c1b0a5d4b3c2a1").ok()?;
    let digest = Digest::new(public_key.to_owned(), private_key.into());
    if !digest.renew(0, &response, 0) {
        return None;
    }
    let authorization = digest.respond(&prepared).ok()??;
    Some(String::from_utf8_lossy(authorization.header.as_bytes()).into_owned())
}
