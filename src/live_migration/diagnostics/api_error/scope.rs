//! What an error of Atlas is about.

use atlas_client::Error;

/// Whether Atlas returned that it does not know this migration. A project that it does not know is another matter: the
/// account or the address may be wrong.
pub(crate) fn is_about_the_migration(error: &Error) -> bool {
    let about_the_project = |code: &str| code.contains("GROUP") || code.contains("PROJECT") || code.contains("ORG");
    error.is_not_found_json() && !error.error_code().is_some_and(about_the_project)
}
