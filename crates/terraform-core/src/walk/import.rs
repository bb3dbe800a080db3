//! Import: by the command, which saves at once, and for the plan of an import block.

use std::collections::BTreeMap;

use super::object::{Loaded, accept, refresh, refuse_all, refuse_unknown_identity, refuse_write_only};
use super::{Command, Failed, Notes, Step};
use crate::client::{Client, ImportRequest, Target};
use crate::config::{ImportTarget, type_of};
use crate::outcome::Outcome;
use crate::schema::Resource;
use crate::state::State;
use crate::value::{Value, from_json, problem_text};

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
    command.configure(client, notes).await?;
    let target = Target::at(address);
    import_object(client, target, &ImportRequest::Id(id.to_owned()), state.contains(address), notes).await
}

/// The request of an import block: optional parts of an identity that are not written are null.
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
    for attribute in &schema.attributes {
        let json = given.get(&attribute.name).unwrap_or(&serde_json::Value::Null);
        let value = match from_json(json, &attribute.r#type) {
            Ok(Value::Null) if attribute.required_for_import => Err("it is required".to_owned()),
            read => read.map_err(|error| problem_text(&error)),
        };
        match value {
            Ok(value) => drop(identity.insert(attribute.name.clone(), value)),
            Err(problem) => {
                let detail = format!("The identity attribute \"{}\": {problem}.", attribute.name);
                return notes.fail("Incorrect value type", &detail, address);
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
    let response = client.import(target, request).await;
    let imported = accept(&response, notes)?;
    let mut fail = |rule: &str, text: &str| refuse_all(client, &response, rule, text, notes);
    let Some(object) = imported.first() else {
        return fail("Import returned no resources", "no object was returned").and(Err(Failed));
    };
    if object.type_name != target.type_name {
        let text = format!("imported a {:?} instead of a {:?}", object.type_name, target.type_name);
        fail(&format!("unknown resource type {:?}", object.type_name), &text)?;
    }
    let by_identity = matches!(request, ImportRequest::Identity(_));
    if by_identity && object.identity.is_none() {
        fail(&format!("import of {address} didn't return an identity"), "an import by identity returned none")?;
    }
    if object.state.has_unknown() {
        fail("Provider produced invalid object", "the imported state contains unknown values")?;
    }
    let violate = |rule, text| client.recorder.violate(response.exchange.violation(rule, text));
    if object.state.is_null() {
        violate("Import returned null resource", "an object without a state was returned");
    }
    let rule = "Import returned a non-null value for a write-only attribute";
    let block = &client.resource(target.type_name).block;
    refuse_write_only(client, &response, rule, block, &object.state, notes)?;
    refuse_unknown_identity(client, &response, object.identity.as_ref(), notes)?;
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
        refuse_all(client, &response, rule, "more than one object was returned", notes)?;
    }
    if read.value.is_null() {
        let detail = format!("The read after the import of {address} found nothing.");
        return notes.fail("Cannot import non-existent remote object", &detail, address);
    }
    if by_identity && read.identity.is_none() {
        violate("Terraform crashes", "ReadResource after an import by identity returned no identity");
    }
    Ok(read)
}
