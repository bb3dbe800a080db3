//! Bytes of real Terraform, round trips of arbitrary values, and invalid input.

use proptest::prelude::*;

use super::{decode, encode};
use crate::value::{Number, Type, Value};

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn number(number: &str) -> Value {
    Value::Number(number.parse().unwrap())
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An array of these parts.
fn array(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0x90 | u8::try_from(parts.len()).unwrap()];
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

fn bin(content: &str) -> Vec<u8> {
    let mut bytes = vec![0xc4, u8::try_from(content.len()).unwrap()];
    bytes.extend_from_slice(content.as_bytes());
    bytes
}

#[test]
fn values_are_encoded_as_terraform_does() {
    let list = || Type::list(Type::Bool);
    let object = || Type::object([("a", Type::String), ("b", Type::Number)]);
    let cases: [(Type, Value, &[u8]); 16] = [
        (Type::String, Value::Null, b"\xc0"),
        (Type::String, Value::Unknown, b"\xd4\x00\x00"),
        (Type::String, text("hé"), b"\xa3h\xc3\xa9"),
        (Type::Bool, Value::Bool(true), b"\xc3"),
        (Type::Number, number("5"), b"\xa15"),
        (Type::Number, number("-1"), b"\xa2-1"),
        (Type::Number, number("-9223372036854775808"), b"\xb4-9223372036854775808"),
        (Type::Number, Value::Number(0.5.try_into().unwrap()), b"\xa30.5"),
        (Type::Number, number("0.1"), b"\xa30.1"),
        (Type::Number, number("18446744073709551615"), b"\xb418446744073709551615"),
        (list(), Value::List(vec![]), b"\x90"),
        (list(), Value::List(vec![Value::Bool(true), Value::Null, Value::Unknown]), b"\x93\xc3\xc0\xd4\x00\x00"),
        (Type::set(Type::Number), Value::List(vec![number("1")]), b"\x91\xa11"),
        (Type::map(Type::String), map([("k", text("v"))]), b"\x81\xa1k\xa1v"),
        (object(), map([("a", text("x")), ("b", Value::Null)]), b"\x82\xa1a\xa1x\xa1b\xc0"),
        (
            Type::Tuple(vec![Type::Bool, Type::Number]),
            Value::List(vec![Value::Bool(false), number("7")]),
            b"\x92\xc2\xa17",
        ),
    ];
    for (r#type, value, bytes) in cases {
        assert_eq!(encode(&value, &r#type).unwrap(), bytes, "{value:?}");
        assert_eq!(decode(bytes, &r#type).unwrap(), value, "{type}");
    }
}

#[test]
fn dynamic_values_carry_their_type() {
    let list = Value::List(vec![text("x")]);
    let typed = Value::Dynamic(Type::list(Type::String), Box::new(list.clone()));
    let bytes = array(&[&bin(r#"["list","string"]"#), b"\x91\xa1x"]);
    assert_eq!(encode(&typed, &Type::Dynamic).unwrap(), bytes);
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap(), typed);
    // Without a type, a list is a tuple.
    let inferred = array(&[&bin(r#"["tuple",["string"]]"#), b"\x91\xa1x"]);
    assert_eq!(encode(&list, &Type::Dynamic).unwrap(), inferred);

    assert_eq!(decode(b"\xc0", &Type::Dynamic).unwrap(), Value::Null);
    assert_eq!(decode(b"\xd4\x00\x00", &Type::Dynamic).unwrap(), Value::Unknown);
    let typed_null = array(&[&bin(r#""string""#), b"\xc0"]);
    let null = decode(&typed_null, &Type::Dynamic).unwrap();
    assert!(null.is_null());
    assert_eq!(encode(&null, &Type::Dynamic).unwrap(), typed_null);
}

#[test]
fn unknown_is_any_extension() {
    // A refinement: not null (1: false) with the prefix "ab" (2), in an extension of type 12.
    let refined = b"\xc7\x07\x0c\x82\x01\xc2\x02\xa2ab";
    for bytes in [&refined[..], b"\xd4\x00\x00", b"\xd5\x05ab", b"\xc7\x00\x00"] {
        for r#type in [Type::String, Type::Dynamic, Type::object([("a", Type::Bool)]), Type::list(Type::Number)] {
            assert_eq!(decode(bytes, &r#type).unwrap(), Value::Unknown, "{bytes:?}");
        }
    }
}

#[test]
fn numbers_are_integers_floats_or_text() {
    for (bytes, value) in [
        (&b"\x05"[..], "5"),
        (b"\xff", "-1"),
        (b"\xd3\x80\0\0\0\0\0\0\0", "-9223372036854775808"),
        (b"\xcc\x80", "128"),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        (b"\xca\x3f\xc0\0\0", "1.5"),
        (b"\xcb\x80\0\0\0\0\0\0\0", "0"),
        (b"\xcb\x41\xf0\0\0\0\0\0\0", "4294967296"),
        // Whole: 2^70 exactly. Not whole: as short as a user would write it.
        (b"\xcb\x44\x50\0\0\0\0\0\0", "1180591620717411303424"),
        (b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.1"),
        (b"\xa41e21", "1000000000000000000000"),
    ] {
        assert_eq!(decode(bytes, &Type::Number).unwrap(), number(value), "{bytes:?}");
    }
}

#[test]
fn decode_errors_name_the_path() {
    let inner = Type::object([("x", Type::Number)]);
    let r#type = Type::object([("a", Type::String), ("l", Type::list(inner)), ("m", Type::map(Type::Bool))]);
    let whole = |a: &[u8], l: &[u8], m: &[u8]| [b"\x83\xa1a", a, b"\xa1l", l, b"\xa1m", m].concat();
    assert!(decode(&whole(b"\xc0", b"\x90", b"\x80"), &r#type).is_ok());
    for (bytes, path, message) in [
        (whole(b"\x01", b"\x90", b"\x80"), "a", "string is required"),
        (whole(b"\xa1\xff", b"\x90", b"\x80"), "a", "not UTF-8"),
        (whole(b"\xc0", b"\x91\x81\xa1x\xc3", b"\x80"), "l[0].x", "number is required"),
        (whole(b"\xc0", b"\x92\xc0\x80", b"\x80"), "l[1].x", "missing"),
        (whole(b"\xc0", b"\x91\x82\xa1x\xc0\xa1y\xc0", b"\x80"), "l[0].y", "no such attribute"),
        (whole(b"\xc0", b"\x91\x81\xa1x\xcb\x7f\xf8\0\0\0\0\0\0", b"\x80"), "l[0].x", "finite"),
        (whole(b"\xc0", b"\x91\x81\xa1x\xab1e999999999", b"\x80"), "l[0].x", "digits"),
        (whole(b"\xc0", b"\x80", b"\x80"), "l", "list(object) is required"),
        (whole(b"\xc0", b"\x90", b"\x81\xa1k\xa1v"), "m[\"k\"]", "bool is required"),
        (whole(b"\xc0", b"\x90", b"\x82\xa1k\xc3\xa1k\xc3"), "m", "twice"),
        (whole(b"\xc0", b"\x90", b"\x81\x01\xc3"), "m", "key is not a string"),
        (b"\x81\xa1a\xc0".to_vec(), "l", "missing"),
        (b"\x82\xa1a\xc0\xa1a\xc0".to_vec(), "a", "twice"),
        (b"\x80".to_vec(), "a", "missing"),
        (b"\x90".to_vec(), "", "object is required"),
        (b"\xc0\xc0".to_vec(), "", "more than one"),
        (b"\x81".to_vec(), "", "well-formed"),
        (b"".to_vec(), "", "well-formed"),
    ] {
        let error = decode(&bytes, &r#type).unwrap_err();
        assert_eq!(error.path.to_string(), path, "{bytes:?} {error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn malformed_dynamic_values_are_rejected() {
    for bytes in [
        array(&[&bin(r#""colour""#), b"\xc0"]),
        array(&[&bin("{"), b"\xc0"]),
        array(&[&bin(r#""string""#), b"\x01"]),
        array(&[&bin(r#""string""#)]),
        array(&[b"\x01", b"\x01"]),
        b"\xa1x".to_vec(),
        b"\x90".to_vec(),
    ] {
        assert!(decode(&bytes, &Type::Dynamic).is_err(), "{bytes:?}");
    }
    assert!(decode(&array(&[b"\xc3"]), &Type::Tuple(vec![Type::Bool, Type::Bool])).is_err());
}

#[test]
fn every_nesting_that_can_be_encoded_can_be_decoded() {
    let value = (0..60).fold(Value::Bool(true), |inner, _| Value::List(vec![inner]));
    let bytes = encode(&value, &Type::Dynamic).unwrap();
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap(), Value::Dynamic(value.infer_type(), Box::new(value)));
}

#[test]
fn deep_nesting_and_huge_lengths_are_harmless() {
    assert!(decode(&vec![0x91; 5_000_000], &Type::Dynamic).is_err());
    assert!(decode(&[0x81; 1_000_000], &Type::map(Type::String)).is_err());
    // Strings, binaries, arrays, maps and extensions of 4 G.
    for head in [0xdb, 0xc6, 0xdd, 0xdf, 0xc9] {
        let bytes = [head, 0xff, 0xff, 0xff, 0xff];
        for r#type in [Type::String, Type::Number, Type::list(Type::String), Type::map(Type::String)] {
            assert!(decode(&bytes, &r#type).is_err(), "{bytes:?} {type}");
            assert!(decode(&array(&[&bytes, b"\xc0"]), &Type::Dynamic).is_err(), "{bytes:?}");
        }
    }
    // Dynamic in dynamic, as deep as the reader goes.
    let mut bytes = b"\xc0".to_vec();
    for _ in 0..2000 {
        bytes = array(&[&bin(r#""dynamic""#), &bytes]);
    }
    assert_eq!(decode(&bytes, &Type::Dynamic).unwrap_err().message, "nested too deeply");
}

#[test]
fn encode_errors_name_the_path() {
    let r#type = Type::object([("a", Type::String), ("l", Type::list(Type::Number))]);
    for (value, path) in [
        (map([("a", Value::Null)]), "l"),
        (map([("a", Value::Null), ("l", Value::Null), ("z", Value::Null)]), "z"),
        (map([("a", Value::Bool(true)), ("l", Value::Null)]), "a"),
        (map([("a", Value::Null), ("l", Value::List(vec![Value::Null, text("1")]))]), "l[1]"),
        (Value::List(vec![]), ""),
    ] {
        assert_eq!(encode(&value, &r#type).unwrap_err().path.to_string(), path, "{value:?}");
    }
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        prop::num::f64::NORMAL.prop_map(|float| Number::try_from(float).unwrap()),
        "-?[0-9]{1,30}\\.[0-9]{1,30}".prop_map(|text| text.parse().unwrap()),
    ]
}

fn known_value(r#type: Type) -> BoxedStrategy<Value> {
    match r#type {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => ".*".prop_map(Value::String).boxed(),
        Type::Dynamic => prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::list(Type::String))]
            .prop_flat_map(|r#type| {
                let concrete = r#type.clone();
                any_value(r#type).prop_map(move |value| Value::Dynamic(concrete.clone(), Box::new(value)))
            })
            .boxed(),
        Type::List(element) | Type::Set(element) => {
            prop::collection::vec(any_value(*element), 0..4).prop_map(Value::List).boxed()
        }
        Type::Map(element) => {
            prop::collection::btree_map(".{0,3}", any_value(*element), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => types.into_iter().map(any_value).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object(types) => {
            let (names, types): (Vec<_>, Vec<_>) = types.into_iter().unzip();
            let values = types.into_iter().map(any_value).collect::<Vec<_>>();
            values.prop_map(move |values| Value::Map(names.iter().cloned().zip(values).collect())).boxed()
        }
    }
}

fn any_value(r#type: Type) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Unknown), 6 => known_value(r#type)].boxed()
}

proptest! {
    #[test]
    fn values_survive_a_round_trip((r#type, value) in any_type().prop_flat_map(|r#type| (Just(r#type.clone()), any_value(r#type)))) {
        let bytes = encode(&value, &r#type).unwrap();
        prop_assert_eq!(decode(&bytes, &r#type).unwrap(), value);
    }

    #[test]
    fn no_bytes_cause_a_panic(r#type in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes, &r#type);
    }

    #[test]
    fn damaged_values_cause_no_panic(
        (r#type, value) in any_type().prop_flat_map(|r#type| (Just(r#type.clone()), any_value(r#type))),
        place: prop::sample::Index,
        byte: u8,
    ) {
        let mut bytes = encode(&value, &r#type).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(value) = decode(&bytes, &r#type) {
            prop_assert!(encode(&value, &r#type).is_ok());
        }
    }

    #[test]
    fn types_survive_a_round_trip(r#type in any_type()) {
        prop_assert_eq!(Type::from_json(&r#type.to_json()), Ok(r#type));
    }
}
