//! Values to and from JSON: as tests write them, and as the state file keeps them. Knows no schemas, only types.

use std::collections::BTreeMap;

use serde_json::{Value as Json, value::RawValue};

use super::msgpack::carried_type;
use super::{Number, Path, Type, Value};

/// The text that stands for an unknown value in the JSON of tests.
pub const UNKNOWN: &str = "(known after apply)";

/// An unknown value, to be written into `json!({…})` and to be compared with.
pub fn unknown() -> Json {
    UNKNOWN.into()
}

/// Reads JSON as a value of a type, converting primitives as Terraform's language does (`"1"` to a number and so on).
///
/// # Errors
/// The path and what does not fit there.
pub fn from_json(json: &Json, ty: &Type, path: &Path) -> Result<Value, (Path, String)> {
    let mismatch = |wanted: &str| Err((path.clone(), format!("not {wanted}")));
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (_, Json::String(text)) if text == UNKNOWN => Ok(Value::Unknown),
        (Type::Bool | Type::Number | Type::String, _) => primitive(json, ty).map_or_else(|| mismatch(&article(ty)), Ok),
        (Type::Dynamic | Type::Blocks(_), _) => Ok(guess(json)),
        (Type::List(element), Json::Array(elements)) => list(elements, |_| Some(element), path).map(Value::List),
        (Type::Set(element), Json::Array(elements)) => list(elements, |_| Some(element), path).map(to_set),
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            list(elements, |index| types.get(index), path).map(Value::List)
        }
        (Type::Map(element), Json::Object(elements)) => elements
            .iter()
            .map(|(key, json)| Ok((key.clone(), from_json(json, element, &path.key(key))?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (Type::Object(types), Json::Object(attributes)) => object(attributes, types, path),
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => mismatch("a list"),
        (Type::Map(_) | Type::Object(_), _) => mismatch("a map"),
    }
}

/// The value as JSON that tests compare with; unknowns are [`UNKNOWN`], numbers that JSON cannot hold are strings.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Unknown => unknown(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number_to_json(number),
        Value::String(text) => text.as_str().into(),
        Value::List(elements) => elements.iter().map(to_json).collect::<Vec<_>>().into(),
        Value::Map(elements) => {
            Json::Object(elements.iter().map(|(name, element)| (name.clone(), to_json(element))).collect())
        }
    }
}

/// The value as the state file keeps it: numbers in plain decimal whatever their size, values of a dynamic type with their type beside
/// them. Unknowns, which no state has, become null.
pub fn to_state_json(value: &Value, ty: &Type) -> String {
    let mut text = String::new();
    write_state(value, ty, &mut text);
    text
}

/// Reads what [`to_state_json`] wrote; numbers keep all their digits, and missing attributes are null.
///
/// # Errors
/// Says what does not fit the type.
pub fn from_state_json(text: &str, ty: &Type) -> Result<Value, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    read_state(raw, ty)
}

/// The elements of a set: sorted and distinct.
pub(super) fn to_set(mut elements: Vec<Value>) -> Value {
    elements.sort();
    elements.dedup();
    Value::List(elements)
}

fn list<'a>(
    elements: &[Json],
    ty: impl Fn(usize) -> Option<&'a Type> + 'a,
    path: &Path,
) -> Result<Vec<Value>, (Path, String)> {
    elements
        .iter()
        .enumerate()
        .map(|(index, json)| from_json(json, ty(index).unwrap_or(&Type::Dynamic), &path.index(index)))
        .collect()
}

fn object(
    given: &serde_json::Map<String, Json>,
    types: &BTreeMap<String, Type>,
    path: &Path,
) -> Result<Value, (Path, String)> {
    if let Some(name) = given.keys().find(|name| !types.contains_key(*name)) {
        return Err((path.attribute(name), "no attribute of this name".into()));
    }
    let mut attributes = BTreeMap::new();
    for (name, ty) in types {
        let Some(json) = given.get(name) else {
            return Err((path.clone(), format!("attribute {name:?} is missing")));
        };
        attributes.insert(name.clone(), from_json(json, ty, &path.attribute(name))?);
    }
    Ok(Value::Map(attributes))
}

fn primitive(json: &Json, ty: &Type) -> Option<Value> {
    Some(match (ty, json) {
        (Type::Bool, Json::Bool(truth)) => Value::Bool(*truth),
        (Type::Bool, Json::String(text)) => Value::Bool(text.parse().ok()?),
        (Type::Number, Json::Number(number)) => Value::Number(Number::parse(&number.to_string())?),
        (Type::Number, Json::String(text)) => Value::Number(Number::parse(text)?),
        (Type::String, Json::String(text)) => Value::String(text.clone()),
        (Type::String, Json::Bool(truth)) => Value::String(truth.to_string()),
        (Type::String, Json::Number(number)) => Value::String(Number::parse(&number.to_string())?.to_string()),
        _ => return None,
    })
}

/// A value of the dynamic type: what the JSON itself says.
fn guess(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) if text == UNKNOWN => Value::Unknown,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Number::parse(&number.to_string()).map_or(Value::Null, Value::Number),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(elements) => Value::List(elements.iter().map(guess).collect()),
        Json::Object(elements) => Value::Map(elements.iter().map(|(key, json)| (key.clone(), guess(json))).collect()),
    }
}

fn article(ty: &Type) -> String {
    match ty {
        Type::Bool => "a bool",
        Type::Number => "a number",
        _ => "a string",
    }
    .to_owned()
}

fn number_to_json(number: &Number) -> Json {
    if let Some(integer) = number.as_i64() {
        return integer.into();
    }
    if let Ok(integer) = number.as_str().parse::<u64>() {
        return integer.into();
    }
    let float = number.as_str().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    match float {
        Some(float) if Number::parse(&float.to_string()).as_ref() == Some(number) => Json::Number(float),
        _ => number.as_str().into(),
    }
}

fn write_state(value: &Value, ty: &Type, text: &mut String) {
    match (ty, value) {
        (_, Value::Null | Value::Unknown) => text.push_str("null"),
        (Type::Dynamic | Type::Blocks(_), _) => {
            let carried = carried_type(value, ty);
            text.push_str("{\"value\":");
            write_state(value, &carried, text);
            text.push_str(&format!(",\"type\":{}}}", carried.to_json()));
        }
        (_, Value::Number(number)) => text.push_str(number.as_str()),
        (_, Value::List(elements)) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_state(element, ty.at_index(index), text);
            }
            text.push(']');
        }
        (_, Value::Map(elements)) => {
            text.push('{');
            for (index, (name, element)) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Json::from(name.as_str()).to_string());
                text.push(':');
                write_state(element, ty.at_name(name), text);
            }
            text.push('}');
        }
        (_, simple) => text.push_str(&to_json(simple).to_string()),
    }
}

fn read_state(raw: &RawValue, ty: &Type) -> Result<Value, String> {
    let text = raw.get();
    let read = |error: serde_json::Error| error.to_string();
    if text == "null" {
        return Ok(Value::Null);
    }
    match ty {
        Type::Number => {
            Number::parse(text.trim_matches('"')).map(Value::Number).ok_or_else(|| format!("{text} is no number"))
        }
        Type::Dynamic | Type::Blocks(_) => {
            let typed: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(read)?;
            let (Some(value), Some(ty)) = (typed.get("value"), typed.get("type")) else {
                return Err(format!("{text} has no type beside its value"));
            };
            read_state(value, &Type::parse(ty.get().as_bytes())?)
        }
        Type::Bool | Type::String => {
            let json = serde_json::from_str(text).map_err(read)?;
            from_json(&json, ty, &Path::root()).map_err(|(_, problem)| problem)
        }
        Type::List(element) | Type::Set(element) => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(read)?;
            let elements = elements.into_iter().map(|raw| read_state(raw, element)).collect::<Result<_, _>>()?;
            Ok(if matches!(ty, Type::Set(_)) { to_set(elements) } else { Value::List(elements) })
        }
        Type::Tuple(types) => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(read)?;
            elements
                .into_iter()
                .zip(types)
                .map(|(raw, ty)| read_state(raw, ty))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        Type::Map(element) => {
            let elements: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(read)?;
            let elements = elements.into_iter().map(|(key, raw)| Ok((key, read_state(raw, element)?)));
            elements.collect::<Result<_, String>>().map(Value::Map)
        }
        Type::Object(types) => {
            let given: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(read)?;
            let attributes = types.iter().map(|(name, ty)| {
                let value = given.get(name).map_or(Ok(Value::Null), |raw| read_state(raw, ty))?;
                Ok((name.clone(), value))
            });
            attributes.collect::<Result<_, String>>().map(Value::Map)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Json, ty: &str) -> Result<Value, String> {
        from_json(json, &Type::parse(ty.as_bytes()).unwrap(), &Path::root())
            .map_err(|(path, text)| format!("{path}: {text}"))
    }

    #[test]
    fn primitives_are_converted_as_the_language_does() {
        assert_eq!(read(&json!("5"), r#""number""#), Ok(5.into()));
        assert_eq!(read(&json!(1.50), r#""string""#), Ok("1.5".into()));
        assert_eq!(read(&json!("true"), r#""bool""#), Ok(true.into()));
        assert_eq!(read(&json!(1), r#""bool""#), Err(": not a bool".into()));
    }

    #[test]
    fn the_marker_is_unknown_anywhere() {
        assert_eq!(read(&json!(["a", unknown()]), r#"["list","string"]"#), Ok(vec!["a".into(), Value::Unknown].into()));
        assert_eq!(read(&unknown(), r#"["list","string"]"#), Ok(Value::Unknown));
        assert_eq!(to_json(&Value::Unknown), unknown());
    }

    #[test]
    fn sets_are_sorted_and_distinct() {
        assert_eq!(read(&json!(["b", "a", "b"]), r#"["set","string"]"#), Ok(vec!["a".into(), "b".into()].into()));
    }

    #[test]
    fn problems_name_their_path() {
        let ty = r#"["object",{"a":["list","number"]}]"#;
        assert_eq!(read(&json!({"a": [1, "x"]}), ty), Err("a[1]: not a number".into()));
        assert_eq!(read(&json!({"a": [], "b": 1}), ty), Err("b: no attribute of this name".into()));
        assert_eq!(read(&json!({}), ty), Err(": attribute \"a\" is missing".into()));
    }

    #[test]
    fn state_text_keeps_every_digit() {
        let ty = Type::parse(
            br#"["object",{"n":"number","s":"string","l":["list","number"],"m":["map","bool"],"d":"dynamic"}]"#,
        )
        .unwrap();
        let number = |text| Value::Number(Number::parse(text).unwrap());
        let value = Value::from([
            ("n", number("123456789012345678901234567890.1")),
            ("s", "a\"b".into()),
            ("l", vec![number("0.1"), Value::Null].into()),
            ("m", [("x", true.into())].into()),
            ("d", vec![1.into()].into()),
        ]);
        let text = to_state_json(&value, &ty);
        assert_eq!(
            text,
            r#"{"d":{"value":[1],"type":["tuple",["number"]]},"l":[0.1,null],"m":{"x":true},"n":123456789012345678901234567890.1,"s":"a\"b"}"#
        );
        assert_eq!(from_state_json(&text, &ty), Ok(value));
    }

    #[test]
    fn numbers_too_big_for_json_become_strings_for_tests() {
        let big = Value::Number(Number::parse("123456789012345678901234567890").unwrap());
        assert_eq!(to_json(&big), json!("123456789012345678901234567890"));
        assert_eq!(to_json(&Value::Number(Number::parse("0.1").unwrap())), json!(0.1));
    }
}
