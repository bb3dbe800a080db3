//! Turns the partial JSON that a test writes into the full object that Terraform sends, with the checks that its language makes.
//! Knows schemas and values, no calls.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::diagnostic::Diagnostic;
use super::schema::{Block, NestedBlock, Nesting};
use super::value::{Path, UNKNOWN, Value, from_json};

/// The object of a block: absent attributes null, absent blocks null (SINGLE) or empty.
///
/// # Errors
/// What Terraform itself would refuse: missing required arguments and blocks, too many blocks, unknown names, wrong types. An explicit
/// null for a required argument passes, as it does in Terraform.
pub fn complete(block: &Block, json: &Json) -> Result<Value, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let value = object(block, json, &Path::root(), &mut problems);
    if problems.is_empty() { Ok(value) } else { Err(problems) }
}

/// The object of a block that nothing is written in.
pub fn empty(block: &Block) -> Value {
    let attributes = block.attributes.keys().map(|name| (name.clone(), Value::Null));
    let blocks = block.blocks.iter().map(|(name, nested)| (name.clone(), absent(nested)));
    Value::Map(attributes.chain(blocks).collect())
}

fn absent(nested: &NestedBlock) -> Value {
    match nested.nesting {
        Nesting::Single => Value::Null,
        Nesting::Group => empty(&nested.block),
        Nesting::List | Nesting::Set => Value::List(Vec::new()),
        Nesting::Map => Value::Map(BTreeMap::new()),
    }
}

fn object(block: &Block, json: &Json, path: &Path, problems: &mut Vec<Diagnostic>) -> Value {
    let Json::Object(given) = json else {
        problems.push(Diagnostic::core("Unsupported block", "A block is an object.", path));
        return Value::Null;
    };
    for name in given.keys() {
        if !block.attributes.contains_key(name) && !block.blocks.contains_key(name) {
            let detail = format!("The schema has neither an argument nor a block \"{name}\" here.");
            problems.push(Diagnostic::core("Unsupported argument", &detail, &path.attribute(name)));
        }
    }
    let mut object = attributes(block, given, path, problems);
    for (name, nested) in &block.blocks {
        object.insert(name.clone(), blocks(name, nested, given.get(name), path, problems));
    }
    Value::Map(object)
}

fn attributes(
    block: &Block,
    given: &Map<String, Json>,
    path: &Path,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Value> {
    let mut object = BTreeMap::new();
    for (name, attribute) in &block.attributes {
        let at = path.attribute(name);
        if attribute.required && !given.contains_key(name) {
            let detail = format!("Nothing is written for \"{name}\", which the schema requires.");
            problems.push(Diagnostic::core("Missing required argument", &detail, path));
        }
        let json = given.get(name).unwrap_or(&Json::Null);
        let value = from_json(json, &attribute.ty, &at).unwrap_or_else(|(at, problem)| {
            let detail = format!("\"{name}\" has a value of another type: {problem}.");
            problems.push(Diagnostic::core("Incorrect attribute value type", &detail, &at));
            Value::Null
        });
        object.insert(name.clone(), value);
    }
    object
}

fn blocks(name: &str, nested: &NestedBlock, json: Option<&Json>, path: &Path, problems: &mut Vec<Diagnostic>) -> Value {
    let at = path.attribute(name);
    let json = json.filter(|json| !json.is_null());
    if json.is_some_and(|json| json == UNKNOWN) {
        return Value::Unknown;
    }
    let one = |problems: &mut Vec<Diagnostic>| match json {
        Some(json) => object(&nested.block, json, &at, problems),
        None => absent(nested),
    };
    match nested.nesting {
        Nesting::Single => {
            if json.is_none() && nested.min_items > 0 {
                let detail = format!("The schema requires one block \"{name}\".");
                problems.push(Diagnostic::core(&format!("Missing {name} block"), &detail, path));
            }
            one(problems)
        }
        Nesting::Group => match json {
            Some(_) => one(problems),
            None => object(&nested.block, &Json::Object(Map::new()), &at, problems),
        },
        Nesting::Map => {
            let labelled = json.and_then(Json::as_object).into_iter().flatten();
            let objects =
                labelled.map(|(label, json)| (label.clone(), object(&nested.block, json, &at.key(label), problems)));
            Value::Map(objects.collect())
        }
        Nesting::List | Nesting::Set => several(name, nested, json, &at, problems),
    }
}

fn several(name: &str, nested: &NestedBlock, json: Option<&Json>, at: &Path, problems: &mut Vec<Diagnostic>) -> Value {
    let written: &[Json] = match json {
        None => &[],
        Some(Json::Array(written)) => written,
        Some(one) => std::slice::from_ref(one),
    };
    let count = written.len() as i64;
    if count < nested.min_items {
        let detail = format!("The schema requires {} blocks \"{name}\" or more.", nested.min_items);
        problems.push(Diagnostic::core(&format!("Insufficient {name} blocks"), &detail, at));
    }
    if nested.max_items > 0 && count > nested.max_items {
        let detail = format!("The schema allows {} blocks \"{name}\" at most.", nested.max_items);
        problems.push(Diagnostic::core(&format!("Too many {name} blocks"), &detail, at));
    }
    let objects =
        written.iter().enumerate().map(|(index, json)| object(&nested.block, json, &at.index(index), problems));
    let mut objects: Vec<Value> = objects.collect();
    if nested.nesting == Nesting::Set {
        objects.sort();
        objects.dedup();
    }
    Value::List(objects)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::samples::resource;
    use super::super::value::{to_json, unknown};
    use super::*;

    fn summaries(json: &Json) -> Vec<String> {
        complete(&resource(), json).unwrap_err().into_iter().map(|problem| problem.summary).collect()
    }

    #[test]
    fn absent_parts_are_null_or_empty() {
        let value = complete(&resource(), &json!({"name": "n", "rule": [{"key": "k"}]})).unwrap();
        assert_eq!(
            to_json(&value),
            json!({
                "id": null, "name": "n", "size": null, "secret": null, "hosts": null,
                "source": null, "rule": [{"key": "k", "id": null}], "tag": [], "label": {},
            })
        );
        assert_eq!(empty(&resource()), complete(&resource(), &json!({"name": null})).unwrap());
    }

    #[test]
    fn unknown_blocks_stay_unknown_as_a_whole() {
        let value =
            complete(&resource(), &json!({"name": unknown(), "rule": unknown(), "source": {"user": unknown()}}))
                .unwrap();
        assert!(value.get("rule").is_unknown() && value.get("name").is_unknown());
        assert!(value.get("source").get("user").is_unknown() && !value.get("source").is_unknown());
    }

    #[test]
    fn missing_required_argument_is_refused_but_null_passes() {
        assert_eq!(summaries(&json!({})), ["Missing required argument"]);
        assert!(complete(&resource(), &json!({"name": null})).is_ok());
    }

    #[test]
    fn unknown_names_and_wrong_types_are_refused_with_their_path() {
        let problems = complete(&resource(), &json!({"name": "n", "nothing": 1, "source": {"port": "x"}})).unwrap_err();
        let told: Vec<_> = problems.iter().map(|problem| (problem.summary.as_str(), problem.path.as_str())).collect();
        assert_eq!(told, [("Unsupported argument", "nothing"), ("Incorrect attribute value type", "source.port")]);
    }

    #[test]
    fn block_counts_are_enforced() {
        let mut schema = resource();
        let source = schema.blocks.get_mut("source").unwrap();
        (source.min_items, source.max_items) = (1, 1);
        let rule = schema.blocks.get_mut("rule").unwrap();
        (rule.min_items, rule.max_items) = (1, 1);
        let problems = |json: &Json| -> Vec<String> {
            complete(&schema, json).err().unwrap_or_default().into_iter().map(|problem| problem.summary).collect()
        };
        assert_eq!(problems(&json!({"name": "n"})), ["Insufficient rule blocks", "Missing source block"]);
        assert_eq!(problems(&json!({"name": "n", "source": {}, "rule": [{}, {}]})), ["Too many rule blocks"]);
        assert!(problems(&json!({"name": "n", "source": {}, "rule": {}})).is_empty());
    }
}
