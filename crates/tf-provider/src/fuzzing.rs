//! Doors for fuzz targets and benchmarks into what is private, behind the feature `fuzzing`. No part of the interface: it may change at
//! any time, and it must not hold logic of its own.

use std::ffi::OsString;

use crate::value::{ConversionError, Type, Value, json, msgpack};

pub use crate::server::fuzzing::Calls;

/// Reads MessagePack as the calls do.
///
/// # Errors
/// When the bytes are no value of the type.
pub fn decode_msgpack(bytes: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    msgpack::decode(bytes, r#type)
}

/// Writes MessagePack as the calls do.
///
/// # Errors
/// When the value is of another type.
pub fn encode_msgpack(value: &Value, r#type: &Type) -> Result<Vec<u8>, ConversionError> {
    msgpack::encode(value, r#type)
}

/// Reads stored JSON as UpgradeResourceState does.
///
/// # Errors
/// When the text is no value of the type.
pub fn decode_json(text: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    json::decode(text, r#type)
}

/// Reads the environment that a plugin is started with; whether it can serve in it.
pub fn reads_environment(environment: impl Fn(&str) -> Option<OsString>) -> bool {
    crate::plugin::reads_environment(environment)
}
