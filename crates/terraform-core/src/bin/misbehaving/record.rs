//! The requests that reach the provider, appended to the file that the variable `RECORD` names: one JSON object on a line.

use std::io::Write;

use serde_json::{Value as Json, json};
use terraform_core::value::{Type, to_json};
use tf_provider::testing;

use crate::proto::tfplugin5 as pb;
use crate::thing::{identity_type, provider_type, thing_type};

/// Records a request. A line goes out in one write, so that the lines of two processes can't mix.
pub(crate) fn record(rpc: &str, request: &Json) {
    let Some(path) = std::env::var_os("RECORD") else { return };
    let line = format!("{}\n", json!({"process": std::process::id(), "rpc": rpc, "request": request}));
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
        eprintln!("RECORD: {error}");
    }
}

/// A thing as JSON.
pub(crate) fn thing(value: Option<&pb::DynamicValue>) -> Json {
    decoded(value, &thing_type())
}

/// The provider block as JSON.
pub(crate) fn provider(value: Option<&pb::DynamicValue>) -> Json {
    decoded(value, &provider_type())
}

/// An identity as JSON; `"absent"` where none was sent.
pub(crate) fn identity(data: Option<&pb::ResourceIdentityData>) -> Json {
    data.map_or_else(|| "absent".into(), |data| decoded(data.identity_data.as_ref(), &identity_type()))
}

/// Private bytes as text.
pub(crate) fn private(bytes: &[u8]) -> Json {
    String::from_utf8_lossy(bytes).into()
}

/// What Terraform says it can do.
pub(crate) fn capabilities(capabilities: Option<pb::ClientCapabilities>) -> Json {
    capabilities.map_or(Json::Null, |capabilities| {
        json!({
            "deferral_allowed": capabilities.deferral_allowed,
            "write_only_attributes_allowed": capabilities.write_only_attributes_allowed,
        })
    })
}

/// A value as JSON.
pub(crate) fn decoded(value: Option<&pb::DynamicValue>, r#type: &Type) -> Json {
    let Some(value) = value else { return "absent".into() };
    match testing::decode_msgpack(&value.msgpack, r#type) {
        Ok(value) => to_json(&value),
        Err(error) => json!({"problem": error.message, "path": error.path.to_string()}),
    }
}
