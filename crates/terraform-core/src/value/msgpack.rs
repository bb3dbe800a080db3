//! Values to and from the msgpack that travels, with every check that Terraform makes on what it receives. Knows no schemas, only types.

use std::collections::BTreeMap;

use rmpv::Value as Packed;

use super::{Number, Path, Type, Value, json::to_set, number::Encoded, path::Step};

/// A problem and where it is.
type Problem = (Path, String);

/// The extension type of an unknown value with refinements.
const REFINED: i8 = 12;
/// The longest body of a refined unknown that Terraform accepts.
const MAX_REFINEMENTS: usize = 1024;

/// Writes a value as Terraform does: object attributes sorted, unknowns as `d4 00 00`.
pub fn encode(value: &Value, ty: &Type) -> Vec<u8> {
    to_bytes(&pack(value, ty, false))
}

/// Like [`encode`], with every unknown of a known type refined to «not null», as Terraform 1.6 and newer may send it.
pub fn encode_refined(value: &Value, ty: &Type) -> Vec<u8> {
    to_bytes(&pack(value, ty, true))
}

/// Reads what a provider sent; no bytes mean null.
///
/// # Errors
/// The path and Terraform's complaint. Refinements of unknowns are checked for their form and then forgotten.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut rest = bytes;
    let packed = rmpv::decode::read_value(&mut rest).map_err(|error| format!("msgpack: {error}"))?;
    if !rest.is_empty() {
        return Err(format!("msgpack: {} bytes after the value", rest.len()));
    }
    unpack(&packed, ty, &Path::root()).map_err(|(path, text)| match path.steps() {
        [] => text,
        _ => format!("{path}: {text}"),
    })
}

fn to_bytes(packed: &Packed) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    rmpv::encode::write_value(&mut bytes, packed).expect("a vector takes every byte");
    bytes
}

fn pack(value: &Value, ty: &Type, refined: bool) -> Packed {
    if value.is_null() {
        return Packed::Nil;
    }
    if value.is_unknown() {
        return match ty {
            Type::Dynamic | Type::Blocks(_) => Packed::Ext(0, vec![0]),
            _ if refined => Packed::Ext(REFINED, vec![0x81, 0x01, 0xc2]),
            _ => Packed::Ext(0, vec![0]),
        };
    }
    if matches!(ty, Type::Dynamic | Type::Blocks(_)) {
        let ty = carried_type(value, ty);
        let bytes = ty.to_json().to_string().into_bytes();
        return Packed::Array(vec![Packed::Binary(bytes), pack(value, &ty, refined)]);
    }
    match value {
        Value::Null | Value::Unknown => Packed::Nil,
        Value::Bool(truth) => (*truth).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match number.encoded() {
            Encoded::Integer(integer) => integer.into(),
            Encoded::Float(float) => float.into(),
            Encoded::Text(text) => text.into(),
        },
        Value::List(elements) => {
            let packed = elements.iter().enumerate().map(|(index, element)| pack(element, ty.at_index(index), refined));
            Packed::Array(packed.collect())
        }
        Value::Map(elements) => {
            let packed =
                elements.iter().map(|(name, element)| (name.as_str().into(), pack(element, ty.at_name(name), refined)));
            Packed::Map(packed.collect())
        }
    }
}

/// The type that a value of a dynamic type carries: what the language would give to it, or what its blocks say.
pub(super) fn carried_type(value: &Value, ty: &Type) -> Type {
    match (ty, value) {
        (Type::Blocks(like), Value::List(blocks)) => {
            Type::Tuple(blocks.iter().map(|block| carried_type(block, like)).collect())
        }
        (Type::Blocks(like), Value::Map(blocks)) => {
            Type::Object(blocks.iter().map(|(label, block)| (label.clone(), carried_type(block, like))).collect())
        }
        (Type::Object(likes), Value::Map(attributes)) => {
            let inner = |(name, like): (&String, &Type)| {
                let value = attributes.get(name).unwrap_or(&Value::Null);
                (name.clone(), if like.has_dynamic() { carried_type(value, like) } else { like.clone() })
            };
            Type::Object(likes.iter().map(inner).collect())
        }
        (Type::Dynamic | Type::Blocks(_), _) => infer(value),
        (other, _) => other.clone(),
    }
}

fn infer(value: &Value) -> Type {
    match value {
        Value::Null | Value::Unknown => Type::Dynamic,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::List(elements) => Type::Tuple(elements.iter().map(infer).collect()),
        Value::Map(elements) => {
            Type::Object(elements.iter().map(|(name, element)| (name.clone(), infer(element))).collect())
        }
    }
}

fn unpack(packed: &Packed, ty: &Type, path: &Path) -> Result<Value, Problem> {
    let wanted = |what: &str| Err((path.clone(), format!("not {what}")));
    match (packed, ty) {
        (Packed::Nil, _) => Ok(Value::Null),
        (Packed::Ext(kind, body), _) => unknown(*kind, body, path),
        (Packed::Array(pair), Type::Dynamic | Type::Blocks(_)) => dynamic(pair, ty, path),
        (_, Type::Dynamic | Type::Blocks(_)) => wanted("a dynamic value (an array of type and value)"),
        (Packed::Boolean(truth), Type::Bool) => Ok(Value::Bool(*truth)),
        (_, Type::Bool) => wanted("a bool"),
        (_, Type::Number) => number(packed).map_or_else(|| wanted("a number"), |number| Ok(Value::Number(number))),
        (Packed::String(text), Type::String) => match text.as_str() {
            Some(text) => Ok(Value::string(text)),
            None => wanted("a string in UTF-8"),
        },
        (_, Type::String) => wanted("a string"),
        (Packed::Array(elements), Type::List(element)) => array(elements, |_| element, path).map(Value::List),
        (Packed::Array(elements), Type::Set(element)) => array(elements, |_| element, path).map(to_set),
        (Packed::Array(elements), Type::Tuple(types)) => {
            if elements.len() != types.len() {
                return wanted(&format!("a tuple with {} elements", types.len()));
            }
            array(elements, |index| &types[index], path).map(Value::List)
        }
        (Packed::Map(pairs), Type::Map(element)) => map(pairs, path, |key| Ok((element, Step::Key(key.to_owned())))),
        (Packed::Map(pairs), Type::Object(types)) => object(pairs, types, path),
        (_, Type::List(_)) => wanted("a list"),
        (_, Type::Set(_)) => wanted("a set"),
        (_, Type::Tuple(_)) => wanted("a tuple"),
        (_, Type::Map(_)) => wanted("a map"),
        (_, Type::Object(_)) => wanted("an object"),
    }
}

fn number(packed: &Packed) -> Option<Number> {
    match packed {
        Packed::Integer(integer) => integer.as_i64().map(Number::from).or_else(|| integer.as_u64().map(Number::from)),
        Packed::F32(float) => Number::from_f64((*float).into()),
        Packed::F64(float) => Number::from_f64(*float),
        Packed::String(text) => text.as_str().and_then(Number::parse),
        _ => None,
    }
}

/// An unknown value: any extension with a body of at most one byte, or refinements that make sense.
fn unknown(kind: i8, body: &[u8], path: &Path) -> Result<Value, Problem> {
    let refuse = |text: String| Err((path.clone(), text));
    if body.len() <= 1 {
        return Ok(Value::Unknown);
    }
    if kind != REFINED {
        return refuse(format!("extension type {kind} with {} bytes is no unknown value", body.len()));
    }
    if body.len() > MAX_REFINEMENTS {
        return refuse("refinements of an unknown value are too long".into());
    }
    let mut rest = body;
    match rmpv::decode::read_value(&mut rest) {
        Ok(Packed::Map(refinements)) if rest.is_empty() && refinements.iter().all(|(key, _)| key.is_i64()) => {
            Ok(Value::Unknown)
        }
        _ => refuse("refinements of an unknown value are not a map".into()),
    }
}

fn dynamic(pair: &[Packed], allowed: &Type, path: &Path) -> Result<Value, Problem> {
    let refuse = |text: String| Err((path.clone(), text));
    let [ty, value] = pair else { return refuse("a dynamic value is not a pair of type and value".into()) };
    let bytes = match ty {
        Packed::Binary(bytes) => bytes.as_slice(),
        Packed::String(text) => text.as_bytes(),
        _ => return refuse("dynamic value has no type".into()),
    };
    match Type::parse(bytes) {
        Ok(ty) if !allowed.allows(&ty) => refuse(format!("the type {} does not fit the blocks", ty.to_json())),
        Ok(ty) => unpack(value, &ty, path),
        Err(problem) => refuse(problem),
    }
}

fn array<'a>(elements: &[Packed], ty: impl Fn(usize) -> &'a Type, path: &Path) -> Result<Vec<Value>, Problem> {
    elements.iter().enumerate().map(|(index, element)| unpack(element, ty(index), &path.index(index))).collect()
}

fn object(pairs: &[(Packed, Packed)], types: &BTreeMap<String, Type>, path: &Path) -> Result<Value, Problem> {
    if pairs.len() != types.len() {
        let (wanted, given) = (types.len(), pairs.len());
        return Err((path.clone(), format!("{given} attributes, where the type has {wanted}")));
    }
    map(pairs, path, |name| match types.get(name) {
        Some(ty) => Ok((ty, Step::Attribute(name.to_owned()))),
        None => Err((path.clone(), format!("attribute {name:?} is not in the type"))),
    })
}

/// The elements of a map or object; `element` tells the type and the step of each key.
fn map<'a>(
    pairs: &[(Packed, Packed)],
    path: &Path,
    element: impl Fn(&str) -> Result<(&'a Type, Step), Problem>,
) -> Result<Value, Problem> {
    let refuse = |text: String| Err((path.clone(), text));
    let mut elements = BTreeMap::new();
    for (key, packed) in pairs {
        let Some(key) = key.as_str() else { return refuse("non-string key in map".into()) };
        let (ty, step) = element(key)?;
        let value = unpack(packed, ty, &path.with(step))?;
        if elements.insert(key.to_owned(), value).is_some() {
            return refuse(format!("key {key:?} twice"));
        }
    }
    Ok(Value::Map(elements))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(json: &str) -> Type {
        Type::parse(json.as_bytes()).unwrap()
    }

    fn number(text: &str) -> Value {
        Value::Number(Number::parse(text).unwrap())
    }

    /// The value, its type and the bytes that Terraform writes for it.
    fn golden() -> Vec<(Value, Type, &'static [u8])> {
        vec![
            (Value::Null, ty(r#""string""#), b"\xc0"),
            (Value::Unknown, ty(r#""string""#), b"\xd4\x00\x00"),
            (true.into(), ty(r#""bool""#), b"\xc3"),
            ("ab".into(), ty(r#""string""#), b"\xa2ab"),
            (5.into(), ty(r#""number""#), b"\x05"),
            ((-1).into(), ty(r#""number""#), b"\xff"),
            (300.into(), ty(r#""number""#), b"\xcd\x01\x2c"),
            (number("0.5"), ty(r#""number""#), b"\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00"),
            (number("0.1"), ty(r#""number""#), b"\xa30.1"),
            (number("9223372036854775808"), ty(r#""number""#), b"\xb39223372036854775808"),
            (vec!["a".into(), Value::Null].into(), ty(r#"["list","string"]"#), b"\x92\xa1a\xc0"),
            (vec![].into(), ty(r#"["set","string"]"#), b"\x90"),
            ([("k", true.into())].into(), ty(r#"["map","bool"]"#), b"\x81\xa1k\xc3"),
            (
                [("a", 1.into()), ("b", Value::Unknown)].into(),
                ty(r#"["object",{"b":"string","a":"number"}]"#),
                b"\x82\xa1a\x01\xa1b\xd4\x00\x00",
            ),
            ("x".into(), ty(r#""dynamic""#), b"\x92\xc4\x08\"string\"\xa1x"),
        ]
    }

    #[test]
    fn values_are_written_as_terraform_writes_them() {
        for (value, ty, bytes) in golden() {
            assert_eq!(encode(&value, &ty), bytes, "{value:?}");
            assert_eq!(decode(bytes, &ty).as_ref(), Ok(&value), "{value:?}");
        }
    }

    #[test]
    fn no_bytes_are_null() {
        assert_eq!(decode(b"", &ty(r#""string""#)), Ok(Value::Null));
    }

    #[test]
    fn refined_unknowns_are_sent_and_understood() {
        let string = ty(r#""string""#);
        let bytes = encode_refined(&Value::Unknown, &string);
        assert_eq!(bytes, b"\xc7\x03\x0c\x81\x01\xc2");
        assert_eq!(decode(&bytes, &string), Ok(Value::Unknown));
        assert_eq!(encode_refined(&Value::Unknown, &Type::Dynamic), b"\xd4\x00\x00");
    }

    #[test]
    fn numbers_come_in_every_encoding() {
        let ty = ty(r#""number""#);
        for bytes in
            [b"\x05".as_slice(), b"\xcf\0\0\0\0\0\0\0\x05", b"\xcb\x40\x14\0\0\0\0\0\0", b"\xca\x40\xa0\0\0", b"\xa15"]
        {
            assert_eq!(decode(bytes, &ty), Ok(5.into()), "{bytes:x?}");
        }
        assert_eq!(decode(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", &ty), Ok(number("18446744073709551615")));
    }

    #[test]
    fn what_terraform_refuses_is_refused() {
        let object = r#"["object",{"a":"string","b":"string"}]"#;
        for (bytes, ty_json, problem) in [
            (b"\x81\xa1a\xa0".as_slice(), object, "1 attributes, where the type has 2"),
            (b"\x82\xa1a\xa0\xa1c\xa0", object, "attribute \"c\" is not in the type"),
            (b"\x82\xa1a\xa0\xa1a\xa0", object, "key \"a\" twice"),
            (b"\x82\xa1a\xa0\xa1b\x01", object, "b: not a string"),
            (b"\x90", object, "not an object"),
            (b"\x80", r#"["list","string"]"#, "not a list"),
            (b"\x92\xa1x\xc3", r#"["list","string"]"#, "[1]: not a string"),
            (b"\xa4true", r#""bool""#, "not a bool"),
            (b"\xcb\x7f\xf8\0\0\0\0\0\0", r#""number""#, "not a number"),
            (b"\xa3abc", r#""number""#, "not a number"),
            (b"\xa1x\xa1x", r#""string""#, "msgpack: 2 bytes after the value"),
            (b"\xa1\xff", r#""string""#, "not a string in UTF-8"),
            (b"\xd5\x05\0\0", r#""string""#, "extension type 5 with 2 bytes is no unknown value"),
            (b"\xd5\x0c\0\0", r#""string""#, "refinements of an unknown value are not a map"),
            (b"\x81\x01\xa1x", r#"["map","string"]"#, "non-string key in map"),
            (b"\xa1x", r#""dynamic""#, "not a dynamic value (an array of type and value)"),
        ] {
            assert_eq!(decode(bytes, &ty(ty_json)), Err(problem.into()), "{bytes:x?}");
        }
        assert!(decode(b"\xa5x", &ty(r#""string""#)).unwrap_err().starts_with("msgpack:"));
    }

    #[test]
    fn blocks_with_dynamic_values_carry_the_types_of_their_schema() {
        let blocks = Type::Blocks(Box::new(ty(r#"["object",{"a":["list","string"],"b":"dynamic"}]"#)));
        let value = Value::from(vec![[("a", Value::Null), ("b", 5.into())].into()]);
        let carried = br#"["tuple",[["object",{"a":["list","string"],"b":"number"}]]]"#;
        let bytes = encode(&value, &blocks);
        assert_eq!(
            &bytes[..3 + carried.len()],
            [b"\x92\xc4".as_slice(), &[carried.len() as u8], carried.as_slice()].concat()
        );
        assert_eq!(decode(&bytes, &blocks), Ok(value));
        let other = encode(&vec![[("a", Value::Null)].into()].into(), &Type::Dynamic);
        assert!(decode(&other, &blocks).unwrap_err().contains("does not fit the blocks"));
    }

    #[test]
    fn set_elements_come_in_any_order() {
        let set = ty(r#"["set","string"]"#);
        assert_eq!(decode(b"\x92\xa1b\xa1a", &set), decode(b"\x92\xa1a\xa1b", &set));
    }
}
