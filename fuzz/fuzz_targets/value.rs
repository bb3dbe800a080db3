//! Arbitrary MessagePack of an arbitrary type: it is decoded or rejected, and a decoded value survives a round trip.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use tf_provider::Type;
use tf_provider::fuzzing::{decode_msgpack, encode_msgpack};

/// A type, at most four levels deep.
#[derive(Debug)]
struct AnyType(Type);

impl<'a> Arbitrary<'a> for AnyType {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        any_type(u, 4).map(Self)
    }
}

fn any_type(u: &mut Unstructured<'_>, depth: u8) -> arbitrary::Result<Type> {
    let kinds = if depth == 0 { 3 } else { 8 };
    Ok(match u.int_in_range(0..=kinds)? {
        0 => Type::String,
        1 => Type::Number,
        2 => Type::Bool,
        3 => Type::Dynamic,
        4 => Type::list(any_type(u, depth - 1)?),
        5 => Type::set(any_type(u, depth - 1)?),
        6 => Type::map(any_type(u, depth - 1)?),
        7 => Type::Tuple(some_types(u, depth)?),
        _ => Type::object(["a", "b", "c"].into_iter().zip(some_types(u, depth)?)),
    })
}

fn some_types(u: &mut Unstructured<'_>, depth: u8) -> arbitrary::Result<Vec<Type>> {
    let count = u.int_in_range(0..=3)?;
    (0..count).map(|_| any_type(u, depth - 1)).collect()
}

fuzz_target!(|input: (AnyType, &[u8])| {
    let (AnyType(r#type), bytes) = input;
    let Ok(value) = decode_msgpack(bytes, &r#type) else { return };
    let encoded = encode_msgpack(&value, &r#type).expect("a decoded value can be encoded");
    let decoded = decode_msgpack(&encoded, &r#type).expect("an encoded value can be decoded");
    assert_eq!(decoded, value);
});
