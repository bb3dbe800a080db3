//! Stored JSON of any kind against the schema of a migration: it is read or refused, and what was read can travel.

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
        let written = encode_msgpack(&value, r#type).expect("what was read can be written");
        let again = decode_msgpack(&written, r#type).expect("what was written can be read");
        assert_eq!(again, value);
    }
});
