//! Whether a planned state is one that Terraform accepts, and which replacements count. Knows schemas and values, no calls.

use super::schema::{Attribute, Block, NestedBlock, Nesting};
use super::value::{Path, Value, to_json};
use super::violation::Problem;

/// Everything that Terraform would call «Provider produced invalid plan».
pub fn check_plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_object(block, prior, config, planned, &Path::root(), &mut problems);
    problems
}

/// The paths of write-only attributes that are not null.
pub fn write_only_values(block: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    visit_write_only(block, value, &Path::root(), &mut |path, value| {
        if !value.is_null() {
            found.push(path.clone());
        }
    });
    found
}

/// Which of the paths that the provider named make the change a replacement: those where prior and planned differ, and write-only
/// ones always. None of them counts on a create.
///
/// # Errors
/// The paths that exist neither in the prior nor in the planned value.
pub fn required_replaces(
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
            problems.push(Problem::new(&Path::root(), text));
            continue;
        }
        let (before, after) = (before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
        let write_only = block.attribute_at(path).is_some_and(|attribute| attribute.write_only);
        if write_only || before != after || !before.is_wholly_known() || !after.is_wholly_known() {
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
    match (config, planned) {
        (Value::Null, Value::Null) => return,
        (_, Value::Null) => {
            return problems.push(Problem::new(path, "configured, but missing from the plan"));
        }
        (Value::Null, _) => {
            return problems.push(Problem::new(path, "in the plan, but not configured"));
        }
        (_, Value::Unknown) => {
            return problems.push(Problem::new(path, "unknown in the plan as a whole, although it is configured"));
        }
        _ => {}
    }
    for (name, attribute) in &block.attributes {
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        if let Some(text) = attribute_problem(attribute, prior, config, planned) {
            problems.push(Problem::new(&path.attribute(name), text));
        }
    }
    for (name, nested) in &block.blocks {
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        check_blocks(nested, prior, config, planned, &path.attribute(name), problems);
    }
}

fn attribute_problem(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Option<String> {
    // Terraform finds a planned write-only value that equals the configured one by a separate check, with the same outcome.
    if attribute.write_only {
        let text = "a write-only value is in the plan";
        return (!planned.is_null()).then(|| text.to_owned());
    }
    let unchanged = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || unchanged || (attribute.computed && (!attribute.optional || config.is_null())) {
        return None;
    }
    let shown = |value: &Value| if attribute.sensitive { "(sensitive)".to_owned() } else { to_json(value).to_string() };
    Some(match (config, prior) {
        (Value::Null, _) => {
            format!("{} is planned, where nothing is configured and the provider computes nothing", shown(planned))
        }
        (_, Value::Null) => {
            format!("{} is planned, and {} is configured", shown(planned), shown(config))
        }
        _ => format!("{} is planned, {} is configured, and {} is stored", shown(planned), shown(config), shown(prior)),
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
    let mut complain = |text: String| problems.push(Problem::new(path, text));
    if planned.is_null() && nested.nesting != Nesting::Single {
        let text = "null is planned for a collection of blocks, which is empty without blocks";
        return complain(text.to_owned());
    }
    if planned == config {
        // Write-only values that are still inside are found by `write_only_values`.
        return;
    }
    if config.is_unknown() {
        return complain(format!("{} is planned, while the configured block is unknown", to_json(planned)));
    }
    if planned.is_unknown() {
        return complain("unknown in the plan, while the configured block is known".to_owned());
    }
    match (nested.nesting, config, planned) {
        (Nesting::Single | Nesting::Group, _, _) => check_object(&nested.block, prior, config, planned, path, problems),
        (Nesting::List, _, Value::List(elements)) => {
            let written = config.elements();
            if elements.len() != written.len() {
                let (plan, config) = (elements.len(), written.len());
                return complain(format!("{plan} blocks are planned, and {config} are configured"));
            }
            for (index, (planned, config)) in elements.iter().zip(written).enumerate() {
                let prior = prior.elements().get(index).unwrap_or(&Value::Null);
                check_element(nested, prior, config, planned, &path.index(index), problems);
            }
        }
        (Nesting::Map, Value::Map(written), Value::Map(elements)) => {
            for (label, planned) in elements {
                match written.get(label) {
                    Some(config) => {
                        check_element(nested, prior.get(label), config, planned, &path.key(label), problems);
                    }
                    None => {
                        problems.push(Problem::new(path, format!("block {label:?} is planned, but not configured")));
                    }
                }
            }
            for label in written.keys().filter(|label| !elements.contains_key(*label)) {
                problems.push(Problem::new(path, format!("block {label:?} is configured, but not planned")));
            }
        }
        (Nesting::Set, _, Value::List(elements)) => {
            for (index, _) in elements.iter().enumerate().filter(|(_, element)| element.is_unknown()) {
                problems.push(Problem::new(&path.index(index), UNKNOWN_ELEMENT));
            }
        }
        _ => complain("planned value is no collection of blocks".to_owned()),
    }
}

const UNKNOWN_ELEMENT: &str = "a block of a collection is unknown as a whole, where only the values in it may be";

fn check_element(
    nested: &NestedBlock,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    problems: &mut Vec<Problem>,
) {
    if planned.is_unknown() {
        problems.push(Problem::new(path, UNKNOWN_ELEMENT));
    } else {
        check_object(&nested.block, prior, config, planned, path, problems);
    }
}

fn visit_write_only(block: &Block, value: &Value, path: &Path, visit: &mut impl FnMut(&Path, &Value)) {
    for (name, _) in block.attributes.iter().filter(|(_, attribute)| attribute.write_only) {
        visit(&path.attribute(name), value.get(name));
    }
    for (name, nested) in &block.blocks {
        let path = path.attribute(name);
        match (nested.nesting, value.get(name)) {
            (Nesting::List | Nesting::Set, Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    visit_write_only(&nested.block, element, &path.index(index), visit);
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                for (label, element) in elements {
                    visit_write_only(&nested.block, element, &path.key(label), visit);
                }
            }
            (Nesting::Single | Nesting::Group, object @ Value::Map(_)) => {
                visit_write_only(&nested.block, object, &path, visit);
            }
            _ => {}
        }
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

    fn problems(prior: &Json, config: &Json, planned: &Json) -> Vec<String> {
        let planned = object(planned);
        check_plan(&resource(), &object(prior), &object(config), &planned).iter().map(ToString::to_string).collect()
    }

    /// Name and planned value on top of the configuration `{"name": "n"}`.
    fn with(name: &str, value: Json) -> Json {
        let mut json = json!({"name": "n"});
        json[name] = value;
        json
    }

    #[test]
    fn configured_values_are_planned_as_they_are_or_as_they_were() {
        let prior = with("hosts", json!(["old"]));
        let config = with("hosts", json!(["new"]));
        assert_eq!(problems(&prior, &config, &with("hosts", json!(["new"]))), Vec::<String>::new());
        assert_eq!(problems(&prior, &config, &with("hosts", json!(["old"]))), Vec::<String>::new());
        assert_eq!(
            problems(&prior, &config, &with("hosts", json!(["else"]))),
            [r#".hosts: ["else"] is planned, ["new"] is configured, and ["old"] is stored"#]
        );
        assert_eq!(
            problems(&json!(null), &config, &with("hosts", json!(["else"]))),
            [r#".hosts: ["else"] is planned, and ["new"] is configured"#]
        );
        assert_eq!(problems(&prior, &config, &with("hosts", unknown())).len(), 1);
    }

    #[test]
    fn unknown_configuration_is_planned_unknown() {
        let config = with("hosts", unknown());
        assert!(problems(&json!(null), &config, &with("hosts", unknown())).is_empty());
        assert_eq!(problems(&json!(null), &config, &with("hosts", json!([]))).len(), 1);
        assert!(problems(&with("hosts", json!(["a"])), &config, &with("hosts", json!(["a"]))).is_empty());
    }

    #[test]
    fn null_configuration_allows_values_only_where_computed() {
        for value in [json!(5), unknown()] {
            assert!(problems(&json!(null), &json!({"name": "n"}), &with("size", value.clone())).is_empty());
            assert_eq!(
                problems(&json!(null), &json!({"name": "n"}), &with("hosts", json!(["a"]))),
                [r#".hosts: ["a"] is planned, where nothing is configured and the provider computes nothing"#]
            );
        }
        assert!(problems(&json!(null), &json!({"name": "n"}), &with("id", unknown())).is_empty());
        let defaulted = problems(&json!(null), &with("size", json!(5)), &with("size", json!(6)));
        assert_eq!(defaulted, [".size: 6 is planned, and 5 is configured"]);
    }

    #[test]
    fn write_only_values_are_planned_null() {
        let config = with("secret", json!("s"));
        assert!(problems(&json!(null), &config, &json!({"name": "n"})).is_empty());
        assert_eq!(problems(&json!(null), &config, &config), [".secret: a write-only value is in the plan"]);
        assert_eq!(write_only_values(&resource(), &object(&config)).len(), 1);
        assert!(write_only_values(&resource(), &object(&json!({"name": "n"}))).is_empty());
    }

    #[test]
    fn presence_follows_the_configuration() {
        let some = json!({"name": "n"});
        assert_eq!(problems(&json!(null), &some, &json!(null)), ["configured, but missing from the plan"]);
        assert_eq!(problems(&some, &json!(null), &some), ["in the plan, but not configured"]);
        assert!(problems(&some, &json!(null), &json!(null)).is_empty());
    }

    #[test]
    fn single_blocks_are_present_as_configured() {
        let with_source = with("source", json!({"user": "u"}));
        let without = json!({"name": "n"});
        assert!(problems(&json!(null), &with_source, &with("source", json!({"user": "u", "port": 5}))).is_empty());
        assert_eq!(problems(&json!(null), &with_source, &without), [".source: configured, but missing from the plan"]);
        assert_eq!(problems(&json!(null), &without, &with_source), [".source: in the plan, but not configured"]);
        let unknown_source = with("source", unknown());
        assert_eq!(
            problems(&json!(null), &with_source, &unknown_source),
            [".source: unknown in the plan, while the configured block is known"]
        );
        assert!(problems(&json!(null), &unknown_source, &unknown_source).is_empty());
        assert_eq!(problems(&json!(null), &unknown_source, &with_source).len(), 1);
    }

    #[test]
    fn list_blocks_keep_their_count_and_are_never_null() {
        let config = with("rule", json!([{"key": "a"}, {"key": "b"}]));
        assert!(
            problems(&json!(null), &config, &with("rule", json!([{"key": "a", "id": unknown()}, {"key": "b"}])))
                .is_empty()
        );
        assert_eq!(
            problems(&json!(null), &config, &with("rule", json!([{"key": "a"}]))),
            [".rule: 1 blocks are planned, and 2 are configured"]
        );
        assert_eq!(
            problems(&json!(null), &config, &with("rule", json!([{"key": "a"}, {"key": "c"}]))),
            [r#".rule[1].key: "c" is planned, and "b" is configured"#]
        );
        let mut planned = object(&config);
        assert!(planned.replace_at(&Path::parse("rule").unwrap(), Value::Null));
        let found = check_plan(&resource(), &Value::Null, &object(&config), &planned);
        assert!(found[0].text.contains("null is planned for a collection of blocks"));
        assert!(planned.replace_at(&Path::parse("rule").unwrap(), vec![Value::Unknown, Value::Unknown].into()));
        assert_eq!(check_plan(&resource(), &Value::Null, &object(&config), &planned).len(), 2);
    }

    #[test]
    fn map_blocks_keep_their_labels() {
        let config = with("label", json!({"x": {"key": "a"}}));
        assert!(problems(&json!(null), &config, &config).is_empty());
        let found = problems(&json!(null), &config, &with("label", json!({"y": {"key": "a"}})));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn sensitive_values_are_not_shown() {
        let mut schema = resource();
        schema.attributes.get_mut("hosts").unwrap().sensitive = true;
        let planned = object(&with("hosts", json!(["topsecret"])));
        let found = check_plan(&schema, &Value::Null, &object(&json!({"name": "n"})), &planned);
        assert!(!found[0].text.contains("topsecret"), "{found:?}");
    }

    #[test]
    fn replacements_count_only_where_something_changes() {
        let paths = |texts: &[&str]| texts.iter().map(|text| Path::parse(text).unwrap()).collect::<Vec<_>>();
        let prior = object(&with("source", json!({"user": "u"})));
        let planned = object(&with("source", json!({"user": "v"})));
        let counting = |named: &[&str]| required_replaces(&resource(), &prior, &planned, &paths(named));
        assert_eq!(counting(&["name", "source.user", "secret"]), Ok(paths(&["source.user", "secret"])));
        assert_eq!(required_replaces(&resource(), &Value::Null, &planned, &paths(&["name"])), Ok(vec![]));
        assert!(counting(&["source.nothing"]).unwrap_err()[0].text.contains("requires_replace names source.nothing"));
        let unknown_name = object(&json!({"name": unknown(), "source": {"user": "u"}}));
        assert_eq!(required_replaces(&resource(), &prior, &unknown_name, &paths(&["name"])), Ok(paths(&["name"])));
        let gone = object(&json!({"name": "n"}));
        assert_eq!(
            required_replaces(&resource(), &prior, &gone, &paths(&["source.user"])),
            Ok(paths(&["source.user"]))
        );
    }
}
