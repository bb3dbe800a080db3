//! Blocks: attributes and further blocks.

use super::attribute::Attribute;
use crate::value::Type;

/// How often a block may be written, and how its occurrences are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// Once; null where it is not written.
    Single,
    /// Once; never null: its attributes are null where it is not written.
    Group,
    /// Any number, in order.
    List,
    /// Any number, without order. No dynamic types and no write-only attributes inside.
    Set,
    /// Any number, each with a label of its own.
    Map,
}

/// The content of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The blocks inside.
    pub blocks: Vec<NestedBlock>,
    /// What it is, in Markdown.
    pub description: String,
    /// Why not to use it any more, and what instead.
    pub deprecated: Option<String>,
}

/// A block inside a block.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// Its name.
    pub name: String,
    /// How often it may be written.
    pub nesting: Nesting,
    /// Its content.
    pub block: Block,
    /// The least number of occurrences (SINGLE: 0 or 1; GROUP and MAP: always 0).
    pub min_items: i64,
    /// The greatest number of occurrences; 0 is no limit (SINGLE: as `min_items`).
    pub max_items: i64,
    /// Whether any change inside makes Terraform replace the object.
    pub requires_replace: bool,
}

impl Block {
    /// An empty block.
    pub fn new() -> Self {
        Self::default()
    }

    /// With an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// With a block inside.
    #[must_use]
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// What it is, in Markdown.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Why not to use it any more, and what instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecated = Some(message.into());
        self
    }

    /// The type of a value of this block: an object with all attributes and blocks.
    pub fn implied_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.r#type.clone()));
        let blocks = self.blocks.iter().map(|nested| (nested.name.clone(), nested.implied_type()));
        Type::Object(attributes.chain(blocks).collect())
    }
}

impl NestedBlock {
    fn new(name: impl Into<String>, nesting: Nesting, block: Block) -> Self {
        Self { name: name.into(), nesting, block, min_items: 0, max_items: 0, requires_replace: false }
    }

    /// A block that may be written once; null where it is not.
    pub fn single(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Single, block)
    }

    /// A block that may be written once and is never null.
    pub fn group(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Group, block)
    }

    /// A block that may be written any number of times, in order.
    pub fn list(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::List, block)
    }

    /// A block that may be written any number of times, without order.
    pub fn set(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Set, block)
    }

    /// A block that may be written any number of times, each with a label.
    pub fn map(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Map, block)
    }

    /// It must be written: SINGLE exactly once, LIST and SET at least once.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.min_items = 1;
        if self.nesting == Nesting::Single {
            self.max_items = 1;
        }
        self
    }

    /// Any change inside replaces the object.
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.requires_replace = true;
        self
    }

    /// How often a LIST or SET block may be written; `max` 0 is no limit.
    #[must_use]
    pub fn items(mut self, min: i64, max: i64) -> Self {
        (self.min_items, self.max_items) = (min, max);
        self
    }

    /// The type of a value of this block. LIST and MAP blocks with dynamic types inside are dynamic as a whole (a tuple
    /// or an object), as in Terraform's own implied types.
    pub fn implied_type(&self) -> Type {
        let inner = self.block.implied_type();
        match self.nesting {
            Nesting::Single | Nesting::Group => inner,
            Nesting::List | Nesting::Map if inner.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(inner),
            Nesting::Set => Type::set(inner),
            Nesting::Map => Type::map(inner),
        }
    }
}
