//! Schemas as Terraform understands them, and the types that they imply. Knows no values; `decode` reads and checks them.

mod check;
mod decode;

use std::collections::BTreeMap;

pub use decode::decode;

use super::value::{Path, Step, Type, Value};

/// Everything that one provider announces.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The provider block.
    pub provider: Block,
    /// The resources by type name.
    pub resources: BTreeMap<String, Resource>,
    /// Whether destroys are planned with the provider (`plan_destroy`).
    pub plan_destroy: bool,
    /// Whether only the first process is asked for its schema (`get_provider_schema_optional`).
    pub schema_optional: bool,
}

/// One resource type.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The version of the stored state.
    pub version: i64,
    /// The resource block.
    pub block: Block,
    /// The identity, where the provider has one and it was asked for.
    pub identity: Option<Identity>,
}

/// The identity of a resource type.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The version of the stored identity.
    pub version: i64,
    /// The attributes by name.
    pub attributes: BTreeMap<String, IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    /// The type.
    pub ty: Type,
    /// Whether an import must give it.
    pub required_for_import: bool,
}

/// A block: attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// The nested blocks by type name.
    pub blocks: BTreeMap<String, NestedBlock>,
}

/// One attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The type.
    pub ty: Type,
    /// Whether the configuration must set it.
    pub required: bool,
    /// Whether the configuration may set it.
    pub optional: bool,
    /// Whether the provider may set it.
    pub computed: bool,
    /// Whether it is hidden in output.
    pub sensitive: bool,
    /// Whether it is never stored. Always false for a Terraform that does not know write-only attributes.
    pub write_only: bool,
}

/// One type of nested blocks.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How many there may be and what keeps them apart.
    pub nesting: Nesting,
    /// The least number of blocks.
    pub min_items: i64,
    /// The greatest number of blocks; 0 is no limit.
    pub max_items: i64,
    /// What is inside.
    pub block: Block,
}

/// How nested blocks of one type become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// An object or null.
    Single,
    /// Like [`Nesting::Single`], but never null.
    Group,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects by label.
    Map,
}

impl Block {
    /// The object with empty collections in place of collections of blocks that are null, as Terraform takes what was read.
    pub fn with_empty_blocks(&self, object: Value) -> Value {
        let Value::Map(mut attributes) = object else { return object };
        for (name, nested) in &self.blocks {
            let Some(value) = attributes.get_mut(name) else { continue };
            *value = match (nested.nesting, std::mem::replace(value, Value::Null)) {
                (Nesting::List | Nesting::Set, Value::Null) => Value::List(Vec::new()),
                (Nesting::Map, Value::Null) => Value::Map(BTreeMap::new()),
                (Nesting::List | Nesting::Set, Value::List(blocks)) => {
                    Value::List(blocks.into_iter().map(|object| nested.block.with_empty_blocks(object)).collect())
                }
                (Nesting::Single | Nesting::Group, object) => nested.block.with_empty_blocks(object),
                (_, other) => other,
            };
        }
        Value::Map(attributes)
    }

    /// The type of the object that this block becomes.
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.implied_type()));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// Whether the attribute names of a path exist; what lies inside an attribute is not looked at.
    pub fn has_path(&self, path: &Path) -> bool {
        let mut block = self;
        for step in path.steps() {
            let Step::Attribute(name) = step else { continue };
            if block.attributes.contains_key(name) {
                return true;
            }
            let Some(nested) = block.blocks.get(name) else { return false };
            block = &nested.block;
        }
        true
    }

    /// The attribute that a path leads to, through blocks by name and index.
    pub fn attribute_at(&self, path: &Path) -> Option<&Attribute> {
        let mut block = self;
        let (last, way) = path.steps().split_last()?;
        for step in way {
            if let Step::Attribute(name) = step {
                block = &block.blocks.get(name)?.block;
            }
        }
        match last {
            Step::Attribute(name) => block.attributes.get(name),
            _ => None,
        }
    }
}

impl NestedBlock {
    /// The type of all blocks of this type together. A list or map of blocks with dynamic types inside has the dynamic type, for
    /// its elements may differ.
    pub fn implied_type(&self) -> Type {
        let object = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::Set => Type::Set(Box::new(object)),
            Nesting::List | Nesting::Map if object.has_dynamic() => Type::Blocks(Box::new(object)),
            Nesting::List => Type::List(Box::new(object)),
            Nesting::Map => Type::Map(Box::new(object)),
        }
    }
}

impl Identity {
    /// The type of the identity object.
    pub fn implied_type(&self) -> Type {
        Type::Object(self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone())).collect())
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! Schemas for the tests of the rules.

    use super::*;

    /// An optional string; the rest is set by changing the fields.
    pub(crate) fn attribute(change: impl FnOnce(&mut Attribute)) -> Attribute {
        let mut attribute = Attribute {
            ty: Type::String,
            required: false,
            optional: true,
            computed: false,
            sensitive: false,
            write_only: false,
        };
        change(&mut attribute);
        attribute
    }

    /// A block of attributes.
    pub(crate) fn block<const N: usize>(attributes: [(&str, Attribute); N]) -> Block {
        let attributes = attributes.into_iter().map(|(name, attribute)| (name.to_owned(), attribute)).collect();
        Block { attributes, blocks: BTreeMap::new() }
    }

    impl Block {
        /// The same block and a nested one.
        pub(crate) fn nest(mut self, name: &str, nesting: Nesting, block: Self) -> Self {
            self.blocks.insert(name.to_owned(), NestedBlock { nesting, min_items: 0, max_items: 0, block });
            self
        }
    }

    /// `id` computed, `name` required, `size` optional and computed, `secret` write-only, blocks `source` (single: `user`, `port`
    /// computed too), `rule` (list: `key`, `id` computed), `tag` (set: `key`, `id` computed), `label` (map: `key`).
    pub(crate) fn resource() -> Block {
        let computed = |ty: Type| {
            attribute(|a| {
                a.ty = ty;
                a.computed = true;
            })
        };
        let only_computed = attribute(|a| {
            a.optional = false;
            a.computed = true;
        });
        let keyed = || block([("key", attribute(|_| ())), ("id", only_computed.clone())]);
        block([
            ("id", only_computed.clone()),
            (
                "name",
                attribute(|a| {
                    a.required = true;
                    a.optional = false;
                }),
            ),
            ("size", computed(Type::Number)),
            ("secret", attribute(|a| a.write_only = true)),
            ("hosts", attribute(|a| a.ty = Type::List(Box::new(Type::String)))),
        ])
        .nest("source", Nesting::Single, block([("user", attribute(|_| ())), ("port", computed(Type::Number))]))
        .nest("rule", Nesting::List, keyed())
        .nest("tag", Nesting::Set, keyed())
        .nest("label", Nesting::Map, block([("key", attribute(|_| ()))]))
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{attribute, block, resource};
    use super::*;

    #[test]
    fn blocks_imply_objects_of_everything_in_them() {
        let schema = block([("a", attribute(|_| ()))]).nest("b", Nesting::Single, Block::default()).nest(
            "c",
            Nesting::List,
            block([("d", attribute(|a| a.ty = Type::Bool))]),
        );
        let expected = br#"["object",{"a":"string","b":["object",{}],"c":["list",["object",{"d":"bool"}]]}]"#;
        assert_eq!(schema.implied_type(), Type::parse(expected).unwrap());
    }

    #[test]
    fn dynamic_inside_a_list_block_makes_the_list_dynamic() {
        let inner = block([("any", attribute(|a| a.ty = Type::Dynamic))]);
        let outer = Block::default().nest("list", Nesting::List, inner.clone()).nest("single", Nesting::Single, inner);
        let expected = br#"["object",{"list":"dynamic","single":["object",{"any":"dynamic"}]}]"#;
        assert_eq!(outer.implied_type().to_json(), Type::parse(expected).unwrap().to_json());
    }

    #[test]
    fn paths_lead_through_blocks_to_attributes() {
        let schema = resource();
        let at = |text: &str| Path::parse(text).unwrap();
        assert!(
            schema.has_path(&at("source.user"))
                && schema.has_path(&at("rule[0].key"))
                && schema.has_path(&at("hosts[0]"))
        );
        assert!(!schema.has_path(&at("source.nothing")) && !schema.has_path(&at("nothing")));
        assert!(schema.attribute_at(&at("rule[1].id")).is_some_and(|attribute| attribute.computed));
        assert!(schema.attribute_at(&at("source")).is_none());
    }
}
