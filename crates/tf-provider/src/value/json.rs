//! JSON, the encoding of stored state. It is decoded as leniently as Terraform does, and numbers keep every digit.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{ConversionError, Number, Type, Value};
use crate::path::Step;

/// Decodes a value of a type. Missing attributes are null, unknown ones are ignored.
///
/// # Errors
/// When the text is not JSON, or not a value of the type.
pub(crate) fn decode(json: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    let raw: &RawValue = serde_json::from_slice(json).map_err(|_| ConversionError::new("not well-formed JSON"))?;
    from_raw(raw, r#type)
}

/// The stored form of a dynamic value.
#[derive(serde::Deserialize)]
struct Dynamic<'a> {
    r#type: serde_json::Value,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// A number has its digits.
enum Primitive<'a> {
    Bool(bool),
    Number(&'a str),
    String(String),
}

fn from_raw(raw: &RawValue, r#type: &Type) -> Result<Value, ConversionError> {
    if raw.get() == "null" {
        return Ok(Value::Null);
    }
    match r#type {
        Type::Bool | Type::Number | Type::String => from_primitive(raw, r#type),
        Type::Dynamic => {
            let Dynamic { r#type, value } = parse(raw, r#type)?;
            let r#type = Type::from_json(&r#type)
                .map_err(|_| ConversionError::new("the type of a dynamic value is not a type of Terraform's"))?;
            let value = from_raw(value, &r#type)?;
            Ok(if r#type == Type::Dynamic { value } else { Value::Dynamic(r#type, Box::new(value)) })
        }
        Type::List(element) | Type::Set(element) => {
            let elements: Vec<&RawValue> = parse(raw, r#type)?;
            elements_from_raw(elements.into_iter().map(|raw| (raw, &**element)))
        }
        Type::Tuple(types) => {
            let elements: Vec<&RawValue> = parse(raw, r#type)?;
            if elements.len() != types.len() {
                return Err(ConversionError::new(format!("a tuple of {} elements is required", types.len())));
            }
            elements_from_raw(elements.into_iter().zip(types))
        }
        Type::Map(element) => parse::<BTreeMap<String, &RawValue>>(raw, r#type)?
            .into_iter()
            .map(|(key, raw)| match from_raw(raw, element) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.under(Step::Key(key))),
            })
            .collect::<Result<_, _>>()
            .map(Value::Map),
        Type::Object(types) => {
            let attributes: BTreeMap<String, &RawValue> = parse(raw, r#type)?;
            types
                .iter()
                .map(|(name, r#type)| {
                    let value = attributes.get(name).map_or(Ok(Value::Null), |raw| from_raw(raw, r#type));
                    value.map(|value| (name.clone(), value)).map_err(|error| error.under(Step::Attribute(name.clone())))
                })
                .collect::<Result<_, _>>()
                .map(Value::Map)
        }
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue, r#type: &Type) -> Result<T, ConversionError> {
    serde_json::from_str(raw.get()).map_err(|_| mismatch(r#type))
}

fn mismatch(r#type: &Type) -> ConversionError {
    ConversionError::new(format!("{type} is required"))
}

fn elements_from_raw<'a>(elements: impl Iterator<Item = (&'a RawValue, &'a Type)>) -> Result<Value, ConversionError> {
    (0_i64..)
        .zip(elements)
        .map(|(index, (raw, r#type))| from_raw(raw, r#type).map_err(|error| error.under(Step::Index(index))))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

/// Terraform's conversions between primitives: `"1"` is valid as a number, `1` as a string, `"true"` as a bool.
fn from_primitive(raw: &RawValue, r#type: &Type) -> Result<Value, ConversionError> {
    let primitive = match raw.get().as_bytes().first() {
        Some(b't' | b'f') => Primitive::Bool(raw.get() == "true"),
        Some(b'"') => Primitive::String(parse(raw, r#type)?),
        Some(b'[' | b'{') | None => return Err(mismatch(r#type)),
        Some(_) => Primitive::Number(raw.get()),
    };
    let value = match (r#type, primitive) {
        (Type::Bool, Primitive::Bool(value)) => Some(Value::Bool(value)),
        (Type::Bool, Primitive::String(text)) => bool_from_text(&text).map(Value::Bool),
        (Type::Number, Primitive::Number(text)) => text.parse().ok().map(Value::Number),
        (Type::Number, Primitive::String(text)) => text.parse().ok().map(Value::Number),
        (Type::String, Primitive::String(text)) => Some(Value::String(text)),
        (Type::String, Primitive::Bool(value)) => Some(Value::String(value.to_string())),
        (Type::String, Primitive::Number(text)) => {
            text.parse().ok().map(|number: Number| Value::String(number.to_string()))
        }
        _ => None,
    };
    value.ok_or_else(|| mismatch(r#type))
}

fn bool_from_text(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Type {
        Type::object([
            ("name", Type::String),
            ("size", Type::Number),
            ("on", Type::Bool),
            ("tags", Type::map(Type::String)),
            ("pairs", Type::list(Type::Tuple(vec![Type::String, Type::Number]))),
            ("any", Type::Dynamic),
        ])
    }

    fn attribute(json: &str, name: &str) -> Value {
        decode(json.as_bytes(), &object()).unwrap().attribute(name).unwrap().clone()
    }

    #[test]
    fn missing_attributes_are_null_and_extra_ones_ignored() {
        let value = decode(br#"{"removed": [1, {"a": "b"}], "name": "x"}"#, &object()).unwrap();
        assert_eq!(value.attribute("name"), Some(&Value::String("x".into())));
        assert_eq!(value.attribute("tags"), Some(&Value::Null));
        assert_eq!(value.attribute("removed"), None);
    }

    #[test]
    fn numbers_keep_every_digit() {
        let Value::Number(number) = attribute(r#"{"size": 123456789012345678901234567890.10}"#, "size") else {
            panic!()
        };
        assert_eq!(number.to_string(), "123456789012345678901234567890.1");
    }

    #[test]
    fn primitives_convert_as_in_terraform() {
        assert_eq!(attribute(r#"{"size": "12"}"#, "size"), Value::Number(12_i64.into()));
        assert_eq!(attribute(r#"{"on": "true"}"#, "on"), Value::Bool(true));
        assert_eq!(attribute(r#"{"name": 1.50}"#, "name"), Value::String("1.5".into()));
        assert_eq!(attribute(r#"{"name": false}"#, "name"), Value::String("false".into()));
        assert_eq!(attribute(r#"{"name": "\u00e9\n"}"#, "name"), Value::String("é\n".into()));
    }

    #[test]
    fn dynamic_values_carry_their_type() {
        let value = attribute(r#"{"any": {"type": ["list", "number"], "value": [1, "2"]}}"#, "any");
        let elements = Value::List(vec![Value::Number(1_i64.into()), Value::Number(2_i64.into())]);
        assert_eq!(value, Value::Dynamic(Type::list(Type::Number), Box::new(elements)));
        assert_eq!(attribute(r#"{"any": null}"#, "any"), Value::Null);
    }

    #[test]
    fn errors_name_the_path() {
        for (json, path) in [
            (r#"{"size": "many"}"#, "size"),
            (r#"{"size": 1e999999999}"#, "size"),
            (r#"{"on": 1}"#, "on"),
            (r#"{"tags": {"a": "b", "c": []}}"#, "tags[\"c\"]"),
            (r#"{"tags": "a"}"#, "tags"),
            (r#"{"pairs": [["a", 1], ["b"]]}"#, "pairs[1]"),
            (r#"{"any": {"type": "colour", "value": 1}}"#, "any"),
            (r#"{"any": 7}"#, "any"),
            ("[]", ""),
            ("{", ""),
            ("", ""),
            ("{} {}", ""),
        ] {
            assert_eq!(decode(json.as_bytes(), &object()).unwrap_err().path.to_string(), path, "{json}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_causes_a_panic(text in r#"[\[\]{},:"a-d0-9.eE+\\-tn ]{0,40}"#, within in 0..3_usize) {
            let text = [text.clone(), format!(r#"{{"pairs": {text}}}"#), format!(r#"{{"any": {{"type": "number", "value": {text}}}}}"#)];
            let _ = decode(text[within].as_bytes(), &object());
        }
    }

    #[test]
    fn deep_nesting_is_harmless() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(decode(format!(r#"{{"name": {deep}}}"#).as_bytes(), &object()).is_err());
        assert!(decode(format!(r#"{{"any": {{"type": {deep}, "value": 1}}}}"#).as_bytes(), &object()).is_err());
    }
}
