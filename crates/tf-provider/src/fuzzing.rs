//! Access to private parts for fuzz targets and benchmarks, behind the feature `fuzzing`. It isn't part of the
//! interface and may change at any time.

use std::ffi::OsString;

use crate::value::{ConversionError, Type, Value, json, msgpack};

pub use crate::server::fuzzing::Calls;

/// Decodes MessagePack as RPCs do.
///
/// # Errors
/// When the bytes are not a value of the type.
pub fn decode_msgpack(bytes: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    msgpack::decode(bytes, r#type)
}

/// Encodes MessagePack as RPCs do.
///
/// # Errors
/// When the value is of another type.
pub fn encode_msgpack(value: &Value, r#type: &Type) -> Result<Vec<u8>, ConversionError> {
    msgpack::encode(value, r#type)
}

/// Decodes stored JSON as UpgradeResourceState does.
///
/// # Errors
/// When the text is not a value of the type.
pub fn decode_json(text: &[u8], r#type: &Type) -> Result<Value, ConversionError> {
    json::decode(text, r#type)
}

/// Whether a plugin can serve with these environment variables.
pub fn reads_environment(environment: impl Fn(&str) -> Option<OsString>) -> bool {
    crate::plugin::reads_environment(environment)
}
