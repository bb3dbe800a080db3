//! Terraform's types and their JSON form. Knows no values.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The type of an attribute, a block or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `"bool"`.
    Bool,
    /// `"number"`.
    Number,
    /// `"string"`.
    String,
    /// `"dynamic"`: the value carries its type.
    Dynamic,
    /// `"dynamic"` as well: a list or map of blocks that have dynamic types inside, with the type that each block is like.
    Blocks(Box<Self>),
    /// `["list", T]`.
    List(Box<Self>),
    /// `["set", T]`.
    Set(Box<Self>),
    /// `["map", T]`.
    Map(Box<Self>),
    /// `["object", {"a": T}]`.
    Object(BTreeMap<String, Self>),
    /// `["tuple", [T, …]]`.
    Tuple(Vec<Self>),
}

impl Type {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let json = serde_json::from_slice(json).map_err(|error| format!("type is no JSON: {error}"))?;
        Self::from_json(&json)
    }

    /// Whether the dynamic type is in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic | Self::Blocks(_) => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }

    /// Whether a type that a value carries is one that this type allows.
    pub(super) fn allows(&self, carried: &Self) -> bool {
        match (self, carried) {
            // A null or an unknown value needs no better type.
            (Self::Dynamic, _) | (_, Self::Dynamic) => true,
            (Self::Blocks(like), Self::Tuple(elements)) => elements.iter().all(|element| like.allows(element)),
            (Self::Blocks(like), Self::List(element) | Self::Map(element)) => like.allows(element),
            (Self::Blocks(like), Self::Object(attributes)) => attributes.values().all(|element| like.allows(element)),
            (Self::List(like), Self::List(element))
            | (Self::Set(like), Self::Set(element))
            | (Self::Map(like), Self::Map(element)) => like.allows(element),
            (Self::Tuple(likes), Self::Tuple(elements)) => {
                likes.len() == elements.len() && likes.iter().zip(elements).all(|(like, element)| like.allows(element))
            }
            (Self::Object(likes), Self::Object(attributes)) => {
                likes.keys().eq(attributes.keys())
                    && likes.values().zip(attributes.values()).all(|(like, element)| like.allows(element))
            }
            _ => self == carried,
        }
    }

    /// The type of an element of a list, set or tuple; dynamic for anything else.
    pub(crate) fn at_index(&self, index: usize) -> &Self {
        match self {
            Self::List(element) | Self::Set(element) => element,
            Self::Tuple(types) => types.get(index).unwrap_or(&Self::Dynamic),
            _ => &Self::Dynamic,
        }
    }

    /// The type of an element of a map or an attribute of an object; dynamic for anything else.
    pub(crate) fn at_name(&self, name: &str) -> &Self {
        match self {
            Self::Map(element) => element,
            Self::Object(types) => types.get(name).unwrap_or(&Self::Dynamic),
            _ => &Self::Dynamic,
        }
    }

    /// The JSON form.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Dynamic | Self::Blocks(_) => "dynamic".into(),
            Self::List(element) => Json::from(vec!["list".into(), element.to_json()]),
            Self::Set(element) => Json::from(vec!["set".into(), element.to_json()]),
            Self::Map(element) => Json::from(vec!["map".into(), element.to_json()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                Json::from(vec!["object".into(), Json::Object(attributes)])
            }
            Self::Tuple(elements) => {
                Json::from(vec![Json::from("tuple"), elements.iter().map(Self::to_json).collect()])
            }
        }
    }

    fn from_json(json: &Json) -> Result<Self, String> {
        let invalid = || format!("invalid type {json}");
        if let Some(name) = json.as_str() {
            return match name {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(invalid()),
            };
        }
        let [kind, inner] = json.as_array().map(Vec::as_slice).unwrap_or_default() else { return Err(invalid()) };
        match (kind.as_str(), inner) {
            (Some("list"), element) => Ok(Self::List(Box::new(Self::from_json(element)?))),
            (Some("set"), element) => Ok(Self::Set(Box::new(Self::from_json(element)?))),
            (Some("map"), element) => Ok(Self::Map(Box::new(Self::from_json(element)?))),
            (Some("object"), Json::Object(attributes)) => attributes
                .iter()
                .map(|(name, ty)| Ok((name.clone(), Self::from_json(ty)?)))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            (Some("tuple"), Json::Array(elements)) => {
                elements.iter().map(Self::from_json).collect::<Result<_, _>>().map(Self::Tuple)
            }
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_type_survives_its_json_form() {
        let json =
            br#"["object",{"a":["list","string"],"b":["set","number"],"c":["map",["tuple",["bool","dynamic"]]]}]"#;
        let ty = Type::parse(json).unwrap();
        assert!(ty.has_dynamic());
        assert_eq!(ty.to_json(), serde_json::from_slice::<Json>(json).unwrap());
    }

    #[test]
    fn carried_type_must_be_like_the_blocks() {
        let ty = |json: &str| Type::parse(json.as_bytes()).unwrap();
        let blocks = Type::Blocks(Box::new(ty(r#"["object",{"a":"string","b":"dynamic"}]"#)));
        assert_eq!(blocks.to_json(), "dynamic");
        assert!(blocks.allows(&ty(r#"["tuple",[["object",{"a":"string","b":"number"}]]]"#)));
        assert!(blocks.allows(&ty(r#"["tuple",[]]"#)));
        assert!(!blocks.allows(&ty(r#"["tuple",[["object",{"a":"string"}]]]"#)));
        assert!(!blocks.allows(&ty(r#"["tuple",[["object",{"a":"bool","b":"number"}]]]"#)));
        assert!(!blocks.allows(&Type::String));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for json in ["", "text", r#""text""#, r#"["list"]"#, r#"["object",["string"]]"#, r#"["tuple","string"]"#, "1"] {
            assert!(Type::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
