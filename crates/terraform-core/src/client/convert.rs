//! Between the messages of tfplugin5 and decoded values.

use serde_json::{Value as Json, json};
use tf_provider::testing;
use tonic::codegen::Bytes;

use crate::diagnostic::{Diagnostic, Origin, Severity};
use crate::proto::tfplugin5 as proto;
use crate::schema::{Block, IdentitySchema, has_path};
use crate::value::{Path, Step, Type, Value, problem_text, to_json};

/// A value as it is sent.
pub(super) fn dynamic(value: &Value, r#type: &Type) -> Option<proto::DynamicValue> {
    let msgpack = testing::encode_msgpack(value, r#type).expect("a request has values of its schema");
    Some(proto::DynamicValue { msgpack: msgpack.into(), json: Bytes::new() })
}

/// Reads a value; a missing or empty one is null.
pub(super) fn value_of(dynamic: Option<&proto::DynamicValue>, r#type: &Type) -> Result<Value, String> {
    let Some(dynamic) = dynamic else { return Ok(Value::Null) };
    match (dynamic.msgpack.is_empty(), dynamic.json.is_empty()) {
        (false, _) => testing::decode_msgpack(&dynamic.msgpack, r#type).map_err(|error| problem_text(&error)),
        (true, true) => Ok(Value::Null),
        (true, false) => Err("the value is in JSON, which Terraform does not read everywhere".into()),
    }
}

/// An identity as it is sent.
pub(super) fn identity_data(
    identity: Option<&Value>,
    schema: Option<&IdentitySchema>,
) -> Option<proto::ResourceIdentityData> {
    let (identity, schema) = identity.zip(schema)?;
    Some(proto::ResourceIdentityData { identity_data: dynamic(identity, &schema.implied_type()) })
}

/// Reads an identity; a missing one and one that is null are none.
pub(super) fn identity_of(
    data: Option<&proto::ResourceIdentityData>,
    schema: Option<&IdentitySchema>,
) -> Result<Option<Value>, String> {
    let Some((data, schema)) = data.zip(schema) else { return Ok(None) };
    let value = value_of(data.identity_data.as_ref(), &schema.implied_type());
    value.map(|value| Some(value).filter(|value| !value.is_null())).map_err(|problem| format!("identity: {problem}"))
}

/// Reads a path.
///
/// # Errors
/// When a step has no selector.
pub(super) fn path_of(path: &proto::AttributePath) -> Result<Path, String> {
    use proto::attribute_path::step::Selector;
    let step = |step: &proto::attribute_path::Step| match &step.selector {
        Some(Selector::AttributeName(name)) => Ok(Step::Attribute(name.clone())),
        Some(Selector::ElementKeyString(key)) => Ok(Step::Key(key.clone())),
        Some(Selector::ElementKeyInt(index)) => Ok(Step::Index(*index)),
        None => Err("a path step without a selector".to_owned()),
    };
    path.steps.iter().map(step).collect()
}

/// Reads diagnostics, and returns what is wrong with them: severity, summary, paths that lead nowhere in the block.
pub(super) fn diagnostics(
    received: &[proto::Diagnostic],
    rpc: &'static str,
    address: Option<&str>,
    block: Option<&Block>,
) -> (Vec<Diagnostic>, Vec<String>) {
    let (mut diagnostics, mut problems) = (Vec::new(), Vec::new());
    for diagnostic in received {
        let summary = &diagnostic.summary;
        let severity = match diagnostic.severity() {
            proto::diagnostic::Severity::Warning => Severity::Warning,
            proto::diagnostic::Severity::Error => Severity::Error,
            proto::diagnostic::Severity::Invalid => {
                problems.push(format!("severity {} of {summary:?}", diagnostic.severity));
                Severity::Error
            }
        };
        if summary.is_empty() || summary.contains('\n') {
            problems.push(format!("summary {summary:?} is not one line"));
        }
        let path = diagnostic.attribute.as_ref().map_or_else(|| Ok(Path::default()), path_of);
        let path = path.unwrap_or_else(|problem| {
            problems.push(problem);
            Path::default()
        });
        if block.is_some_and(|block| !has_path(block, &path)) {
            problems.push(format!("{summary:?} points at {path}, which the schema does not have"));
        }
        diagnostics.push(Diagnostic {
            severity,
            summary: summary.clone(),
            detail: diagnostic.detail.clone(),
            path: path.to_string(),
            address: address.map(str::to_owned),
            origin: Origin::Provider(rpc),
        });
    }
    (diagnostics, problems)
}

/// Bytes for messages: as text where they are text.
pub(super) fn bytes_json(bytes: &[u8]) -> Json {
    std::str::from_utf8(bytes).map_or_else(|_| format!("{bytes:02x?}").into(), Json::from)
}

/// A received value for messages: decoded where it decodes.
pub(super) fn received_json(value: &Result<Value, String>) -> Json {
    value.as_ref().map_or_else(|problem| json!({ "problem": problem }), to_json)
}

/// An identity for messages.
pub(super) fn identity_json(identity: Option<&Value>) -> Json {
    identity.map_or(Json::Null, to_json)
}
