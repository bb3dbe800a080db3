//! Planning from the schema: defaults, computed attributes, and changes that replace the object.

use std::collections::BTreeMap;

use super::{Attribute, Behavior, Block, NestedBlock, Nesting};
use crate::path::Path;
use crate::value::Value;

/// Turns the proposed state into a plan.
///
/// A computed attribute that is null in the configuration gets its default. Without a default it is unknown in a new
/// object or block, and keeps its prior value otherwise.
pub(crate) fn plan(block: &Block, config: &Value, prior: Option<&Value>, proposed: &mut Value) {
    let Value::Map(planned) = proposed else { return };
    for attribute in block.attributes.iter().filter(|attribute| is_computed(attribute)) {
        if config.attribute(&attribute.name).is_some_and(|value| !value.is_null()) {
            continue;
        }
        let value = planned.entry(attribute.name.clone()).or_default();
        if let Some(default) = &attribute.default {
            *value = default.clone();
        } else if prior.is_none() {
            *value = Value::Unknown;
        }
    }
    for nested in &block.blocks {
        let Some(planned) = planned.get_mut(&nested.name) else { continue };
        let config = config.attribute(&nested.name).unwrap_or(&Value::Null);
        let prior = prior.and_then(|prior| prior.attribute(&nested.name)).filter(|prior| !prior.is_null());
        plan_nested(nested, config, prior, planned);
    }
}

fn plan_nested(nested: &NestedBlock, config: &Value, prior: Option<&Value>, planned: &mut Value) {
    let block = &nested.block;
    let absent = Value::Null;
    match (nested.nesting, planned) {
        (Nesting::Single | Nesting::Group, planned) => plan(block, config, prior, planned),
        (Nesting::List, Value::List(occurrences)) => {
            for (index, planned) in occurrences.iter_mut().enumerate() {
                let config = config.element(index).unwrap_or(&absent);
                plan(block, config, prior.and_then(|prior| prior.element(index)), planned);
            }
        }
        (Nesting::Map, Value::Map(occurrences)) => {
            for (key, planned) in occurrences {
                let config = config.attribute(key).unwrap_or(&absent);
                plan(block, config, prior.and_then(|prior| prior.attribute(key)), planned);
            }
        }
        // Occurrences of a set have no address, so that a planned one can't be matched with its configuration.
        // Terraform has matched them already, and leaves computed attributes null in new ones. The schema check allows
        // no defaults here.
        (Nesting::Set, Value::List(occurrences)) => {
            let empty = Value::Map(BTreeMap::new());
            for planned in occurrences {
                let config = planned.clone();
                let is_new = !prior.is_some_and(|prior| matches!(prior, Value::List(prior) if prior.contains(planned)));
                plan(block, &config, (!is_new).then_some(&empty), planned);
            }
        }
        _ => {}
    }
}

/// Replaces null with defaults, for data sources and actions, which have no plan.
pub(crate) fn fill_defaults(block: &Block, config: &mut Value) {
    super::walk::each_block(block, config, &mut |block, attributes| {
        for attribute in &block.attributes {
            if let Some(default) = &attribute.default {
                let value = attributes.entry(attribute.name.clone()).or_default();
                if value.is_null() {
                    *value = default.clone();
                }
            }
        }
    });
}

/// The attributes and blocks whose planned values replace the object. An unknown value may be a change.
pub(crate) fn replacing(block: &Block, prior: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    find_replacing(block, prior, planned, &Path::default(), &mut found);
    found
}

fn find_replacing(block: &Block, prior: &Value, planned: &Value, at: &Path, found: &mut Vec<Path>) {
    for attribute in block.attributes.iter().filter(|attribute| attribute.requires_replace) {
        let value = |of: &Value| of.attribute(&attribute.name).cloned().unwrap_or_default();
        let prior = match value(prior) {
            null if null.is_null() => attribute.default.clone().unwrap_or(null),
            prior => prior,
        };
        if prior != value(planned) {
            found.push(at.clone().attribute(&attribute.name));
        }
    }
    for nested in &block.blocks {
        let at = at.clone().attribute(&nested.name);
        let value = |of: &Value| of.attribute(&nested.name).cloned().unwrap_or_default();
        let (prior, planned) = (value(prior), value(planned));
        if prior == planned {
            continue;
        }
        if nested.requires_replace {
            found.push(at);
        } else if any_replaces(&nested.block) {
            find_replacing_nested(nested, &prior, &planned, at, found);
        }
    }
}

fn find_replacing_nested(nested: &NestedBlock, prior: &Value, planned: &Value, at: Path, found: &mut Vec<Path>) {
    match (nested.nesting, prior, planned) {
        (Nesting::Single | Nesting::Group, Value::Map(_), Value::Map(_)) => {
            find_replacing(&nested.block, prior, planned, &at, found);
        }
        (Nesting::List, Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (prior, planned)) in before.iter().zip(after).enumerate() {
                find_replacing(&nested.block, prior, planned, &at.clone().index(index), found);
            }
        }
        (Nesting::Map, Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            for (key, prior) in before {
                let planned = planned.attribute(key).unwrap_or(&Value::Null);
                find_replacing(&nested.block, prior, planned, &at.clone().key(key), found);
            }
        }
        // Added, removed, unknown, or an element of a set, which has no address.
        _ => found.push(at),
    }
}

fn any_replaces(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.requires_replace)
        || block.blocks.iter().any(|nested| nested.requires_replace || any_replaces(&nested.block))
}

fn is_computed(attribute: &Attribute) -> bool {
    matches!(attribute.behavior, Behavior::Computed | Behavior::OptionalComputed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner() -> Block {
        Block::new()
            .attribute(Attribute::string("name").required().requires_replace())
            .attribute(Attribute::bool("on").default(true))
            .attribute(Attribute::string("id").computed())
    }

    fn block() -> Block {
        inner()
            .attribute(Attribute::string("region").default("eu").requires_replace())
            .block(NestedBlock::single("single", inner()))
            .block(NestedBlock::list("list", inner()))
            .block(NestedBlock::map("map", inner()))
            .block(NestedBlock::set("set", Block::new().attribute(Attribute::string("id").computed())))
            .block(NestedBlock::single("whole", Block::new().attribute(Attribute::string("x"))).requires_replace())
    }

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn text(text: &str) -> Value {
        Value::String(text.into())
    }

    fn occurrence(name: &str, on: Value, id: Value) -> Value {
        map([("name", text(name)), ("on", on), ("id", id)])
    }

    fn object(region: Value, inside: &Value) -> Value {
        map([
            ("name", text("a")),
            ("on", Value::Null),
            ("id", Value::Null),
            ("region", region),
            ("single", inside.clone()),
            ("list", Value::List(vec![inside.clone()])),
            ("map", map([("k", inside.clone())])),
            ("set", Value::List(vec![map([("id", Value::Null)])])),
            ("whole", Value::Null),
        ])
    }

    fn planned(config: &Value, prior: Option<&Value>, mut proposed: Value) -> Value {
        plan(&block(), config, prior, &mut proposed);
        proposed
    }

    #[test]
    fn create_has_defaults_and_unknown_computed_attributes() {
        let config = object(Value::Null, &occurrence("b", Value::Bool(false), Value::Null));
        let planned = planned(&config, None, config.clone());
        assert_eq!(planned.attribute("on"), Some(&Value::Bool(true)));
        assert_eq!(planned.attribute("region"), Some(&text("eu")));
        assert_eq!(planned.attribute("id"), Some(&Value::Unknown));
        let inside = occurrence("b", Value::Bool(false), Value::Unknown);
        assert_eq!(planned.attribute("single"), Some(&inside));
        assert_eq!(planned.attribute("list"), Some(&Value::List(vec![inside.clone()])));
        assert_eq!(planned.attribute("map"), Some(&map([("k", inside)])));
        assert_eq!(planned.attribute("set"), Some(&Value::List(vec![map([("id", Value::Unknown)])])));
    }

    #[test]
    fn update_keeps_computed_values_and_resets_a_removed_argument_to_its_default() {
        let config = object(Value::Null, &occurrence("b", Value::Null, Value::Null));
        let mut prior = object(text("us"), &occurrence("b", Value::Bool(false), text("2")));
        if let Value::Map(attributes) = &mut prior {
            attributes.insert("id".into(), text("1"));
            attributes.insert("on".into(), Value::Bool(false));
        }
        let planned = planned(&config, Some(&prior), prior.clone());
        assert_eq!(planned.attribute("id"), Some(&text("1")));
        assert_eq!(planned.attribute("on"), Some(&Value::Bool(true)));
        assert_eq!(planned.attribute("region"), Some(&text("eu")));
        let inside = occurrence("b", Value::Bool(true), text("2"));
        assert_eq!(planned.attribute("single"), Some(&inside));
        assert_eq!(planned.attribute("list"), Some(&Value::List(vec![inside.clone()])));
        assert_eq!(planned.attribute("map"), Some(&map([("k", inside)])));
        assert_eq!(planned.attribute("set"), prior.attribute("set"));
    }

    #[test]
    fn block_that_is_new_in_an_update_has_unknown_computed_attributes() {
        let config = object(text("eu"), &occurrence("b", Value::Null, Value::Null));
        let prior = object(text("eu"), &Value::Null);
        let planned = planned(&config, Some(&prior), config.clone());
        assert_eq!(planned.attribute("id"), Some(&Value::Null));
        assert_eq!(planned.attribute("single"), Some(&occurrence("b", Value::Bool(true), Value::Unknown)));
    }

    #[test]
    fn unknown_values_and_blocks_stay_unknown() {
        let config = object(Value::Unknown, &Value::Unknown);
        let planned = planned(&config, None, config.clone());
        assert_eq!(planned.attribute("region"), Some(&Value::Unknown));
        assert_eq!(planned.attribute("single"), Some(&Value::Unknown));
    }

    #[test]
    fn replacing_changes_are_found_everywhere() {
        let texts = |prior: &Value, planned: &Value| -> Vec<String> {
            replacing(&block(), prior, planned).iter().map(ToString::to_string).collect()
        };
        let of = |name: &str| object(text("eu"), &occurrence(name, Value::Null, Value::Null));
        assert_eq!(texts(&of("b"), &of("b")), [""; 0]);
        assert_eq!(texts(&of("b"), &of("c")), ["single.name", "list[0].name", "map[\"k\"].name"]);
        assert_eq!(texts(&of("b"), &object(text("eu"), &Value::Null)), ["single", "list[0].name", "map[\"k\"].name"]);
        assert_eq!(texts(&of("b"), &object(Value::Unknown, &Value::Unknown)).len(), 4);

        let mut changed = of("b");
        if let Value::Map(attributes) = &mut changed {
            attributes.insert("whole".into(), map([("x", Value::Null)]));
            attributes.insert("list".into(), Value::List(Vec::new()));
            attributes.insert("map".into(), map([]));
        }
        assert_eq!(texts(&of("b"), &changed), ["list", "map", "whole"]);
    }

    #[test]
    fn null_in_an_older_state_is_the_default() {
        let of = |region: Value| object(region, &Value::Null);
        assert_eq!(replacing(&block(), &of(Value::Null), &of(text("eu"))), []);
        assert_eq!(replacing(&block(), &of(Value::Null), &of(text("us"))), [Path::root("region")]);
    }
}
