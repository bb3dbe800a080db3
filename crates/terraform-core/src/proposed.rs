//! The proposed new state: the configuration with the prior values of what the provider computes. Knows schemas and values, no calls.

use std::collections::BTreeMap;

use super::complete::empty;
use super::schema::{Attribute, Block, NestedBlock, Nesting};
use super::value::Value;

/// What Terraform proposes as planned state; null prior is a create, null configuration with null prior stays null.
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    match (prior, config) {
        (Value::Null, Value::Null) => Value::Null,
        (Value::Null, _) => merge(block, &empty(block), config),
        _ => merge(block, prior, config),
    }
}

fn merge(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return prior.clone();
    }
    let mut object = BTreeMap::new();
    for (name, attribute) in &block.attributes {
        object.insert(name.clone(), propose_attribute(attribute, prior.get(name), config.get(name)));
    }
    for (name, nested) in &block.blocks {
        object.insert(name.clone(), propose_blocks(nested, prior.get(name), config.get(name)));
    }
    Value::Map(object)
}

fn propose_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    let from = if attribute.computed && config.is_null() { prior } else { config };
    from.clone()
}

fn propose_blocks(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    let block = &nested.block;
    match (nested.nesting, config) {
        (_, Value::Unknown) | (Nesting::Single, Value::Null) => config.clone(),
        (Nesting::Single | Nesting::Group, _) => proposed_new(block, prior, config),
        // Lists pair by index; a block without a partner is taken as it is.
        (Nesting::List, Value::List(written)) => {
            let pair = |(index, config): (usize, &Value)| match prior.elements().get(index) {
                Some(prior) => proposed_new(block, prior, config),
                None => config.clone(),
            };
            Value::List(written.iter().enumerate().map(pair).collect())
        }
        (Nesting::Map, Value::Map(written)) => {
            let pair =
                |(label, config): (&String, &Value)| (label.clone(), proposed_new(block, prior.get(label), config));
            Value::Map(written.iter().map(pair).collect())
        }
        (Nesting::Set, Value::List(written)) => propose_set(block, prior, written),
        _ => config.clone(),
    }
}

/// Sets pair each block with the first unused prior one that it may have become.
fn propose_set(block: &Block, prior: &Value, written: &[Value]) -> Value {
    let mut unused: Vec<&Value> = prior.elements().iter().collect();
    let pair = |config: &Value| {
        let partner = unused.iter().position(|prior| may_come_from(block, prior, config));
        let prior = partner.map_or(&Value::Null, |index| unused.remove(index));
        proposed_new(block, prior, config)
    };
    let mut proposed: Vec<Value> = written.iter().map(pair).collect();
    proposed.sort();
    proposed.dedup();
    Value::List(proposed)
}

/// Whether a prior block is this configuration with nothing but computed values added.
fn may_come_from(block: &Block, prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    let attributes = block.attributes.iter().all(|(name, attribute)| {
        let (prior, config) = (prior.get(name), config.get(name));
        prior == config || (attribute.computed && config.is_null())
    });
    attributes
        && block.blocks.iter().all(|(name, nested)| {
            let (prior, config) = (prior.get(name), config.get(name));
            match (nested.nesting, prior, config) {
                _ if prior == config => true,
                (Nesting::Set, _, _) => false,
                (Nesting::List, Value::List(prior), Value::List(config)) => {
                    prior.len() == config.len()
                        && prior.iter().zip(config).all(|(prior, config)| may_come_from(&nested.block, prior, config))
                }
                (Nesting::Map, Value::Map(prior), Value::Map(config)) => {
                    prior.keys().eq(config.keys())
                        && prior.iter().all(|(label, prior)| may_come_from(&nested.block, prior, &config[label]))
                }
                (_, Value::Map(_), Value::Map(_)) => may_come_from(&nested.block, prior, config),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::complete::complete;
    use super::super::schema::samples::resource;
    use super::super::value::{from_json, to_json, unknown};
    use super::*;
    use crate::value::Path;

    fn object(json: &Json) -> Value {
        complete(&resource(), json).unwrap()
    }

    fn propose(prior: &Json, config: &Json) -> Json {
        let prior = if prior.is_null() { Value::Null } else { object(prior) };
        to_json(&proposed_new(&resource(), &prior, &object(config)))
    }

    #[test]
    fn create_proposes_the_configuration_with_computed_null() {
        let proposed = propose(&json!(null), &json!({"name": "n", "source": {"user": "u"}, "secret": "s"}));
        let expected = object(&json!({"name": "n", "source": {"user": "u"}, "secret": "s"}));
        assert_eq!(proposed, to_json(&expected), "write-only values are still there");
    }

    #[test]
    fn destroy_and_nothing_stay_as_they_are() {
        assert_eq!(proposed_new(&resource(), &Value::Null, &Value::Null), Value::Null);
    }

    #[test]
    fn computed_values_come_from_the_prior_state_where_the_configuration_is_null() {
        let prior = json!({"id": "1", "name": "old", "size": 5, "hosts": ["a"], "source": {"user": "u", "port": 1}});
        let proposed = propose(&prior, &json!({"name": "new", "source": {"user": "v"}}));
        assert_eq!(
            proposed,
            to_json(&object(&json!({"id": "1", "name": "new", "size": 5, "source": {"user": "v", "port": 1}})))
        );
        assert_eq!(propose(&prior, &json!({"name": "n", "size": 7}))["size"], json!(7));
        assert_eq!(propose(&prior, &json!({"name": "n"}))["source"], json!(null));
    }

    #[test]
    fn unknown_configuration_wins_over_the_prior_state() {
        let prior = json!({"id": "1", "name": "n", "size": 5, "rule": [{"key": "a", "id": "x"}]});
        let proposed = propose(&prior, &json!({"name": unknown(), "size": unknown(), "rule": unknown()}));
        assert_eq!((&proposed["size"], &proposed["rule"], &proposed["id"]), (&unknown(), &unknown(), &json!("1")));
    }

    #[test]
    fn list_blocks_pair_by_index() {
        let prior = json!({"name": "n", "rule": [{"key": "a", "id": "1"}, {"key": "b", "id": "2"}]});
        let proposed = propose(&prior, &json!({"name": "n", "rule": [{"key": "b"}, {"key": "c"}, {"key": "d"}]}));
        let expected = json!([{"key": "b", "id": "1"}, {"key": "c", "id": "2"}, {"key": "d", "id": null}]);
        assert_eq!(proposed["rule"], expected);
    }

    #[test]
    fn set_blocks_pair_by_likeness_and_maps_by_label() {
        let prior = json!({"name": "n", "tag": [{"key": "a", "id": "1"}, {"key": "b", "id": "2"}], "label": {"x": {"key": "1"}}});
        let proposed =
            propose(&prior, &json!({"name": "n", "tag": [{"key": "b"}, {"key": "c"}], "label": {"x": {}, "y": {}}}));
        assert_eq!(proposed["tag"], json!([{"key": "c", "id": null}, {"key": "b", "id": "2"}]));
        assert_eq!(proposed["label"], json!({"x": {"key": null}, "y": {"key": null}}));
    }

    #[test]
    fn set_block_is_used_only_once() {
        let ty = resource().implied_type();
        let prior = object(&json!({"name": "n", "tag": [{"key": "a", "id": "1"}]}));
        let proposed = proposed_new(&resource(), &prior, &object(&json!({"name": "n", "tag": [{"key": "a"}]})));
        assert_eq!(from_json(&to_json(&proposed), &ty, &Path::root()), Ok(proposed.clone()));
        assert_eq!(to_json(proposed.get("tag")), json!([{"key": "a", "id": "1"}]));
    }
}
