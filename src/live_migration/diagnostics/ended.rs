//! A migration that ended without success, or that Atlas no longer knows.

use tf_provider::{Diagnostic, Diagnostics};

use super::super::model::Migration;
use super::super::phase::{Milestones, Phase};
use super::super::private_state::PrivateState;
use super::skeleton::{paragraphs, status_summary};
use super::steps::steps;
use crate::summary;

/// A warning of every plan. `pending` are milestones that the migration can't reach.
pub(in super::super) fn warn(
    state: &Migration,
    private: &PrivateState,
    pending: Milestones,
    diagnostics: &mut Diagnostics,
) {
    let Some(mut ended) = Ended::of(state, private) else { return };
    if pending.any() {
        let argument = pending.argument();
        ended.cause.push_str(&format!(" `{argument} = true` can't be reached any more, so terraform apply fails."));
        ended.take_back(pending);
    }
    diagnostics.push(Diagnostic::warning(ended.summary.clone(), ended.detail(state, private)));
}

/// The first half of a replacement of a migration that ended without a cutover.
pub(in super::super) fn replaced(state: &Migration, private: &PrivateState, diagnostics: &mut Diagnostics) {
    let Some(mut ended) = Ended::of(state, private) else { return };
    ended.next = vec!["This plan restarts it. Make sure that the cause is resolved.".to_owned()];
    diagnostics.push(Diagnostic::warning(ended.summary.clone(), ended.detail(state, private)));
}

/// An apply that works toward milestones which can't be reached any more.
pub(in super::super) fn unreachable(state: &Migration, private: &PrivateState, pending: Milestones) -> Diagnostic {
    let argument = pending.argument();
    let mut ended = Ended::of(state, private).unwrap_or_else(|| Ended {
        summary: summary::ended(state.id_text()),
        cause: String::new(),
        next: Vec::new(),
        disarms: false,
    });
    ended.cause = format!("{} `{argument} = true` can't be reached any more.", ended.cause).trim_start().to_owned();
    ended.take_back(pending);
    Diagnostic::error(ended.summary.clone(), ended.detail(state, private)).at(argument)
}

/// What is to be said of such a migration.
pub(super) struct Ended {
    pub(super) summary: String,
    cause: String,
    next: Vec<String>,
    /// Whether a step says when to set `cutover = false`.
    disarms: bool,
}

impl Ended {
    /// Nothing for a migration that is running or complete.
    pub(super) fn of(state: &Migration, private: &PrivateState) -> Option<Self> {
        match Phase::of(state, private) {
            _ if private.not_found => Some(Self::unknown_to_atlas(state)),
            Phase::EndedWithoutCutover => Some(Self::without_cutover(state)),
            Phase::FailedDuringCutover => Some(Self::during_cutover(state)),
            Phase::Running | Phase::Complete => None,
        }
    }

    /// Adds the step that takes a milestone back. Where the migration may have failed during cutover, a step of its own says
    /// when that is safe.
    fn take_back(&mut self, pending: Milestones) {
        if self.disarms {
            return;
        }
        let both = if pending.cutover && pending.ready { " and wait_for_ready = false" } else { "" };
        self.next.push(format!("To apply without this error, set {} = false{both}.", pending.argument()));
    }

    /// The cause, what is true now, and what to do next.
    pub(super) fn detail(&self, state: &Migration, private: &PrivateState) -> String {
        paragraphs(&[&self.cause, &status_summary(state, private), &steps(&self.next)])
    }

    fn unknown_to_atlas(state: &Migration) -> Self {
        Self {
            summary: summary::unknown_to_atlas(state.id_text()),
            cause: "Atlas returned 404 for this live migration. It may have been canceled or completed in the Atlas UI, \
                    or removed by Atlas after its end. It stays in the state, so that it is not started again by accident."
                .to_owned(),
            next: vec![
                format!("Check {} in the Atlas UI (Migrate Data to Atlas).", state.destination_text()),
                "To stop managing the live migration, use a removed block.".to_owned(),
            ],
            disarms: false,
        }
    }

    fn without_cutover(state: &Migration) -> Self {
        let erases = match state.drop_enabled.known() {
            Some(true) => format!("\nWith drop_enabled = true, this erases {}.", state.destination_text()),
            _ => String::new(),
        };
        let restart = format!(
            "Restart it (with prevent_destroy = false for that apply):\nterraform apply -replace=<ADDRESS>{erases}"
        );
        let unaffected = "No cutover was requested: the source is unaffected, keep writing to it.";
        if state.status.as_str() == Some("EXPIRED") {
            return Self {
                summary: summary::expired(state.id_text()),
                cause: format!("{unaffected} Atlas ends a live migration that is not cut over within 120 hours."),
                next: vec![restart],
                disarms: false,
            };
        }
        Self {
            summary: summary::failed(state.id_text()),
            cause: format!("{unaffected} The Atlas API returns no reason; the Atlas UI shows one."),
            next: vec![
                "Find the reason in the Atlas UI (Migrate Data to Atlas), and resolve the cause.".to_owned(),
                restart,
            ],
            disarms: false,
        }
    }

    fn during_cutover(state: &Migration) -> Self {
        let status = state.status_text();
        let requested = state.cutover_requested_at.is_known();
        let cause = if requested {
            format!("Atlas reported {status} after the cutover was requested.")
        } else {
            format!(
                "Atlas reported {status}, and `cutover = true` is in the state, so a cutover may have been requested."
            )
        };
        let mut next = vec![
            format!(
                "Compare the source and {}, and contact MongoDB support with the ID above.",
                state.destination_text()
            ),
            "If the source is complete, resume writes there; see \"Restart after a failed cutover\" in the troubleshooting \
             guide."
                .to_owned(),
            "If the destination is complete, send writes there and keep this resource.".to_owned(),
        ];
        if !requested {
            let disarm = "If nobody requested a cutover in the Atlas UI either, set cutover = false and run terraform apply. \
                          After that, the live migration can be replaced.";
            next.insert(0, disarm.to_owned());
        }
        Self {
            summary: if requested {
                summary::failed_during_cutover(state.id_text())
            } else {
                summary::may_have_failed_during_cutover(state.id_text())
            },
            cause: format!("{cause} Terraform does not restart this migration."),
            next,
            disarms: !requested,
        }
    }
}
