//! One line of hclog's JSON; knows nothing of tracing.

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::fields::Fields;

/// go-plugin reads lines of up to 64 KiB and chops longer ones into pieces that are no JSON.
const LONGEST: usize = 64 * 1024 - 1;

/// How many bytes of each text are kept, tried one after the other until the line is short enough.
const CUTS: [usize; 5] = [usize::MAX, 16 * 1024, 4 * 1024, 1024, 128];

/// What a line tells.
pub(super) struct Line {
    pub(super) level: &'static str,
    pub(super) message: String,
    pub(super) module: &'static str,
    pub(super) time: SystemTime,
    pub(super) fields: Fields,
}

impl Line {
    /// The line with its line feed, shorter than 64 KiB: texts are cut where that is needed, and at last the fields
    /// are left out.
    pub(super) fn render(&self) -> String {
        CUTS.iter()
            .map(|cut| self.json(*cut, &self.fields.0))
            .find(|line| line.len() <= LONGEST)
            .unwrap_or_else(|| self.json(128, &Map::new()))
    }

    fn json(&self, longest: usize, fields: &Map<String, Value>) -> String {
        let mut object = Map::new();
        for (name, value) in fields {
            let value = match value {
                Value::String(text) => cut(text, longest).into(),
                other => other.clone(),
            };
            object.insert(name.clone(), value);
        }
        object.insert("@level".to_owned(), self.level.into());
        object.insert("@message".to_owned(), cut(&self.message, longest).into());
        object.insert("@module".to_owned(), self.module.into());
        // Exactly six digits of a second, or Terraform takes the line for plain text.
        object.insert("@timestamp".to_owned(), humantime::format_rfc3339_micros(self.time).to_string().into());
        format!("{}\n", Value::Object(object))
    }
}

/// The beginning of `text`, with a mark when something is missing.
fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = (0..=longest).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
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
    fn the_timestamp_has_six_digits_also_when_they_are_zero() {
        let expected =
            r#"{"@level":"info","@message":"hi","@module":"m","@timestamp":"1970-01-01T00:00:01.000000Z","a":1}"#;
        assert_eq!(line("hi", &[("a".to_owned(), 1.into())]), format!("{expected}\n"));
    }

    #[test]
    fn long_lines_are_cut_and_stay_json() {
        let many = (0..3000).map(|n| (format!("field{n}"), Value::from("x".repeat(30)))).collect::<Vec<_>>();
        let texts = [("x".repeat(70_000), vec![]), ("\u{1}".repeat(70_000), vec![]), ("ö".repeat(40_000), many)];
        for (message, fields) in texts {
            let line = line(&message, &fields);
            assert!(line.len() <= LONGEST, "{}", line.len());
            let json: Value = serde_json::from_str(&line).unwrap();
            assert!(json["@message"].as_str().unwrap().ends_with('…'));
            assert_eq!(json["@level"], "info");
        }
    }

    #[test]
    fn a_line_of_moderate_length_is_whole() {
        let text = "x".repeat(60_000);
        let json: Value = serde_json::from_str(&line(&text, &[])).unwrap();
        assert_eq!(json["@message"], text);
    }
}
