//! Decodes values directly from bytes, guided by their types.

use std::collections::BTreeMap;
use std::iter;

use super::super::{ConversionError, Number, Type, Value};
use super::required;
use super::token::Token;
use crate::path::Step;

/// The greatest depth of nested values. Terraform stores the same values as JSON, and JSON parsers have a similar
/// limit. The stack would allow far more.
const MAX_DEPTH: usize = 150;

/// Decodes a value of a type. Refinements of unknown values are ignored.
///
/// # Errors
/// When the bytes are not MessagePack, more than one value, or a value of another type.
pub(crate) fn decode(bytes: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    let mut decoder = Decoder { bytes };
    let value = decoder.value(r#type, MAX_DEPTH)?;
    if decoder.bytes.is_empty() { Ok(value) } else { Err(ConversionError::new("more than one MessagePack value")) }
}

/// The remaining bytes. `depth` in its methods is the number of levels that may follow.
struct Decoder<'a> {
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn token(&mut self) -> Result<Token<'a>, ConversionError> {
        Token::read(&mut self.bytes).ok_or_else(|| ConversionError::new("not well-formed MessagePack"))
    }

    fn value(&mut self, r#type: &Type, depth: usize) -> Result<Value, ConversionError> {
        let depth = depth.checked_sub(1).ok_or_else(|| ConversionError::new("nested too deeply"))?;
        match (self.token()?, r#type) {
            (Token::Nil, _) => Ok(Value::Null),
            (Token::Extension, _) => Ok(Value::Unknown),
            (Token::Bool(value), Type::Bool) => Ok(Value::Bool(value)),
            (Token::String(text), Type::String) => string(text, "a string").map(Value::String),
            (token, Type::Number) => number(&token).map(Value::Number),
            (Token::Array(2), Type::Dynamic) => self.dynamic(depth),
            (Token::Array(length), Type::List(element) | Type::Set(element)) => {
                self.elements(iter::repeat_n(&**element, length), depth)
            }
            (Token::Array(length), Type::Tuple(types)) if length == types.len() => self.elements(types, depth),
            (Token::Map(length), Type::Map(element)) => self.map(length, element, depth),
            (Token::Map(length), Type::Object(types)) => self.object(length, types, depth),
            (_, Type::Dynamic) => required("a type and a value of it"),
            (_, Type::Tuple(types)) => required(format!("a tuple of {} elements", types.len())),
            (_, other) => required(other),
        }
    }

    fn dynamic(&mut self, depth: usize) -> Result<Value, ConversionError> {
        let (Token::Binary(json) | Token::String(json)) = self.token()? else {
            return required("a type and a value of it");
        };
        let r#type = serde_json::from_slice(json).ok().and_then(|json| Type::from_json(&json).ok());
        match r#type {
            None => Err(ConversionError::new("the type of a dynamic value is not a type of Terraform's")),
            Some(Type::Dynamic) => self.value(&Type::Dynamic, depth),
            Some(r#type) => {
                let value = self.value(&r#type, depth)?;
                Ok(Value::Dynamic(r#type, Box::new(value)))
            }
        }
    }

    fn elements<'t>(
        &mut self,
        types: impl IntoIterator<Item = &'t Type>,
        depth: usize,
    ) -> Result<Value, ConversionError> {
        (0_i64..)
            .zip(types)
            .map(|(index, r#type)| self.value(r#type, depth).map_err(|error| error.under(Step::Index(index))))
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn key(&mut self) -> Result<String, ConversionError> {
        match self.token()? {
            Token::String(text) => string(text, "a key"),
            _ => Err(ConversionError::new("a key is not a string")),
        }
    }

    fn map(&mut self, length: usize, element: &Type, depth: usize) -> Result<Value, ConversionError> {
        let mut elements = BTreeMap::new();
        for _ in 0..length {
            let key = self.key()?;
            let value = self.value(element, depth).map_err(|error| error.under(Step::Key(key.clone())))?;
            if elements.insert(key, value).is_some() {
                return Err(ConversionError::new("a key occurs twice"));
            }
        }
        Ok(Value::Map(elements))
    }

    fn object(
        &mut self,
        length: usize,
        types: &BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<Value, ConversionError> {
        let mut attributes = BTreeMap::new();
        for _ in 0..length {
            let name = self.key()?;
            let at = || Step::Attribute(name.clone());
            let Some(r#type) = types.get(&name) else {
                return Err(ConversionError::new("no such attribute is in the schema").under(at()));
            };
            let value = self.value(r#type, depth).map_err(|error| error.under(at()))?;
            if attributes.insert(name.clone(), value).is_some() {
                return Err(ConversionError::new("the attribute occurs twice").under(at()));
            }
        }
        match types.keys().find(|name| !attributes.contains_key(*name)) {
            Some(name) => Err(ConversionError::new("the attribute is missing").under(Step::Attribute(name.clone()))),
            None => Ok(Value::Map(attributes)),
        }
    }
}

fn string(text: &[u8], what: &str) -> Result<String, ConversionError> {
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(ConversionError::new(format!("{what} is not UTF-8"))),
    }
}

/// Numbers are integers, floats or strings. Terraform considers whole numbers equal if their values are, and others if
/// their shortest decimals are: the float 0.1 is the number 0.1.
fn number(token: &Token<'_>) -> Result<Number, ConversionError> {
    let number = match token {
        Token::Signed(number) => Ok(Number::from(*number)),
        Token::Unsigned(number) => Ok(Number::from(*number)),
        Token::Float(float) if float.fract() == 0.0 => format!("{float:.0}").parse(),
        Token::Float(float) => Number::try_from(*float),
        Token::String(text) => string(text, "a number")?.parse(),
        _ => return required("number"),
    };
    number.map_err(|error| ConversionError::new(format!("{error}, where a number is required")))
}
