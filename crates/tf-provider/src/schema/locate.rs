//! Lookup of paths in a schema.

use super::{Block, Nesting};
use crate::path::{Path, Step};
use crate::value::Type;

/// Whether the block has an attribute, block or element at this path. An empty path is the block itself.
pub(crate) fn contains(block: &Block, path: &Path) -> bool {
    in_block(block, path.steps())
}

fn in_block(block: &Block, steps: &[Step]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return true };
    let Step::Attribute(name) = first else { return false };
    if let Some(attribute) = block.attributes.iter().find(|attribute| attribute.name == *name) {
        return in_type(&attribute.r#type, rest);
    }
    let Some(nested) = block.blocks.iter().find(|nested| nested.name == *name) else { return false };
    match (nested.nesting, rest.split_first()) {
        (_, None) => true,
        (Nesting::Single | Nesting::Group, _) => in_block(&nested.block, rest),
        (Nesting::List | Nesting::Set, Some((Step::Index(_), rest))) | (Nesting::Map, Some((Step::Key(_), rest))) => {
            in_block(&nested.block, rest)
        }
        _ => false,
    }
}

fn in_type(r#type: &Type, steps: &[Step]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return true };
    match (r#type, first) {
        (Type::Dynamic, _) => true,
        (Type::List(element) | Type::Set(element), Step::Index(_)) | (Type::Map(element), Step::Key(_)) => {
            in_type(element, rest)
        }
        (Type::Tuple(types), Step::Index(index)) => {
            usize::try_from(*index).ok().and_then(|index| types.get(index)).is_some_and(|r#type| in_type(r#type, rest))
        }
        (Type::Object(types), Step::Attribute(name)) => types.get(name).is_some_and(|r#type| in_type(r#type, rest)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, NestedBlock};

    #[test]
    fn only_paths_into_the_schema_are_found() {
        let inner = || Block::new().attribute(Attribute::string("x"));
        let block = inner()
            .attribute(Attribute::new("list", Type::list(Type::object([("a", Type::String)]))))
            .attribute(Attribute::new("tuple", Type::Tuple(vec![Type::map(Type::Bool)])))
            .attribute(Attribute::new("any", Type::Dynamic))
            .block(NestedBlock::single("single", inner()))
            .block(NestedBlock::list("many", inner()))
            .block(NestedBlock::map("map", inner()));
        let root = Path::root;
        for path in [
            Path::default(),
            root("x"),
            root("list").index(3).attribute("a"),
            root("tuple").index(0).key("k"),
            root("any").key("k").index(1),
            root("single"),
            root("single").attribute("x"),
            root("many").index(0).attribute("x"),
            root("map").key("k").attribute("x"),
        ] {
            assert!(contains(&block, &path), "{path}");
        }
        for path in [
            root("y"),
            root("x").index(0),
            root("list").attribute("a"),
            root("list").index(0).attribute("b"),
            root("tuple").index(1),
            root("single").attribute("y"),
            root("single").index(0),
            root("many").attribute("x"),
            root("map").index(0),
        ] {
            assert!(!contains(&block, &path), "{path}");
        }
    }
}
