//! Refreshing: what Atlas returns goes into the state, and a migration that Atlas no longer knows stays there.

use std::time::{Duration, SystemTime};

use atlas_client::Limits;
use tf_provider::resource::RequestContext;
use tf_provider::{Diagnostic, Diagnostics, Failed};

use super::diagnostics::api_error::notices;
use super::diagnostics::api_error::scope::is_about_the_migration;
use super::diagnostics::failures;
use super::model::{Migration, Reference};
use super::phase::Phase;
use super::private_state::PrivateState;
use super::response::update_from_response;
use crate::config::connection::Atlas;
use crate::summary;

/// How long a refresh keeps trying.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// Refreshes a state.
///
/// # Errors
/// If Atlas could not be read, or returns that the project is unknown.
pub(super) async fn read(
    atlas: &Atlas,
    mut state: Migration,
    private: PrivateState,
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> Result<(Migration, PrivateState), Failed> {
    let Some(Reference { group_id, id }) = state.reference() else {
        return Err(diagnostics.fail(no_id()));
    };
    let limits = Limits::within(TIMEOUT, context.cancel.clone());
    let result = atlas.client.read(&group_id, &id, &limits).await;
    notices(atlas, diagnostics);
    let mut private = private.stored();
    match result {
        Ok(response) => update_from_response(&mut state, &mut private, &response, SystemTime::now()),
        // The next apply would start it a second time if it left the state. Atlas removes ended ones after a while.
        Err(error) if is_about_the_migration(&error) => private.not_found = !Phase::of(&state, &private).is_final(),
        Err(error) => return Err(diagnostics.fail(failures::not_read(&error, atlas))),
    }
    Ok((state, private))
}

/// A state that does not name a migration.
pub(super) fn no_id() -> Diagnostic {
    Diagnostic::error(
        summary::state_has_no_id_of_a_live_migration(),
        "The stored state has no usable `id` or `group_id`, so Atlas can't be read. The state was probably edited.\n\nNext:\n  1. \
         Restore a backup of the state.\n  2. Or take the resource out of the state with a removed block, then import the live\n     \
         migration again: terraform import <ADDRESS> <GROUP_ID>/<MIGRATION_ID>\n\nterraform destroy reads first and fails with \
         this error; terraform destroy -refresh=false does not.",
    )
}
