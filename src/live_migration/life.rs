//! Where a migration is in its life, judged from what the state says. Decides what may be replaced, warned of, or
//! still wished for.

use std::time::{Duration, SystemTime};

use super::model::Migration;

/// How long Atlas keeps a migration that is ready for cutover before it lets it expire.
pub(super) const READY_FOR: Duration = Duration::from_secs(120 * 60 * 60);

/// What a state says of the life of its migration.
///
/// Only what is *spent* may be replaced; every other one is *live*, whatever its status is called, for starting it
/// again could run it twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It runs, or its status says nothing that we know.
    Running,
    /// It ended well.
    Complete,
    /// It failed or expired after a cutover had been requested: over, and not to be run again lightly.
    Broken,
    /// It failed or expired, and no cutover had been requested.
    Spent,
}

impl Life {
    /// The life of the migration of a state.
    pub(super) fn of(state: &Migration) -> Self {
        match state.status.as_str() {
            Some("COMPLETE") => Self::Complete,
            Some("FAILED" | "EXPIRED") if state.cutover_requested_at.is_known() => Self::Broken,
            Some("FAILED" | "EXPIRED") => Self::Spent,
            _ => Self::Running,
        }
    }

    /// Whether it may be replaced.
    pub(super) fn is_spent(self) -> bool {
        self == Self::Spent
    }

    /// Whether Atlas does nothing more with it.
    pub(super) fn is_final(self) -> bool {
        self != Self::Running
    }
}

/// The wishes of a planned state that are not yet reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wishes {
    /// Wait until it is ready for cutover.
    pub ready: bool,
    /// Cut it over, and wait until it is complete.
    pub cutover: bool,
}

impl Wishes {
    /// What is still wished for, seen from what Atlas told last. An unknown wish may turn out to be one.
    pub(super) fn open(wanted: &Migration, told: &Migration) -> Self {
        let complete = Life::of(told) == Life::Complete;
        let ready = complete || told.ready_for_cutover.known() == Some(&true) || told.cutover_requested_at.is_known();
        let wished = |wish: &tf_provider::Attr<bool>| wish.is_unknown() || wish.known() == Some(&true);
        Self { ready: wished(&wanted.wait_for_ready) && !ready, cutover: wished(&wanted.cutover) && !complete }
    }

    /// Whether there is any.
    pub(super) fn any(self) -> bool {
        self.ready || self.cutover
    }
}

/// How much of the 120 hours is left, for a migration that is ready and not yet cut over. `None` where no clock
/// runs, or where the time was not told.
pub(super) fn time_to_cut_over(state: &Migration, now: SystemTime) -> Option<Duration> {
    let waits = Life::of(state) == Life::Running
        && state.ready_for_cutover.known() == Some(&true)
        && !state.cutover_requested_at.is_known();
    let since = humantime::parse_rfc3339(state.ready_since.as_str()?).ok()?;
    waits.then(|| READY_FOR.saturating_sub(now.duration_since(since).unwrap_or_default()))
}

/// A time as the state keeps it: RFC 3339, UTC, whole seconds.
pub(super) fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use tf_provider::Attr;

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
    fn only_failed_and_expired_without_a_cutover_are_spent() {
        for (status, requested, life) in [
            ("NEW", false, Life::Running),
            ("WORKING", true, Life::Running),
            ("PENDING", false, Life::Running),
            ("A WORD OF TOMORROW", false, Life::Running),
            ("COMPLETE", false, Life::Complete),
            ("COMPLETE", true, Life::Complete),
            ("FAILED", false, Life::Spent),
            ("EXPIRED", false, Life::Spent),
            ("FAILED", true, Life::Broken),
            ("EXPIRED", true, Life::Broken),
        ] {
            assert_eq!(Life::of(&state(status, None, requested)), life, "{status}, cutover requested: {requested}");
        }
        assert_eq!(Life::of(&Migration::default()), Life::Running, "a status that was never told");
    }

    #[test]
    fn wishes_are_reached_as_the_documentation_says() {
        let wanted = |ready, cutover| Migration {
            wait_for_ready: Attr::Known(ready),
            cutover: Attr::Known(cutover),
            ..Migration::default()
        };
        let open = |wanted: &Migration, told: &Migration| {
            let Wishes { ready, cutover } = Wishes::open(wanted, told);
            (ready, cutover)
        };
        let both = wanted(true, true);
        assert_eq!(open(&both, &state("WORKING", Some(false), false)), (true, true));
        assert_eq!(open(&both, &state("WORKING", Some(true), false)), (false, true));
        assert_eq!(open(&both, &state("WORKING", Some(false), true)), (false, true));
        assert_eq!(open(&both, &state("COMPLETE", Some(false), false)), (false, false));
        assert_eq!(open(&wanted(false, false), &state("WORKING", None, false)), (false, false));
    }

    #[test]
    fn countdown_runs_only_while_a_cutover_is_awaited() {
        let since = humantime::parse_rfc3339("2026-11-20T00:00:00Z").expect("a time");
        let now = since + Duration::from_secs(100 * 3600);
        let ready = Migration { ready_since: Attr::Known(timestamp(since)), ..state("WORKING", Some(true), false) };
        assert_eq!(time_to_cut_over(&ready, now), Some(Duration::from_secs(20 * 3600)));
        assert_eq!(time_to_cut_over(&ready, now + READY_FOR), Some(Duration::ZERO));
        assert_eq!(time_to_cut_over(&Migration { status: Attr::Known("EXPIRED".into()), ..ready.clone() }, now), None);
        assert_eq!(time_to_cut_over(&Migration { ready_since: Attr::Null, ..ready }, now), None);
    }
}
