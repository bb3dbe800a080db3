//! An answer with a status of 400 or above, made readable: Atlas's JSON, or a short word about whatever else it is.
//!
//! It must not decide what to do about it. Known secrets are masked before anything is kept.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::mask::{Mask, printable};
use crate::response::Response;

/// The longest text that is kept of one field.
const MAX_TEXT: usize = 2_000;

/// The longest excerpt of a body that is not Atlas's JSON.
const MAX_EXCERPT: usize = 120;

/// The most parameters and field violations that are kept.
const MAX_ITEMS: usize = 50;

/// What an answer with a status of 400 or above says.
///
/// Texts are printable, in one line each, cut to a sane length, and free of the secrets that the client sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Atlas's code, such as `GROUP_NOT_FOUND`.
    pub error_code: Option<String>,
    /// What Atlas says about this case.
    pub detail: Option<String>,
    /// The name of the status, as a rule.
    pub reason: Option<String>,
    /// What the detail's text was made from.
    pub parameters: Vec<String>,
    /// Violations in the request's body: the path of the field, and what is wrong with it.
    pub fields: Vec<(String, String)>,
    /// How long to wait before asking again, from `Retry-After`.
    pub retry_after: Option<Duration>,
    /// Whether the body was Atlas's JSON; if not, a gateway or a proxy may have answered in its place.
    pub is_json: bool,
    /// What the body looks like, where it was not Atlas's JSON and not empty: at most 120 characters.
    pub excerpt: Option<String>,
}

impl ApiError {
    /// Reads a body of any kind; an incomplete one yields what can be said about it.
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
            let part = |name: &str| text(&item[name]).unwrap_or_default();
            (part("field"), part("description"))
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

    /// Reads an answer, `Retry-After` included.
    pub(crate) fn from_answer(answer: &Response, mask: &Mask) -> Self {
        let retry_after = answer.retry_after(SystemTime::now());
        Self { retry_after, ..Self::parse(answer.status, &answer.body, mask) }
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

/// The fields that Atlas's schema requires of every error are `error` and `errorCode`; one of them is enough.
fn is_atlas_error(json: &Value) -> bool {
    json["errorCode"].is_string() || json["error"].is_u64()
}

/// The members of an object that are complete, also where the body ends in the middle; null for anything else.
fn leading_json(body: &[u8]) -> Value {
    let mut members = Map::new();
    let text = String::from_utf8_lossy(body);
    let read = serde_json::Deserializer::from_str(&text).deserialize_map(Members(&mut members));
    if read.is_ok() || !members.is_empty() { Value::Object(members) } else { Value::Null }
}

/// Keeps what was read before an error.
struct Members<'a>(&'a mut Map<String, Value>);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            // A number that is out of range is no reason not to read the others.
            self.0.insert(name, serde_json::from_str(value.get()).unwrap_or_default());
        }
        Ok(())
    }
}

/// What a body that is not Atlas's JSON looks like, in one short line.
pub(crate) fn excerpt(body: &[u8], mask: &Mask) -> Option<String> {
    let text = mask.apply(&String::from_utf8_lossy(body));
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    // Searching needs no Unicode, and lower-casing ASCII keeps every offset.
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("<!doctype html") && !lower.starts_with("<html") && !lower.contains("<title") {
        return Some(printable(text, MAX_EXCERPT));
    }
    let title = title(text, &lower).map(|title| printable(title, MAX_EXCERPT)).filter(|title| !title.is_empty());
    Some(title.map_or_else(|| "an HTML page".to_owned(), |title| format!("an HTML page, «{title}»")))
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
    fn atlas_json_is_read_whole() {
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
    fn odd_shapes_are_no_failure() {
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
    fn an_echoed_secret_is_masked_everywhere() {
        let error = parse(
            400,
            r#"{"errorCode":"X","detail":"password hunter2","reason":"hunter2","parameters":["hunter2"],
               "badRequestDetail":{"fields":[{"field":"password","description":"hunter2 is weak"}]}}"#,
        );
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(error.detail.as_deref(), Some("password ***"));
        let page = parse(502, "<html><title>hunter2</title>");
        assert_eq!(page.excerpt.as_deref(), Some("an HTML page, «***»"));
    }

    #[test]
    fn masking_comes_before_cutting() {
        let error = parse(502, &format!("{}hunter2", "x".repeat(MAX_EXCERPT - 3)));
        assert!(!format!("{error:?}").contains("hun"), "{error:?}");
    }

    #[test]
    fn beginning_of_a_body_that_breaks_off_is_read() {
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
    fn html_is_told_by_its_title() {
        let excerpt = |body: &str| parse(502, body).excerpt;
        assert_eq!(
            excerpt("<!DOCTYPE html>\n<html><head><TITLE lang=en>\n 502 Bad\tGateway </TITLE></head>…").as_deref(),
            Some("an HTML page, «502 Bad Gateway»")
        );
        assert_eq!(excerpt("<html><body>nothing").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt("<html><title>unfinished").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt("<html><title").as_deref(), Some("an HTML page"));
        assert_eq!(excerpt(""), None);
        assert_eq!(excerpt("  \n "), None);
    }

    #[test]
    fn an_excerpt_is_one_short_printable_line() {
        let error = parse(502, &format!("upstream\r\n\u{1b}[31m{}", "é".repeat(500)));
        let excerpt = error.excerpt.unwrap_or_default();
        assert!(excerpt.starts_with("upstream [31mé") && excerpt.ends_with('…'), "{excerpt}");
        assert_eq!(excerpt.chars().count(), MAX_EXCERPT + 1);
        assert!(parse(502, "\u{0}\u{1}").excerpt.is_some_and(|e| e.is_empty() || e.chars().all(|c| !c.is_control())));
    }

    proptest::proptest! {
        #[test]
        fn any_body_gives_short_printable_texts_without_the_secret(
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
