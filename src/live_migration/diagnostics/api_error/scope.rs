//! What an error of Atlas is about.

use atlas_client::Error;

/// Whether Atlas returned that it does not know this migration. A project that it does not know is another matter: the
/// account or the base URL may be wrong.
pub(crate) fn is_about_the_migration(error: &Error) -> bool {
    error.is_not_found_json() && !error.error_code().is_some_and(is_about_the_project)
}

pub(super) fn is_about_the_project(code: &str) -> bool {
    ["GROUP", "PROJECT", "ORG"].iter().any(|word| code.contains(word))
}

pub(super) fn is_access_list(code: &str) -> bool {
    code.contains("ACCESS_LIST") || code.contains("WHITELIST")
}
