//! State files of Terraform, from and to what the core keeps.

use serde_json::{Value as Json, json};
use terraform_core::{Object, State};

use crate::walk::THING;

/// The file that Terraform would have written.
pub(crate) fn write(state: &State) -> String {
    let current = state.object(THING).map(|object| instance(object, None));
    let deposed = state.deposed(THING).iter().enumerate();
    let deposed = deposed.map(|(index, object)| instance(object, Some(format!("{index:08x}"))));
    let instances: Vec<Json> = current.into_iter().chain(deposed).collect();
    let resource = json!({
        "mode": "managed", "type": "fake_thing", "name": "a",
        "provider": "provider[\"registry.terraform.io/test/fake\"]", "instances": instances,
    });
    let resources = if instances.is_empty() { json!([]) } else { json!([resource]) };
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "differential", "outputs": {},
        "resources": resources,
    })
    .to_string()
}

fn instance(object: &Object, deposed: Option<String>) -> Json {
    let mut instance = json!({
        "schema_version": object.schema_version,
        "attributes": serde_json::from_str::<Json>(&object.value).unwrap(),
        "sensitive_attributes": [],
        "private": base64(&object.private),
    });
    if let Some(identity) = &object.identity {
        instance["identity_schema_version"] = 0.into();
        instance["identity"] = serde_json::from_str(identity).unwrap();
    }
    if object.tainted {
        instance["status"] = "tainted".into();
    }
    if let Some(key) = deposed {
        instance["deposed"] = key.into();
    }
    instance
}

/// What a state file holds of the thing; the names of deposed objects are random and left out.
pub(crate) fn read(file: &[u8]) -> Json {
    let file: Json = serde_json::from_slice(file).unwrap_or_default();
    let resources = file["resources"].as_array().into_iter().flatten();
    let resources = resources.filter(|resource| resource["mode"] == "managed");
    let instances = resources.flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
    let seen = instances.map(|instance| {
        json!({
            "schema_version": instance["schema_version"],
            "attributes": instance["attributes"],
            "private": instance["private"].as_str().unwrap_or_default(),
            "identity": instance["identity"],
            "tainted": instance["status"] == "tainted",
            "deposed": !instance["deposed"].is_null(),
        })
    });
    seen.collect::<Vec<_>>().into()
}

/// The same of a state of the core.
pub(crate) fn of_core(state: &State) -> Json {
    read(write(state).as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
