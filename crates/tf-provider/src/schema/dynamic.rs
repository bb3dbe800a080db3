//! LIST and MAP blocks with dynamic types inside.
//!
//! On the wire, such a block is one dynamic value: a tuple or an object of the concrete types. Inside this crate it is
//! a list or map of occurrences like any other, with a [`Value::Dynamic`] at each dynamic attribute. This module
//! converts between the two.

use std::collections::BTreeMap;

use super::{Block, NestedBlock, Nesting};
use crate::value::{Type, Value};

/// From the wire to the form that resources get.
pub(crate) fn from_wire(block: &Block, value: Value) -> Value {
    block_from_wire(block, &block.implied_type(), value)
}

/// From the form that resources return to the wire.
pub(crate) fn to_wire(block: &Block, value: Value) -> Value {
    let Value::Map(mut attributes) = value else { return value };
    for nested in &block.blocks {
        let Some(value) = attributes.get_mut(&nested.name) else { continue };
        let inner = std::mem::take(value);
        *value = match nested.nesting {
            Nesting::Single | Nesting::Group => to_wire(&nested.block, inner),
            Nesting::List | Nesting::Map => match (nested.implied_type(), nested_type(nested, &inner)) {
                (Type::Dynamic, concrete) if concrete != Type::Dynamic => Value::Dynamic(concrete, Box::new(inner)),
                _ => inner,
            },
            Nesting::Set => inner,
        };
    }
    Value::Map(attributes)
}

fn block_from_wire(block: &Block, concrete: &Type, value: Value) -> Value {
    let Type::Object(types) = concrete else { return value };
    let Value::Map(mut attributes) = value else { return value };
    for attribute in &block.attributes {
        if let (Some(value), Some(concrete)) = (attributes.get_mut(&attribute.name), types.get(&attribute.name)) {
            *value = restore_dynamic_types(&attribute.r#type, concrete, std::mem::take(value));
        }
    }
    for nested in &block.blocks {
        if let (Some(value), Some(concrete)) = (attributes.get_mut(&nested.name), types.get(&nested.name)) {
            *value = nested_from_wire(nested, concrete, std::mem::take(value));
        }
    }
    Value::Map(attributes)
}

fn nested_from_wire(nested: &NestedBlock, concrete: &Type, value: Value) -> Value {
    let inside = |concrete: &Type, occurrence| block_from_wire(&nested.block, concrete, occurrence);
    match (value, concrete) {
        (Value::Dynamic(concrete, value), _) => nested_from_wire(nested, &concrete, *value),
        (Value::List(occurrences), Type::Tuple(types)) => Value::List(
            occurrences.into_iter().zip(types).map(|(occurrence, concrete)| inside(concrete, occurrence)).collect(),
        ),
        (Value::List(occurrences), Type::List(concrete) | Type::Set(concrete)) => {
            Value::List(occurrences.into_iter().map(|occurrence| inside(concrete, occurrence)).collect())
        }
        (Value::Map(occurrences), Type::Map(concrete)) => {
            Value::Map(occurrences.into_iter().map(|(key, occurrence)| (key, inside(concrete, occurrence))).collect())
        }
        (Value::Map(occurrences), Type::Object(_)) if matches!(nested.nesting, Nesting::Single | Nesting::Group) => {
            inside(concrete, Value::Map(occurrences))
        }
        (Value::Map(occurrences), Type::Object(types)) => {
            let occurrences = occurrences.into_iter().map(|(key, occurrence)| {
                let occurrence = types.get(&key).map_or(Value::Null, |concrete| inside(concrete, occurrence));
                (key, occurrence)
            });
            Value::Map(occurrences.collect())
        }
        (value, _) => value,
    }
}

/// Restores the concrete types where the schema has `dynamic`.
fn restore_dynamic_types(schema: &Type, concrete: &Type, value: Value) -> Value {
    match (schema, concrete, value) {
        (_, _, Value::Dynamic(concrete, value)) => Value::Dynamic(concrete, value),
        (Type::Dynamic, Type::Dynamic, value) => value,
        (Type::Dynamic, concrete, value) => Value::Dynamic(concrete.clone(), Box::new(value)),
        (Type::List(schema), Type::List(concrete), Value::List(elements))
        | (Type::Set(schema), Type::Set(concrete), Value::List(elements)) => {
            Value::List(elements.into_iter().map(|value| restore_dynamic_types(schema, concrete, value)).collect())
        }
        (Type::Map(schema), Type::Map(concrete), Value::Map(elements)) => Value::Map(
            elements.into_iter().map(|(key, value)| (key, restore_dynamic_types(schema, concrete, value))).collect(),
        ),
        (Type::Tuple(schema), Type::Tuple(concrete), Value::List(elements)) => Value::List(
            elements
                .into_iter()
                .zip(schema.iter().zip(concrete))
                .map(|(value, (s, c))| restore_dynamic_types(s, c, value))
                .collect(),
        ),
        (Type::Object(schema), Type::Object(concrete), Value::Map(attributes)) => {
            let attributes =
                attributes.into_iter().map(|(name, value)| match (schema.get(&name), concrete.get(&name)) {
                    (Some(schema), Some(concrete)) => (name, restore_dynamic_types(schema, concrete, value)),
                    _ => (name, value),
                });
            Value::Map(attributes.collect())
        }
        (_, _, value) => value,
    }
}

/// The type of the occurrences of a block, with concrete types in place of `dynamic` where there are any.
fn nested_type(nested: &NestedBlock, value: &Value) -> Type {
    match (nested.nesting, value) {
        (Nesting::Single | Nesting::Group, value) => block_type(&nested.block, value),
        (Nesting::List, Value::List(occurrences)) if nested.implied_type() == Type::Dynamic => {
            Type::Tuple(occurrences.iter().map(|occurrence| block_type(&nested.block, occurrence)).collect())
        }
        (Nesting::Map, Value::Map(occurrences)) if nested.implied_type() == Type::Dynamic => {
            Type::object(occurrences.iter().map(|(key, occurrence)| (key, block_type(&nested.block, occurrence))))
        }
        _ => nested.implied_type(),
    }
}

fn block_type(block: &Block, value: &Value) -> Type {
    let null = Value::Null;
    let given = |name| value.attribute(name).unwrap_or(&null);
    let attributes = block
        .attributes
        .iter()
        .map(|attribute| (&attribute.name, concrete_type(&attribute.r#type, given(&attribute.name))));
    let blocks = block.blocks.iter().map(|nested| (&nested.name, nested_type(nested, given(&nested.name))));
    Type::object(attributes.chain(blocks))
}

fn concrete_type(schema: &Type, value: &Value) -> Type {
    match (schema, value) {
        (Type::Dynamic, value) => value.infer_type(),
        (Type::List(element), Value::List(elements)) => Type::list(common_type(element, elements)),
        (Type::Set(element), Value::List(elements)) => Type::set(common_type(element, elements)),
        (Type::Map(element), Value::Map(elements)) => Type::map(common_type(element, elements.values())),
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            Type::Tuple(types.iter().zip(elements).map(|(schema, value)| concrete_type(schema, value)).collect())
        }
        (Type::Object(types), Value::Map(attributes)) => {
            let concrete: BTreeMap<_, _> = types
                .iter()
                .map(|(name, schema)| {
                    (
                        name.clone(),
                        attributes.get(name).map_or_else(|| schema.clone(), |value| concrete_type(schema, value)),
                    )
                })
                .collect();
            Type::Object(concrete)
        }
        (schema, _) => schema.clone(),
    }
}

/// The common type of all elements. Without one they stay dynamic.
fn common_type<'a>(schema: &Type, elements: impl IntoIterator<Item = &'a Value>) -> Type {
    if !schema.has_dynamic() {
        return schema.clone();
    }
    let mut types = elements
        .into_iter()
        .filter(|value| !matches!(value, Value::Null | Value::Unknown))
        .map(|value| concrete_type(schema, value));
    let first = types.next().unwrap_or_else(|| schema.clone());
    if types.all(|r#type| r#type == first) { first } else { schema.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Attribute;
    use crate::value::msgpack;

    fn inner() -> Block {
        Block::new()
            .attribute(Attribute::string("name"))
            .attribute(Attribute::new("any", Type::Dynamic))
            .attribute(Attribute::new("many", Type::list(Type::Dynamic)))
    }

    fn block() -> Block {
        Block::new()
            .block(NestedBlock::list(
                "rules",
                inner().block(NestedBlock::list("parts", inner())).block(NestedBlock::single("one", inner())),
            ))
            .block(NestedBlock::map("labels", inner()))
            .block(NestedBlock::single("single", Block::new().block(NestedBlock::list("inside", inner()))))
    }

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    fn dynamic(value: Value) -> Value {
        Value::Dynamic(value.infer_type(), Box::new(value))
    }

    fn part(any: Value) -> Value {
        map([
            ("name", text("n")),
            ("any", any),
            ("many", Value::List(vec![dynamic(Value::Bool(true)), dynamic(Value::Bool(false))])),
        ])
    }

    fn rule(any: Value, parts: Vec<Value>, one: Value) -> Value {
        let Value::Map(mut attributes) = part(any) else { panic!() };
        attributes.insert("parts".into(), Value::List(parts));
        attributes.insert("one".into(), one);
        Value::Map(attributes)
    }

    fn full() -> Value {
        let rules = vec![
            rule(dynamic(text("a")), vec![], Value::Null),
            rule(
                dynamic(Value::Number(1_i64.into())),
                vec![part(dynamic(Value::List(vec![text("x")]))), part(Value::Null)],
                part(dynamic(text("o"))),
            ),
            rule(Value::Unknown, vec![], Value::Null),
        ];
        map([
            ("rules", Value::List(rules)),
            ("labels", map([("k", part(dynamic(Value::Bool(true)))), ("l", part(Value::Null))])),
            ("single", map([("inside", Value::List(vec![part(dynamic(text("s")))]))])),
        ])
    }

    #[test]
    fn blocks_with_dynamic_types_come_back_as_they_went() {
        let value = full();
        let folded = to_wire(&block(), value.clone());
        let bytes = msgpack::encode(&folded, &block().implied_type()).unwrap();
        let arrived = msgpack::decode(&bytes, &block().implied_type()).unwrap();
        assert!(matches!(arrived.attribute("rules"), Some(Value::Dynamic(Type::Tuple(types), _)) if types.len() == 3));
        assert_eq!(from_wire(&block(), arrived), value);
    }

    #[test]
    fn no_occurrence_is_an_empty_tuple() {
        let value = map([("rules", Value::List(vec![])), ("labels", map([])), ("single", Value::Null)]);
        let folded = to_wire(&block(), value.clone());
        assert_eq!(
            folded.attribute("rules"),
            Some(&Value::Dynamic(Type::Tuple(vec![]), Box::new(Value::List(vec![]))))
        );
        assert_eq!(folded.attribute("labels"), Some(&Value::Dynamic(Type::Object(BTreeMap::new()), Box::new(map([])))));
        assert_eq!(from_wire(&block(), folded), value);
    }

    #[test]
    fn unknown_as_a_whole_stays_unknown() {
        let value = map([("rules", Value::Unknown), ("labels", Value::Unknown), ("single", Value::Unknown)]);
        assert_eq!(to_wire(&block(), value.clone()), value);
        assert_eq!(from_wire(&block(), value.clone()), value);
    }
}
