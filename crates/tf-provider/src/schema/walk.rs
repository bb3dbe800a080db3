//! Traversal of a value along its block.

use std::collections::BTreeMap;

use super::{Attribute, Behavior, Block, NestedBlock, Nesting};
use crate::diagnostics::Diagnostics;
use crate::path::Path;
use crate::value::Value;

/// The configured attributes that only the provider can set.
pub(crate) fn configured_computed(block: &Block, value: &Value) -> Vec<Path> {
    paths(block, value, |attribute, value| attribute.behavior == Behavior::Computed && !value.is_null())
}

/// The required attributes and blocks that are null. Terraform rejects absent ones and accepts an explicit null.
/// Unknown values are not included, and can turn out to be null.
pub(crate) fn missing(block: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    find_missing(block, value, &Path::default(), &mut found);
    found
}

fn find_missing(block: &Block, value: &Value, at: &Path, found: &mut Vec<Path>) {
    if !matches!(value, Value::Map(_)) {
        return;
    }
    let attributes = block.attributes.iter().filter(|attribute| attribute.behavior == Behavior::Required);
    let blocks = block.blocks.iter().filter(|nested| nested.nesting == Nesting::Single && nested.min_items > 0);
    let required = attributes.map(|attribute| &attribute.name).chain(blocks.map(|nested| &nested.name));
    let missing = required.filter(|name| value.attribute(name).is_none_or(Value::is_null));
    found.extend(missing.map(|name| at.clone().attribute(name)));
    for nested in &block.blocks {
        for (at, occurrence) in occurrences(nested, value.attribute(&nested.name), &at.clone().attribute(&nested.name))
        {
            // Required attributes of a GROUP block count only if the block has any value.
            if nested.nesting != Nesting::Group || *occurrence != empty(&nested.block) {
                find_missing(&nested.block, occurrence, &at, found);
            }
        }
    }
}

/// The write-only attributes with a known value that isn't null.
pub(crate) fn known_write_only(block: &Block, value: &Value) -> Vec<Path> {
    paths(block, value, |attribute, value| {
        attribute.write_only && !matches!(value, Value::Null | Value::Unknown) && !value.is_null()
    })
}

/// The write-only attributes with a known or unknown value.
pub(crate) fn given_write_only(block: &Block, value: &Value) -> Vec<Path> {
    paths(block, value, |attribute, value| attribute.write_only && !value.is_null())
}

/// The deprecated attributes and blocks that are configured, each with its message: attributes with a known value,
/// blocks that occur, and the block itself. Terraform warns only where such a value is used.
pub(crate) fn deprecated(block: &Block, value: &Value) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    each_occurrence(block, value, &Path::default(), &mut |block, value, at| {
        found.extend(block.deprecated.iter().map(|message| (at.clone(), message.clone())));
        for attribute in &block.attributes {
            let given =
                value.attribute(&attribute.name).is_some_and(|value| *value != Value::Unknown && !value.is_null());
            let message = attribute.deprecated.as_ref().filter(|_| given);
            found.extend(message.map(|message| (at.clone().attribute(&attribute.name), message.clone())));
        }
    });
    found
}

/// Runs the validators of every attribute whose value is known.
pub(crate) fn validate(block: &Block, value: &Value, diagnostics: &mut Diagnostics) {
    each_occurrence(block, value, &Path::default(), &mut |block, value, at| {
        for attribute in block.attributes.iter().filter(|attribute| !attribute.validators.is_empty()) {
            let known = value.attribute(&attribute.name).filter(|value| **value != Value::Unknown && !value.is_null());
            let Some(value) = known else { continue };
            let at = at.clone().attribute(&attribute.name);
            attribute.validators.iter().for_each(|validator| validator.check(value, &at, diagnostics));
        }
    });
}

/// Sets all write-only values to null, as in every plan and state.
pub(crate) fn clear_write_only(block: &Block, value: &mut Value) {
    each_block(block, value, &mut |block, attributes| {
        for attribute in block.attributes.iter().filter(|attribute| attribute.write_only) {
            if let Some(value) = attributes.get_mut(&attribute.name) {
                *value = Value::Null;
            }
        }
    });
}

/// Replaces null where Terraform rejects it: LIST, SET and MAP blocks become empty, GROUP blocks become objects.
pub(crate) fn fill_blocks(block: &Block, value: &mut Value) {
    each_block(block, value, &mut |block, attributes| {
        for nested in &block.blocks {
            let value = attributes.entry(nested.name.clone()).or_default();
            if value.is_null() {
                *value = without_occurrence(nested);
            }
        }
    });
}

/// The value of a block without configured values.
pub(crate) fn empty(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
    let blocks = block.blocks.iter().map(|nested| (nested.name.clone(), without_occurrence(nested)));
    Value::Map(attributes.chain(blocks).collect())
}

pub(crate) fn without_occurrence(nested: &NestedBlock) -> Value {
    match nested.nesting {
        Nesting::Single => Value::Null,
        Nesting::Group => empty(&nested.block),
        Nesting::List | Nesting::Set => Value::List(Vec::new()),
        Nesting::Map => Value::Map(BTreeMap::new()),
    }
}

fn paths(block: &Block, value: &Value, wanted: impl Fn(&Attribute, &Value) -> bool) -> Vec<Path> {
    let mut paths = Vec::new();
    each_occurrence(block, value, &Path::default(), &mut |block, value, at| {
        for attribute in &block.attributes {
            if value.attribute(&attribute.name).is_some_and(|value| wanted(attribute, value)) {
                paths.push(at.clone().attribute(&attribute.name));
            }
        }
    });
    paths
}

/// Visits each occurrence of the block and its nested blocks with its path, outermost first.
fn each_occurrence(block: &Block, value: &Value, at: &Path, visit: &mut impl FnMut(&Block, &Value, &Path)) {
    if !matches!(value, Value::Map(_)) {
        return;
    }
    visit(block, value, at);
    for nested in &block.blocks {
        for (at, occurrence) in occurrences(nested, value.attribute(&nested.name), &at.clone().attribute(&nested.name))
        {
            each_occurrence(&nested.block, occurrence, &at, visit);
        }
    }
}

fn occurrences<'a>(nested: &NestedBlock, value: Option<&'a Value>, at: &Path) -> Vec<(Path, &'a Value)> {
    match (nested.nesting, value) {
        (Nesting::Single | Nesting::Group, Some(occurrence)) => vec![(at.clone(), occurrence)],
        // Elements of sets have no address. The index only makes their paths different.
        (Nesting::List | Nesting::Set, Some(Value::List(occurrences))) => {
            occurrences.iter().enumerate().map(|(index, occurrence)| (at.clone().index(index), occurrence)).collect()
        }
        (Nesting::Map, Some(Value::Map(occurrences))) => {
            occurrences.iter().map(|(key, occurrence)| (at.clone().key(key), occurrence)).collect()
        }
        _ => Vec::new(),
    }
}

/// Visits each occurrence of the block and its nested blocks, outermost first.
pub(crate) fn each_block(
    block: &Block,
    value: &mut Value,
    visit: &mut impl FnMut(&Block, &mut BTreeMap<String, Value>),
) {
    let Value::Map(attributes) = value else { return };
    visit(block, attributes);
    for nested in &block.blocks {
        match (nested.nesting, attributes.get_mut(&nested.name)) {
            (Nesting::Single | Nesting::Group, Some(occurrence)) => each_block(&nested.block, occurrence, visit),
            (Nesting::List | Nesting::Set, Some(Value::List(occurrences))) => {
                occurrences.iter_mut().for_each(|occurrence| each_block(&nested.block, occurrence, visit));
            }
            (Nesting::Map, Some(Value::Map(occurrences))) => {
                occurrences.values_mut().for_each(|occurrence| each_block(&nested.block, occurrence, visit));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner() -> Block {
        Block::new().attribute(Attribute::string("secret").write_only()).attribute(Attribute::string("id").computed())
    }

    fn block() -> Block {
        inner()
            .block(NestedBlock::single("single", inner()))
            .block(NestedBlock::group("group", inner()))
            .block(NestedBlock::list("list", inner().block(NestedBlock::list("deep", inner()))))
            .block(NestedBlock::set("set", Block::new().attribute(Attribute::string("id").computed())))
            .block(NestedBlock::map("map", inner()))
    }

    fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn given() -> Value {
        map([("secret", Value::String("s".into())), ("id", Value::Unknown)])
    }

    fn full() -> Value {
        map([
            ("secret", Value::Unknown),
            ("id", Value::Null),
            ("single", given()),
            ("group", given()),
            ("list", Value::List(vec![given(), map([("secret", Value::Null), ("deep", Value::List(vec![given()]))])])),
            ("set", Value::List(vec![map([("id", Value::String("x".into()))])])),
            ("map", map([("a", given())])),
        ])
    }

    fn texts(paths: &[Path]) -> Vec<String> {
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn configured_computed_attributes_are_found_everywhere() {
        assert_eq!(
            texts(&configured_computed(&block(), &full())),
            ["single.id", "group.id", "list[0].id", "list[1].deep[0].id", "set[0].id", "map[\"a\"].id"]
        );
    }

    #[test]
    fn missing_arguments_and_blocks_are_found_everywhere() {
        let inner =
            || Block::new().attribute(Attribute::string("name").required()).attribute(Attribute::string("note"));
        let block = inner()
            .block(NestedBlock::single("single", inner()))
            .block(NestedBlock::single("needed", inner()).required())
            .block(NestedBlock::group("group", inner()))
            .block(NestedBlock::group("unwritten", inner()))
            .block(NestedBlock::list("list", inner().block(NestedBlock::list("deep", inner()))))
            .block(NestedBlock::set("set", inner()))
            .block(NestedBlock::map("map", inner()));
        let named = |name: Value| map([("name", name), ("note", Value::Null)]);
        let noted = || map([("name", Value::Null), ("note", Value::String("x".into()))]);
        let (null, known) = (|| named(Value::Null), || named(Value::String("a".into())));
        let deep = map([("name", Value::Unknown), ("deep", Value::List(vec![known(), null()]))]);
        let value = map([
            ("name", Value::Null),
            ("single", null()),
            ("needed", Value::Null),
            ("group", noted()),
            ("unwritten", null()),
            ("list", Value::List(vec![known(), deep])),
            ("set", Value::List(vec![null()])),
            ("map", map([("a", null())])),
        ]);
        assert_eq!(
            texts(&missing(&block, &value)),
            ["name", "needed", "single.name", "group.name", "list[1].deep[1].name", "set[0].name", "map[\"a\"].name"]
        );
        let unknown = map([
            ("name", Value::Unknown),
            ("single", Value::Null),
            ("needed", Value::Unknown),
            ("list", Value::Unknown),
            ("set", Value::Unknown),
        ]);
        assert_eq!(missing(&block, &unknown), []);
    }

    #[test]
    fn deprecated_attributes_and_blocks_are_found_where_they_are_written() {
        let old = || Block::new().attribute(Attribute::string("a").deprecated("use b"));
        let block = old()
            .block(NestedBlock::list("list", old()))
            .block(NestedBlock::single("removed", Block::new().deprecated("no more")));
        let some = || map([("a", Value::String("x".into()))]);
        let value = map([
            ("a", Value::Unknown),
            ("list", Value::List(vec![map([("a", Value::Null)]), some()])),
            ("removed", map([])),
        ]);
        let found: Vec<_> =
            deprecated(&block, &value).into_iter().map(|(path, text)| (path.to_string(), text)).collect();
        assert_eq!(found, [("list[1].a".into(), "use b".into()), ("removed".into(), "no more".into())]);
        assert_eq!(deprecated(&old().deprecated("all"), &some()).len(), 2);
    }

    #[test]
    fn unknown_write_only_is_given_and_not_known() {
        let known = ["single.secret", "group.secret", "list[0].secret", "list[1].deep[0].secret", "map[\"a\"].secret"];
        assert_eq!(texts(&known_write_only(&block(), &full())), known);
        assert_eq!(texts(&given_write_only(&block(), &full()))[0], "secret");
        assert_eq!(given_write_only(&block(), &full()).len(), known.len() + 1);
    }

    #[test]
    fn write_only_values_become_null_everywhere() {
        let mut value = full();
        clear_write_only(&block(), &mut value);
        assert_eq!(given_write_only(&block(), &value), []);
        assert_eq!(configured_computed(&block(), &value).len(), 6);
    }

    #[test]
    fn repeated_blocks_are_never_null() {
        let mut value = map([
            ("list", Value::Null),
            ("set", Value::Null),
            ("map", Value::Null),
            ("group", Value::Null),
            ("single", Value::Null),
        ]);
        fill_blocks(&block(), &mut value);
        assert_eq!(value.attribute("list"), Some(&Value::List(vec![])));
        assert_eq!(value.attribute("set"), Some(&Value::List(vec![])));
        assert_eq!(value.attribute("map"), Some(&map([])));
        assert_eq!(value.attribute("group"), Some(&map([("secret", Value::Null), ("id", Value::Null)])));
        assert_eq!(value.attribute("single"), Some(&Value::Null));
        let mut value = full();
        fill_blocks(&block(), &mut value);
        assert_eq!(
            value.attribute("list").and_then(|list| list.element(0)?.attribute("deep")),
            Some(&Value::List(vec![]))
        );
    }

    #[test]
    fn unknown_blocks_stay_unknown() {
        let mut value = map([("list", Value::Unknown), ("single", Value::Unknown)]);
        fill_blocks(&block(), &mut value);
        clear_write_only(&block(), &mut value);
        assert_eq!(value.attribute("list"), Some(&Value::Unknown));
        assert_eq!(value.attribute("single"), Some(&Value::Unknown));
    }
}
