//! Terraform's values: types, null and unknown, and conversions from and to Rust types.
//!
//! Reading order: [`Type`], [`Value`] (any value), [`Attr`] (a typed value), [`Model`](trait@Model) (a struct for a
//! block). `msgpack` and `json` are the two encodings.

mod attr;
pub(crate) mod conform;
mod convert;
pub(crate) mod json;
mod model;
pub(crate) mod msgpack;
mod number;
mod r#type;

use std::collections::BTreeMap;

pub use attr::Attr;
pub use convert::{ConversionError, FromValue, IntoValue};
pub use model::Model;
pub(crate) use model::configured;
pub use number::{Number, NumberError};
pub use secret::Secret;
pub use tf_provider_derive::Model;
pub use r#type::{Type, TypeError};

/// Any value. It doesn't have its [`Type`], except for dynamic values.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Not known before apply.
    Unknown,
    /// A bool.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A string.
    String(String),
    /// The elements of a list, a set or a tuple, or of LIST and SET blocks.
    List(Vec<Self>),
    /// The elements of a map or of MAP blocks, or the attributes of an object or block.
    Map(BTreeMap<String, Self>),
    /// A value of an attribute whose type is `dynamic`, with its concrete type. The inner value can be null or unknown.
    /// Return it with its type: for Terraform, a null without a type is another value.
    Dynamic(Type, Box<Self>),
}

impl Value {
    /// Whether it is null, with or without a type.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(_, value) => value.is_null(),
            _ => false,
        }
    }

    /// Whether it is unknown or contains an unknown value.
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::List(elements) => elements.iter().any(Self::has_unknown),
            Self::Map(elements) => elements.values().any(Self::has_unknown),
            Self::Dynamic(_, value) => value.has_unknown(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// The value of an attribute of an object, or of an element of a map.
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(attributes) => attributes.get(name),
            _ => None,
        }
    }

    /// An element of a list, a set or a tuple.
    pub fn element(&self, index: usize) -> Option<&Self> {
        match self {
            Self::List(elements) => elements.get(index),
            _ => None,
        }
    }

    /// Infers a type: a list becomes a tuple, a map becomes an object.
    pub fn infer_type(&self) -> Type {
        match self {
            Self::Null | Self::Unknown => Type::Dynamic,
            Self::Bool(_) => Type::Bool,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            Self::List(elements) => Type::Tuple(elements.iter().map(Self::infer_type).collect()),
            Self::Map(attributes) => Type::object(attributes.iter().map(|(name, value)| (name, value.infer_type()))),
            Self::Dynamic(r#type, _) => r#type.clone(),
        }
    }
}
