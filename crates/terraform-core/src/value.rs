//! The framework's values as the core looks at them, and as tests write and read them in JSON.

use serde_json::Value as Json;
pub use tf_provider::path::Step;
use tf_provider::testing;
pub use tf_provider::{ConversionError, Number, Path, Type, Value};

/// The text that stands for an unknown value in the JSON of tests.
pub const UNKNOWN: &str = "(known after apply)";

/// An unknown value, to be written into `json!({…})` and to be compared with.
pub fn unknown() -> Json {
    UNKNOWN.into()
}

/// What the core needs of a value.
pub trait Inspect {
    /// The attribute or map element of this name; null where the value is null, unknown where it is unknown.
    fn get(&self, name: &str) -> &Value;
    /// Whether it is unknown itself; something inside may be unknown even where this is false.
    fn is_unknown(&self) -> bool;
    /// The elements of a known list; none for anything else.
    fn elements(&self) -> &[Value];
    /// The value at a path; unknown where an unknown is on the way, none where the path leads nowhere.
    fn at(&self, path: &Path) -> Option<&Value>;
    /// Puts another value at a path; false where the path leads nowhere.
    fn replace_at(&mut self, path: &Path, with: Value) -> bool;
    /// The paths of all unknown values.
    fn unknown_paths(&self) -> Vec<Path>;
    /// The same value with null in place of everything unknown.
    fn unknown_as_null(&self) -> Value;
}

impl Inspect for Value {
    fn get(&self, name: &str) -> &Value {
        match self {
            Self::Unknown => &Self::Unknown,
            other => other.attribute(name).unwrap_or(&Self::Null),
        }
    }

    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    fn elements(&self) -> &[Value] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }

    fn at(&self, path: &Path) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match (value, step) {
            (Self::Unknown, _) => Some(value),
            (_, Step::Attribute(name) | Step::Key(name)) => value.attribute(name),
            (_, Step::Index(index)) => value.element(usize::try_from(*index).ok()?),
        })
    }

    fn replace_at(&mut self, path: &Path, with: Value) -> bool {
        let place = path.steps().iter().try_fold(self, |value, step| match (value, step) {
            (Self::Map(elements), Step::Attribute(name) | Step::Key(name)) => elements.get_mut(name),
            (Self::List(elements), Step::Index(index)) => elements.get_mut(usize::try_from(*index).ok()?),
            _ => None,
        });
        place.map(|place| *place = with).is_some()
    }

    fn unknown_paths(&self) -> Vec<Path> {
        let under = |step: Step, value: &Self| {
            value.unknown_paths().into_iter().map(|path| path.under(step.clone())).collect::<Vec<_>>()
        };
        match self {
            Self::Unknown => vec![Path::default()],
            Self::List(elements) => {
                (0_i64..).zip(elements).flat_map(|(index, element)| under(Step::Index(index), element)).collect()
            }
            Self::Map(elements) => {
                elements.iter().flat_map(|(name, element)| under(Step::Attribute(name.clone()), element)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn unknown_as_null(&self) -> Value {
        let mut known = self.clone();
        for path in self.unknown_paths() {
            known.replace_at(&path, Self::Null);
        }
        known
    }
}

/// Reads JSON as a value of a type, converting primitives as Terraform's language does (`"1"` to a number and so on).
///
/// # Errors
/// The path and what does not fit there.
pub fn from_json(json: &Json, r#type: &Type) -> Result<Value, ConversionError> {
    match (r#type, json) {
        (_, Json::String(text)) if text == UNKNOWN => Ok(Value::Unknown),
        (Type::List(element), Json::Array(elements)) => {
            let read = |(index, json)| from_json(json, element).map_err(|error| error.under(Step::Index(index)));
            (0_i64..).zip(elements).map(read).collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Map(element), Json::Object(elements)) => elements
            .iter()
            .map(|(key, json)| match from_json(json, element) {
                Ok(value) => Ok((key.clone(), value)),
                Err(error) => Err(error.under(Step::Key(key.clone()))),
            })
            .collect::<Result<_, _>>()
            .map(Value::Map),
        _ => testing::decode_json(json.to_string().as_bytes(), r#type),
    }
}

/// The value as JSON; unknowns are [`UNKNOWN`], numbers that JSON cannot hold are strings.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Unknown => unknown(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number_to_json(number),
        Value::String(text) => text.as_str().into(),
        Value::List(elements) => elements.iter().map(to_json).collect(),
        Value::Map(elements) => elements.iter().map(|(name, element)| (name.clone(), to_json(element))).collect(),
        Value::Dynamic(_, value) => to_json(value),
    }
}

fn number_to_json(number: &Number) -> Json {
    let float = number.as_f64();
    match (number.as_i64(), Number::try_from(float)) {
        (Some(integer), _) => integer.into(),
        (None, Ok(exact)) if exact == *number => float.into(),
        _ => number.as_str().into(),
    }
}

/// A problem with its path, for messages.
pub(crate) fn problem_text(error: &ConversionError) -> String {
    if error.path.is_empty() { error.message.clone() } else { format!("{}: {}", error.path, error.message) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_of_tests_is_converted_and_may_be_unknown() {
        let read = |json: Json, r#type: &Type| from_json(&json, r#type).map_err(|error| problem_text(&error));
        let numbers = Type::list(Type::Number);
        let value = read(json!(["1", unknown(), null, 1.5]), &numbers).unwrap();
        assert_eq!(to_json(&value), json!([1, unknown(), null, 1.5]));
        assert_eq!(value.unknown_paths(), [Path::default().index(1)]);
        assert_eq!(to_json(&value.unknown_as_null()), json!([1, null, null, 1.5]));
        assert_eq!(read(json!([1, "x"]), &numbers), Err("[1]: number is required".into()));
        assert_eq!(read(json!({"a": []}), &Type::map(Type::String)), Err("[\"a\"]: string is required".into()));
        let big = json!("123456789012345678901234567890");
        assert_eq!(to_json(&read(big.clone(), &Type::Number).unwrap()), big);
    }

    #[test]
    fn values_are_found_and_replaced_by_path() {
        let of_strings = Type::list(Type::map(Type::String));
        let mut value = from_json(&json!([{"a": "b"}, unknown()]), &of_strings).unwrap();
        let path = Path::default().index(0).key("a");
        assert_eq!(value.at(&path), Some(&Value::String("b".into())));
        assert_eq!(value.at(&Path::default().index(1).key("a")), Some(&Value::Unknown));
        assert_eq!(value.at(&Path::default().index(2)), None);
        assert!(value.replace_at(&path, Value::Null) && !value.replace_at(&path.key("c"), Value::Null));
        assert_eq!(to_json(&value), json!([{"a": null}, unknown()]));
    }
}
