//! Whether a value keeps what was planned: known values stay, unknown ones may become anything of their type. Used for the answer of
//! an apply and for the second plan of it. Knows schemas and values, no calls.

use super::plan::Action;
use super::schema::{Block, NestedBlock, Nesting};
use super::value::{Path, Type, Value, to_json};
use super::violation::Problem;

const PRESENT: &str = "there now, and not planned";
const ABSENT: &str = "planned, and missing now";

/// Everything that Terraform would call «Provider produced inconsistent result after apply».
pub fn check_result(block: &Block, planned: &Value, actual: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_object(block, planned, actual, &Path::root(), &mut problems);
    problems
}

/// Everything that Terraform would call «Provider produced inconsistent final plan» about the plan that it makes again at apply.
pub fn check_final_plan(block: &Block, planned: (Action, &Value), again: (Action, &Value)) -> Vec<Problem> {
    let mut problems = check_result(block, planned.1, again.1);
    let (before, after) = (planned.0, again.0);
    if before != after && (before, after) != (Action::Update, Action::NoOp) {
        let text = format!("{before:?} was planned at first, and {after:?} at apply");
        problems.insert(0, Problem::new(&Path::root(), text));
    }
    problems
}

fn check_object(block: &Block, planned: &Value, actual: &Value, path: &Path, problems: &mut Vec<Problem>) {
    match (planned, actual) {
        (Value::Null, Value::Null) => return,
        (Value::Null, _) => return problems.push(Problem::new(path, PRESENT)),
        (_, Value::Null) => return problems.push(Problem::new(path, ABSENT)),
        _ => {}
    }
    for (name, attribute) in &block.attributes {
        let mut found = Vec::new();
        check_value(&attribute.ty, planned.get(name), actual.get(name), &path.attribute(name), &mut found);
        if attribute.sensitive && !found.is_empty() {
            found = vec![Problem::new(&path.attribute(name), "a sensitive value is not the planned one")];
        }
        problems.append(&mut found);
    }
    for (name, nested) in &block.blocks {
        check_blocks(nested, planned.get(name), actual.get(name), &path.attribute(name), problems);
    }
}

fn check_blocks(nested: &NestedBlock, planned: &Value, actual: &Value, path: &Path, problems: &mut Vec<Problem>) {
    match (nested.nesting, planned, actual) {
        // An unknown block may turn out to be none at all.
        (Nesting::Single | Nesting::Group, Value::Unknown, Value::Null) => {}
        (Nesting::Single | Nesting::Group, _, _) => check_object(&nested.block, planned, actual, path, problems),
        (Nesting::List, Value::List(before), Value::List(after)) => {
            if before.len() != after.len() {
                let text = format!("{} blocks were planned, and {} came back", before.len(), after.len());
                return problems.push(Problem::new(path, text));
            }
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                check_object(&nested.block, before, after, &path.index(index), problems);
            }
        }
        (Nesting::Map, Value::Map(before), Value::Map(after)) => {
            for (label, before) in before {
                match after.get(label) {
                    Some(after) => check_object(&nested.block, before, after, &path.key(label), problems),
                    None => problems.push(Problem::new(path, format!("the planned block {label:?} did not come back"))),
                }
            }
            for label in after.keys().filter(|label| !before.contains_key(*label)) {
                problems.push(Problem::new(path, format!("block {label:?} came back, which was not planned")));
            }
        }
        (Nesting::Set, Value::List(before), Value::List(after)) => {
            let fits = |before: &Value, after: &Value| check_result(&nested.block, before, after).is_empty();
            check_set(before, after, fits, path, problems);
            if before.len() < after.len() {
                let text = format!("{} blocks were planned, and {} came back", before.len(), after.len());
                problems.push(Problem::new(path, text));
            }
        }
        (_, Value::Unknown, _) | (_, Value::Null, Value::Null) => {}
        (_, _, Value::Unknown) => problems.push(Problem::new(path, "planned as known, and unknown now")),
        (_, Value::Null, _) => problems.push(Problem::new(path, PRESENT)),
        _ => problems.push(Problem::new(path, ABSENT)),
    }
}

fn check_value(ty: &Type, planned: &Value, actual: &Value, path: &Path, problems: &mut Vec<Problem>) {
    let mut complain = |text: String| problems.push(Problem::new(path, text));
    match (planned, actual) {
        (Value::Unknown, _) => {}
        (Value::Null, Value::Null) => {}
        (_, Value::Null) => complain(format!("{} was planned, and null came back", to_json(planned))),
        (Value::Null, _) => complain(format!("null was planned, and {} came back", to_json(actual))),
        (_, Value::Unknown) => complain("planned as known, and unknown now".to_owned()),
        (Value::List(before), Value::List(after)) if matches!(ty, Type::Set(_)) => {
            let Type::Set(element) = ty else { return };
            let fits = |before: &Value, after: &Value| {
                let mut problems = Vec::new();
                check_value(element, before, after, path, &mut problems);
                problems.is_empty()
            };
            check_set(before, after, fits, path, problems);
            if before.len() < after.len() {
                let text = format!("{} elements were planned, and {} came back", before.len(), after.len());
                problems.push(Problem::new(path, text));
            }
        }
        (Value::List(before), Value::List(after)) => {
            for (index, before) in before.iter().enumerate() {
                match after.get(index) {
                    Some(after) => check_value(ty.at_index(index), before, after, &path.index(index), problems),
                    None => problems.push(Problem::new(path, format!("the planned element {index} did not come back"))),
                }
            }
            for index in before.len()..after.len() {
                problems.push(Problem::new(path, format!("element {index} came back, which was not planned")));
            }
        }
        (Value::Map(before), Value::Map(after)) => {
            for (key, before) in before {
                match after.get(key) {
                    Some(after) => check_value(ty.at_name(key), before, after, &path.key(key), problems),
                    None => problems.push(Problem::new(path, format!("the planned element {key:?} did not come back"))),
                }
            }
            for key in after.keys().filter(|key| !before.contains_key(*key)) {
                problems.push(Problem::new(path, format!("element {key:?} came back, which was not planned")));
            }
        }
        _ if planned == actual => {}
        _ => complain(format!("{} was planned, and {} came back", to_json(planned), to_json(actual))),
    }
}

/// Every element must fit at least one of the other side.
fn check_set(
    before: &[Value],
    after: &[Value],
    fits: impl Fn(&Value, &Value) -> bool,
    path: &Path,
    problems: &mut Vec<Problem>,
) {
    for element in before.iter().filter(|element| !after.iter().any(|other| fits(element, other))) {
        let text = format!("nothing in the set fits the planned {}", to_json(element));
        problems.push(Problem::new(path, text));
    }
    for element in after.iter().filter(|element| !before.iter().any(|other| fits(other, element))) {
        let text = format!("{} in the set fits nothing that was planned", to_json(element));
        problems.push(Problem::new(path, text));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::complete::complete;
    use super::super::schema::samples::resource;
    use super::super::value::unknown;
    use super::*;

    fn object(json: &Json) -> Value {
        if json.is_null() { Value::Null } else { complete(&resource(), json).unwrap() }
    }

    fn problems(planned: &Json, actual: &Json) -> Vec<String> {
        check_result(&resource(), &object(planned), &object(actual)).iter().map(ToString::to_string).collect()
    }

    fn with(name: &str, value: Json) -> Json {
        let mut json = json!({"name": "n"});
        json[name] = value;
        json
    }

    #[test]
    fn unknown_values_may_become_anything() {
        for value in [json!("x"), json!(null)] {
            assert!(problems(&with("id", unknown()), &with("id", value)).is_empty());
        }
        assert!(problems(&with("hosts", json!([unknown()])), &with("hosts", json!(["a"]))).is_empty());
    }

    #[test]
    fn known_values_stay_as_planned() {
        assert_eq!(
            problems(&with("id", json!("a")), &with("id", json!("b"))),
            [r#".id: "a" was planned, and "b" came back"#]
        );
        assert_eq!(
            problems(&with("id", json!("a")), &with("id", json!(null))),
            [r#".id: "a" was planned, and null came back"#]
        );
        assert_eq!(
            problems(&with("id", json!(null)), &with("id", json!("a"))),
            [r#".id: null was planned, and "a" came back"#]
        );
        assert_eq!(
            problems(&with("id", json!("a")), &with("id", unknown())),
            [".id: planned as known, and unknown now"]
        );
        assert_eq!(
            problems(&with("hosts", json!(["a", "b"])), &with("hosts", json!(["a"]))),
            [".hosts: the planned element 1 did not come back"]
        );
        assert_eq!(
            problems(&with("hosts", json!(["a"])), &with("hosts", json!(["a", "b"]))),
            [".hosts: element 1 came back, which was not planned"]
        );
        assert!(problems(&with("hosts", json!(["a"])), &with("hosts", json!(["a"]))).is_empty());
    }

    #[test]
    fn objects_stay_present_or_absent() {
        let some = json!({"name": "n"});
        assert_eq!(problems(&some, &json!(null)), ["planned, and missing now"]);
        assert_eq!(problems(&json!(null), &some), ["there now, and not planned"]);
        assert_eq!(problems(&some, &with("source", json!({}))), [".source: there now, and not planned"]);
        assert_eq!(problems(&with("source", json!({})), &some), [".source: planned, and missing now"]);
    }

    #[test]
    fn unknown_blocks_may_become_none_one_or_many() {
        for value in [json!(null), json!({"user": "u"})] {
            assert!(problems(&with("source", unknown()), &with("source", value)).is_empty());
        }
        for value in [json!([]), json!([{"key": "a"}])] {
            assert!(problems(&with("rule", unknown()), &with("rule", value)).is_empty());
        }
    }

    #[test]
    fn list_blocks_keep_count_and_values() {
        let planned = with("rule", json!([{"key": "a", "id": unknown()}]));
        assert!(problems(&planned, &with("rule", json!([{"key": "a", "id": "1"}]))).is_empty());
        assert_eq!(
            problems(&planned, &with("rule", json!([{"key": "b", "id": "1"}]))),
            [r#".rule[0].key: "a" was planned, and "b" came back"#]
        );
        assert_eq!(problems(&planned, &with("rule", json!([]))), [".rule: 1 blocks were planned, and 0 came back"]);
    }

    #[test]
    fn set_blocks_correlate_and_never_grow() {
        let planned = with("tag", json!([{"key": "a", "id": unknown()}, {"key": "b"}]));
        assert!(problems(&planned, &with("tag", json!([{"key": "b"}, {"key": "a", "id": "1"}]))).is_empty());
        assert_eq!(problems(&planned, &with("tag", json!([{"key": "a", "id": "1"}]))).len(), 1);
        assert_eq!(
            problems(&planned, &with("tag", json!([{"key": "a"}, {"key": "b"}, {"key": "a", "id": "2"}]))).len(),
            1
        );
    }

    #[test]
    fn map_blocks_keep_their_labels() {
        let planned = with("label", json!({"x": {}}));
        assert!(problems(&planned, &planned).is_empty());
        assert_eq!(
            problems(&planned, &with("label", json!({"y": {}}))),
            [
                r#".label: the planned block "x" did not come back"#,
                r#".label: block "y" came back, which was not planned"#
            ]
        );
    }

    #[test]
    fn sensitive_values_are_not_shown() {
        let mut schema = resource();
        schema.attributes.get_mut("id").unwrap().sensitive = true;
        let found = check_result(&schema, &object(&with("id", json!("a"))), &object(&with("id", json!("b"))));
        assert_eq!(found[0].text, "a sensitive value is not the planned one");
    }

    #[test]
    fn second_plan_may_turn_an_update_into_nothing_and_no_more() {
        let (value, block) = (object(&json!({"name": "n"})), resource());
        let texts = |before, after| {
            let found = check_final_plan(&block, (before, &value), (after, &value));
            found.into_iter().map(|problem| problem.text).collect::<Vec<_>>()
        };
        assert!(texts(Action::Update, Action::NoOp).is_empty());
        assert!(texts(Action::Update, Action::Update).is_empty());
        assert_eq!(
            texts(Action::Update, Action::DeleteThenCreate),
            ["Update was planned at first, and DeleteThenCreate at apply"]
        );
        assert_eq!(texts(Action::NoOp, Action::Update).len(), 1);
        let other = object(&with("id", json!("x")));
        assert_eq!(check_final_plan(&block, (Action::Update, &value), (Action::Update, &other)).len(), 1);
    }
}
