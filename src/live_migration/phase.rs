//! The phase of a migration, derived from its state. It decides what can be replaced, what a plan warns about, and which
//! milestones are pending.

use std::time::{Duration, SystemTime};

use atlas_client::Status;
use tf_provider::Attr;

use super::model::Migration;
use super::private_state::PrivateState;

/// How long Atlas keeps a migration that is ready for cutover before the migration expires.
pub(super) const READY_FOR: Duration = Duration::from_secs(120 * 60 * 60);

/// The phase of a migration.
///
/// Only [`EndedWithoutCutover`](Self::EndedWithoutCutover) is *replaceable*. Every other phase is *protected*, because a
/// second start could overwrite data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Running, or its status is not one that we know.
    Running,
    /// COMPLETE.
    Complete,
    /// FAILED or EXPIRED, and a cutover was requested, or may have been.
    FailedDuringCutover,
    /// FAILED or EXPIRED, and no cutover was requested.
    EndedWithoutCutover,
}

impl Phase {
    /// The phase of the migration in a state.
    pub(super) fn of(state: &Migration, private: &PrivateState) -> Self {
        let requested = state.cutover_requested_at.is_known();
        // Something else may have requested the cutover that is stored as wanted.
        let wanted = state.cutover.known() == Some(&true) && !private.ended_before_cutover;
        match status(state) {
            Some(Status::Complete) => Self::Complete,
            Some(Status::Failed | Status::Expired) if requested || wanted => Self::FailedDuringCutover,
            Some(Status::Failed | Status::Expired) => Self::EndedWithoutCutover,
            Some(Status::New | Status::Working | Status::Unrecognized(_)) | None => Self::Running,
        }
    }

    /// Whether the migration can be replaced.
    pub(super) fn is_replaceable(self) -> bool {
        self == Self::EndedWithoutCutover
    }

    /// Whether the migration must not be started again.
    pub(super) fn is_protected(self) -> bool {
        !self.is_replaceable()
    }

    /// Whether the migration has ended in Atlas.
    pub(super) fn is_final(self) -> bool {
        self != Self::Running
    }
}

/// The status in a state, where it is known.
pub(super) fn status(state: &Migration) -> Option<Status> {
    state.status.as_str().map(Status::from)
}

/// The milestones that are set and not reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Milestones {
    /// Wait until the migration is ready for cutover.
    pub(crate) ready: bool,
    /// Cut it over, and wait until it is complete.
    pub(crate) cutover: bool,
}

impl Milestones {
    /// The milestones that a plan sets. An unknown milestone counts as set.
    pub(super) fn set(planned: &Migration) -> Self {
        let is_set = |milestone: &Attr<bool>| milestone.is_unknown() || milestone.known() == Some(&true);
        Self { ready: is_set(&planned.wait_for_ready), cutover: is_set(&planned.cutover) }
    }

    /// Those of these milestones that are not reached in a state.
    pub(super) fn pending_in(self, state: &Migration) -> Self {
        let complete = status(state) == Some(Status::Complete);
        let ready = complete || state.ready_for_cutover.known() == Some(&true) || state.cutover_requested_at.is_known();
        Self { ready: self.ready && !ready, cutover: self.cutover && !complete }
    }

    /// The milestones of a plan that are pending, given the last known state.
    pub(super) fn pending(planned: &Migration, state: &Migration) -> Self {
        Self::set(planned).pending_in(state)
    }

    /// Whether there is any.
    pub(super) fn any(self) -> bool {
        self.ready || self.cutover
    }

    /// The argument of the milestone that takes longer.
    pub(super) fn argument(self) -> &'static str {
        if self.cutover { "cutover" } else { "wait_for_ready" }
    }
}

/// How much of the 120 hours is left for a migration that is ready and not yet cut over; `None` where that is unknown or
/// does not apply.
pub(super) fn time_to_cut_over(state: &Migration, now: SystemTime) -> Option<Duration> {
    let is_waiting = Phase::of(state, &PrivateState::default()) == Phase::Running
        && state.ready_for_cutover.known() == Some(&true)
        && !state.cutover_requested_at.is_known();
    let since = humantime::parse_rfc3339(state.ready_since.as_str()?).ok()?;
    is_waiting.then(|| READY_FOR.saturating_sub(now.duration_since(since).unwrap_or_default()))
}

/// A time as the state keeps it: RFC 3339, UTC, whole seconds.
pub(super) fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(status: &str, ready: Option<bool>, requested: bool) -> Migration {
        Migration {
            status: Attr::Known(status.to_owned()),
            ready_for_cutover: ready.into(),
            cutover_requested_at: requested.then(|| "2026-11-24T08:00:00Z".to_owned()).into(),
            ..Migration::default()
        }
    }

    #[test]
    fn only_failed_and_expired_without_a_cutover_are_replaceable() {
        for (status, requested, phase) in [
            ("NEW", false, Phase::Running),
            ("WORKING", true, Phase::Running),
            ("PENDING", false, Phase::Running),
            ("A STATUS OF TOMORROW", false, Phase::Running),
            ("COMPLETE", false, Phase::Complete),
            ("COMPLETE", true, Phase::Complete),
            ("FAILED", false, Phase::EndedWithoutCutover),
            ("EXPIRED", false, Phase::EndedWithoutCutover),
            ("FAILED", true, Phase::FailedDuringCutover),
            ("EXPIRED", true, Phase::FailedDuringCutover),
        ] {
            let found = Phase::of(&state(status, None, requested), &PrivateState::default());
            assert_eq!(found, phase, "{status}, cutover requested: {requested}");
        }
        let no_status = Phase::of(&Migration::default(), &PrivateState::default());
        assert_eq!(no_status, Phase::Running, "no status");
    }

    #[test]
    fn stored_cutover_protects_unless_the_provider_saw_the_end_before_it() {
        let cutover = Migration { cutover: Attr::Known(true), ..state("FAILED", None, false) };
        let seen = PrivateState { ended_before_cutover: true, ..PrivateState::default() };
        assert_eq!(Phase::of(&cutover, &PrivateState::default()), Phase::FailedDuringCutover);
        assert_eq!(Phase::of(&cutover, &seen), Phase::EndedWithoutCutover);
        let requested = Migration { cutover: Attr::Known(true), ..state("FAILED", None, true) };
        assert_eq!(Phase::of(&requested, &seen), Phase::FailedDuringCutover);
    }

    #[test]
    fn milestones_are_reached_as_the_documentation_says() {
        let wanted = |ready, cutover| Migration {
            wait_for_ready: Attr::Known(ready),
            cutover: Attr::Known(cutover),
            ..Migration::default()
        };
        let pending = |planned: &Migration, state: &Migration| {
            let Milestones { ready, cutover } = Milestones::pending(planned, state);
            (ready, cutover)
        };
        let both = wanted(true, true);
        assert_eq!(pending(&both, &state("WORKING", Some(false), false)), (true, true));
        assert_eq!(pending(&both, &state("WORKING", Some(true), false)), (false, true));
        assert_eq!(pending(&both, &state("WORKING", Some(false), true)), (false, true));
        assert_eq!(pending(&both, &state("COMPLETE", Some(false), false)), (false, false));
        assert_eq!(pending(&both, &state("FAILED", Some(false), false)), (true, true), "unreachable ones stay pending");
        assert_eq!(pending(&wanted(false, false), &state("WORKING", None, false)), (false, false));
    }

    #[test]
    fn countdown_runs_only_until_the_cutover_is_requested() {
        let since = humantime::parse_rfc3339("2026-11-20T00:00:00Z").expect("a time");
        let now = since + Duration::from_secs(100 * 3600);
        let ready = Migration { ready_since: Attr::Known(timestamp(since)), ..state("WORKING", Some(true), false) };
        assert_eq!(time_to_cut_over(&ready, now), Some(Duration::from_secs(20 * 3600)));
        assert_eq!(time_to_cut_over(&ready, now + READY_FOR), Some(Duration::ZERO));
        assert_eq!(time_to_cut_over(&Migration { status: Attr::Known("EXPIRED".into()), ..ready.clone() }, now), None);
        assert_eq!(time_to_cut_over(&Migration { ready_since: Attr::Null, ..ready }, now), None);
    }
}
