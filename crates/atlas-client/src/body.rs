//! Decodes the bodies of responses leniently: an optional field may be absent or of an unexpected type.
//!
//! It doesn't depend on the operations.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api_error::excerpt;
use crate::error::ErrorKind;
use crate::mask::{Mask, printable};
use crate::response::{Received, Response};

/// The longest host name, and the longest message of a validation, in characters.
pub(crate) const MAX_TEXT: usize = 2_000;

/// The members of an object, not yet decoded: a number that is out of range must not make the others unreadable.
pub(crate) type Fields = BTreeMap<String, Box<RawValue>>;

/// Reads a whole body, which must be a JSON object.
pub(crate) fn object(response: Response, mask: &Mask) -> Result<Fields, ErrorKind> {
    read(response, mask, "an object")
}

/// Reads a whole body, which must be a JSON array.
pub(crate) fn array(response: Response, mask: &Mask) -> Result<Vec<Box<RawValue>>, ErrorKind> {
    read(response, mask, "an array")
}

fn read<T: DeserializeOwned>(response: Response, mask: &Mask, expected: &str) -> Result<T, ErrorKind> {
    let Response { status, body, received, .. } = response;
    let unreadable = |why: String| ErrorKind::Unreadable { status, why };
    match received {
        Received::Complete => {}
        Received::Broken(error) => return Err(ErrorKind::Broken(Box::new(error))),
        Received::TimedOut => return Err(unreadable("it was not complete within the time limit".to_owned())),
        Received::TooLarge => return Err(unreadable(format!("it is larger than {} MiB", Response::MAX_BODY_MIB))),
    }
    let text = String::from_utf8_lossy(&body);
    serde_json::from_str(&text).map_err(|_| {
        if serde_json::from_str::<IgnoredAny>(&text).is_ok() {
            return unreadable(format!("it is JSON, but not {expected}"));
        }
        unreadable(match excerpt(&body, mask) {
            Some(excerpt) => format!("it is not JSON: {excerpt}"),
            None => "it is empty".to_owned(),
        })
    })
}

/// Reads an optional field. A value of an unexpected type counts as absent, and is logged without the value.
pub(crate) fn optional<T>(body: &Fields, field: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let value: Option<Value> = serde_json::from_str(body.get(field)?.get()).ok();
    if value == Some(Value::Null) {
        return None;
    }
    let result = value.as_ref().and_then(read);
    if result.is_none() {
        let json_type = value.as_ref().map_or("unreadable", json_type);
        tracing::warn!(field, json_type, "Atlas returned an unexpected value, which is ignored");
    }
    result
}

/// The objects of an array. Any other item is skipped and logged.
pub(crate) fn objects(field: &str, items: Vec<Box<RawValue>>) -> Vec<Fields> {
    let object = |item: Box<RawValue>| {
        let fields = serde_json::from_str(item.get()).ok();
        if fields.is_none() {
            tracing::warn!(field, "Atlas returned an unexpected value, which is ignored");
        }
        fields
    };
    items.into_iter().filter_map(object).collect()
}

/// A field that holds an array of objects; empty where it is absent.
pub(crate) fn nested(body: &Fields, field: &str) -> Vec<Fields> {
    let Some(value) = body.get(field) else { return Vec::new() };
    match serde_json::from_str::<Option<Vec<Box<RawValue>>>>(value.get()) {
        Ok(items) => objects(field, items.unwrap_or_default()),
        Err(_) => {
            tracing::warn!(field, "Atlas returned an unexpected value, which is ignored");
            Vec::new()
        }
    }
}

pub(crate) fn hosts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|host| Some(printable(host.as_str()?, MAX_TEXT))).collect()
}

/// A whole number that is not negative. JSON has only one kind of number, so `3.0` is one.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    // The first number that is out of range of an i64.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let fits = |number: &f64| number.fract() == 0.0 && (0.0..END).contains(number);
    let whole = value.as_i64().filter(|number| *number >= 0);
    whole.or_else(|| {
        value.as_f64().filter(|_| !value.is_i64() && !value.is_u64()).filter(fits).map(|number| number as i64)
    })
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
