//! Decodes arbitrary responses as each operation does, without a server.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{live_migration, requested, started, validation_job};
use crate::available_projects::projects;
use crate::error::ErrorKind;
use crate::mask::Mask;
use crate::response::{Received, Response};

/// The results of the operations for a response with these headers and this body, as texts: values, or errors.
pub fn read_response(status: u16, headers: &[(&str, &[u8])], body: &[u8], secret: &str) -> Vec<String> {
    let mask = Mask::of(&[secret]);
    let response =
        || Response { status, headers: header_map(headers), body: body.to_vec(), received: Received::Complete };
    if !response().is_success() {
        return vec![ErrorKind::from_response(&response(), &mask).to_string()];
    }
    let text = |value: Result<String, ErrorKind>| value.unwrap_or_else(|kind| kind.to_string());
    let read = requested("requested", response(), &mask)
        .map(|body| format!("{:?}", live_migration("requested", &body, &mask)));
    let created = started(response(), &mask).map(|(id, body)| format!("{:?}", live_migration(&id, &body, &mask)));
    let job = requested("requested", response(), &mask)
        .map(|body| format!("{:?}", validation_job("requested", &body, &mask)));
    let listed = projects(response(), &mask).map(|projects| projects.len().to_string());
    vec![text(read), text(created), text(job), text(listed)]
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
