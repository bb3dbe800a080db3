//! Validation of every configuration.

use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::path::Path;
use crate::schema::{Block, walk};
use crate::value::Value;

/// Validates a configuration against its schema. `name` is the name of the whole block in messages.
pub(super) fn check(block: &Block, config: &Value, name: &str, diagnostics: &mut Diagnostics) {
    reject_computed(block, config, diagnostics);
    warn_of_deprecated(block, config, name, diagnostics);
    check_values(block, config, diagnostics);
}

/// Checks the values of a configuration that are known.
pub(super) fn check_values(block: &Block, config: &Value, diagnostics: &mut Diagnostics) {
    reject_missing(block, config, diagnostics);
    walk::validate(block, config, diagnostics);
}

/// Terraform accepts an explicit null for a required argument.
fn reject_missing(block: &Block, config: &Value, diagnostics: &mut Diagnostics) {
    for path in walk::missing(block, config) {
        let detail = format!(
            "`{path}` is required, but its value is null. The usual cause is a variable whose default is null.\n\nSet the \
             argument, or the variable that it refers to."
        );
        diagnostics.push(Diagnostic::error("Missing required argument", detail).at(path));
    }
}

/// Terraform accepts values for computed attributes.
fn reject_computed(block: &Block, config: &Value, diagnostics: &mut Diagnostics) {
    for path in walk::configured_computed(block, config) {
        let detail = format!("The provider sets `{path}`. Remove it from the configuration.");
        diagnostics.push(Diagnostic::error("Attribute can't be configured", detail).at(path));
    }
}

/// Terraform warns only where a deprecated value is used, not where it is configured.
fn warn_of_deprecated(block: &Block, config: &Value, name: &str, diagnostics: &mut Diagnostics) {
    for (path, message) in walk::deprecated(block, config) {
        let what = if path.is_empty() { name.to_owned() } else { path.to_string() };
        diagnostics.push(Diagnostic::warning(format!("`{what}` is deprecated"), message).at(path));
    }
}

/// Rejects write-only values from a client that would store them. An error of the resource at the same path takes
/// precedence.
pub(super) fn reject_write_only(paths: Vec<Path>, diagnostics: &mut Diagnostics) {
    for path in paths {
        let reported = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error && diagnostic.path == path;
        if !diagnostics.iter().any(reported) {
            let detail = format!(
                "`{path}` is write-only: it is read from the configuration and never stored. This requires Terraform \
                 1.11 or OpenTofu 1.11, or newer. Remove the argument, or use a newer version."
            );
            diagnostics.push(Diagnostic::error("Write-only attributes are not supported here", detail).at(path));
        }
    }
}
