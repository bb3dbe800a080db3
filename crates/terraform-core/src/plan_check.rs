//! Whether a planned state is one that Terraform accepts, and which replacements count.

use crate::schema::{Attribute, Behavior, Block, NestedBlock, Nesting, attribute_at, is_computed};
use crate::value::{Inspect, Path, Value, to_json};
use crate::violation::Problem;

/// Everything that Terraform would call "Provider produced invalid plan".
pub(crate) fn check_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_object(block, prior, config, planned, &Path::default(), &mut problems);
    problems
}

/// Which of the paths that the provider named make the change a replacement: those where prior and planned differ, and
/// write-only ones always. None of them counts on a create.
///
/// # Errors
/// The paths that exist neither in the prior nor in the planned value.
pub(crate) fn required_replaces(
    block: &Block,
    prior: &Value,
    planned: &Value,
    named: &[Path],
) -> Result<Vec<Path>, Vec<Problem>> {
    if prior.is_null() {
        return Ok(Vec::new());
    }
    let (mut counting, mut problems) = (Vec::new(), Vec::new());
    for path in named {
        let (before, after) = (prior.at(path), planned.at(path));
        if before.is_none() && after.is_none() {
            let text =
                format!("requires_replace names {path}, which is neither in the stored nor in the planned object");
            problems.push(Problem::new(&Path::default(), text));
            continue;
        }
        let write_only = attribute_at(block, path).is_some_and(|attribute| attribute.write_only);
        let unknown = [before, after].into_iter().flatten().any(Value::has_unknown);
        if write_only || unknown || before.unwrap_or(&Value::Null) != after.unwrap_or(&Value::Null) {
            counting.push(path.clone());
        }
    }
    if problems.is_empty() { Ok(counting) } else { Err(problems) }
}

fn check_object(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    problems: &mut Vec<Problem>,
) {
    let problem = match (config, planned) {
        (Value::Null, Value::Null) => return,
        (_, Value::Null) => "configured, but missing from the plan",
        (Value::Null, _) => "in the plan, but not configured",
        (_, Value::Unknown) => "unknown in the plan as a whole, although it is configured",
        _ => "",
    };
    if !problem.is_empty() {
        return problems.push(Problem::new(path, problem));
    }
    for attribute in &block.attributes {
        let name = &attribute.name;
        if let Some(text) = attribute_problem(attribute, prior.get(name), config.get(name), planned.get(name)) {
            problems.push(Problem::new(&path.clone().attribute(name), text));
        }
    }
    for nested in &block.blocks {
        let name = &nested.name;
        let path = path.clone().attribute(name);
        check_blocks(nested, prior.get(name), config.get(name), planned.get(name), &path, problems);
    }
}

fn attribute_problem(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Option<String> {
    if attribute.write_only {
        return (!planned.is_null()).then(|| "a write-only value is in the plan".to_owned());
    }
    let unchanged = planned == prior && !prior.is_null() && !config.is_null();
    let free = is_computed(attribute) && (attribute.behavior == Behavior::Computed || config.is_null());
    if planned == config || unchanged || free {
        return None;
    }
    let shown = |value: &Value| if attribute.sensitive { "(sensitive)".to_owned() } else { to_json(value).to_string() };
    let (planned, configured, stored) = (shown(planned), shown(config), shown(prior));
    Some(match (config, prior) {
        (Value::Null, _) => {
            format!("{planned} is planned, where nothing is configured and the provider computes nothing")
        }
        (_, Value::Null) => format!("{planned} is planned, and {configured} is configured"),
        _ => format!("{planned} is planned, {configured} is configured, and {stored} is stored"),
    })
}

fn check_blocks(
    nested: &NestedBlock,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    problems: &mut Vec<Problem>,
) {
    // Write-only values that are still inside are found by `given_write_only`.
    if planned == config {
        return;
    }
    if nested.nesting != Nesting::List {
        return check_object(&nested.block, prior, config, planned, path, problems);
    }
    let mut complain = |text: String| problems.push(Problem::new(path, text));
    match (config, planned) {
        (_, Value::Null) => complain("null is planned for a list of blocks, which is empty without blocks".to_owned()),
        (Value::Unknown, _) => {
            complain(format!("{} is planned, while the configured blocks are unknown", to_json(planned)));
        }
        (_, Value::Unknown) => complain("unknown in the plan, while the configured blocks are known".to_owned()),
        _ if planned.elements().len() != config.elements().len() => {
            let (plan, config) = (planned.elements().len(), config.elements().len());
            complain(format!("{plan} blocks are planned, and {config} are configured"));
        }
        _ => {
            for (index, (planned, config)) in planned.elements().iter().zip(config.elements()).enumerate() {
                let prior = prior.element(index).unwrap_or(&Value::Null);
                check_object(&nested.block, prior, config, planned, &path.clone().index(index), problems);
            }
        }
    }
}
