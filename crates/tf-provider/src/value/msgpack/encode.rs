//! Encodes values directly to bytes, guided by their types.

use std::collections::BTreeMap;

use super::super::{ConversionError, Type, Value};
use super::required;
use crate::path::Step;

/// Terraform's unknown value: an extension of type 0 with one byte, which has no meaning.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

const TOO_LONG: &str = "too long for MessagePack";

/// Encodes a value of a type.
///
/// # Errors
/// When the value is of another type.
pub(crate) fn encode(value: &Value, r#type: &Type) -> Result<Vec<u8>, ConversionError> {
    let mut encoder = Encoder { bytes: Vec::new() };
    encoder.value(value, r#type)?;
    Ok(encoder.bytes)
}

struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    fn value(&mut self, value: &Value, r#type: &Type) -> Result<(), ConversionError> {
        match (value, r#type) {
            (Value::Null, _) => check(rmp::encode::write_nil(&mut self.bytes)),
            (Value::Unknown, _) => {
                self.bytes.extend(UNKNOWN);
                Ok(())
            }
            (Value::Dynamic(Type::Dynamic, value), _) => self.value(value, r#type),
            (Value::Dynamic(concrete, value), Type::Dynamic) => self.dynamic(concrete, value),
            (Value::Dynamic(_, value), _) => self.value(value, r#type),
            (value, Type::Dynamic) => self.dynamic(&value.infer_type(), value),
            (Value::Bool(value), Type::Bool) => check(rmp::encode::write_bool(&mut self.bytes, *value)),
            // As text, even if an integer or a float would be exact. Terraform decodes those with another precision
            // than the text of its state file, and 1.11 and 1.12 report the same number in two precisions as a change
            // (`plan -refresh-only -detailed-exitcode`).
            (Value::Number(number), Type::Number) => self.string(number.as_str()),
            (Value::String(text), Type::String) => self.string(text),
            (Value::List(elements), Type::List(element) | Type::Set(element)) => {
                self.elements(elements, std::iter::repeat(&**element))
            }
            (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
                self.elements(elements, types)
            }
            (Value::Map(elements), Type::Map(element)) => self.map(elements, element),
            (Value::Map(attributes), Type::Object(types)) => self.object(attributes, types),
            (_, other) => required(other),
        }
    }

    fn string(&mut self, text: &str) -> Result<(), ConversionError> {
        length_of(text.len())?;
        check(rmp::encode::write_str(&mut self.bytes, text))
    }

    fn dynamic(&mut self, concrete: &Type, value: &Value) -> Result<(), ConversionError> {
        let json = concrete.to_json().to_string();
        length_of(json.len())?;
        check(rmp::encode::write_array_len(&mut self.bytes, 2))?;
        check(rmp::encode::write_bin(&mut self.bytes, json.as_bytes()))?;
        self.value(value, concrete)
    }

    fn elements<'t>(
        &mut self,
        elements: &[Value],
        types: impl IntoIterator<Item = &'t Type>,
    ) -> Result<(), ConversionError> {
        check(rmp::encode::write_array_len(&mut self.bytes, length_of(elements.len())?))?;
        (0_i64..).zip(elements).zip(types).try_for_each(|((index, value), r#type)| {
            self.value(value, r#type).map_err(|error| error.under(Step::Index(index)))
        })
    }

    fn map(&mut self, elements: &BTreeMap<String, Value>, element: &Type) -> Result<(), ConversionError> {
        check(rmp::encode::write_map_len(&mut self.bytes, length_of(elements.len())?))?;
        elements.iter().try_for_each(|(key, value)| {
            self.string(key)?;
            self.value(value, element).map_err(|error| error.under(Step::Key(key.clone())))
        })
    }

    fn object(
        &mut self,
        attributes: &BTreeMap<String, Value>,
        types: &BTreeMap<String, Type>,
    ) -> Result<(), ConversionError> {
        if let Some(name) = attributes.keys().find(|name| !types.contains_key(*name)) {
            return Err(ConversionError::new("no such attribute is in the schema").under(Step::Attribute(name.clone())));
        }
        check(rmp::encode::write_map_len(&mut self.bytes, length_of(types.len())?))?;
        types.iter().try_for_each(|(name, r#type)| {
            self.string(name)?;
            let value = attributes.get(name).ok_or_else(|| ConversionError::new("the attribute is missing"));
            value
                .and_then(|value| self.value(value, r#type))
                .map_err(|error| error.under(Step::Attribute(name.clone())))
        })
    }
}

/// A length in MessagePack.
fn length_of(length: usize) -> Result<u32, ConversionError> {
    u32::try_from(length).map_err(|_| ConversionError::new(TOO_LONG))
}

/// Writing to a vector can't fail, so the only possible error is the length.
fn check<T, E>(result: Result<T, E>) -> Result<(), ConversionError> {
    result.map(drop).map_err(|_| ConversionError::new(TOO_LONG))
}
