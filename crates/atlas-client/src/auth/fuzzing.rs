//! Challenges of any kind, taken up and answered. It must not know a server.

use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use super::digest::Digest;
use crate::call::Call;
use crate::response::{Received, Response};
use crate::{BaseUrl, Dialect};

/// The `Authorization` for a read, once these lines of a 401 are taken up; none where they hold no challenge that can be answered.
pub fn answer_challenges(lines: &[&[u8]], public_key: &str, private_key: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_bytes(line).ok()?);
    }
    let answer = Response { status: 401, headers, body: Vec::new(), received: Received::Complete };
    let base = BaseUrl::parse("https://cloud.mongodb.com").ok()?;
    let call = Call::read(&base, Dialect::V2, "e01c9427f054fe80745f3f6c", "6f5902d6e1c1b0a5d4b3c2a1").ok()?;
    let digest = Digest::new(public_key.to_owned(), private_key.into());
    if !digest.renew(0, &answer, 0) {
        return None;
    }
    let authorization = digest.respond(&call).ok()??;
    Some(String::from_utf8_lossy(authorization.header.as_bytes()).into_owned())
}
