//! What happens to a thing, right and wrong: pure functions of values. Knows no messages.

use terraform_core::value::{Path, Type, Value};

use crate::fault;

/// The type of a thing.
const TYPE: &str = r#"["object",{
    "id":"string","name":"string","size":"number","secret":"string","kind":"string",
    "source":["object",{"user":"string"}],"rule":["list",["object",{"key":"string"}]]}]"#;

/// The type of a thing.
pub(crate) fn ty() -> Type {
    Type::parse(TYPE.as_bytes()).unwrap_or(Type::Dynamic)
}

/// The type of its identity.
pub(crate) fn identity_type() -> Type {
    Type::Object([("id".to_owned(), Type::String)].into())
}

/// The planned thing.
pub(crate) fn plan(prior: &Value, proposed: &Value, config: &Value, in_apply: bool) -> Value {
    let fault = fault();
    if proposed.is_null() {
        return if fault == "destroy-plan-non-null" { prior.clone() } else { Value::Null };
    }
    let mut planned = proposed.clone();
    set(&mut planned, "secret", Value::Null);
    if config.get("size").is_null() {
        set(&mut planned, "size", 1.into());
    }
    if prior.is_null() {
        set(&mut planned, "id", Value::Unknown);
    } else if planned != *prior {
        // So that an update has something to find out.
        set(&mut planned, "id", prior.get("id").clone());
    }
    match fault.as_str() {
        "plan-wrong-value" => set(&mut planned, "name", "other".into()),
        "plan-write-only" => set(&mut planned, "secret", config.get("secret").clone()),
        "plan-null" => return Value::Null,
        "plan-unknown-name" => set(&mut planned, "name", Value::Unknown),
        "plan-block-count" => set(&mut planned, "rule", vec![].into()),
        "plan-always-unknown" if !prior.is_null() => set(&mut planned, "size", Value::Unknown),
        "plan-differs-in-apply" if in_apply => set(&mut planned, "size", 2.into()),
        _ => {}
    }
    planned
}

/// The thing after an apply.
pub(crate) fn apply(planned: &Value, prior: &Value, config: &Value) -> Value {
    let fault = fault();
    if planned.is_null() {
        return if ["destroy-non-null", "destroy-error"].contains(&fault.as_str()) {
            prior.clone()
        } else {
            Value::Null
        };
    }
    let mut state = planned.clone();
    if state.get("id").is_unknown() && fault != "apply-unknown" {
        set(&mut state, "id", format!("id-{}", planned.get("name").as_str().unwrap_or_default()).as_str().into());
    }
    if state.get("size").is_unknown() {
        set(&mut state, "size", 3.into());
    }
    for name in ["name", "kind"] {
        if state.get(name).is_unknown() {
            set(&mut state, name, config.get(name).clone());
        }
    }
    match fault.as_str() {
        "apply-other-value" => set(&mut state, "size", 77.into()),
        "apply-write-only" => set(&mut state, "secret", "leaked".into()),
        "apply-null" | "apply-error-null" => return Value::Null,
        _ => {}
    }
    state
}

/// The thing after a read.
pub(crate) fn read(state: &Value) -> Value {
    let mut state = state.clone();
    match fault().as_str() {
        "read-unknown" => set(&mut state, "size", Value::Unknown),
        "read-write-only" => set(&mut state, "secret", "leaked".into()),
        "read-drift" => set(&mut state, "size", 42.into()),
        "read-null" => return Value::Null,
        _ => {}
    }
    state
}

/// The thing that an import finds.
pub(crate) fn import(id: &str) -> Value {
    let nothing = ["name", "size", "secret", "kind", "source"].map(|name| (name.to_owned(), Value::Null));
    let mut state = Value::Map(nothing.into_iter().collect());
    if let Value::Map(attributes) = &mut state {
        attributes.insert("id".to_owned(), id.into());
        attributes.insert("rule".to_owned(), vec![].into());
    }
    state
}

/// Sets an attribute.
pub(crate) fn set(thing: &mut Value, name: &str, value: Value) {
    thing.replace_at(&Path::root().attribute(name), value);
}
