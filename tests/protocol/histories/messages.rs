//! What the provider says, as far as the invariants depend on it: parts of summaries and details.

use test_support::core::{Diagnostic, Outcome};

use super::arguments::GROUP;

/// A destroy that leaves a migration running.
pub(super) fn warns_of_removal(outcome: &Outcome, id: &str) -> bool {
    warns(outcome, &[&format!("Live migration {id} goes on in Atlas after this destroy")])
}

/// A start that erases a cluster, or may.
pub(super) fn warns_of_erasure(outcome: &Outcome, cluster: &str) -> bool {
    let cluster = format!("cluster `{cluster}`");
    warns(outcome, &["erases", &cluster]) || warns(outcome, &["may erase", &cluster])
}

/// A cutover by this apply.
pub(super) fn warns_of_cutover(outcome: &Outcome, id: &str) -> bool {
    warns(outcome, &["This apply", &format!("cut over live migration {id}")])
}

/// A start whose outcome is unknown, with the way to import it.
pub(super) fn may_have_started(error: &Diagnostic) -> bool {
    error.summary == "Live migration was perhaps started"
        && error.detail.contains(&format!("terraform import ADDRESS {GROUP}/MIGRATION_ID"))
}

/// An error that says that nothing was started.
pub(super) fn denies_start(error: &Diagnostic) -> bool {
    error.detail.contains("No live migration was started") || error.detail.contains("started nothing")
}

/// An error that says that no cutover was requested.
pub(super) fn denies_cutover(error: &Diagnostic) -> bool {
    error.detail.contains("Its cutover was not requested")
}

/// An error that says that the cutover was requested.
pub(super) fn claims_cutover(error: &Diagnostic) -> bool {
    error.detail.contains("Its cutover was requested at")
}

/// Summaries of errors in which a history may end, because only the user can resolve them.
pub(super) const FINAL: &[&str] = &[
    "Instance cannot be destroyed",
    "Live migration cannot be changed",
    "Second live migration into one destination",
    "Live migration is not replaced",
    "Live migration must be replaced, which was not planned",
    "Sharding needs API version v2",
    "User without a password",
    "Requested cutover cannot be taken back",
    "Atlas runs another live migration there",
    "Imported migration runs on another host",
    "is EXPIRED",
    "is FAILED",
    "is unknown to Atlas",
    "takes longer than the time limit",
    "takes too long",
    "could not be read",
];

/// A ready token that has expired.
pub(super) fn rejects_credentials(error: &str) -> bool {
    error.contains("rejected the credentials")
}

fn warns(outcome: &Outcome, parts: &[&str]) -> bool {
    outcome.warnings().iter().any(|warning| parts.iter().all(|part| warning.summary.contains(part)))
}
