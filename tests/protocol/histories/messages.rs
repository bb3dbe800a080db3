//! What the provider says, as far as the invariants depend on it: parts of summaries and details.

use terraform_core::{Diagnostic, Outcome};

use super::arguments::GROUP;

/// A destroy that leaves a migration running.
pub(super) fn warns_of_removal(outcome: &Outcome, id: &str) -> bool {
    warns(outcome, &[&format!("Live migration keeps running in Atlas: {id}")])
}

/// A start that erases a cluster, or may.
pub(super) fn warns_of_erasure(outcome: &Outcome, cluster: &str) -> bool {
    let destination = format!("{cluster} in {GROUP}");
    warns(outcome, &["This apply erases", &destination]) || warns(outcome, &["This apply may erase", &destination])
}

/// A cutover by this apply.
pub(super) fn warns_of_cutover(outcome: &Outcome, id: &str) -> bool {
    ["cuts over", "may cut over"]
        .iter()
        .any(|verb| warns(outcome, &[&format!("This apply {verb} live migration {id}")]))
}

/// A cutover by an action of this apply.
pub(super) fn warns_of_action(outcome: &Outcome, id: &str) -> bool {
    warns(outcome, &[&format!("This action cuts over live migration {id}")])
        || warns(outcome, &["This apply cuts over the live migration that it starts"])
}

/// A start whose outcome is unknown, with the way to import it.
pub(super) fn may_have_started(error: &Diagnostic) -> bool {
    error.summary.starts_with("Live migration may have been started")
        && error.detail.contains(&format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>"))
}

/// An error that says that nothing was started.
pub(super) fn denies_start(error: &Diagnostic) -> bool {
    error.detail.contains("No live migration was started")
}

/// An error that says that no cutover was requested.
pub(super) fn denies_cutover(error: &Diagnostic) -> bool {
    // Beside "not requested when Atlas was last read", which says less.
    error.detail.lines().any(|line| line == "Cutover:     not requested")
}

/// An error that says that the cutover was requested.
pub(super) fn claims_cutover(error: &Diagnostic) -> bool {
    error.detail.contains("Cutover:     requested ")
}

/// A cutover by an action that the next change must not trigger: without its milestone, or of an import.
pub(super) fn refuses_action(error: &Diagnostic) -> bool {
    ["cutover is not set", "Import and cutover in one apply"].iter().any(|start| error.summary.starts_with(start))
}

/// Summaries of errors in which a history may end, because only the user can resolve them.
pub(super) const FINAL: &[&str] = &[
    "Instance cannot be destroyed",
    "Another live migration is running",
    "Argument can't be changed",
    "Import and cutover in one apply",
    "cutover is not set",
    "Destination has a live migration already",
    "Imported migration runs on another migration host",
    "Live migration can't be replaced",
    "Can't read live migration",
    "Live migration expired",
    "Live migration failed",
    "Live migration is unknown to Atlas",
    "Missing source password",
    "Requested cutover can't be undone",
    "Sharding requires API version v2",
    "Two live migrations into one destination",
    "Unknown destination of live migration",
    "Can't wait for live migration",
    "Live migration may have failed during cutover",
    "drop_enabled can't be set",
    "ignore_changes hides an import",
];

/// A ready token that has expired.
pub(super) fn rejects_credentials(error: &str) -> bool {
    error.contains("refused the credentials")
}

fn warns(outcome: &Outcome, parts: &[&str]) -> bool {
    outcome.warnings().iter().any(|warning| parts.iter().all(|part| warning.summary.contains(part)))
}
