//! Answers of any kind, read as each operation reads them. It must not know a server.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{LiveMigrationAnswer, ValidationAnswer, json, started};
use crate::error::ErrorKind;
use crate::http::{Answer, Body};
use crate::mask::Mask;

/// What the operations make of an answer with these headers and this body, as texts: for each a value, or what is wrong.
pub fn read_answer(status: u16, headers: &[(&str, &[u8])], body: &[u8], secret: &str) -> Vec<String> {
    let mask = Mask::new([secret.into()]);
    let answer = || Answer { status, headers: header_map(headers), body: Body::Complete(body.to_vec()) };
    if !answer().is_success() {
        return vec![ErrorKind::refused(&answer(), &mask).to_string()];
    }
    let text = |value: Result<String, ErrorKind>| value.unwrap_or_else(|kind| kind.to_string());
    let read = json::<LiveMigrationAnswer>(answer(), &mask).map(|read| format!("{:?}", read.into_migration("asked")));
    let created = started(answer(), &mask).map(|begun| format!("{:?}", LiveMigrationAnswer::lenient(begun)));
    let job =
        json::<ValidationAnswer>(answer(), &mask).map(|read| format!("{:?}", read.into_validation("asked", &mask)));
    vec![text(read), text(created), text(job)]
}

fn header_map(headers: &[(&str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}
