//! Import: by the command, which saves at once, and for the plan of an import block. Knows no changes.

use std::collections::BTreeMap;

use super::object::{Loaded, accept, refresh, refuse, refuse_unknown_identity, refuse_write_only};
use super::session::provider_config;
use super::{Command, Notes, Step};
use crate::client::{Client, ImportRequest, Target};
use crate::config::{ImportTarget, Moment, type_of};
use crate::outcome::Outcome;
use crate::schema::Resource;
use crate::state::State;
use crate::value::{Path, Value, from_json};

/// `terraform import ADDRESS ID`: ImportResourceState and ReadResource, and the object is in the state.
pub(crate) async fn import_command(command: &Command, address: &str, id: &str, state: &mut State) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(session) = command.open("import", false, &mut outcome).await else { return outcome };
    let mut notes = Notes::default();
    if let Ok(loaded) = import_by_id(command, &session.client, address, id, state, &mut notes).await {
        let schema = session.client.resource(type_of(address));
        state.set(address, Some(loaded.store(schema)));
    }
    notes.into(&mut outcome);
    command.close(session, &mut outcome).await;
    outcome
}

async fn import_by_id(
    command: &Command,
    client: &Client,
    address: &str,
    id: &str,
    state: &State,
    notes: &mut Notes,
) -> Step<Loaded> {
    if !provider_config(client, command, Moment::Plan, notes)?.is_wholly_known() {
        let detail = "A value of the provider block is known at apply only.";
        return notes.fail("Invalid provider configuration", detail, address);
    }
    command.configure(client, Moment::Plan, notes).await?;
    let target = Target { type_name: type_of(address), address: Some(address) };
    import_object(client, target, &ImportRequest::Id(id.to_owned()), state.contains(address), notes).await
}

/// What an import block asks of the provider: optional parts of an identity that are not written are null.
pub(super) fn import_request(
    resource: &Resource,
    address: &str,
    import: &ImportTarget,
    notes: &mut Notes,
) -> Step<ImportRequest> {
    let given = match import {
        ImportTarget::Id(id) => return Ok(ImportRequest::Id(id.clone())),
        ImportTarget::Identity(given) => given,
    };
    let Some(schema) = &resource.identity else {
        return notes.fail("Invalid import identity argument", "The resource has no identity.", address);
    };
    let mut identity = BTreeMap::new();
    for (name, attribute) in &schema.attributes {
        let json = given.get(name).unwrap_or(&serde_json::Value::Null);
        if json.is_null() && attribute.required_for_import {
            let detail = format!("The identity attribute \"{name}\" is required.");
            return notes.fail("Incorrect value type", &detail, address);
        }
        match from_json(json, &attribute.ty, &Path::root().attribute(name)) {
            Ok(value) => drop(identity.insert(name.clone(), value)),
            Err((path, problem)) => {
                return notes.fail("Incorrect value type", &format!("{path}: {problem}"), address);
            }
        }
    }
    Ok(ImportRequest::Identity(Value::Map(identity)))
}

/// Whether the import blocks can be evaluated.
pub(super) fn check_imports(command: &Command, state: &State, notes: &mut Notes) -> Step<()> {
    let imports = command.config.imports.iter().filter(|(address, _)| !state.contains(address));
    for (address, import) in imports {
        if let Some(resource) = command.schemas.resources.get(type_of(address)) {
            import_request(resource, address, import, notes)?;
        }
    }
    Ok(())
}

/// ImportResourceState and ReadResource. `managed` says that the state has the address already.
pub(super) async fn import_object(
    client: &Client,
    target: Target<'_>,
    request: &ImportRequest,
    managed: bool,
    notes: &mut Notes,
) -> Step<Loaded> {
    let address = target.address.unwrap_or_default();
    let answer = client.import(target, request).await;
    let imported = accept(&answer, notes)?;
    let mut fail = |rule: &str, text: &str| {
        refuse(&client.recorder, &answer, rule, text);
        notes.fail(rule, text, address)
    };
    let Some(object) = imported.first() else {
        return fail("Import returned no resources", "no object was returned");
    };
    if object.type_name != target.type_name {
        let text = format!("imported a {:?} instead of a {:?}", object.type_name, target.type_name);
        return fail(&format!("unknown resource type {:?}", object.type_name), &text);
    }
    let by_identity = matches!(request, ImportRequest::Identity(_));
    if by_identity && object.identity.is_none() {
        return fail(&format!("import of {address} didn't return an identity"), "an import by identity returned none");
    }
    if object.state.is_null() {
        refuse(&client.recorder, &answer, "Import returned null resource", "an object without a state was returned");
    }
    if !object.state.is_wholly_known() {
        return fail("Provider produced invalid object", "the imported state contains unknown values");
    }
    let rule = "Import returned a non-null value for a write-only attribute";
    let block = &client.resource(target.type_name).block;
    refuse_write_only(&client.recorder, &answer, rule, block, &object.state, notes)?;
    refuse_unknown_identity(&client.recorder, &answer, object.identity.as_ref(), notes)?;
    if managed {
        return notes.fail("Resource already managed by Terraform", "The state has the address already.", address);
    }
    let loaded = Loaded {
        value: object.state.clone(),
        private: object.private.clone(),
        identity: object.identity.clone(),
        tainted: false,
    };
    let read = refresh(client, target, &loaded, notes).await?;
    if imported.len() > 1 {
        let rule = "Multiple import states not supported";
        refuse(&client.recorder, &answer, rule, "more than one object was returned");
        return notes.fail(rule, "More than one object was returned.", address);
    }
    if read.value.is_null() {
        let detail = format!("The read after the import of {address} found nothing.");
        return notes.fail("Cannot import non-existent remote object", &detail, address);
    }
    if by_identity && read.identity.is_none() {
        let text = "ReadResource after an import by identity returned no identity";
        refuse(&client.recorder, &answer, "Terraform crashes", text);
    }
    Ok(read)
}
