//! Values out of a request and into a response, with what Terraform requires of every object.

use prost::bytes::Bytes;

use crate::diagnostics::REPORT;
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::proto::tfplugin5::DynamicValue;
use crate::schema::{Block, dynamic, walk};
use crate::value::{ConversionError, Type, Value, conform, json, msgpack};

/// Reads a configuration, plan or state; `what` names it in a message. A value that is not there is null.
pub(super) fn decode(
    block: &Block,
    data: Option<&DynamicValue>,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Value, Failed> {
    decode_any(&block.implied_type(), data)
        .map(|value| dynamic::from_wire(block, value))
        .map_err(|error| diagnostics.fail(undecodable(what, &error)))
}

/// Reads a value of a type.
pub(super) fn decode_any(r#type: &Type, data: Option<&DynamicValue>) -> Result<Value, ConversionError> {
    match data {
        Some(data) if !data.msgpack.is_empty() => msgpack::decode(&data.msgpack, r#type),
        Some(data) if !data.json.is_empty() => json::decode(&data.json, r#type),
        _ => Ok(Value::Null),
    }
}

/// Writes a plan or a state, with write-only values null and no block null that must be empty.
pub(super) fn encode(
    block: &Block,
    value: Value,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<DynamicValue, Failed> {
    msgpack::encode(&prepare(block, value), &block.implied_type())
        .map(dynamic_value)
        .map_err(|error| diagnostics.fail(unencodable(what, &error)))
}

/// Writes the state that an operation left, whatever it is: what does not fit the schema becomes null, beside an error.
/// Without a state, Terraform would forget an object that exists.
pub(super) fn encode_lossy(
    block: &Block,
    value: Value,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Result<DynamicValue, Failed> {
    let r#type = block.implied_type();
    let mut value = prepare(block, value);
    for error in conform::coerce(&mut value, &r#type) {
        diagnostics.push(unencodable(what, &error));
    }
    msgpack::encode(&value, &r#type).map(dynamic_value).map_err(|error| diagnostics.fail(unencodable(what, &error)))
}

/// No object.
pub(super) fn null() -> DynamicValue {
    dynamic_value(vec![0xc0])
}

pub(super) fn dynamic_value(msgpack: Vec<u8>) -> DynamicValue {
    DynamicValue { msgpack: msgpack.into(), json: Bytes::new() }
}

fn prepare(block: &Block, mut value: Value) -> Value {
    walk::fill_blocks(block, &mut value);
    walk::clear_write_only(block, &mut value);
    dynamic::to_wire(block, value)
}

/// For what Terraform sent and the provider can't read. It never shows a value, which may be a secret.
pub(super) fn undecodable(what: &str, error: &ConversionError) -> Diagnostic {
    let at = at(&error.path);
    Diagnostic::error(
        "The request could not be decoded",
        format!("Terraform sent {what} that the provider cannot read{at}: {}. {REPORT}", error.message),
    )
}

fn unencodable(what: &str, error: &ConversionError) -> Diagnostic {
    let at = at(&error.path);
    Diagnostic::error(
        "The response could not be encoded",
        format!("In {what}, a value does not fit the schema{at}: {}. {REPORT}", error.message),
    )
    .at(error.path.clone())
}

fn at(path: &Path) -> String {
    if path.is_empty() { String::new() } else { format!(", at `{path}`") }
}
