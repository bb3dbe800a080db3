//! Import: by `GROUP_ID-MIGRATION_ID`, `GROUP_ID/MIGRATION_ID`, or identity. Atlas returns neither source nor
//! destination; the first plan takes them from the configuration.

use std::time::SystemTime;

use atlas_client::CallOptions;
use tf_provider::resource::{Applied, ImportTarget, RequestContext};
use tf_provider::{Attr, Diagnostics, Failed};

use super::diagnostics::import as messages;
use super::model::{Identity, Migration};
use super::private_state::PrivateState;
use super::read;
use super::response::update_from_response;
use super::validate::is_object_id;
use crate::config::connection::Atlas;

/// The project and the ID that an import names.
///
/// # Errors
/// If they are malformed.
pub(super) fn target(
    target: ImportTarget<Identity>,
    diagnostics: &mut Diagnostics,
) -> Result<(String, String), Failed> {
    let (group_id, id) = match &target {
        ImportTarget::Id(text) => text.split_once(['-', '/']).unwrap_or((text, "")),
        ImportTarget::Identity(identity) => {
            (identity.group_id.as_str().unwrap_or_default(), identity.id.as_str().unwrap_or_default())
        }
    };
    if is_object_id(group_id) && is_object_id(id) {
        return Ok((group_id.to_owned(), id.to_owned()));
    }
    let given = match &target {
        ImportTarget::Id(text) => format!("`{text}` is not GROUP_ID/MIGRATION_ID (or GROUP_ID-MIGRATION_ID)."),
        ImportTarget::Identity(_) => format!("The identity has group_id `{group_id}` and id `{id}`."),
    };
    Err(diagnostics.fail(messages::malformed_id(&given)))
}

/// Reads the migration into a state without source and destination.
///
/// # Errors
/// If Atlas could not be read, or does not know the migration.
pub(super) async fn import(
    atlas: &Atlas,
    (group_id, id): (String, String),
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> Result<Applied<Migration, Identity>, Failed> {
    let options = CallOptions::within(read::TIMEOUT, context.cancel.clone());
    let response = match atlas.client.read(&group_id, &id, &options).await {
        Ok(response) => response,
        Err(error) => return Err(diagnostics.fail(messages::failed(&error, atlas, &group_id, &id))),
    };
    let mut state = Migration {
        id: Attr::Known(id),
        group_id: Attr::Known(group_id),
        migration_hosts: response
            .migration_hosts
            .clone()
            .map(|hosts| hosts.into_iter().map(Attr::Known).collect())
            .into(),
        ..Migration::default()
    };
    let mut private = PrivateState::default();
    update_from_response(&mut state, &mut private, &response, SystemTime::now());
    let identity = state.identity();
    Ok(Applied { state, private: private.encode(diagnostics), identity })
}
