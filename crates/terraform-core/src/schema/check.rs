//! The rules that Terraform keeps for resource schemas. Knows only the decoded schema.

use super::{Attribute, Block, NestedBlock, Nesting};

/// Meta-arguments that a resource block can never pass on to the provider.
const RESERVED: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
/// Blocks that the language keeps for itself in a resource block.
const RESERVED_BLOCKS: [&str; 5] = ["lifecycle", "connection", "provisioner", "locals", "_"];

/// Adds everything that is wrong with a resource's block.
pub(super) fn block(schema: &Block, name: &str, problems: &mut Vec<String>) {
    for reserved in RESERVED {
        if schema.attributes.contains_key(reserved) {
            problems.push(format!("{name}.{reserved}: reserved, so no configuration can reach it"));
        }
    }
    for reserved in RESERVED_BLOCKS {
        if schema.blocks.contains_key(reserved) {
            problems.push(format!("{name}.{reserved}: reserved, so no configuration can reach it"));
        }
    }
    inner(schema, name, problems);
}

fn inner(schema: &Block, name: &str, problems: &mut Vec<String>) {
    for (attribute_name, attribute) in &schema.attributes {
        let path = format!("{name}.{attribute_name}");
        if let Some(problem) = attribute_problem(attribute) {
            problems.push(format!("{path}: {problem}"));
        }
        if !is_valid_name(attribute_name) {
            problems.push(format!("{path}: a name with something else than a-z, 0-9 and _"));
        }
    }
    for (block_name, nested) in &schema.blocks {
        let path = format!("{name}.{block_name}");
        if schema.attributes.contains_key(block_name) {
            problems.push(format!("{path}: an attribute and a block of this name"));
        }
        if !is_valid_name(block_name) {
            problems.push(format!("{path}: a name with something else than a-z, 0-9 and _"));
        }
        if let Some(problem) = nesting_problem(nested) {
            problems.push(format!("{path}: {problem}"));
        }
        inner(&nested.block, &path, problems);
    }
}

fn attribute_problem(attribute: &Attribute) -> Option<&'static str> {
    match (attribute.required, attribute.optional, attribute.computed) {
        (false, false, false) => Some("neither required nor optional nor computed"),
        (true, true, _) => Some("both required and optional"),
        (true, _, true) => Some("both required and computed"),
        _ if attribute.write_only && attribute.computed => Some("a write-only attribute cannot be computed"),
        _ => None,
    }
}

fn nesting_problem(nested: &NestedBlock) -> Option<&'static str> {
    let NestedBlock { nesting, min_items, max_items, block } = nested;
    match nesting {
        Nesting::Single if min_items != max_items => Some("a single block with two different bounds"),
        Nesting::Single if !(0..=1).contains(min_items) => Some("a single block with a bound other than 0 and 1"),
        Nesting::Group | Nesting::Map if *min_items != 0 || *max_items != 0 => {
            Some("a group or a map of blocks with bounds")
        }
        Nesting::List | Nesting::Set if *min_items < 0 || *max_items < 0 => Some("a negative bound"),
        Nesting::List | Nesting::Set if *max_items != 0 && min_items > max_items => {
            Some("a lower bound above the upper one")
        }
        Nesting::Set if block.implied_type().has_dynamic() => Some("a set of blocks with a dynamic attribute"),
        Nesting::Set if has_write_only(block) => Some("a set of blocks with a write-only attribute"),
        _ => None,
    }
}

fn has_write_only(block: &Block) -> bool {
    block.attributes.values().any(|attribute| attribute.write_only)
        || block.blocks.values().any(|nested| has_write_only(&nested.block))
}

fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::super::samples::{attribute, block as sample, resource};
    use super::*;
    use crate::value::Type;

    fn problems(schema: &Block) -> Vec<String> {
        let mut problems = Vec::new();
        block(schema, "thing", &mut problems);
        problems
    }

    fn nested(change: impl FnOnce(&mut NestedBlock)) -> Block {
        let mut schema = Block::default().nest("b", Nesting::Single, sample([("a", attribute(|_| ()))]));
        change(schema.blocks.get_mut("b").unwrap());
        schema
    }

    #[test]
    fn ordinary_schema_has_no_problems() {
        assert_eq!(problems(&resource()), Vec::<String>::new());
    }

    #[test]
    fn attributes_are_required_optional_or_computed() {
        let with = |required, optional, computed| {
            problems(&sample([(
                "a",
                attribute(|a| {
                    a.required = required;
                    a.optional = optional;
                    a.computed = computed;
                }),
            )]))
        };
        assert_eq!(with(false, false, false), ["thing.a: neither required nor optional nor computed"]);
        assert_eq!(with(true, true, false), ["thing.a: both required and optional"]);
        assert_eq!(with(true, false, true), ["thing.a: both required and computed"]);
        assert_eq!(with(false, true, true), Vec::<String>::new());
    }

    #[test]
    fn single_blocks_have_equal_bounds_of_0_or_1() {
        for (min, max, fine) in [(0, 0, true), (1, 1, true), (1, 0, false), (0, 1, false), (2, 2, false)] {
            let schema = nested(|b| (b.min_items, b.max_items) = (min, max));
            assert_eq!(problems(&schema).is_empty(), fine, "{min} {max}");
        }
    }

    #[test]
    fn list_and_map_blocks_have_sensible_bounds() {
        for (nesting, min, max, fine) in [
            (Nesting::List, 1, 0, true),
            (Nesting::List, 1, 3, true),
            (Nesting::List, 3, 1, false),
            (Nesting::Set, -1, 0, false),
            (Nesting::Map, 1, 1, false),
            (Nesting::Group, 1, 1, false),
            (Nesting::Map, 0, 0, true),
        ] {
            let schema = nested(|b| (b.nesting, b.min_items, b.max_items) = (nesting, min, max));
            assert_eq!(problems(&schema).is_empty(), fine, "{nesting:?} {min} {max}");
        }
    }

    #[test]
    fn set_blocks_hold_neither_dynamic_nor_write_only() {
        let of = |a: Attribute| {
            nested(|b| {
                b.nesting = Nesting::Set;
                b.block = sample([("a", a)]);
            })
        };
        assert_eq!(problems(&of(attribute(|a| a.ty = Type::Dynamic))).len(), 1);
        assert_eq!(problems(&of(attribute(|a| a.write_only = true))).len(), 1);
        assert!(problems(&of(attribute(|_| ()))).is_empty());
    }

    #[test]
    fn names_are_lowercase_unique_and_not_reserved() {
        assert_eq!(problems(&sample([("Name", attribute(|_| ()))])).len(), 1);
        assert_eq!(problems(&sample([("count", attribute(|_| ()))])).len(), 1);
        assert_eq!(problems(&sample([("id", attribute(|_| ()))])), Vec::<String>::new());
        assert_eq!(problems(&Block::default().nest("lifecycle", Nesting::Single, Block::default())).len(), 1);
        let twice = sample([("a", attribute(|_| ()))]).nest("a", Nesting::Single, Block::default());
        assert_eq!(problems(&twice), ["thing.a: an attribute and a block of this name"]);
    }
}
