//! Terraform's types.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

/// The type of a value: cty's type constraints, with their JSON form in plugin protocol 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `"bool"`
    Bool,
    /// `"number"`, of any size
    Number,
    /// `"string"`
    String,
    /// `"dynamic"`: any type, which is sent with each value
    Dynamic,
    /// `["list", T]`
    List(Box<Self>),
    /// `["set", T]`
    Set(Box<Self>),
    /// `["map", T]`
    Map(Box<Self>),
    /// `["object", {…}]`
    Object(BTreeMap<String, Self>),
    /// `["tuple", […]]`
    Tuple(Vec<Self>),
}

impl Type {
    /// A list type.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set type.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map type.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object type.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, r#type)| (name.into(), r#type)).collect())
    }

    /// Whether it is or contains `dynamic`.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }

    /// The type in the JSON form of the protocol.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::Array(vec!["list".into(), element.to_json()]),
            Self::Set(element) => Json::Array(vec!["set".into(), element.to_json()]),
            Self::Map(element) => Json::Array(vec!["map".into(), element.to_json()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, r#type)| (name.clone(), r#type.to_json())).collect();
                Json::Array(vec!["object".into(), Json::Object(attributes)])
            }
            Self::Tuple(elements) => Json::Array(vec!["tuple".into(), elements.iter().map(Self::to_json).collect()]),
        }
    }

    /// Parses the JSON form of the protocol.
    ///
    /// # Errors
    /// When it is not a type.
    pub fn from_json(json: &Json) -> Result<Self, TypeError> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(TypeError),
            },
            Json::Array(parts) => Self::from_parts(parts),
            _ => Err(TypeError),
        }
    }

    /// Parses a compound type. A third part is ignored: newer Terraform versions write it for optional attributes of
    /// objects.
    fn from_parts(parts: &[Json]) -> Result<Self, TypeError> {
        let [Json::String(kind), inner, ..] = parts else { return Err(TypeError) };
        match (kind.as_str(), inner) {
            ("list", element) => Ok(Self::list(Self::from_json(element)?)),
            ("set", element) => Ok(Self::set(Self::from_json(element)?)),
            ("map", element) => Ok(Self::map(Self::from_json(element)?)),
            ("object", Json::Object(attributes)) => attributes
                .iter()
                .map(|(name, r#type)| Ok((name.clone(), Self::from_json(r#type)?)))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            ("tuple", Json::Array(elements)) => {
                elements.iter().map(Self::from_json).collect::<Result<_, _>>().map(Self::Tuple)
            }
            _ => Err(TypeError),
        }
    }
}

/// In Terraform's syntax, such as `list(string)`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Dynamic => f.write_str("dynamic"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Object(_) => f.write_str("object"),
            Self::Tuple(_) => f.write_str("tuple"),
        }
    }
}

/// The JSON is not a Terraform type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeError;

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a type")
    }
}

impl std::error::Error for TypeError {}
