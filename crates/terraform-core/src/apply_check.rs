//! Whether a value keeps what was planned: known values stay, unknown ones may become anything of their type. Used for
//! the response of an apply and for the second plan of it.

use crate::plan::Action;
use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::{Inspect, Path, Value, to_json};
use crate::violation::Problem;

const PRESENT: &str = "there now, and not planned";
const ABSENT: &str = "planned, and missing now";

/// Everything that Terraform would call "Provider produced inconsistent result after apply".
pub(crate) fn check_result(block: &Block, planned: &Value, actual: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_object(block, planned, actual, &Path::default(), &mut problems);
    problems
}

/// Everything that Terraform would call "Provider produced inconsistent final plan" about the plan that it makes again at
/// apply.
pub(crate) fn check_final_plan(block: &Block, planned: (Action, &Value), again: (Action, &Value)) -> Vec<Problem> {
    let mut problems = check_result(block, planned.1, again.1);
    let (before, after) = (planned.0, again.0);
    if before != after && (before, after) != (Action::Update, Action::NoOp) {
        let text = format!("{before:?} was planned at first, and {after:?} at apply");
        problems.insert(0, Problem::new(&Path::default(), text));
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
    for attribute in &block.attributes {
        let (name, path) = (&attribute.name, path.clone().attribute(&attribute.name));
        let mut found = Vec::new();
        check_value(planned.get(name), actual.get(name), &path, &mut found);
        if attribute.sensitive && !found.is_empty() {
            found = vec![Problem::new(&path, "a sensitive value is not the planned one")];
        }
        problems.append(&mut found);
    }
    for nested in &block.blocks {
        let (name, path) = (&nested.name, path.clone().attribute(&nested.name));
        check_blocks(nested, planned.get(name), actual.get(name), &path, problems);
    }
}

fn check_blocks(nested: &NestedBlock, planned: &Value, actual: &Value, path: &Path, problems: &mut Vec<Problem>) {
    match (nested.nesting, planned, actual) {
        (Nesting::List, Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                check_object(&nested.block, before, after, &path.clone().index(index), problems);
            }
        }
        (Nesting::List, Value::List(before), _) => {
            let text = format!("{} blocks were planned, and {} came back", before.len(), actual.elements().len());
            problems.push(Problem::new(path, text));
        }
        // Unknown blocks may turn out to be any number.
        (Nesting::List, _, _) => {}
        _ => check_object(&nested.block, planned, actual, path, problems),
    }
}

fn check_value(planned: &Value, actual: &Value, path: &Path, problems: &mut Vec<Problem>) {
    match (planned, actual) {
        (Value::Unknown, _) => {}
        (Value::List(before), Value::List(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                check_value(before, after, &path.clone().index(index), problems);
            }
        }
        (Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            for (key, before) in before {
                check_value(before, &after[key], &path.clone().key(key), problems);
            }
        }
        _ if planned == actual => {}
        _ => {
            let text = format!("{} was planned, and {} came back", to_json(planned), to_json(actual));
            problems.push(Problem::new(path, text));
        }
    }
}
