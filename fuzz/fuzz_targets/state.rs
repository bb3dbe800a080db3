//! Arbitrary JSON as the stored state of a migration: it is decoded or rejected, and a decoded value survives a round
//! trip.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use terraform_provider_atlas::{AtlasProvider, Environment};
use tf_provider::fuzzing::{decode_json, decode_msgpack, encode_msgpack};
use tf_provider::{Provider, Type};

static TYPES: LazyLock<Vec<Type>> = LazyLock::new(|| {
    let resources = AtlasProvider::new(Environment::default()).resources();
    let mut types: Vec<Type> = resources.schemas().map(|(_, schema, _)| schema.implied_type()).collect();
    types.extend([Type::Dynamic, Type::map(Type::list(Type::Number)), Type::Tuple(vec![Type::Dynamic, Type::Bool])]);
    types
});

fuzz_target!(|text: &[u8]| {
    for r#type in &*TYPES {
        let Ok(value) = decode_json(text, r#type) else { continue };
        let encoded = encode_msgpack(&value, r#type).expect("a decoded value can be encoded");
        let decoded = decode_msgpack(&encoded, r#type).expect("an encoded value can be decoded");
        assert_eq!(decoded, value);
    }
});
