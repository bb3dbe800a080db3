//! Blocks: attributes and further blocks.

use super::attribute::Attribute;
use crate::value::Type;

/// How often a block can occur, and how its occurrences are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// Once. Null if absent.
    Single,
    /// Once. If absent, its attributes are null.
    Group,
    /// Any number, with an order.
    List,
    /// Any number, without order. No dynamic types and no write-only attributes inside.
    Set,
    /// Any number, each with a unique label.
    Map,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<NestedBlock>,
    /// The description for users, in Markdown.
    pub description: String,
    /// Why the block is deprecated, and what replaces it.
    pub deprecated: Option<String>,
}

/// A nested block.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// Lower-case letters, digits and underscores.
    pub name: String,
    /// How often it can occur.
    pub nesting: Nesting,
    /// The attributes and nested blocks of an occurrence.
    pub block: Block,
    /// The least number of occurrences (SINGLE: 0 or 1; GROUP and MAP: always 0).
    pub min_items: i64,
    /// The greatest number of occurrences, 0 for no limit (SINGLE: as `min_items`).
    pub max_items: i64,
    /// Whether any change inside makes Terraform replace the object.
    pub requires_replace: bool,
}

impl Block {
    /// A block without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// The description for users, in Markdown.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Why the block is deprecated, and what replaces it.
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

    /// A block that can occur once. Null if absent.
    pub fn single(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Single, block)
    }

    /// A block that can occur once and is never null.
    pub fn group(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Group, block)
    }

    /// A block that can occur any number of times, with an order.
    pub fn list(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::List, block)
    }

    /// A block that can occur any number of times, without order.
    pub fn set(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Set, block)
    }

    /// A block that can occur any number of times, each with a label.
    pub fn map(name: impl Into<String>, block: Block) -> Self {
        Self::new(name, Nesting::Map, block)
    }

    /// It must occur: SINGLE exactly once, LIST and SET at least once.
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

    /// How often a LIST or SET block can occur. No limit if `max` is 0.
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
