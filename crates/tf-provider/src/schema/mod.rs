//! Schemas of providers, resources, data sources and actions, and their builders.
//!
//! A schema is also the documentation: each description is a full sentence with unit, default and accepted values.

mod attribute;
mod block;
pub(crate) mod check;
pub(crate) mod dynamic;
pub(crate) mod generate;
pub(crate) mod locate;
pub(crate) mod plan;
pub(crate) mod walk;

pub use attribute::{Attribute, Behavior, Validator};
pub use block::{Block, NestedBlock, Nesting};

use crate::diagnostics::Diagnostics;
use crate::value::{Type, Value};

/// The schema of a provider, resource, data source or action.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The version of the stored state. Increase it when older state needs more than new keys with null.
    pub version: i64,
    /// The attributes and blocks.
    pub block: Block,
}

impl Schema {
    /// A schema of version 0.
    pub fn new(block: Block) -> Self {
        Self { version: 0, block }
    }

    /// The type of a whole value of this schema.
    pub fn implied_type(&self) -> Type {
        self.block.implied_type()
    }

    /// Runs the validators of all attributes, for tests. The framework runs them for each configuration.
    pub fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        walk::validate(&self.block, config, diagnostics);
    }
}

/// The schema of a resource identity, which names an object of the remote system (Terraform 1.12 and newer).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentitySchema {
    /// The attributes.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity: strings, numbers, bools, or lists of them.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAttribute {
    /// Lower-case letters, digits and underscores.
    pub name: String,
    /// A primitive, or a list of primitives.
    pub r#type: Type,
    /// Whether an import by identity must set it. It is optional otherwise.
    pub required_for_import: bool,
    /// The description for users.
    pub description: String,
}

impl IdentitySchema {
    /// An identity schema without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute that an import by identity must set.
    #[must_use]
    pub fn required(self, name: impl Into<String>, r#type: Type, description: impl Into<String>) -> Self {
        self.with(name.into(), r#type, true, description.into())
    }

    /// Adds an attribute that an import by identity can leave out.
    #[must_use]
    pub fn optional(self, name: impl Into<String>, r#type: Type, description: impl Into<String>) -> Self {
        self.with(name.into(), r#type, false, description.into())
    }

    fn with(mut self, name: String, r#type: Type, required_for_import: bool, description: String) -> Self {
        self.attributes.push(IdentityAttribute { name, r#type, required_for_import, description });
        self
    }

    /// The type of a whole identity.
    pub fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.r#type.clone())))
    }
}
