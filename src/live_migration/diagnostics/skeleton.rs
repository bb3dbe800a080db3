//! The lines of a message that say what is true of a migration now.

use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;

/// A destroy makes an ordinary plan first, and fails with it.
pub(super) const DESTROY_BLOCKED: &str =
    "terraform destroy makes this plan first and fails with it; terraform destroy -refresh=false does not.";

/// The parts of a detail, each a paragraph. Empty ones are left out.
pub(super) fn paragraphs(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// What is true of a migration in the state: which it is, whether a cutover was requested, and which cluster takes writes.
pub(super) fn status_summary(state: &Migration, private: &PrivateState) -> String {
    let phase = Phase::of(state, private);
    let (cutover, writes) = cutover_and_writes(state, private, phase);
    format!("Migration:   {}\nCutover:     {cutover}\nWrites:      {writes}", migration(state, private))
}

fn migration(state: &Migration, private: &PrivateState) -> String {
    let status = state.status_text();
    let status = if private.not_found { format!("last status {status}") } else { status.to_owned() };
    let lag = match state.lag_time_seconds.known() {
        Some(lag) if !Phase::of(state, private).is_final() => format!(", lag {lag} s"),
        _ => String::new(),
    };
    format!("{}, {status}{lag}, in state", state.id_text())
}

fn cutover_and_writes(state: &Migration, private: &PrivateState, phase: Phase) -> (String, String) {
    let requested = match state.cutover_requested_at.as_str() {
        Some(_) if private.cutover_unconfirmed => Some("unknown".to_owned()),
        // Someone else may have requested it, and a refresh saw it later.
        Some(at) => Some(format!("requested no later than {at}")),
        // `cutover = true` is stored, and nobody saw what became of it.
        None if phase == Phase::FailedDuringCutover || private.cutover_unknown => Some("unknown".to_owned()),
        None => None,
    };
    let (cutover, writes) = match (requested, phase) {
        (cutover, Phase::Complete) => (cutover, "go to the destination"),
        (Some(cutover), Phase::FailedDuringCutover) => {
            (Some(cutover), "keep stopped. Either cluster may hold the latest data.")
        }
        (Some(cutover), _) if private.cutover_unknown && private.not_found => {
            (Some(cutover), "keep where they are, and check the destination in the Atlas UI")
        }
        // It may also be in its initial copy, and in use.
        (Some(cutover), Phase::Running) if private.cutover_unknown => {
            (Some(cutover), "if they are stopped, keep them stopped on both clusters")
        }
        (Some(cutover), _) => (Some(cutover), "keep stopped on both clusters"),
        (None, _) if private.not_found => (
            Some("not requested when Atlas was last read".to_owned()),
            "keep where they are, and check the destination in the Atlas UI",
        ),
        (None, _) => (None, "keep on the source"),
    };
    (cutover.unwrap_or_else(|| "not requested".to_owned()), writes.to_owned())
}
