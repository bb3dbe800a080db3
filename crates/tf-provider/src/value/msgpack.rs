//! MessagePack, the form in which values travel in every RPC (cty's msgpack package). Knows types and no schemas.

use std::collections::BTreeMap;

use rmpv::Value as Tree;

use super::number::Form;
use super::{ConversionError, Number, Type, Value};
use crate::path::Step;

/// Terraform's own unknown value: an extension of type 0 with one byte, which means nothing.
const UNKNOWN: (i8, [u8; 1]) = (0, [0]);

/// How deep the reader goes, which counts two for each level: as deep as JSON may be, the form in which Terraform
/// stores the same values. Far from what the stack can take.
const MAX_DEPTH: usize = 300;

/// Reads a value of a type. Refinements of unknown values are passed over.
///
/// # Errors
/// When the bytes are no MessagePack, more than one value, or a value of another type.
pub(crate) fn decode(mut bytes: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    let tree = rmpv::decode::read_value_with_max_depth(&mut bytes, MAX_DEPTH)
        .map_err(|_| ConversionError::new("not well-formed MessagePack"))?;
    if !bytes.is_empty() {
        return Err(ConversionError::new("more than one MessagePack value"));
    }
    from_tree(tree, r#type)
}

/// Writes a value of a type.
///
/// # Errors
/// When the value is of another type.
pub(crate) fn encode(value: &Value, r#type: &Type) -> Result<Vec<u8>, ConversionError> {
    let tree = to_tree(value, r#type)?;
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &tree).map_err(|_| ConversionError::new("longer than MessagePack can be"))?;
    Ok(bytes)
}

fn required<T>(what: impl std::fmt::Display) -> Result<T, ConversionError> {
    Err(ConversionError::new(format!("{what} is required")))
}

fn from_tree(tree: Tree, r#type: &Type) -> Result<Value, ConversionError> {
    match (tree, r#type) {
        (Tree::Nil, _) => Ok(Value::Null),
        (Tree::Ext(..), _) => Ok(Value::Unknown),
        (Tree::Boolean(value), Type::Bool) => Ok(Value::Bool(value)),
        (Tree::String(text), Type::String) => {
            text.into_str().map(Value::String).ok_or_else(|| ConversionError::new("a string is no UTF-8"))
        }
        (tree, Type::Number) => number_from_tree(&tree).map(Value::Number),
        (Tree::Array(parts), Type::Dynamic) => dynamic_from_parts(parts),
        (Tree::Array(elements), Type::List(element) | Type::Set(element)) => {
            elements_from_trees(elements.into_iter().map(|tree| (tree, &**element)))
        }
        (Tree::Array(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            elements_from_trees(elements.into_iter().zip(types))
        }
        (Tree::Map(entries), Type::Map(element)) => map_from_entries(entries, element),
        (Tree::Map(entries), Type::Object(types)) => object_from_entries(entries, types),
        (_, Type::Dynamic) => required("a type and a value of it"),
        (_, Type::Tuple(types)) => required(format!("a tuple of {} elements", types.len())),
        (_, other) => required(other),
    }
}

/// Integers, floats and strings all stand for numbers, whichever holds the number exactly.
fn number_from_tree(tree: &Tree) -> Result<Number, ConversionError> {
    let number = match tree {
        Tree::Integer(integer) => {
            integer.as_i64().map(Number::from).or_else(|| integer.as_u64().map(Number::from)).map(Ok)
        }
        Tree::F32(float) => Some(Number::exactly(f64::from(*float))),
        Tree::F64(float) => Some(Number::exactly(*float)),
        Tree::String(text) => text.as_str().map(str::parse),
        _ => None,
    };
    match number {
        Some(number) => number.map_err(|error| ConversionError::new(format!("{error}, where a number is required"))),
        None => required("number"),
    }
}

fn dynamic_from_parts(parts: Vec<Tree>) -> Result<Value, ConversionError> {
    let Ok([r#type, value]) = <[Tree; 2]>::try_from(parts) else { return required("a type and a value of it") };
    let json = match &r#type {
        Tree::Binary(json) => json.as_slice(),
        Tree::String(json) => json.as_bytes(),
        _ => return required("a type and a value of it"),
    };
    let r#type = serde_json::from_slice(json).ok().and_then(|json| Type::from_json(&json).ok());
    match r#type {
        None => Err(ConversionError::new("the type of a dynamic value is none of Terraform's")),
        Some(Type::Dynamic) => from_tree(value, &Type::Dynamic),
        Some(r#type) => {
            let value = from_tree(value, &r#type)?;
            Ok(Value::Dynamic(r#type, Box::new(value)))
        }
    }
}

fn elements_from_trees<'a>(elements: impl Iterator<Item = (Tree, &'a Type)>) -> Result<Value, ConversionError> {
    (0_i64..)
        .zip(elements)
        .map(|(index, (tree, r#type))| from_tree(tree, r#type).map_err(|error| error.under(Step::Index(index))))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

fn key_from_tree(tree: Tree) -> Result<String, ConversionError> {
    match tree {
        Tree::String(text) => text.into_str().ok_or_else(|| ConversionError::new("a key is no UTF-8")),
        _ => Err(ConversionError::new("a key is no string")),
    }
}

fn map_from_entries(entries: Vec<(Tree, Tree)>, element: &Type) -> Result<Value, ConversionError> {
    let mut elements = BTreeMap::new();
    for (key, tree) in entries {
        let key = key_from_tree(key)?;
        let value = from_tree(tree, element).map_err(|error| error.under(Step::Key(key.clone())))?;
        if elements.insert(key, value).is_some() {
            return Err(ConversionError::new("a key occurs twice"));
        }
    }
    Ok(Value::Map(elements))
}

fn object_from_entries(entries: Vec<(Tree, Tree)>, types: &BTreeMap<String, Type>) -> Result<Value, ConversionError> {
    let mut attributes = BTreeMap::new();
    for (name, tree) in entries {
        let name = key_from_tree(name)?;
        let at = || Step::Attribute(name.clone());
        let Some(r#type) = types.get(&name) else {
            return Err(ConversionError::new("no such attribute is in the schema").under(at()));
        };
        let value = from_tree(tree, r#type).map_err(|error| error.under(at()))?;
        if attributes.insert(name.clone(), value).is_some() {
            return Err(ConversionError::new("the attribute occurs twice").under(at()));
        }
    }
    match types.keys().find(|name| !attributes.contains_key(*name)) {
        Some(missing) => Err(ConversionError::new("the attribute is missing").under(Step::Attribute(missing.clone()))),
        None => Ok(Value::Map(attributes)),
    }
}

fn to_tree(value: &Value, r#type: &Type) -> Result<Tree, ConversionError> {
    match (value, r#type) {
        (Value::Null, _) => Ok(Tree::Nil),
        (Value::Unknown, _) => Ok(Tree::Ext(UNKNOWN.0, UNKNOWN.1.to_vec())),
        (Value::Dynamic(Type::Dynamic, value), _) => to_tree(value, r#type),
        (Value::Dynamic(concrete, value), Type::Dynamic) => {
            let json = concrete.to_json().to_string().into_bytes();
            Ok(Tree::Array(vec![Tree::Binary(json), to_tree(value, concrete)?]))
        }
        (Value::Dynamic(_, value), _) => to_tree(value, r#type),
        (value, Type::Dynamic) => to_tree(&Value::Dynamic(value.natural_type(), Box::new(value.clone())), r#type),
        (Value::Bool(value), Type::Bool) => Ok(Tree::Boolean(*value)),
        (Value::Number(number), Type::Number) => Ok(number_to_tree(number)),
        (Value::String(text), Type::String) => Ok(Tree::from(text.as_str())),
        (Value::List(elements), Type::List(element) | Type::Set(element)) => {
            trees_from_elements(elements.iter().map(|value| (value, &**element)))
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            trees_from_elements(elements.iter().zip(types))
        }
        (Value::Map(elements), Type::Map(element)) => elements
            .iter()
            .map(|(key, value)| {
                let tree = to_tree(value, element).map_err(|error| error.under(Step::Key(key.clone())))?;
                Ok((Tree::from(key.as_str()), tree))
            })
            .collect::<Result<_, _>>()
            .map(Tree::Map),
        (Value::Map(attributes), Type::Object(types)) => object_to_tree(attributes, types),
        (_, other) => required(other),
    }
}

/// Whole numbers and decimals go as text, whatever their size: Terraform reads an integer with another precision than
/// the text of its state file, and 1.11 and 1.12 take the same number in two precisions for a change (`plan -refresh-only
/// -detailed-exitcode`).
fn number_to_tree(number: &Number) -> Tree {
    match &number.0 {
        Form::Float(number) => Tree::F64(*number),
        Form::Signed(_) | Form::Unsigned(_) | Form::Decimal(_) => Tree::from(number.to_string()),
    }
}

fn trees_from_elements<'a>(elements: impl Iterator<Item = (&'a Value, &'a Type)>) -> Result<Tree, ConversionError> {
    (0_i64..)
        .zip(elements)
        .map(|(index, (value, r#type))| to_tree(value, r#type).map_err(|error| error.under(Step::Index(index))))
        .collect::<Result<_, _>>()
        .map(Tree::Array)
}

fn object_to_tree(
    attributes: &BTreeMap<String, Value>,
    types: &BTreeMap<String, Type>,
) -> Result<Tree, ConversionError> {
    if let Some(name) = attributes.keys().find(|name| !types.contains_key(*name)) {
        return Err(ConversionError::new("no such attribute is in the schema").under(Step::Attribute(name.clone())));
    }
    types
        .iter()
        .map(|(name, r#type)| {
            let at = || Step::Attribute(name.clone());
            let value =
                attributes.get(name).ok_or_else(|| ConversionError::new("the attribute is missing").under(at()))?;
            Ok((Tree::from(name.as_str()), to_tree(value, r#type).map_err(|error| error.under(at()))?))
        })
        .collect::<Result<_, _>>()
        .map(Tree::Map)
}

#[cfg(test)]
mod tests;
