//! Coercion of values to types, for where a wrong value is worse than a missing one.

use std::collections::BTreeMap;

use super::{ConversionError, Type, Value};
use crate::path::Step;

/// Coerces the value to the type: what doesn't fit becomes null or is removed. Returns the problems.
pub(crate) fn coerce(value: &mut Value, r#type: &Type) -> Vec<ConversionError> {
    let mut errors = Vec::new();
    match (&mut *value, r#type) {
        (Value::Null | Value::Unknown, _)
        | (Value::Bool(_), Type::Bool)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String) => {}
        (Value::Dynamic(concrete, inner), Type::Dynamic) => errors = coerce(inner, concrete),
        (_, Type::Dynamic) => {}
        (Value::Dynamic(_, inner), _) => {
            *value = std::mem::take(inner);
            errors = coerce(value, r#type);
        }
        (Value::List(elements), Type::List(element) | Type::Set(element)) => {
            errors = coerce_elements(elements.iter_mut().map(|value| (value, &**element)));
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            errors = coerce_elements(elements.iter_mut().zip(types));
        }
        (Value::Map(elements), Type::Map(element)) => {
            for (key, value) in elements {
                errors.extend(coerce(value, element).into_iter().map(|error| error.under(Step::Key(key.clone()))));
            }
        }
        (Value::Map(attributes), Type::Object(types)) => errors = coerce_object(attributes, types),
        _ => {
            *value = Value::Null;
            errors.push(ConversionError::new(format!("{type} is required")));
        }
    }
    errors
}

fn coerce_elements<'a>(elements: impl Iterator<Item = (&'a mut Value, &'a Type)>) -> Vec<ConversionError> {
    (0_i64..)
        .zip(elements)
        .flat_map(|(index, (value, r#type))| {
            coerce(value, r#type).into_iter().map(move |error| error.under(Step::Index(index)))
        })
        .collect()
}

fn coerce_object(attributes: &mut BTreeMap<String, Value>, types: &BTreeMap<String, Type>) -> Vec<ConversionError> {
    let mut errors = Vec::new();
    let mut report = |name: &str, error: ConversionError| errors.push(error.under(Step::Attribute(name.to_owned())));
    attributes.retain(|name, _| {
        let known = types.contains_key(name);
        if !known {
            report(name, ConversionError::new("no such attribute is in the schema"));
        }
        known
    });
    for (name, r#type) in types {
        match attributes.get_mut(name) {
            Some(value) => coerce(value, r#type).into_iter().for_each(|error| report(name, error)),
            None => {
                attributes.insert(name.clone(), Value::Null);
                report(name, ConversionError::new("the attribute is missing"));
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::msgpack;

    #[test]
    fn coerced_value_can_be_encoded_and_keeps_what_fits() {
        let r#type = Type::object([
            ("id", Type::String),
            ("size", Type::Number),
            ("tags", Type::map(Type::String)),
            ("list", Type::list(Type::Bool)),
            ("pair", Type::Tuple(vec![Type::Bool])),
            ("any", Type::Dynamic),
            ("removed", Type::String),
        ]);
        let mut value = Value::Map(BTreeMap::from([
            ("id".into(), Value::Dynamic(Type::String, Box::new(Value::String("42".into())))),
            ("size".into(), Value::String("big".into())),
            ("tags".into(), Value::Map(BTreeMap::from([("k".into(), Value::Bool(true))]))),
            ("list".into(), Value::List(vec![Value::Bool(true), Value::Map(BTreeMap::new())])),
            ("pair".into(), Value::List(vec![])),
            ("any".into(), Value::Dynamic(Type::Number, Box::new(Value::Bool(true)))),
            ("other".into(), Value::Unknown),
        ]));
        assert!(msgpack::encode(&value, &r#type).is_err());
        let mut paths: Vec<_> = coerce(&mut value, &r#type).into_iter().map(|error| error.path.to_string()).collect();
        paths.sort();
        assert_eq!(paths, ["any", "list[1]", "other", "pair", "removed", "size", "tags[\"k\"]"]);
        assert!(msgpack::encode(&value, &r#type).is_ok());
        assert_eq!(value.attribute("id"), Some(&Value::String("42".into())));
        assert_eq!(coerce(&mut value, &r#type), []);
    }
}
