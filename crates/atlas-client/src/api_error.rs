//! A response with a status of 400 or above: the fields of Atlas's JSON, or an excerpt of any other body.
//!
//! It doesn't decide what follows. Known secrets are masked before anything is kept.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::mask::{Mask, printable};
use crate::response::Response;

/// The longest text of one field, in characters.
const MAX_TEXT: usize = 2_000;

/// The longest excerpt of a body that is not Atlas's JSON, in characters.
const MAX_EXCERPT: usize = 120;

/// The most parameters, and the most field violations.
const MAX_ITEMS: usize = 50;

/// A response with a status of 400 or above.
///
/// Each text is one printable line of at most 2,000 characters, without the secrets that the client sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The `errorCode` of Atlas, such as `GROUP_NOT_FOUND`.
    pub error_code: Option<String>,
    /// The `detail` of Atlas: the message about this request.
    pub detail: Option<String>,
    /// The `reason` of Atlas, usually the name of the status.
    pub reason: Option<String>,
    /// The values in the text of `detail`.
    pub parameters: Vec<String>,
    /// The invalid fields of the request: the path of each, and what is wrong with it.
    pub fields: Vec<(String, String)>,
    /// The wait that `Retry-After` requests before the next attempt.
    pub retry_after: Option<Duration>,
    /// Whether the body was Atlas's JSON. If not, the response may be that of a gateway or a proxy.
    pub is_json: bool,
    /// The beginning of a body that is neither Atlas's JSON nor empty, at most 120 characters; for an HTML page, its title.
    pub excerpt: Option<String>,
}

impl ApiError {
    /// Reads a body of any kind. Of incomplete JSON the complete members are used.
    pub(crate) fn parse(status: u16, body: &[u8], mask: &Mask) -> Self {
        let json = leading_json(body);
        if !is_atlas_error(&json) {
            return Self { excerpt: excerpt(body, mask), ..Self::bare(status) };
        }
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(mask.printable(text, MAX_TEXT)),
            other => Some(mask.printable(&other.to_string(), MAX_TEXT)),
        };
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default().into_iter().take(MAX_ITEMS);
        let violation = |item: Value| {
            let member = |name: &str| text(&item[name]).unwrap_or_default();
            (member("field"), member("description"))
        };
        Self {
            error_code: text(&json["errorCode"]),
            detail: text(&json["detail"]),
            reason: text(&json["reason"]),
            parameters: items(&json["parameters"]).filter_map(|item| text(&item)).collect(),
            fields: items(&json["badRequestDetail"]["fields"]).map(violation).collect(),
            is_json: true,
            ..Self::bare(status)
        }
    }

    pub(crate) fn from_response(response: &Response, mask: &Mask) -> Self {
        let retry_after = response.retry_after(SystemTime::now());
        Self { retry_after, ..Self::parse(response.status, &response.body, mask) }
    }

    fn bare(status: u16) -> Self {
        Self {
            status,
            error_code: None,
            detail: None,
            reason: None,
            parameters: Vec::new(),
            fields: Vec::new(),
            retry_after: None,
            is_json: false,
            excerpt: None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.error_code {
            write!(f, " {code}")?;
        }
        match self.detail.as_ref().or(self.reason.as_ref()).or(self.excerpt.as_ref()) {
            Some(text) => write!(f, ", {text}"),
            None => Ok(()),
        }
    }
}

/// Atlas's schema requires `error` and `errorCode`. One of them is enough.
fn is_atlas_error(json: &Value) -> bool {
    json["errorCode"].is_string() || json["error"].is_u64()
}

/// The complete members of an object, whose end may be missing. Null for anything else.
fn leading_json(body: &[u8]) -> Value {
    let mut members = Map::new();
    let text = String::from_utf8_lossy(body);
    let read = serde_json::Deserializer::from_str(&text).deserialize_map(Members(&mut members));
    if read.is_ok() || !members.is_empty() { Value::Object(members) } else { Value::Null }
}

/// Collects the members before an error.
struct Members<'a>(&'a mut Map<String, Value>);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            // A number that is out of range must not make the other members unreadable.
            self.0.insert(name, serde_json::from_str(value.get()).unwrap_or_default());
        }
        Ok(())
    }
}

/// The beginning of a body that is not Atlas's JSON, or the title of an HTML page.
pub(crate) fn excerpt(body: &[u8], mask: &Mask) -> Option<String> {
    let text = mask.apply(&String::from_utf8_lossy(body));
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    // ASCII is enough for tags, and lowercasing it keeps every offset.
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("<!doctype html") && !lower.starts_with("<html") && !lower.contains("<title") {
        return Some(printable(text, MAX_EXCERPT));
    }
    let title = title(text, &lower).map(|title| printable(title, MAX_EXCERPT)).filter(|title| !title.is_empty());
    Some(title.map_or_else(|| "an HTML page".to_owned(), |title| format!("an HTML page, \"{title}\"")))
}

fn title<'a>(text: &'a str, lower: &str) -> Option<&'a str> {
    let tag = lower.find("<title")?;
    let begin = tag + lower[tag..].find('>')? + 1;
    let end = begin + lower[begin..].find('<')?;
    Some(&text[begin..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, body: &str) -> ApiError {
        ApiError::parse(status, body.as_bytes(), &Mask::of(&["hunter2"]))
    }

    #[test]
    fn reads_every_field_of_atlas_json() {
        let error = parse(
            400,
            r#"{"error":400,"errorCode":"VALIDATION_ERROR","detail":"Invalid.","reason":"Bad Request","parameters":["a",7],
               "badRequestDetail":{"fields":[{"field":"source.groupId","description":"must be hex"}]}}"#,
        );
        assert!(error.is_json);
        assert_eq!(error.error_code.as_deref(), Some("VALIDATION_ERROR"));
        assert_eq!(error.parameters, ["a", "7"]);
        assert_eq!(error.fields, [("source.groupId".to_owned(), "must be hex".to_owned())]);
        assert_eq!(error.to_string(), "status 400 VALIDATION_ERROR, Invalid.");
    }

    #[test]
    fn ignores_fields_of_unexpected_types() {
        let error = parse(
            500,
            r#"{"new":1e999,"error":500,"detail":null,"parameters":{},"badRequestDetail":{"fields":[1,{}]}}"#,
        );
        assert!(error.is_json);
        assert_eq!((error.detail, error.parameters.len(), error.fields.len()), (None, 0, 2));
        assert!(!parse(500, r#"{"message":"x"}"#).is_json);
        assert!(!parse(500, "\"error\"").is_json);
    }

    #[test]
    fn masks_a_secret_in_every_field() {
        let error = parse(
            400,
            r#"{"errorCode":"X","detail":"password hunter2","reason":"hunter2","parameters":["hunter2"],
               "badRequestDetail":{"fields":[{"field":"password","description":"hunter2 is weak"}]}}"#,
        );
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(error.detail.as_deref(), Some("password ***"));
        let page = parse(502, "<html><title>hunter2</title>");
        assert_eq!(page.excerpt.as_deref(), Some(r#"an HTML page, "***""#));
    }

    #[test]
    fn masks_before_truncating() {
        let error = parse(502, &format!("{}hunter2", "x".repeat(MAX_EXCERPT - 3)));
        assert!(!format!("{error:?}").contains("hun"), "{error:?}");
    }

    #[test]
    fn reads_the_beginning_of_an_incomplete_body() {
        let start = r#"{"error":400,"errorCode":"INVALID","detail":"No.","parameters":["#;
        let long = format!("{start}\"{}", "x".repeat(1024 * 1024));
        for body in [start, &long] {
            let error = parse(400, body);
            assert_eq!((error.is_json, error.to_string()), (true, "status 400 INVALID, No.".to_owned()));
        }
        let error = parse(400, &format!("{{\"detail\":\"hunter2 is wrong {}", "x".repeat(1024 * 1024)));
        assert!(!error.is_json && error.excerpt.is_some_and(|text| text.starts_with("{\"detail\":\"*** is wrong xx")));
    }

    #[test]
    fn shows_the_title_of_html() {
        let excerpt = |body: &str| parse(502, body).excerpt;
        assert_eq!(
            excerpt("<!DOCTYPE html>\n<html><head><TITLE lang=en>\n 502 Bad\tGateway </TITLE></head>…").as_deref(),
            Some(r#"an HTML page, "502 Bad Gateway""#)
        );
        assert_eq!(excerpt("<html><body>nothing").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt("<html><title>unfinished").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt("<html><title").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt(""), None);
        assert_eq!(excerpt("  \n "), None);
    }

    #[test]
    fn excerpt_is_one_short_printable_line() {
        let error = parse(502, &format!("upstream\r\n\u{1b}[31m{}", "é".repeat(500)));
        let excerpt = error.excerpt.unwrap_or_default();
        assert!(excerpt.starts_with("upstream [31mé") && excerpt.ends_with('…'), "{excerpt}");
        assert_eq!(excerpt.chars().count(), MAX_EXCERPT + 1);
        assert!(parse(502, "\u{0}\u{1}").excerpt.is_some_and(|e| e.is_empty() || e.chars().all(|c| !c.is_control())));
    }

    proptest::proptest! {
        #[test]
        fn texts_are_short_printable_and_masked(
            before in "(<html>|<title>|<!doctype html|\\{\"errorCode\":\"|)[^\u{0}]{0,200}",
            after in ".{0,200}",
        ) {
            let error = parse(500, &format!("{before}hunter2{after}"));
            let texts = [&error.error_code, &error.detail, &error.reason, &error.excerpt];
            for text in texts.into_iter().flatten() {
                proptest::prop_assert!(!text.contains("hunter2") && !text.chars().any(char::is_control));
                proptest::prop_assert!(text.chars().count() <= MAX_TEXT + 1);
            }
        }
    }
}
