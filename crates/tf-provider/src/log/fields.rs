//! The fields of an event or a span as JSON values.

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

/// The name under which tracing passes the message.
const MESSAGE: &str = "message";

#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// Adds the fields of `other`, which take precedence.
    pub(super) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Removes and returns the message, always as text: another type would make Terraform panic.
    pub(super) fn take_message(&mut self) -> String {
        match self.0.remove(MESSAGE) {
            None => String::new(),
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
        }
    }

    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        // hclog reserves names with an at sign.
        if !field.name().starts_with('@') {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    /// JSON has no infinity and no NaN: these become null.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, value.to_string());
    }
}
