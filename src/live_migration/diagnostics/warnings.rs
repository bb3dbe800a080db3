//! Every warning of a plan, and the one of a start. Terraform merges warnings with equal summaries and shows only the first
//! detail, so the summary names the migration or its destination.

use std::time::{Duration, SystemTime};

use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::super::change;
use super::super::model::Migration;
use super::super::phase::{Milestones, Phase, time_to_cut_over};
use super::super::private_state::PrivateState;
use super::skeleton::summary;
use super::steps::steps;
use crate::duration;
use crate::summary;

/// Below this the remaining time is shown.
const COUNTDOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// A start that erases the destination, or may.
pub(in super::super) fn drop(planned: &Migration, diagnostics: &mut Diagnostics) {
    if planned.has_unknown_destination() {
        return;
    }
    let (verb, cause) = match planned.drop_enabled {
        Attr::Known(true) => ("erases", "`drop_enabled` is true."),
        Attr::Unknown => ("may erase", "`drop_enabled` is (known after apply) and may be true."),
        Attr::Known(false) | Attr::Null => return,
    };
    diagnostics.push(
        Diagnostic::warning(
            summary::this_apply_erases(verb, planned.destination_text()),
            format!(
                "{cause} When the live migration starts, Atlas drops every collection of the destination. This can't be \
                 undone. Set `drop_enabled = false` to keep the data."
            ),
        )
        .at("drop_enabled"),
    );
}

/// A restart of a replaceable migration that would erase the destination. Terraform hides the warnings of the plan that
/// `-replace` makes, so this comes with every plan of such a migration.
pub(in super::super) fn restart_drop(planned: &Migration, diagnostics: &mut Diagnostics) {
    if planned.drop_enabled.known() == Some(&false) {
        return;
    }
    diagnostics.push(
        Diagnostic::warning(
            summary::restart_erases(planned.destination_text()),
            "`drop_enabled` is true, or (known after apply). If this apply or a later one replaces the live migration, Atlas drops every \
             collection of the destination. This can't be undone. Set `drop_enabled = false` to keep the data.",
        )
        .at("drop_enabled"),
    );
}

/// A complete migration whose configuration would erase the destination if it were started again.
pub(in super::super) fn still_drops(state: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    if planned.drop_enabled.known() == Some(&false) {
        return;
    }
    diagnostics.push(
        Diagnostic::warning(
            summary::set_drop_enabled_to_false(state.id_text()),
            format!(
                "The live migration has ended as {}, and {} may be in production. `drop_enabled` is still true, or (known after apply): if this \
                 resource is ever removed from state and applied again, Atlas erases that cluster. Setting the argument \
                 to false sends nothing to Atlas.",
                state.status_text(),
                state.destination_text()
            ),
        )
        .at("drop_enabled"),
    );
}

/// An apply that works toward a milestone.
pub(in super::super) fn pending(
    prior: &Migration,
    planned: &Migration,
    pending: Milestones,
    diagnostics: &mut Diagnostics,
) {
    if pending.cutover && !prior.cutover_requested_at.is_known() {
        return cutover(prior, planned, diagnostics);
    }
    let until = if pending.cutover { "complete" } else { "ready for cutover" };
    let argument = pending.argument();
    diagnostics.push(
        Diagnostic::warning(
            summary::apply_will_wait(prior.id_text(), until),
            format!(
                "`{argument}` is set and not reached: the status of the live migration is {}{}. This is why the plan is \
                 not empty. Set `{argument} = false` to apply without waiting.",
                prior.status_text(),
                lag(prior)
            ),
        )
        .at(argument),
    );
}

fn cutover(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    let (verb, cause) = if planned.cutover.is_unknown() {
        ("may cut over", "`cutover` is (known after apply) and may be true.")
    } else {
        ("cuts over", "`cutover` is true.")
    };
    let lag = match prior.lag_time_seconds.known() {
        Some(lag) => format!("The last known lag is {lag} s."),
        None => "The lag is unknown.".to_owned(),
    };
    diagnostics.push(
        Diagnostic::warning(
            summary::this_apply_cuts_over(verb, prior.id_text(), prior.destination_text()),
            format!(
                "{cause} Apply will wait until the live migration is ready, request the cutover, and wait until it is \
                 complete. {lag} Stop writes to the source before you apply, and point applications to the destination \
                 afterwards. A cutover can't be undone."
            ),
        )
        .at("cutover"),
    );
}

/// A migration that ended without success, or that Atlas no longer knows. `pending` are milestones that it can't reach.
pub(in super::super) fn status(
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

/// The step that takes a milestone back.
fn set_to_false(pending: Milestones) -> String {
    let both = if pending.cutover && pending.ready { " and wait_for_ready = false" } else { "" };
    format!("To apply without this error, set {} = false{both}.", pending.argument())
}

/// What is to be said of a migration that ended without success, or that Atlas no longer knows.
pub(super) struct Ended {
    pub(super) summary: String,
    pub(super) cause: String,
    pub(super) next: Vec<String>,
    /// Whether a step says when to set `cutover = false`.
    pub(super) disarms: bool,
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

    /// Adds the step that takes a milestone back. Where the migration may have failed during cutover, an own step says when
    /// that is safe.
    pub(super) fn take_back(&mut self, pending: Milestones) {
        if !self.disarms {
            self.next.push(set_to_false(pending));
        }
    }

    /// The cause, what is true now, and what to do next.
    pub(super) fn detail(&self, state: &Migration, private: &PrivateState) -> String {
        format!("{}\n\n{}\n\n{}", self.cause, summary(state, private), steps(&self.next))
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
            "Restart it: terraform apply -replace=<ADDRESS>\n(with prevent_destroy = false for that apply){erases}"
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
            next: vec!["Resolve the cause.".to_owned(), restart],
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
            "If the source is complete, resume writes there; see \"Restart after a failed cutover\" in the documentation."
                .to_owned(),
            "If the destination is complete, send writes there and keep this resource.".to_owned(),
        ];
        if !requested {
            let disarm = "If no cutover was requested in the Atlas UI either, set cutover = false and run terraform apply. \
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

/// Little is left of the 120 hours.
pub(in super::super) fn countdown(
    state: &Migration,
    private: &PrivateState,
    now: SystemTime,
    diagnostics: &mut Diagnostics,
) {
    let left = time_to_cut_over(state, now).filter(|left| *left < COUNTDOWN && !private.not_found);
    let Some(left) = left else { return };
    let at = super::super::phase::timestamp(now + left);
    diagnostics.push(Diagnostic::warning(
        summary::expires_in(duration::text(left), state.id_text()),
        format!(
            "It expires at {at} unless it is cut over before. It has been ready for cutover since {}, and Atlas keeps it \
             for 120 hours. An extension in the Atlas UI is not visible here.\n\n{}",
            state.ready_since.as_str().unwrap_or("an unknown time"),
            steps(&[
                "Cut it over: stop writes to the source, set cutover = true, and run terraform apply.".to_owned(),
                "Or extend the time in the Atlas UI (Migrate Data to Atlas).".to_owned(),
            ])
        ),
    ));
}

/// Changed arguments that are used only when a migration starts, and this one has ended.
pub(in super::super) fn used_at_start(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    for path in change::used_at_start(prior, planned) {
        diagnostics.push(
            Diagnostic::warning(
                summary::change_does_not_restart(prior.id_text()),
                format!(
                    "`{path}` is used only when a live migration starts, and this one has ended as {}. To restart it \
                     with the new value:\n\n  terraform apply -replace=<ADDRESS>\n  (with prevent_destroy = false for \
                     that apply)",
                    prior.status_text()
                ),
            )
            .at(path),
        );
    }
}

/// A destroy, which sends nothing to Atlas.
pub(in super::super) fn destroy(prior: &Migration, private: &PrivateState, diagnostics: &mut Diagnostics) {
    let phase = Phase::of(prior, private);
    let id = prior.id_text();
    if private.not_found {
        diagnostics.push(Diagnostic::warning(
            summary::unknown_to_atlas(id),
            format!(
                "Atlas returned 404 for it; the last status was {}. This destroy removes it from state. Check {} in the \
                 Atlas UI: it may still run, or have been cut over.",
                prior.status_text(),
                prior.destination_text()
            ),
        ));
    } else if phase == Phase::Running {
        diagnostics.push(Diagnostic::warning(
            summary::keeps_running(id),
            format!(
                "Its last known status is {}. The Atlas API can't cancel a live migration: this destroy only removes it from state. \
                 Until it ends, it occupies {} and its migration host. To cancel it, use the Atlas UI (Migrate Data to \
                 Atlas). To manage it again later: terraform import <ADDRESS> {}/{id}",
                prior.status_text(),
                prior.destination_text(),
                prior.group_id.as_str().unwrap_or("<GROUP_ID>"),
            ),
        ));
    }
    if prior.drop_enabled.known() == Some(&true) {
        diagnostics.push(Diagnostic::warning(
            summary::next_apply_would_erase(prior.destination_text()),
            format!(
                "This destroy removes live migration {id} ({}) from state. Its configuration says `drop_enabled = true`: if \
                 the resource block stays, the next terraform apply starts a new migration and erases the destination. \
                 Remove the block as well; a removed block does both in one step.",
                prior.status_text()
            ),
        ));
    }
}

/// A refresh that found another status than the one with which the removal from state was planned.
pub(in super::super) fn removal_planned_before(
    state: &Migration,
    private: &PrivateState,
    planned: &str,
    diagnostics: &mut Diagnostics,
) {
    diagnostics.push(Diagnostic::warning(
        summary::other_status(state.id_text(), state.status_text()),
        format!(
            "Its removal from state was planned with the stored status {planned}, before Atlas was read.\n\n{}",
            summary(state, private)
        ),
    ));
    destroy(state, private, diagnostics);
}

/// The first plan after an import. Atlas returns neither source nor destination.
pub(in super::super) fn imported(planned: &Migration, pending: Milestones, diagnostics: &mut Diagnostics) {
    let next = if pending.cutover {
        "`cutover` is true: this apply does not cut over. The next terraform apply waits until the live migration is \
         ready, and CUTS OVER, at any time of day. Set `cutover = false` until your maintenance window."
    } else if pending.ready {
        "`wait_for_ready` is true: this apply does not wait. The next terraform apply waits until the live migration is \
         ready for cutover."
    } else {
        "Nothing is sent to Atlas."
    };
    let warning = Diagnostic::warning(
        summary::check_imported_arguments(planned.id_text()),
        format!(
            "Atlas does not return the source and the destination of a live migration, so this plan takes every argument \
             from the configuration. Duplicate-start protection relies on them: check that it migrates into {}.\n\n{next}",
            planned.destination_text()
        ),
    );
    diagnostics.push(if pending.any() { warning.at(pending.argument()) } else { warning });
}

/// Two migrations on one migration host.
pub(in super::super) fn shared_host(host: &str, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::warning(
            summary::shared_migration_host(host),
            "A migration host runs one live migration at a time, and Atlas may refuse or fail the second one. Give each \
             live migration that runs at the same time a migration host of its own, or start this one after the other \
             has ended.",
        )
        .at("migration_hosts"),
    );
}

/// A milestone is set on a migration that was just started.
pub(in super::super) fn started(state: &Migration, pending: Milestones) -> Diagnostic {
    let id = state.id_text();
    let (summary, next) = if pending.cutover {
        (
            summary::started_and_cuts_over(id),
            "`cutover` is true, so the next terraform apply cuts over as soon as the live migration is ready, at any time \
             of day. Set `cutover = false` until your maintenance window.",
        )
    } else {
        (
            summary::started_and_waits(id),
            "`wait_for_ready` is true, so the next terraform apply waits until the live migration is ready for cutover.",
        )
    };
    let detail =
        format!("{next} An apply that starts a live migration never waits, so that its ID is in the state at once.");
    Diagnostic::warning(summary, detail).at(pending.argument())
}

fn lag(state: &Migration) -> String {
    state.lag_time_seconds.known().map(|lag| format!(", lag {lag} s")).unwrap_or_default()
}
