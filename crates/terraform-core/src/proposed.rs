//! The proposed new state: the configuration with the prior values of what the provider computes.

use crate::schema::{Block, NestedBlock, Nesting, is_computed};
use crate::value::{Inspect, Value};

/// What Terraform proposes as planned state; null prior is a create, null configuration with null prior stays null.
pub(crate) fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    match (prior, config) {
        (Value::Null, Value::Null) => Value::Null,
        (Value::Null, _) => merge(block, &tf_provider::testing::empty(block), config),
        _ => merge(block, prior, config),
    }
}

fn merge(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return prior.clone();
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let (prior, config) = (prior.get(&attribute.name), config.get(&attribute.name));
        let from = if is_computed(attribute) && config.is_null() { prior } else { config };
        (attribute.name.clone(), from.clone())
    });
    let blocks = block
        .blocks
        .iter()
        .map(|nested| (nested.name.clone(), propose_blocks(nested, prior.get(&nested.name), config.get(&nested.name))));
    Value::Map(attributes.chain(blocks).collect())
}

fn propose_blocks(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    match (nested.nesting, config) {
        (_, Value::Unknown | Value::Null) => config.clone(),
        // Lists pair by index; a block without a partner is taken as it is.
        (Nesting::List, _) => {
            let pair = |(index, config): (usize, &Value)| match prior.element(index) {
                Some(prior) => proposed_new(&nested.block, prior, config),
                None => config.clone(),
            };
            Value::List(config.elements().iter().enumerate().map(pair).collect())
        }
        _ => proposed_new(&nested.block, prior, config),
    }
}
