//! UpgradeResourceState: turns stored JSON into a complete object of the current schema. Terraform sends it before
//! every use of stored state.

use super::rpc::{Kind, Rpc};
use super::{Server, dynamic_value};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::dyn_resource::DynResource;
use crate::proto::tfplugin5::RawState;
use crate::proto::tfplugin5::upgrade_resource_state::{Request, Response};
use crate::resource::RequestContext;
use crate::schema::{dynamic, walk};
use crate::value::json;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "UpgradeResourceState";

    const KIND: Kind = Kind::Resource;

    fn type_name(&self) -> &str {
        &self.type_name
    }

    async fn handle(
        self,
        server: &Server,
        _: RequestContext,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let resource = server.resource(&self.type_name, diagnostics)?;
        let json = stored_json(&self.type_name, self.raw_state.unwrap_or_default(), diagnostics)?;
        let json = upgraded(resource, self.version, json, diagnostics)?;
        let block = &resource.schema().block;
        let mut state = json::decode(&json, &block.implied_type())
            .map(|value| dynamic::from_wire(block, value))
            .map_err(|error| {
                let at = if error.path.is_empty() { String::new() } else { format!(" at `{}`", error.path) };
                let detail = format!(
                    "The stored state of a `{}` doesn't fit its schema{at}: {}.",
                    self.type_name, error.message
                );
                diagnostics.fail(Diagnostic::error("Stored state can't be read", detail).at(error.path))
            })?;
        if state.is_null() {
            return Err(diagnostics.fail(no_state(&self.type_name)));
        }
        walk::fill_blocks(block, &mut state);
        walk::clear_write_only(block, &mut state);
        resource.state_loaded(state.clone(), diagnostics)?;
        let upgraded_state =
            dynamic_value::encode(block, state, &format!("the upgraded state of a `{}`", self.type_name), diagnostics)?;
        Ok(Response { upgraded_state: Some(upgraded_state), ..Response::default() })
    }
}

fn stored_json(type_name: &str, raw: RawState, diagnostics: &mut Diagnostics) -> Result<prost::bytes::Bytes, Failed> {
    if !raw.json.is_empty() {
        return Ok(raw.json);
    }
    Err(diagnostics.fail(if raw.flatmap.is_empty() {
        no_state(type_name)
    } else {
        Diagnostic::error(
            "Stored state is too old",
            format!(
                "The state of a `{type_name}` is in the format of Terraform 0.11 or older. Run `terraform apply` with \
                 Terraform 0.12 first, which converts it."
            ),
        )
    }))
}

fn no_state(type_name: &str) -> Diagnostic {
    Diagnostic::error(
        "Stored state is missing",
        format!("Terraform requested an upgrade of the state of a `{type_name}` without sending it."),
    )
}

fn upgraded(
    resource: &dyn DynResource,
    version: i64,
    json: prost::bytes::Bytes,
    diagnostics: &mut Diagnostics,
) -> Result<prost::bytes::Bytes, Failed> {
    let current = resource.schema().version;
    let type_name = resource.type_name();
    if version > current {
        let detail = format!(
            "The state of a `{type_name}` was written by a newer version of the provider: its schema has version \
             {version}, and this provider supports version {current}. Use a newer version of the provider."
        );
        return Err(diagnostics.fail(Diagnostic::error("Stored state is too new", detail)));
    }
    if version == current {
        return Ok(json);
    }
    let state = serde_json::from_slice(&json).map_err(|_| {
        let detail = format!("The stored state of a `{type_name}` is not well-formed JSON.");
        diagnostics.fail(Diagnostic::error("Stored state can't be read", detail))
    })?;
    Ok(resource.upgrade_json(version, state, diagnostics)?.to_string().into())
}
