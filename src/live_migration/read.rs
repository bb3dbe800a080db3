//! Refreshing: what Atlas tells goes into the state, and a migration that Atlas does not know any more stays there.

use std::time::{Duration, SystemTime};

use atlas_client::{Error, Limits};
use tf_provider::resource::{Call, ReadResponse};
use tf_provider::{Diagnostic, Diagnostics, Failed, Private};

use super::explain::Failure;
use super::life::Life;
use super::mark::Mark;
use super::model::{Identity, Migration};
use super::{explain, observe::observe};
use crate::provider::Atlas;

/// How long a refresh goes on trying.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// Refreshes a state.
///
/// # Errors
/// When Atlas could not be asked, or says that the project is unknown.
pub(super) async fn read(
    atlas: &Atlas,
    mut state: Migration,
    private: &Private,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> Result<ReadResponse<Migration, Identity>, Failed> {
    let (Some(group_id), Some(id)) = (state.group_id.as_str(), state.id.as_str()) else {
        return Err(diagnostics.fail(Diagnostic::error(
            "State has no live migration id",
            "The stored state has no `id` or no `group_id`, so that Atlas cannot be asked. Forget it with terraform \
             state rm ADDRESS, and import the migration again.",
        )));
    };
    let limits = Limits::within(TIMEOUT, call.stop.clone());
    let answer = atlas.client.read(group_id, id, &limits).await;
    explain::notices(atlas, diagnostics);
    let mut mark = Mark { plan: None, ..Mark::of(private) };
    match answer {
        Ok(told) => {
            observe(&mut state, &mut mark.doubt, &told, SystemTime::now());
            mark.lost = false;
        }
        // The next apply would start it a second time if it vanished from the state. Atlas ages finished ones out.
        Err(error) if is_about_the_migration(&error) => mark.lost = !Life::of(&state).is_final(),
        Err(error) => {
            let now = "Nothing was changed; the state says what was last known. Where Atlas cannot be asked at \
                       all:\n\n  \
                       terraform plan -refresh=false      plans from what is stored\n  \
                       terraform state rm ADDRESS         forgets the migration, which goes on in Atlas";
            let failure = Failure { error: &error, atlas, request: None };
            return Err(diagnostics.fail(failure.told("Live migration could not be read", now)));
        }
    }
    let identity = state.identity();
    Ok(ReadResponse { state: Some(state), private: mark.to_private(), identity })
}

/// Whether Atlas says that it does not know this migration. A project that it does not know is another matter: it
/// may be a wrong account, or a wrong address.
pub(super) fn is_about_the_migration(error: &Error) -> bool {
    let about_the_project = |code: &str| code.contains("GROUP") || code.contains("PROJECT") || code.contains("ORG");
    error.is_not_found_json() && !error.error_code().is_some_and(about_the_project)
}
