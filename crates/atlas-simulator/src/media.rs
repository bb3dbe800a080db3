//! Media types: which ones each operation takes and answers with, in both dialects; it must not look into bodies.

use crate::answer::Answer;
use crate::route::{Dialect, Operation};

const V2023: &str = "application/vnd.atlas.2023-01-01+json";
const V2024: &str = "application/vnd.atlas.2024-05-30+json";
const JSON: &str = "application/json";

/// The form of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    V1,
    V2023,
    V2024,
}

/// What was agreed on: the form of the body and the content type of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) form: Form,
    pub(crate) content_type: &'static str,
}

/// Checks Accept, and Content-Type where the request has a body.
pub(crate) fn agree(
    operation: Operation,
    dialect: Dialect,
    accept: Option<&str>,
    content_type: Option<&str>,
    has_body: bool,
) -> Result<Agreed, Box<Answer>> {
    let agreed = match dialect {
        Dialect::V1 => accept_json(accept)?,
        Dialect::V2 => accept_version(operation, accept)?,
    };
    if has_body {
        let sent = content_type.map(essence).unwrap_or_default();
        if !sent.eq_ignore_ascii_case(agreed.content_type) {
            let detail =
                format!("The Content-Type must be {}, as announced by the Accept header.", agreed.content_type);
            return Err(Box::new(Answer::error(415, "UNSUPPORTED_MEDIA_TYPE", detail)));
        }
    }
    Ok(agreed)
}

fn accept_version(operation: Operation, accept: Option<&str>) -> Result<Agreed, Box<Answer>> {
    let known: &[(&str, Form)] = match operation {
        Operation::Create | Operation::Validate => &[(V2024, Form::V2024), (V2023, Form::V2023)],
        _ => &[(V2023, Form::V2023)],
    };
    let sent = accept.map(essence).unwrap_or_default();
    match known.iter().find(|(media_type, _)| sent.eq_ignore_ascii_case(media_type)) {
        Some(&(content_type, form)) => Ok(Agreed { form, content_type }),
        None => Err(Box::new(Answer::error(406, "INVALID_VERSION_DATE", "Invalid accept header or version date."))),
    }
}

/// The legacy dialect has one type; a client that names none gets it too.
fn accept_json(accept: Option<&str>) -> Result<Agreed, Box<Answer>> {
    let agreed = Agreed { form: Form::V1, content_type: JSON };
    let Some(accept) = accept else { return Ok(agreed) };
    let acceptable = [JSON, "application/*", "*/*"];
    if accept.split(',').any(|part| acceptable.contains(&essence(part))) {
        return Ok(agreed);
    }
    Err(Box::new(Answer::error(406, "NOT_ACCEPTABLE", "This resource answers with application/json only.")))
}

/// The media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(operation: Operation, dialect: Dialect, accept: Option<&str>, content_type: Option<&str>) -> u16 {
        let has_body = matches!(operation, Operation::Create | Operation::Validate);
        agree(operation, dialect, accept, content_type, has_body).map_or_else(|answer| answer.status, |_| 200)
    }

    #[test]
    fn v2_takes_exactly_the_versions_of_the_operation() {
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
            assert_eq!(status(operation, Dialect::V2, accept, content_type), expected, "{operation:?} {accept:?}");
        }
    }

    #[test]
    fn v1_takes_json() {
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
            assert_eq!(status(operation, Dialect::V1, accept, content_type), expected, "{operation:?} {accept:?}");
        }
    }
}
