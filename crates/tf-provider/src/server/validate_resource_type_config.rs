//! ValidateResourceTypeConfig: checks a configuration in which anything may be unknown.

use super::configure::{refuse_computed, refuse_missing, warn_of_deprecated};
use super::rpc::Rpc;
use super::{Server, dynamic_value};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed, Severity};
use crate::path::Path;
use crate::proto::tfplugin5::ClientCapabilities;
use crate::proto::tfplugin5::validate_resource_type_config::{Request, Response};
use crate::resource::{Call, ValidateRequest};
use crate::schema::walk;

impl Rpc for Request {
    type Response = Response;

    const NAME: &'static str = "ValidateResourceTypeConfig";

    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn client(&self) -> Option<ClientCapabilities> {
        self.client_capabilities
    }

    async fn handle(self, server: &Server, call: Call, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let resource = server.resource(&self.type_name, diagnostics)?;
        let block = &resource.schema().block;
        let what = format!("a configuration of `{}`", self.type_name);
        let config = dynamic_value::decode(block, self.config.as_ref(), &what, diagnostics)?;
        if config.is_null() {
            return Ok(Response::default());
        }
        refuse_missing(block, &config, diagnostics);
        refuse_computed(block, &config, diagnostics);
        warn_of_deprecated(block, &config, &self.type_name, diagnostics);
        // A value that is not known yet may turn out to be null.
        let write_only = if call.write_only_allowed { Vec::new() } else { walk::known_write_only(block, &config) };
        let validated = resource.validate(ValidateRequest { config, call }, diagnostics);
        refuse_write_only(write_only, diagnostics);
        validated.map(|()| Response::default())
    }
}

/// Where the resource has told an error itself, that one knows better what to use instead.
pub(super) fn refuse_write_only(paths: Vec<Path>, diagnostics: &mut Diagnostics) {
    for path in paths {
        let told = diagnostics.iter().any(|told| told.severity == Severity::Error && told.path == path);
        if !told {
            let detail = format!(
                "`{path}` is write-only: it is read from the configuration and never stored. That takes Terraform \
                 1.11 or OpenTofu 1.11, or newer, and this one is older. Remove the attribute, or use a newer version."
            );
            diagnostics.push(Diagnostic::error("Write-only attributes are not supported here", detail).at(path));
        }
    }
}
