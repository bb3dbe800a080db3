//! Refreshing: what Atlas returns goes into the state, and a migration that Atlas no longer knows stays there.

use std::time::{Duration, SystemTime};

use atlas_client::CallOptions;
use tf_provider::resource::RequestContext;
use tf_provider::{Diagnostics, Failed};

use super::diagnostics::api_error::notices;
use super::diagnostics::api_error::scope::is_about_the_migration;
use super::diagnostics::refresh;
use super::model::{Migration, Reference};
use super::phase::Phase;
use super::private_state::PrivateState;
use super::response::update_from_response;
use crate::config::connection::Atlas;

/// How long a refresh keeps trying.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

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
        return Err(diagnostics.fail(refresh::no_id()));
    };
    let options = CallOptions::within(TIMEOUT, context.cancel.clone());
    let result = atlas.client.read(&group_id, &id, &options).await;
    notices(atlas, diagnostics);
    let mut private = private.stored();
    match result {
        Ok(response) => update_from_response(&mut state, &mut private, &response, SystemTime::now()),
        // The next apply would start it a second time if it left the state. Atlas removes ended ones after a while.
        Err(error) if is_about_the_migration(&error) => private.not_found = !Phase::of(&state, &private).is_final(),
        Err(error) => return Err(diagnostics.fail(refresh::failed(&error, atlas))),
    }
    Ok((state, private))
}
