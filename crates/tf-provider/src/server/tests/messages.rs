//! Messages to and from the test provider.

use super::fixture::{identity_type, resource_type};
use crate::path::Path;
use crate::proto::tfplugin5::{self as wire, ClientCapabilities, DynamicValue, RawState, ResourceIdentityData};
use crate::value::{Type, Value, msgpack};

/// An object of the test resource.
pub(super) fn object(mode: &str, change: impl FnOnce(&mut std::collections::BTreeMap<String, Value>)) -> Value {
    let mut attributes = std::collections::BTreeMap::from([
        ("id".to_owned(), Value::Null),
        ("mode".to_owned(), Value::String(mode.to_owned())),
        ("size".to_owned(), Value::Null),
        ("secret_wo".to_owned(), Value::Null),
        ("item".to_owned(), Value::List(vec![])),
    ]);
    change(&mut attributes);
    Value::Map(attributes)
}

pub(super) fn plain(mode: &str) -> Option<DynamicValue> {
    data(&object(mode, |_| {}))
}

pub(super) fn data(value: &Value) -> Option<DynamicValue> {
    encode(value, &resource_type())
}

pub(super) fn value(data: &Option<DynamicValue>) -> Value {
    decode(data, &resource_type())
}

pub(super) fn encode(value: &Value, r#type: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value, r#type).unwrap().into(), json: Default::default() })
}

pub(super) fn decode(data: &Option<DynamicValue>, r#type: &Type) -> Value {
    msgpack::decode(&data.as_ref().unwrap().msgpack, r#type).unwrap()
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.into())
}

pub(super) fn identity_data(id: Value, region: Value) -> Option<ResourceIdentityData> {
    let value = Value::Map([("id".to_owned(), id), ("region".to_owned(), region)].into());
    let msgpack = msgpack::encode(&value, &identity_type()).unwrap().into();
    Some(ResourceIdentityData { identity_data: Some(DynamicValue { msgpack, json: Default::default() }) })
}

pub(super) fn identity_id(data: &Option<ResourceIdentityData>) -> Option<Value> {
    let data = data.as_ref()?.identity_data.as_ref()?;
    msgpack::decode(&data.msgpack, &identity_type()).unwrap().attribute("id").cloned()
}

pub(super) fn raw_state(json: &str) -> Option<RawState> {
    Some(RawState { json: json.to_owned().into(), ..RawState::default() })
}

pub(super) fn client(write_only_attributes_allowed: bool) -> Option<ClientCapabilities> {
    Some(ClientCapabilities { write_only_attributes_allowed, deferral_allowed: false })
}

pub(super) fn garbage() -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: vec![0x81, 0xa2, 0xff, 0xff].into(), json: Default::default() })
}

/// Summary, detail and path of the only error.
pub(super) fn the_error(diagnostics: &[wire::Diagnostic]) -> (String, String, String) {
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity() == wire::diagnostic::Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{diagnostics:?}");
    (errors[0].summary.clone(), errors[0].detail.clone(), path_text(errors[0]))
}

pub(super) fn path_text(diagnostic: &wire::Diagnostic) -> String {
    use wire::attribute_path::step::Selector;
    let mut path = Path::default();
    for step in diagnostic.attribute.iter().flat_map(|path| &path.steps) {
        path = match step.selector.clone().unwrap() {
            Selector::AttributeName(name) => path.attribute(name),
            Selector::ElementKeyString(key) => path.key(key),
            Selector::ElementKeyInt(index) => path.index(usize::try_from(index).unwrap()),
        };
    }
    path.to_string()
}
