//! A configuration for an imported object.

use super::{Attribute, Behavior, Block, Nesting, walk};
use crate::value::Value;

/// The configuration that describes a state, with null where the user must set a value.
///
/// Computed, deprecated, write-only and sensitive attributes are null: secrets don't belong in a file. Required SINGLE
/// blocks are present even if the state has none, so that the user sees their arguments.
pub(crate) fn config(block: &Block, state: Value) -> Value {
    let Value::Map(mut config) = state else { return state };
    for attribute in block.attributes.iter().filter(|attribute| !is_configurable(attribute)) {
        config.insert(attribute.name.clone(), Value::Null);
    }
    for nested in &block.blocks {
        let value = config.entry(nested.name.clone()).or_default();
        if nested.block.deprecated.is_some() {
            *value = walk::without_occurrence(nested);
            continue;
        }
        let inner = std::mem::take(value);
        *value = match (nested.nesting, inner) {
            (Nesting::Single, Value::Null) if nested.min_items > 0 => {
                self::config(&nested.block, walk::empty(&nested.block))
            }
            (Nesting::Single | Nesting::Group, inner) => self::config(&nested.block, inner),
            (Nesting::List | Nesting::Set, Value::List(occurrences)) => {
                Value::List(occurrences.into_iter().map(|inner| self::config(&nested.block, inner)).collect())
            }
            (Nesting::Map, Value::Map(occurrences)) => Value::Map(
                occurrences.into_iter().map(|(key, inner)| (key, self::config(&nested.block, inner))).collect(),
            ),
            (_, inner) => inner,
        };
    }
    Value::Map(config)
}

fn is_configurable(attribute: &Attribute) -> bool {
    attribute.behavior != Behavior::Computed
        && attribute.deprecated.is_none()
        && !attribute.write_only
        && !attribute.sensitive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::NestedBlock;

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn keeps_what_can_be_configured_and_writes_required_blocks() {
        let inner = || {
            Block::new()
                .attribute(Attribute::string("name").required())
                .attribute(Attribute::string("id").computed())
                .attribute(Attribute::string("old").deprecated("use name"))
                .attribute(Attribute::string("secret").write_only())
        };
        let block = inner()
            .block(NestedBlock::single("needed", inner()).required())
            .block(NestedBlock::single("unused", inner()))
            .block(NestedBlock::list("list", inner()))
            .block(NestedBlock::map("map", inner()))
            .block(NestedBlock::list("former", Block::new().deprecated("use list")));
        let text = || Value::String("x".into());
        let full = || map([("name", text()), ("id", text()), ("old", text()), ("secret", text())]);
        let kept = || map([("name", text()), ("id", Value::Null), ("old", Value::Null), ("secret", Value::Null)]);
        let Value::Map(mut state) = full() else { panic!("an object") };
        state.extend([
            ("needed".to_owned(), Value::Null),
            ("unused".to_owned(), Value::Null),
            ("list".to_owned(), Value::List(vec![full()])),
            ("map".to_owned(), map([("k", full())])),
            ("former".to_owned(), Value::List(vec![map([])])),
        ]);
        let config = config(&block, Value::Map(state));
        assert_eq!(config.attribute("name"), Some(&text()));
        assert_eq!(config.attribute("id"), Some(&Value::Null));
        let skeleton = map(["name", "id", "old", "secret"].map(|name| (name, Value::Null)));
        assert_eq!(config.attribute("needed"), Some(&skeleton));
        assert_eq!(config.attribute("unused"), Some(&Value::Null));
        assert_eq!(config.attribute("list"), Some(&Value::List(vec![kept()])));
        assert_eq!(config.attribute("map"), Some(&map([("k", kept())])));
        assert_eq!(config.attribute("former"), Some(&Value::List(Vec::new())));
    }
}
