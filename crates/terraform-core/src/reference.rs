//! References in the configuration of a test: `${fake_thing.a.id}` stands for an attribute of another resource.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// A reference to an attribute of a resource, such as `fake_thing.a.id`, to be written into `json!({…})`: unknown until its value is
/// planned, and what is stored at apply.
pub fn reference(to: &str) -> Json {
    format!("${{{to}}}").into()
}

/// The resources that a body refers to.
pub(super) fn referenced(body: &Json) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    resolved(body, &mut |address, _| {
        addresses.insert(address.to_owned());
        Json::Null
    });
    addresses
}

/// The body with the values of what it refers to, which `value_of` finds by address and attribute.
pub(super) fn resolved(body: &Json, value_of: &mut impl FnMut(&str, &str) -> Json) -> Json {
    match body {
        Json::String(text) => match target(text) {
            Some((address, attribute)) => value_of(address, attribute),
            None => body.clone(),
        },
        Json::Array(elements) => elements.iter().map(|element| resolved(element, value_of)).collect(),
        Json::Object(elements) => {
            elements.iter().map(|(name, element)| (name.clone(), resolved(element, value_of))).collect()
        }
        _ => body.clone(),
    }
}

fn target(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.strip_suffix('}')?.rsplit_once('.')
}
