//! Conversions between [`Value`] and Rust types.

use std::collections::BTreeMap;
use std::fmt;

use super::{Attr, Number, Secret, Value};
use crate::path::{Path, Step};

/// Why a value doesn't fit a Rust type or a Terraform type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionError {
    /// The path of the problem, relative to the converted value.
    pub path: Path,
    /// What is required and what was found. It never contains the value, which can be a secret.
    pub message: String,
}

impl ConversionError {
    /// An error of the value itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: Path::default(), message: message.into() }
    }

    /// Prepends a step to the path.
    #[must_use]
    pub fn under(self, step: Step) -> Self {
        Self { path: self.path.under(step), message: self.message }
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConversionError {}

/// Conversion from a [`Value`].
pub trait FromValue: Sized {
    /// Converts a value.
    ///
    /// # Errors
    /// When the value is of another kind, out of the range of the Rust type, or null or unknown and the type supports
    /// neither.
    fn from_value(value: Value) -> Result<Self, ConversionError>;
}

/// Conversion to a [`Value`].
pub trait IntoValue {
    /// Converts to a value.
    fn into_value(self) -> Value;
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "an object or map",
        Value::Dynamic(..) => "a value of dynamic type",
    }
}

fn mismatch<T>(expected: &str, value: &Value) -> Result<T, ConversionError> {
    Err(ConversionError::new(format!("{expected} is required, not {}", kind(value))))
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        Ok(value)
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::Bool(value) => Ok(value),
            other => mismatch("a bool", &other),
        }
    }
}

impl FromValue for Number {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::Number(value) => Ok(value),
            other => mismatch("a number", &other),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        let number = Number::from_value(value)?;
        number.as_i64().ok_or_else(|| ConversionError::new("a whole number between -2^63 and 2^63 - 1 is required"))
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::String(value) => Ok(value),
            other => mismatch("a string", &other),
        }
    }
}

impl FromValue for Secret {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        String::from_value(value).map(Self::new)
    }
}

impl<T: FromValue> FromValue for Attr<T> {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown => Ok(Self::Unknown),
            known => T::from_value(known).map(Self::Known),
        }
    }
}

/// Lists, sets, tuples, LIST and SET blocks. Null becomes an empty list.
impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::Null => Ok(Self::new()),
            Value::List(elements) => (0_i64..)
                .zip(elements)
                .map(|(index, element)| T::from_value(element).map_err(|error| error.under(Step::Index(index))))
                .collect(),
            Value::Dynamic(_, value) => Self::from_value(*value),
            other => mismatch("a list", &other),
        }
    }
}

/// Maps and MAP blocks. Null becomes an empty map.
impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self, ConversionError> {
        match value {
            Value::Null => Ok(Self::new()),
            Value::Map(elements) => elements
                .into_iter()
                .map(|(key, element)| match T::from_value(element) {
                    Ok(element) => Ok((key, element)),
                    Err(error) => Err(error.under(Step::Key(key))),
                })
                .collect(),
            Value::Dynamic(_, value) => Self::from_value(*value),
            other => mismatch("a map", &other),
        }
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl IntoValue for Number {
    fn into_value(self) -> Value {
        Value::Number(self)
    }
}

impl IntoValue for i64 {
    fn into_value(self) -> Value {
        Value::Number(Number::from(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::String(self)
    }
}

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::String(self.to_owned())
    }
}

impl IntoValue for Secret {
    fn into_value(self) -> Value {
        Value::String(self.expose().to_owned())
    }
}

impl<T: IntoValue> IntoValue for Attr<T> {
    fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => value.into_value(),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(IntoValue::into_value).collect())
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, element)| (key, element.into_value())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Model, Type};

    #[derive(Clone, Debug, PartialEq, Model)]
    struct Outer {
        name: Attr<String>,
        inner: Attr<Vec<Attr<Inner>>>,
        labels: BTreeMap<String, Attr<bool>>,
    }

    #[derive(Clone, Debug, PartialEq, Model)]
    struct Inner {
        size: Attr<i64>,
        secret: Attr<Secret>,
    }

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn outer(size: Value, label: Value) -> Value {
        let inner = map([("size", size), ("secret", Value::String("hunter2".into()))]);
        let inner = Value::List(vec![Value::Unknown, inner]);
        map([("name", Value::Null), ("inner", inner), ("labels", map([("on", label)]))])
    }

    #[test]
    fn model_is_converted_in_both_directions() {
        let value = outer(Value::Number(Number::from(3_i64)), Value::Unknown);
        let model = Outer::from_value(value.clone()).expect("it fits");
        let Attr::Known(inner) = &model.inner else { panic!("{model:?}") };
        assert_eq!(inner[0], Attr::Unknown);
        assert_eq!(inner[1].as_ref().and_then(|inner| inner.size.as_ref()), Attr::Known(&3));
        assert!(!format!("{model:?}").contains("hunter2"));
        assert_eq!(model.into_value(), value);
    }

    #[test]
    fn errors_name_the_path_and_not_the_value() {
        let half = Value::Number(Number::try_from(0.5).expect("finite"));
        for (value, path) in [
            (outer(half, Value::Null), "inner[1].size"),
            (outer(Value::String("many".into()), Value::Null), "inner[1].size"),
            (outer(Value::Null, Value::String("many".into())), "labels[\"on\"]"),
            (map([("name", Value::Bool(true))]), "name"),
            (Value::Null, ""),
            (Value::Unknown, ""),
        ] {
            let error = Outer::from_value(value).expect_err("it does not fit");
            assert_eq!(error.path.to_string(), path);
            assert!(!error.message.contains("many"), "{error}");
        }
    }

    #[test]
    fn list_of_dynamic_type_is_a_list() {
        let list = Value::List(vec![Value::Bool(true)]);
        let dynamic = Value::Dynamic(list.infer_type(), Box::new(list));
        assert_eq!(Vec::<bool>::from_value(dynamic), Ok(vec![true]));
        let typed_null = Value::Dynamic(Type::String, Box::new(Value::Null));
        assert!(typed_null.is_null());
    }
}
