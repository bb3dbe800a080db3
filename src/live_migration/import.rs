//! Import: by `GROUP_ID-MIGRATION_ID`, `GROUP_ID/MIGRATION_ID`, or identity. Atlas returns neither source nor
//! destination; the first plan takes them from the configuration.

use std::time::SystemTime;

use atlas_client::Limits;
use tf_provider::resource::{Applied, ImportTarget, RequestContext};
use tf_provider::{Attr, Diagnostic, Diagnostics, Failed};

use super::diagnostics::failures;
use super::model::{Identity, Migration};
use super::private_state::PrivateState;
use super::read;
use super::response::update_from_response;
use super::validate::is_object_id;
use crate::config::connection::Atlas;
use crate::summary;

/// The migration that an import names.
///
/// # Errors
/// When it names none.
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
    let detail = match &target {
        ImportTarget::Id(text) => format!(
            "`{text}` is not GROUP_ID-MIGRATION_ID (or GROUP_ID/MIGRATION_ID), two ids of 24 hexadecimal digits in \
             lower case: the Atlas project of the destination, and the live migration."
        ),
        ImportTarget::Identity(_) => format!(
            "The identity has group_id `{group_id}` and id `{id}`. Both must be 24 hexadecimal digits in lower case: \
             the Atlas project of the destination, and the live migration."
        ),
    };
    Err(diagnostics.fail(Diagnostic::error(summary::malformed_import_id(), detail)))
}

/// Looks a migration up.
///
/// # Errors
/// When there is none, or Atlas could not be asked.
pub(super) async fn import(
    atlas: &Atlas,
    (group_id, id): (String, String),
    context: &RequestContext,
    diagnostics: &mut Diagnostics,
) -> Result<Applied<Migration, Identity>, Failed> {
    let limits = Limits::within(read::TIMEOUT, context.cancel.clone());
    let response = match atlas.client.read(&group_id, &id, &limits).await {
        Ok(response) => response,
        Err(error) => return Err(diagnostics.fail(failures::not_imported(&error, atlas, &group_id, &id))),
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
