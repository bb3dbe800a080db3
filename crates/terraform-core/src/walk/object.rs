//! One stored object: out of the state through UpgradeResourceState, refreshed through ReadResource, and back. Knows no plans.

use super::{Command, Notes, Step};
use crate::client::{Answer, Client, ReadRequest, Recorder, Target, UpgradeRequest};
use crate::plan_check::write_only_values;
use crate::schema::{Block, Resource};
use crate::state::Object;
use crate::value::{Value, from_state_json, to_state_json};

/// An object as Terraform has it in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
    pub(super) tainted: bool,
}

impl Loaded {
    /// The object as the state keeps it.
    pub(super) fn store(&self, schema: &Resource) -> Object {
        let identity = self.identity.as_ref().zip(schema.identity.as_ref());
        Object {
            schema_version: schema.version,
            value: to_state_json(&self.value, &schema.block.implied_type()),
            private: self.private.clone(),
            identity: identity.map(|(value, schema)| to_state_json(value, &schema.implied_type())),
            identity_version: schema.identity.as_ref().map_or(0, |identity| identity.version),
            tainted: self.tainted,
        }
    }
}

/// UpgradeResourceState, and UpgradeResourceIdentity where its version differs. The value is null where the provider forgot the object.
pub(super) async fn upgrade(client: &Client, target: Target<'_>, object: &Object, notes: &mut Notes) -> Step<Loaded> {
    let address = target.address.unwrap_or_default();
    let schema = client.resource(target.type_name);
    let newer = "Resource instance managed by newer provider version";
    if object.schema_version > schema.version {
        let detail = format!("The schema version in the state of {address} is above that of the provider.");
        return notes.fail(newer, &detail, address);
    }
    let json = if object.schema_version == schema.version {
        without_unknown_attributes(&object.value, &schema.block)
    } else {
        object.value.clone()
    };
    let request = UpgradeRequest { version: object.schema_version, json: &json };
    let answer = client.upgrade(target, request).await;
    let value = accept(&answer, notes)?;
    let rule = "Invalid resource state upgrade";
    if !value.is_wholly_known() {
        refuse(&client.recorder, &answer, rule, "a value of the returned state is unknown.");
        return notes.fail(rule, "a value of the returned state is unknown.", address);
    }
    refuse_write_only(&client.recorder, &answer, rule, &schema.block, &value, notes)?;
    if value.is_null() {
        refuse(
            &client.recorder,
            &answer,
            rule,
            "the returned state is null, so Terraform forgets the object and creates another",
        );
    }
    let identity = upgrade_identity(client, target, object, notes).await?;
    Ok(Loaded { value, private: object.private.clone(), identity, tainted: object.tainted })
}

/// ReadResource. The value is null where the object is gone; what came beside it still counts for the plan that follows.
pub(super) async fn refresh(client: &Client, target: Target<'_>, loaded: &Loaded, notes: &mut Notes) -> Step<Loaded> {
    let address = target.address.unwrap_or_default();
    let request = ReadRequest {
        state: Some(loaded.value.clone()),
        private: loaded.private.clone(),
        identity: loaded.identity.clone(),
    };
    let answer = client.read(target, &request).await;
    let read = accept(&answer, notes)?;
    let rule = "Provider produced invalid object";
    if !read.state.is_wholly_known() {
        refuse(&client.recorder, &answer, rule, "a value of the returned state is unknown");
        return notes.fail(rule, "a value of the returned state is unknown", address);
    }
    refuse_write_only(&client.recorder, &answer, rule, &client.resource(target.type_name).block, &read.state, notes)?;
    refuse_unknown_identity(&client.recorder, &answer, read.identity.as_ref(), notes)?;
    if loaded.identity.is_some() && read.identity.is_none() {
        refuse(&client.recorder, &answer, rule, "the identity was not returned, so it is dropped from the state");
    }
    let value = client.resource(target.type_name).block.with_empty_blocks(read.state);
    Ok(Loaded { value, private: read.private, identity: read.identity, tainted: loaded.tainted })
}

/// The content of an answer without errors; its diagnostics go to the notes.
pub(super) fn accept<T: Clone>(answer: &Answer<T>, notes: &mut Notes) -> Step<T> {
    notes.take(answer.diagnostics.clone())?;
    answer.content.clone().ok_or(super::Failed)
}

/// Records a broken rule.
pub(super) fn refuse<T>(recorder: &Recorder, answer: &Answer<T>, rule: &str, detail: impl Into<String>) {
    recorder.violate(answer.exchange.violation(rule, detail));
}

/// A write-only value that came back is an error.
pub(super) fn refuse_write_only<T>(
    recorder: &Recorder,
    answer: &Answer<T>,
    rule: &str,
    block: &Block,
    value: &Value,
    notes: &mut Notes,
) -> Step<()> {
    let paths = write_only_values(block, value);
    for path in &paths {
        let text = format!("a value for the write-only attribute {path} was returned");
        refuse(recorder, answer, rule, text.clone());
        let address = answer.exchange.address.clone().unwrap_or_default();
        let _: Step<()> = notes.fail(rule, &text, &address);
    }
    if paths.is_empty() { Ok(()) } else { Err(super::Failed) }
}

/// An identity that is not wholly known is an error.
pub(super) fn refuse_unknown_identity<T>(
    recorder: &Recorder,
    answer: &Answer<T>,
    identity: Option<&Value>,
    notes: &mut Notes,
) -> Step<()> {
    if identity.is_none_or(Value::is_wholly_known) {
        return Ok(());
    }
    let rule = "Provider produced invalid identity";
    refuse(recorder, answer, rule, "the identity contains unknown values");
    notes.fail(rule, "the identity contains unknown values", answer.exchange.address.as_deref().unwrap_or_default())
}

async fn upgrade_identity(
    client: &Client,
    target: Target<'_>,
    object: &Object,
    notes: &mut Notes,
) -> Step<Option<Value>> {
    let address = target.address.unwrap_or_default();
    let Some(schema) = &client.resource(target.type_name).identity else { return Ok(None) };
    if object.identity_version == schema.version {
        let Some(json) = &object.identity else { return Ok(None) };
        return match from_state_json(json, &schema.implied_type()) {
            Ok(identity) => Ok(Some(identity)),
            Err(problem) => notes.fail("Failed to decode resource identity", &problem, address),
        };
    }
    // State without an identity sends empty JSON, as Terraform does.
    let json = object.identity.as_deref().unwrap_or_default();
    let request = UpgradeRequest { version: object.identity_version, json };
    let answer = client.upgrade_identity(target, request).await;
    accept(&answer, notes)
}

/// Terraform drops attributes that the schema does not have, where the version says that it should have all.
fn without_unknown_attributes(json: &str, block: &Block) -> String {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;
    let Ok(mut attributes) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) else { return json.to_owned() };
    let count = attributes.len();
    attributes.retain(|name, _| block.attributes.contains_key(name) || block.blocks.contains_key(name));
    if attributes.len() == count {
        return json.to_owned();
    }
    // Raw values are JSON already.
    serde_json::to_string(&attributes).unwrap_or_else(|_| json.to_owned())
}

impl Command {
    /// «execution halted»: after the first interrupt nothing new begins.
    pub(super) fn halt(&self, address: &str, notes: &mut Notes) -> Step<()> {
        if self.control.is_halted() { notes.fail("execution halted", "", address) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::samples::resource;

    #[test]
    fn unknown_attributes_are_dropped_and_known_ones_stay_as_they_are_written() {
        let cleaned = without_unknown_attributes(r#"{"name":"n","size":1.0e2,"gone":true}"#, &resource());
        assert_eq!(cleaned, r#"{"name":"n","size":1.0e2}"#);
        let untouched = r#"{ "name" : "n" }"#;
        assert_eq!(without_unknown_attributes(untouched, &resource()), untouched);
    }
}
