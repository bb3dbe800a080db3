//! A line of hclog's JSON.

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::fields::Fields;

/// go-plugin splits longer lines into pieces that aren't JSON.
const MAX_LINE: usize = 64 * 1024 - 1;

/// The numbers of bytes to truncate texts to, tried in order until the line is short enough.
const LIMITS: [usize; 5] = [usize::MAX, 16 * 1024, 4 * 1024, 1024, 128];

pub(super) struct Line {
    pub(super) level: &'static str,
    pub(super) message: String,
    pub(super) module: &'static str,
    pub(super) time: SystemTime,
    pub(super) fields: Fields,
}

impl Line {
    /// The line with its line feed, shorter than 64 KiB. Texts are truncated if needed. If that isn't enough, the
    /// fields are left out.
    pub(super) fn render(&self) -> String {
        LIMITS
            .iter()
            .map(|limit| self.json(*limit, &self.fields.0))
            .find(|line| line.len() <= MAX_LINE)
            .unwrap_or_else(|| self.json(128, &Map::new()))
    }

    fn json(&self, limit: usize, fields: &Map<String, Value>) -> String {
        let mut object = Map::new();
        for (name, value) in fields {
            let value = match value {
                Value::String(text) => truncate(text, limit).into(),
                other => other.clone(),
            };
            object.insert(name.clone(), value);
        }
        object.insert("@level".to_owned(), self.level.into());
        object.insert("@message".to_owned(), truncate(&self.message, limit).into());
        object.insert("@module".to_owned(), self.module.into());
        // Exactly six digits of a second, or Terraform takes the line for plain text.
        object.insert("@timestamp".to_owned(), humantime::format_rfc3339_micros(self.time).to_string().into());
        format!("{}\n", Value::Object(object))
    }
}

/// The beginning of `text`, with a mark if it is truncated.
fn truncate(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {

    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn line(message: &str, fields: &[(String, Value)]) -> String {
        let fields = Fields(fields.iter().cloned().collect());
        let time = UNIX_EPOCH + Duration::from_secs(1);
        Line { level: "info", message: message.to_owned(), module: "m", time, fields }.render()
    }

    #[test]
    fn timestamp_has_six_digits_even_if_they_are_zero() {
        let expected =
            r#"{"@level":"info","@message":"hi","@module":"m","@timestamp":"1970-01-01T00:00:01.000000Z","a":1}"#;
        assert_eq!(line("hi", &[("a".to_owned(), 1.into())]), format!("{expected}\n"));
    }

    #[test]
    fn long_lines_are_truncated_and_stay_json() {
        let many = (0..3000).map(|n| (format!("field{n}"), Value::from("x".repeat(30)))).collect::<Vec<_>>();
        let texts = [("x".repeat(70_000), vec![]), ("\u{1}".repeat(70_000), vec![]), ("ö".repeat(40_000), many)];
        for (message, fields) in texts {
            let line = line(&message, &fields);
            assert!(line.len() <= MAX_LINE, "{}", line.len());
            let json: Value = serde_json::from_str(&line).unwrap();
            assert!(json["@message"].as_str().unwrap().ends_with('…'));
            assert_eq!(json["@level"], "info");
        }
    }

    #[test]
    fn line_of_moderate_length_is_complete() {
        let text = "x".repeat(60_000);
        let json: Value = serde_json::from_str(&line(&text, &[])).unwrap();
        assert_eq!(json["@message"], text);
    }
}
