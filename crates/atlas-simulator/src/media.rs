//! Media types: the request and response types of each operation in both versions. It never reads a body.

use crate::response::Response;
use crate::route::{ApiVersion, Operation};

const V2023: &str = "application/vnd.atlas.2023-01-01+json";
const V2024: &str = "application/vnd.atlas.2024-05-30+json";
const JSON: &str = "application/json";

/// The version of the API description that a request body must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    V1,
    V2023,
    V2024,
}

/// The format of the request body and the content type of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Negotiated {
    pub(crate) format: BodyFormat,
    pub(crate) content_type: &'static str,
}

/// Checks Accept, and Content-Type where the operation takes a body.
pub(crate) fn negotiate(
    operation: Operation,
    version: ApiVersion,
    accept: Option<&str>,
    content_type: Option<&str>,
    has_body: bool,
) -> Result<Negotiated, Box<Response>> {
    let negotiated = match version {
        ApiVersion::V1 => accept_json(accept)?,
        ApiVersion::V2 => accept_version(operation, accept)?,
    };
    if has_body {
        let sent = content_type.map(essence).unwrap_or_default();
        if !sent.eq_ignore_ascii_case(negotiated.content_type) {
            let detail =
                format!("The Content-Type must be {}, as announced by the Accept header.", negotiated.content_type);
            return Err(Box::new(Response::error(415, "UNSUPPORTED_MEDIA_TYPE", detail)));
        }
    }
    Ok(negotiated)
}

fn accept_version(operation: Operation, accept: Option<&str>) -> Result<Negotiated, Box<Response>> {
    let known: &[(&str, BodyFormat)] = match operation {
        Operation::Create | Operation::Validate => &[(V2024, BodyFormat::V2024), (V2023, BodyFormat::V2023)],
        _ => &[(V2023, BodyFormat::V2023)],
    };
    let sent = accept.map(essence).unwrap_or_default();
    match known.iter().find(|(media_type, _)| sent.eq_ignore_ascii_case(media_type)) {
        Some(&(content_type, format)) => Ok(Negotiated { format, content_type }),
        None => Err(Box::new(Response::error(406, "INVALID_VERSION_DATE", "Invalid accept header or version date."))),
    }
}

/// The legacy API has one type, which is also the default without an Accept header.
fn accept_json(accept: Option<&str>) -> Result<Negotiated, Box<Response>> {
    let negotiated = Negotiated { format: BodyFormat::V1, content_type: JSON };
    let Some(accept) = accept else { return Ok(negotiated) };
    let acceptable = [JSON, "application/*", "*/*"];
    if accept.split(',').any(|part| acceptable.contains(&essence(part))) {
        return Ok(negotiated);
    }
    Err(Box::new(Response::error(406, "NOT_ACCEPTABLE", "This resource supports only application/json.")))
}

/// The media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(operation: Operation, version: ApiVersion, accept: Option<&str>, content_type: Option<&str>) -> u16 {
        let has_body = matches!(operation, Operation::Create | Operation::Validate);
        negotiate(operation, version, accept, content_type, has_body).map_or_else(|response| response.status, |_| 200)
    }

    #[test]
    fn v2_accepts_only_the_versions_of_the_operation() {
        use Operation::{Create, Read};
        for (operation, accept, content_type, expected) in [
            (Create, Some(V2024), Some(V2024), 200),
            (Create, Some(V2023), Some(V2023), 200),
            (Create, Some(V2024), Some("application/vnd.atlas.2024-05-30+json; charset=utf-8"), 200),
            (Create, Some(V2024), Some(V2023), 415),
            (Create, Some(V2024), Some(JSON), 415),
            (Create, Some(V2024), None, 415),
            (Create, Some(JSON), Some(V2024), 406),
            (Create, None, Some(V2024), 406),
            (Create, Some("*/*"), Some(V2024), 406),
            (Read, Some(V2023), None, 200),
            (Read, Some(V2024), None, 406),
            (Read, None, None, 406),
        ] {
            assert_eq!(status(operation, ApiVersion::V2, accept, content_type), expected, "{operation:?} {accept:?}");
        }
    }

    #[test]
    fn v1_accepts_only_json() {
        use Operation::{Create, Read};
        for (operation, accept, content_type, expected) in [
            (Create, Some(JSON), Some(JSON), 200),
            (Create, None, Some(JSON), 200),
            (Create, Some("text/html, */*;q=0.1"), Some(JSON), 200),
            (Create, Some(JSON), Some("text/plain"), 415),
            (Create, Some(JSON), None, 415),
            (Read, Some("text/html"), None, 406),
            (Read, Some(V2023), None, 406),
        ] {
            assert_eq!(status(operation, ApiVersion::V1, accept, content_type), expected, "{operation:?} {accept:?}");
        }
    }
}
