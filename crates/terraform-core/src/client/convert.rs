//! Between the messages of tfplugin5 and decoded values. Makes no calls and keeps no rules but those of single messages.

use serde_json::{Value as Json, json};
use tonic::codegen::Bytes;

use crate::diagnostic::{Diagnostic, Origin, Severity};
use crate::schema::{Block, Identity};
use crate::value::{self, Path, Step, Type, Value, to_json};
use crate::wire::tfplugin5 as wire;

/// A value as it travels.
pub(super) fn dynamic(value: &Value, ty: &Type, refined: bool) -> Option<wire::DynamicValue> {
    let msgpack = if refined { value::encode_refined(value, ty) } else { value::encode(value, ty) };
    Some(wire::DynamicValue { msgpack: msgpack.into(), json: Bytes::new() })
}

/// Reads a value; a missing or empty one is null.
pub(super) fn value_of(dynamic: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, String> {
    let Some(dynamic) = dynamic else { return Ok(Value::Null) };
    if dynamic.msgpack.is_empty() && !dynamic.json.is_empty() {
        return Err("the value is in JSON, which Terraform does not read everywhere".into());
    }
    value::decode(&dynamic.msgpack, ty)
}

/// An identity as it travels.
pub(super) fn identity_data(identity: Option<&Value>, schema: Option<&Identity>) -> Option<wire::ResourceIdentityData> {
    let (identity, schema) = identity.zip(schema)?;
    Some(wire::ResourceIdentityData { identity_data: dynamic(identity, &schema.implied_type(), false) })
}

/// Reads an identity; a missing one and one that is null are none.
pub(super) fn identity_of(
    data: Option<&wire::ResourceIdentityData>,
    schema: Option<&Identity>,
) -> Result<Option<Value>, String> {
    let Some(data) = data else { return Ok(None) };
    let Some(schema) = schema else { return Ok(None) };
    let problem = |problem| format!("identity: {problem}");
    let value = value_of(data.identity_data.as_ref(), &schema.implied_type()).map_err(problem)?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Reads a path.
///
/// # Errors
/// When a step says nothing.
pub(super) fn path_of(path: &wire::AttributePath) -> Result<Path, String> {
    use wire::attribute_path::step::Selector;
    let step = |step: &wire::attribute_path::Step| match &step.selector {
        Some(Selector::AttributeName(name)) => Ok(Step::Attribute(name.clone())),
        Some(Selector::ElementKeyString(key)) => Ok(Step::Key(key.clone())),
        Some(Selector::ElementKeyInt(index)) => {
            usize::try_from(*index).map(Step::Index).map_err(|_| format!("negative list index {index} in a path"))
        }
        None => Err("a path step without a selector".to_owned()),
    };
    path.steps.iter().map(step).collect()
}

/// Reads diagnostics, and says what is wrong with them: severity, summary, paths that lead nowhere in the block.
pub(super) fn diagnostics(
    received: &[wire::Diagnostic],
    rpc: &'static str,
    address: Option<&str>,
    block: Option<&Block>,
) -> (Vec<Diagnostic>, Vec<String>) {
    let (mut diagnostics, mut problems) = (Vec::new(), Vec::new());
    for diagnostic in received {
        let summary = &diagnostic.summary;
        let severity = match diagnostic.severity() {
            wire::diagnostic::Severity::Warning => Severity::Warning,
            wire::diagnostic::Severity::Error => Severity::Error,
            wire::diagnostic::Severity::Invalid => {
                problems.push(format!("severity {} of {summary:?}", diagnostic.severity));
                Severity::Error
            }
        };
        if summary.is_empty() || summary.contains('\n') {
            problems.push(format!("summary {summary:?} is not one line"));
        }
        let path = diagnostic.attribute.as_ref().map_or_else(|| Ok(Path::root()), path_of);
        let path = path.unwrap_or_else(|problem| {
            problems.push(problem);
            Path::root()
        });
        if block.is_some_and(|block| !block.has_path(&path)) {
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

/// Diagnostics for messages.
pub(super) fn diagnostics_json(received: &[wire::Diagnostic]) -> Json {
    let one = |diagnostic: &wire::Diagnostic| {
        let path = diagnostic.attribute.as_ref().and_then(|path| path_of(path).ok()).map(|path| path.to_string());
        json!({
            "severity": format!("{:?}", diagnostic.severity()),
            "summary": diagnostic.summary,
            "detail": diagnostic.detail,
            "path": path,
        })
    };
    received.iter().map(one).collect::<Vec<_>>().into()
}

/// Bytes for messages: as text where they are text.
pub(super) fn bytes_json(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => format!("{bytes:02x?}").into(),
    }
}

/// A received value for messages: decoded where it decodes, else its bytes.
pub(super) fn received_json(dynamic: Option<&wire::DynamicValue>, ty: &Type) -> Json {
    match (value_of(dynamic, ty), dynamic) {
        (Ok(value), _) => to_json(&value),
        (Err(problem), Some(dynamic)) => json!({"problem": problem, "msgpack": format!("{:02x?}", dynamic.msgpack)}),
        (Err(problem), None) => json!({"problem": problem}),
    }
}

/// An identity for messages.
pub(super) fn identity_json(identity: Option<&Value>) -> Json {
    identity.map_or(Json::Null, to_json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::samples::resource;

    fn diagnostic(severity: i32, summary: &str, attribute: &str) -> wire::Diagnostic {
        use wire::attribute_path::{Step, step::Selector};
        let steps = vec![Step { selector: Some(Selector::AttributeName(attribute.into())) }];
        wire::Diagnostic {
            severity,
            summary: summary.into(),
            detail: String::new(),
            attribute: Some(wire::AttributePath { steps }),
        }
    }

    #[test]
    fn good_diagnostics_are_read() {
        let (read, problems) = diagnostics(&[diagnostic(2, "Mind", "name")], "X", Some("thing.a"), Some(&resource()));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((read[0].severity, read[0].path.as_str()), (Severity::Warning, "name"));
    }

    #[test]
    fn bad_diagnostics_are_named() {
        for bad in
            [diagnostic(0, "No severity", "name"), diagnostic(1, "", "name"), diagnostic(1, "Nowhere", "nothing")]
        {
            assert_eq!(diagnostics(&[bad], "X", None, Some(&resource())).1.len(), 1);
        }
    }

    #[test]
    fn json_values_are_refused() {
        let json = wire::DynamicValue { msgpack: Bytes::new(), json: Bytes::from_static(b"\"x\"") };
        assert!(value_of(Some(&json), &Type::String).is_err());
        assert_eq!(value_of(None, &Type::String), Ok(Value::Null));
    }
}
