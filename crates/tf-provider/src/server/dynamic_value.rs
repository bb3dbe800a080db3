//! Decodes values of requests and encodes values of responses, with Terraform's requirements for every object.

use prost::bytes::Bytes;

use crate::diagnostics::REPORT;
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::proto::tfplugin5::DynamicValue;
use crate::schema::{Block, dynamic, walk};
use crate::value::{ConversionError, Type, Value, conform, json, msgpack};

/// Decodes a configuration, plan or state. `what` names it in messages. An absent value is null.
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

/// Decodes the configuration of an action. Terraform sends null for an action without a `config` block.
pub(super) fn decode_action(
    block: &Block,
    data: Option<&DynamicValue>,
    type_name: &str,
    diagnostics: &mut Diagnostics,
) -> Result<Value, Failed> {
    let config = decode(block, data, &format!("a configuration of the action `{type_name}`"), diagnostics)?;
    Ok(if config.is_null() { walk::empty(block) } else { config })
}

pub(super) fn decode_any(r#type: &Type, data: Option<&DynamicValue>) -> Result<Value, ConversionError> {
    match data {
        Some(data) if !data.msgpack.is_empty() => msgpack::decode(&data.msgpack, r#type),
        Some(data) if !data.json.is_empty() => json::decode(&data.json, r#type),
        _ => Ok(Value::Null),
    }
}

/// Encodes a plan or a state. Write-only values become null, and blocks that can't be null become empty.
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

/// Encodes the state after an operation. A value that doesn't fit the schema becomes null, beside an error: without a
/// state, Terraform would lose an object that exists.
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

/// For a value from Terraform. The message never contains the value, which can be a secret.
pub(super) fn undecodable(what: &str, error: &ConversionError) -> Diagnostic {
    let at = at(&error.path);
    Diagnostic::error(
        "Request can't be decoded",
        format!("Terraform sent {what} that the provider can't decode{at}: {}. {REPORT}", error.message),
    )
}

fn unencodable(what: &str, error: &ConversionError) -> Diagnostic {
    let at = at(&error.path);
    Diagnostic::error(
        "Response can't be encoded",
        format!("In {what}, a value doesn't fit the schema{at}: {}. {REPORT}", error.message),
    )
    .at(error.path.clone())
}

fn at(path: &Path) -> String {
    if path.is_empty() { String::new() } else { format!(", at `{path}`") }
}
