//! One stored object: out of the state through UpgradeResourceState, refreshed through ReadResource, and back.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tf_provider::testing;

use super::{Command, Failed, Notes, Step};
use crate::client::{Client, ReadRequest, Response, Target};
use crate::schema::{Block, Resource};
use crate::state::Object;
use crate::value::{Value, problem_text, to_json};
use crate::violation::Problem;

/// An object as Terraform has it in memory. The value is null where the object is gone; what came beside it still counts
/// for the plan that follows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loaded {
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
    pub(super) tainted: bool,
}

impl Loaded {
    /// The object as the state keeps it.
    pub(super) fn store(&self, schema: &Resource) -> Object {
        Object {
            schema_version: schema.version,
            value: to_json(&self.value).to_string(),
            private: self.private.clone(),
            identity: self.identity.as_ref().map(|identity| to_json(identity).to_string()),
            tainted: self.tainted,
        }
    }
}

/// UpgradeResourceState.
pub(super) async fn upgrade(client: &Client, target: Target<'_>, object: &Object, notes: &mut Notes) -> Step<Loaded> {
    let address = target.address.unwrap_or_default();
    let schema = client.resource(target.type_name);
    if object.schema_version > schema.version {
        let detail = format!("The schema version in the state of {address} is above that of the provider.");
        return notes.fail("Resource instance managed by newer provider version", &detail, address);
    }
    let json = if object.schema_version == schema.version {
        without_unknown_attributes(&object.value, &schema.block)
    } else {
        object.value.clone()
    };
    let response = client.upgrade(target, object.schema_version, &json).await;
    let value = accept(&response, notes)?;
    let rule = "Invalid resource state upgrade";
    refuse_unknown(client, &response, rule, &value, notes)?;
    refuse_write_only(client, &response, rule, &schema.block, &value, notes)?;
    if value.is_null() {
        let text = "the returned state is null, so Terraform forgets the object and creates another";
        client.recorder.violate(response.exchange.violation(rule, text));
    }
    let mut identity = None;
    if let Some((json, schema)) = object.identity.as_ref().zip(schema.identity.as_ref()) {
        match testing::decode_json(json.as_bytes(), &schema.implied_type()) {
            Ok(value) => identity = Some(value),
            Err(error) => return notes.fail("Failed to decode resource identity", &problem_text(&error), address),
        }
    }
    Ok(Loaded { value, private: object.private.clone(), identity, tainted: object.tainted })
}

/// ReadResource.
pub(super) async fn refresh(client: &Client, target: Target<'_>, loaded: &Loaded, notes: &mut Notes) -> Step<Loaded> {
    let request =
        ReadRequest { state: loaded.value.clone(), private: loaded.private.clone(), identity: loaded.identity.clone() };
    let response = client.read(target, &request).await;
    let mut read = accept(&response, notes)?;
    let (rule, block) = ("Provider produced invalid object", &client.resource(target.type_name).block);
    refuse_unknown(client, &response, rule, &read.state, notes)?;
    refuse_write_only(client, &response, rule, block, &read.state, notes)?;
    refuse_unknown_identity(client, &response, read.identity.as_ref(), notes)?;
    if loaded.identity.is_some() && read.identity.is_none() {
        let text = "the identity was not returned, so it is dropped from the state";
        client.recorder.violate(response.exchange.violation(rule, text));
    }
    testing::fill_blocks(block, &mut read.state);
    Ok(Loaded { value: read.state, private: read.private, identity: read.identity, tainted: loaded.tainted })
}

/// The content of a response without errors; its diagnostics go to the notes.
pub(super) fn accept<T: Clone>(response: &Response<T>, notes: &mut Notes) -> Step<T> {
    notes.take(response.diagnostics.clone())?;
    response.content.clone().ok_or(Failed)
}

/// Every problem is a broken rule and an error.
pub(super) fn refuse<T>(
    client: &Client,
    response: &Response<T>,
    rule: &str,
    problems: &[Problem],
    notes: &mut Notes,
) -> Step<()> {
    for problem in problems {
        client.recorder.violate(response.exchange.violation(rule, problem.to_string()));
        let address = response.exchange.address.as_deref().unwrap_or_default();
        let _: Step<()> = notes.fail(rule, &problem.to_string(), address);
    }
    if problems.is_empty() { Ok(()) } else { Err(Failed) }
}

/// Like [`refuse`] with one problem of the whole object.
pub(super) fn refuse_all<T>(
    client: &Client,
    response: &Response<T>,
    rule: &str,
    text: &str,
    notes: &mut Notes,
) -> Step<()> {
    refuse(client, response, rule, &[Problem::new(&Default::default(), text)], notes)
}

fn refuse_unknown<T>(
    client: &Client,
    response: &Response<T>,
    rule: &str,
    value: &Value,
    notes: &mut Notes,
) -> Step<()> {
    if value.has_unknown() {
        return refuse_all(client, response, rule, "a value of the returned state is unknown", notes);
    }
    Ok(())
}

/// A write-only value that came back is an error.
pub(super) fn refuse_write_only<T>(
    client: &Client,
    response: &Response<T>,
    rule: &str,
    block: &Block,
    value: &Value,
    notes: &mut Notes,
) -> Step<()> {
    let problem = |path| format!("a value for the write-only attribute {path} was returned");
    let problems = testing::given_write_only(block, value).into_iter().map(problem);
    let problems: Vec<_> = problems.map(|text| Problem::new(&Default::default(), text)).collect();
    refuse(client, response, rule, &problems, notes)
}

/// An identity that is not wholly known is an error.
pub(super) fn refuse_unknown_identity<T>(
    client: &Client,
    response: &Response<T>,
    identity: Option<&Value>,
    notes: &mut Notes,
) -> Step<()> {
    if identity.is_some_and(Value::has_unknown) {
        let text = "the identity contains unknown values";
        return refuse_all(client, response, "Provider produced invalid identity", text, notes);
    }
    Ok(())
}

/// Terraform drops attributes that the schema does not have, where the version says that it should have all.
fn without_unknown_attributes(json: &str, block: &Block) -> String {
    let Ok(mut attributes) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) else { return json.to_owned() };
    let names = block.attributes.iter().map(|attribute| &attribute.name);
    let names: Vec<_> = names.chain(block.blocks.iter().map(|nested| &nested.name)).collect();
    attributes.retain(|name, _| names.contains(&name));
    // Raw values are JSON already.
    serde_json::to_string(&attributes).unwrap_or_else(|_| json.to_owned())
}

impl Command {
    /// "execution halted": after the first interrupt nothing new begins.
    pub(super) fn halt(&self, address: &str, notes: &mut Notes) -> Step<()> {
        if self.control.is_halted() { notes.fail("execution halted", "", address) } else { Ok(()) }
    }
}
