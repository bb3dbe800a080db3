//! An attribute of a block.

use crate::value::Type;

/// Who gives a value to an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behavior {
    /// The user must. The framework refuses null at validation, which Terraform itself accepts; in a GROUP block only if
    /// something of the block is written.
    Required,
    /// The user may; null otherwise.
    Optional,
    /// The provider does; the user must not.
    Computed,
    /// The user may; otherwise the provider does, for example with a default.
    OptionalComputed,
}

/// An attribute of a block. It is optional until a builder says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name: lower-case letters, digits and underscores.
    pub name: String,
    /// The type of its values.
    pub r#type: Type,
    /// Who gives it a value.
    pub behavior: Behavior,
    /// Hidden in Terraform's output; still stored in the state.
    pub sensitive: bool,
    /// Read from the configuration only and never stored. Needs Terraform 1.11; the framework refuses a value from
    /// older ones and nulls it in every plan and state.
    pub write_only: bool,
    /// What it is, in Markdown.
    pub description: String,
    /// Why not to use it any more, and what instead.
    pub deprecated: Option<String>,
}

impl Attribute {
    /// An optional attribute.
    pub fn new(name: impl Into<String>, r#type: Type) -> Self {
        Self {
            name: name.into(),
            r#type,
            behavior: Behavior::Optional,
            sensitive: false,
            write_only: false,
            description: String::new(),
            deprecated: None,
        }
    }

    /// An optional string.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, Type::String)
    }

    /// An optional bool.
    pub fn bool(name: impl Into<String>) -> Self {
        Self::new(name, Type::Bool)
    }

    /// An optional number.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Type::Number)
    }

    /// The user must give it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.behavior = Behavior::Required;
        self
    }

    /// Only the provider gives it.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.behavior = Behavior::Computed;
        self
    }

    /// The user may give it, else the provider does.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.behavior = Behavior::OptionalComputed;
        self
    }

    /// Hidden in Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
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
}
