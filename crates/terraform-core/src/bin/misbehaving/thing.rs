//! What happens to a thing, right and wrong: functions of values.

use serde_json::{Value as Json, json};
use terraform_core::value::{Inspect, Path, Type, Value, from_json};
use tf_provider::schema::{Attribute, Block, NestedBlock};

use crate::fault;

/// The schema of a thing.
pub(crate) fn block() -> Block {
    let source = Block::new()
        .attribute(Attribute::string("user"))
        .attribute(Attribute::string("token").write_only())
        .attribute(Attribute::string("host").optional_computed());
    let rule = Block::new().attribute(Attribute::string("key")).attribute(Attribute::string("id").computed());
    Block::new()
        .attribute(Attribute::string("id").computed())
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::number("size").optional_computed())
        .attribute(Attribute::string("kind"))
        .attribute(Attribute::string("secret").write_only())
        .attribute(Attribute::string("note").sensitive())
        .attribute(Attribute::bool("active"))
        .attribute(Attribute::new("hosts", Type::list(Type::String)))
        .attribute(Attribute::new("labels", Type::map(Type::String)).optional_computed())
        .block(NestedBlock::single("source", source))
        .block(NestedBlock::list("rule", rule))
}

/// The type of a thing.
pub(crate) fn thing_type() -> Type {
    block().implied_type()
}

/// The type of its identity.
pub(crate) fn identity_type() -> Type {
    Type::object([("id", Type::String)])
}

/// The type of the provider block.
pub(crate) fn provider_type() -> Type {
    Type::object([("token", Type::String)])
}

/// The planned thing.
pub(crate) fn plan(prior: &Value, proposed: &Value, config: &Value, in_apply: bool) -> Value {
    let fault = fault();
    if proposed.is_null() {
        return if fault == "destroy-plan-non-null" { prior.clone() } else { Value::Null };
    }
    let mut planned = proposed.clone();
    set(&mut planned, "secret", Value::Null);
    set(&mut planned, "source.token", Value::Null);
    if config.get("size").is_null() {
        set(&mut planned, "size", number(1));
    }
    // What the provider computes is unknown until it is created.
    for path in ["id", "source.host", "rule[].id"] {
        fill(&mut planned, path, &Value::Unknown);
    }
    if !prior.is_null() {
        set(&mut planned, "id", prior.get("id").clone());
    }
    match fault.as_str() {
        "plan-write-only" => set(&mut planned, "secret", config.get("secret").clone()),
        "plan-null" => return Value::Null,
        "plan-always-unknown" if !prior.is_null() => set(&mut planned, "size", Value::Unknown),
        "plan-differs-in-apply" if in_apply => set(&mut planned, "size", number(2)),
        _ => set_by_fault("plan", &mut planned),
    }
    planned
}

/// The thing after an apply.
pub(crate) fn apply(planned: &Value, prior: &Value, config: &Value) -> Value {
    let fault = fault();
    if planned.is_null() {
        let kept = ["destroy-non-null", "destroy-error"].contains(&fault.as_str());
        return if kept { prior.clone() } else { Value::Null };
    }
    let mut state = planned.clone();
    if state.get("id").is_unknown() && fault != "apply-unknown" {
        let Value::String(name) = planned.get("name") else { return state };
        set(&mut state, "id", Value::String(format!("id-{name}")));
    }
    if state.get("size").is_unknown() {
        set(&mut state, "size", number(3));
    }
    for path in state.unknown_paths() {
        // What the configuration has by now, or what the provider computes.
        let known = config.at(&path).filter(|value| !value.is_null()).cloned();
        if fault != "apply-unknown" {
            state.replace_at(&path, known.unwrap_or_else(|| Value::String("computed".into())));
        }
    }
    match fault.as_str() {
        "apply-null" | "apply-error-null" => return Value::Null,
        _ => set_by_fault("apply", &mut state),
    }
    state
}

/// The thing after a read.
pub(crate) fn read(state: &Value) -> Value {
    let mut state = state.clone();
    match fault().as_str() {
        "read-unknown" => set(&mut state, "size", Value::Unknown),
        "read-null" => return Value::Null,
        _ => set_by_fault("read", &mut state),
    }
    state
}

/// The thing that an import finds.
pub(crate) fn import(id: &str) -> Value {
    let mut state = tf_provider::testing::empty(&block());
    set(&mut state, "id", Value::String(id.to_owned()));
    state
}

/// Sets the value at a dotted path.
pub(crate) fn set(thing: &mut Value, path: &str, value: Value) {
    thing.replace_at(&Path::from(path), value);
}

fn number(number: i64) -> Value {
    Value::Number(number.into())
}

/// Sets a value where it is null, in each block where the path says so.
fn fill(thing: &mut Value, path: &str, value: &Value) {
    let paths = match path.split_once("[].") {
        Some((blocks, name)) => {
            let count = thing.get(blocks).elements().len();
            (0..count).map(|index| Path::root(blocks).index(index).attribute(name)).collect()
        }
        None => vec![Path::from(path)],
    };
    for path in paths {
        if thing.at(&path).is_some_and(Value::is_null) {
            thing.replace_at(&path, value.clone());
        }
    }
}

/// `plan-set hosts ["x"]` and so on: the answer of the call has this value at the path, where a number is an index.
fn set_by_fault(call: &str, thing: &mut Value) {
    let fault = fault();
    let Some((path, json)) = fault.strip_prefix(call).and_then(|rest| rest.strip_prefix("-set ")?.split_once(' '))
    else {
        return;
    };
    let path: Path = path.split('.').fold(Path::default(), |path, name| match name.parse() {
        Ok(index) => path.index(index),
        Err(_) => path.attribute(name),
    });
    let json: Json = serde_json::from_str(json).unwrap_or_default();
    thing.replace_at(&path, free(&json));
}

/// A value of whatever type the JSON has.
fn free(json: &Json) -> Value {
    match json {
        Json::Array(elements) => Value::List(elements.iter().map(free).collect()),
        Json::Object(elements) => Value::Map(elements.iter().map(|(name, json)| (name.clone(), free(json))).collect()),
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(_) => from_json(json, &Type::Number).unwrap_or_default(),
        other => from_json(&json!(other), &Type::String).unwrap_or_default(),
    }
}
