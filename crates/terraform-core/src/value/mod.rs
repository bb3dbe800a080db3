//! Terraform's values: what may be null, unknown or known, with their types, paths and two encodings (JSON and msgpack).
//! Knows nothing of schemas, processes or the provider framework; `types`, `number`, `path`, then `json` and `msgpack`.

mod json;
mod msgpack;
mod number;
mod path;
mod types;

use std::collections::BTreeMap;

pub use json::{UNKNOWN, from_json, from_state_json, to_json, to_state_json, unknown};
pub use msgpack::{decode, encode, encode_refined};
pub use number::Number;
pub use path::{Path, Step};
pub use types::Type;

/// A value; its type is kept beside it, by the schema.
///
/// Objects and maps are both [`Value::Map`], lists, sets and tuples [`Value::List`] (the elements of a set sorted and distinct), so
/// that comparing two values of one type is `==`. A value of the dynamic type is kept without its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value.
    Null,
    /// A value that is known only after apply.
    Unknown,
    /// A truth value.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A string.
    String(String),
    /// The elements of a list, a set (sorted, distinct) or a tuple.
    List(Vec<Self>),
    /// The attributes of an object or the elements of a map.
    Map(BTreeMap<String, Self>),
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is unknown itself; something inside may be unknown even where this is false.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is known and everything inside is known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            _ => true,
        }
    }

    /// The attribute or map element of this name; null where the value is null, unknown where it is unknown.
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Map(elements) => elements.get(name).unwrap_or(&Self::Null),
            Self::Unknown => &Self::Unknown,
            _ => &Self::Null,
        }
    }

    /// The elements of a known list, set or tuple; none for anything else.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value at a path; unknown where an unknown stands on the way, none where the path leads nowhere.
    pub fn at(&self, path: &Path) -> Option<&Self> {
        let mut value = self;
        for step in path.steps() {
            value = match (value, step) {
                (Self::Unknown, _) => return Some(&Self::Unknown),
                (Self::Map(elements), Step::Attribute(name) | Step::Key(name)) => elements.get(name)?,
                (Self::List(elements), Step::Index(index)) => elements.get(*index)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// Puts another value at a path; false where the path leads nowhere.
    pub fn replace_at(&mut self, path: &Path, with: Self) -> bool {
        let mut value = self;
        for step in path.steps() {
            let next = match (value, step) {
                (Self::Map(elements), Step::Attribute(name) | Step::Key(name)) => elements.get_mut(name),
                (Self::List(elements), Step::Index(index)) => elements.get_mut(*index),
                _ => None,
            };
            let Some(next) = next else { return false };
            value = next;
        }
        *value = with;
        true
    }

    /// The paths of all unknown values.
    pub fn unknown_paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.walk(&Path::root(), &mut |path, value| {
            if value.is_unknown() {
                found.push(path.clone());
            }
        });
        found
    }

    /// The same value with null in place of everything unknown.
    pub fn unknown_as_null(&self) -> Self {
        match self {
            Self::Unknown => Self::Null,
            Self::List(elements) => Self::List(elements.iter().map(Self::unknown_as_null).collect()),
            Self::Map(elements) => {
                Self::Map(elements.iter().map(|(name, element)| (name.clone(), element.unknown_as_null())).collect())
            }
            known => known.clone(),
        }
    }

    fn walk(&self, path: &Path, visit: &mut impl FnMut(&Path, &Self)) {
        visit(path, self);
        match self {
            Self::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    element.walk(&path.index(index), visit);
                }
            }
            Self::Map(elements) => {
                for (name, element) in elements {
                    element.walk(&path.attribute(name), visit);
                }
            }
            _ => {}
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl<const N: usize> From<[(&str, Self); N]> for Value {
    fn from(attributes: [(&str, Self); N]) -> Self {
        Self::Map(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl From<Vec<Self>> for Value {
    fn from(elements: Vec<Self>) -> Self {
        Self::List(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_on_the_way_makes_the_target_unknown() {
        let value = Value::from([("source", Value::Unknown)]);
        assert_eq!(value.at(&Path::parse("source.cluster_name").unwrap()), Some(&Value::Unknown));
        assert_eq!(value.at(&Path::parse("destination.cluster_name").unwrap()), None);
    }

    #[test]
    fn unknown_deep_inside_is_found_and_nulled() {
        let value = Value::from([("hosts", Value::from(vec!["a".into(), Value::Unknown]))]);
        assert!(!value.is_wholly_known());
        assert_eq!(value.unknown_paths().iter().map(ToString::to_string).collect::<Vec<_>>(), ["hosts[1]"]);
        assert_eq!(value.unknown_as_null(), Value::from([("hosts", Value::from(vec!["a".into(), Value::Null]))]));
    }

    #[test]
    fn replacing_at_a_path_that_leads_nowhere_is_refused() {
        let mut value = Value::from([("a", Value::Null)]);
        assert!(value.replace_at(&Path::parse("a").unwrap(), true.into()));
        assert!(!value.replace_at(&Path::parse("b.c").unwrap(), true.into()));
        assert_eq!(value, Value::from([("a", true.into())]));
    }
}
