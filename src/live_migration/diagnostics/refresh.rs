//! A read that failed. The state holds the only copy of the ID, so nothing here takes it out of the state.

use atlas_client::Error;
use tf_provider::Diagnostic;

use super::api_error::ApiFailure;
use super::skeleton::{DESTROY_BLOCKED, paragraphs};
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

/// Atlas could not be read.
pub(in super::super) fn failed(error: &Error, atlas: &Atlas) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let next = failure.steps(&[
        "Run the command again.",
        "To plan from the stored state without Atlas:\nterraform plan -refresh=false",
    ]);
    let now = "The state is unchanged, and the live migration is not affected.";
    failure.to_diagnostic(summary::cant_read(failure.short_cause()), &[now, &next, DESTROY_BLOCKED])
}

/// A state that does not name a migration.
pub(in super::super) fn no_id() -> Diagnostic {
    let cause =
        "The stored state has no usable `id` or `group_id`, so Atlas can't be read. The state was probably edited.";
    let next = steps(&[
        "Restore a backup of the state.",
        "Or remove the resource from state with a removed block, then import the live migration again:\n\
         terraform import <ADDRESS> <GROUP_ID>/<MIGRATION_ID>",
    ]);
    let destroy = "terraform destroy reads first and fails with this error; terraform destroy -refresh=false does not.";
    Diagnostic::error(summary::state_has_no_id_of_a_live_migration(), paragraphs(&[cause, &next, destroy]))
}
