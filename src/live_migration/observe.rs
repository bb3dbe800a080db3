//! What Atlas tells of a migration, taken into the state. Arguments are never touched.

use std::time::SystemTime;

use atlas_client::LiveMigration;
use tf_provider::Attr;

use super::life::{Life, timestamp};
use super::model::Migration;

/// Takes an answer into the state. A status that is not told leaves the last one; an absent `readyForCutover` is false.
/// A cutover that is in doubt turns out not to have been requested where Atlas tells readiness or a lag.
pub(super) fn observe(state: &mut Migration, doubt: &mut bool, told: &LiveMigration, now: SystemTime) {
    if let Some(status) = &told.status {
        state.status = Attr::Known(status.as_str().to_owned());
    }
    let ready = told.ready_for_cutover == Some(true);
    state.ready_for_cutover = Attr::Known(ready);
    state.lag_time_seconds = told.lag_time_seconds.into();
    if *doubt && (ready || told.lag_time_seconds.is_some()) {
        state.cutover_requested_at = Attr::Null;
        *doubt = false;
    }
    let life = Life::of(state);
    if ready && state.ready_since.is_null() {
        state.ready_since = Attr::Known(timestamp(now));
    } else if !ready && life == Life::Running && !state.cutover_requested_at.is_known() {
        state.ready_since = Attr::Null;
    }
    *doubt &= life != Life::Complete;
    if life == Life::Complete && state.cutover_requested_at.is_null() {
        state.cutover_requested_at = Attr::Known(timestamp(now));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use atlas_client::Status;

    use super::*;

    fn told(status: Option<Status>, ready: Option<bool>, lag: Option<i64>) -> LiveMigration {
        LiveMigration { id: "a".into(), status, migration_hosts: None, ready_for_cutover: ready, lag_time_seconds: lag }
    }

    #[test]
    fn ready_since_is_the_first_time_and_goes_with_the_readiness() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let mut state = Migration::default();
        observe(&mut state, &mut false, &told(Some(Status::Working), Some(true), Some(0)), now);
        observe(
            &mut state,
            &mut false,
            &told(Some(Status::Working), Some(true), Some(1)),
            now + Duration::from_secs(60),
        );
        assert_eq!(state.ready_since.as_str(), Some("2001-09-09T01:46:40Z"));
        assert_eq!(state.lag_time_seconds, Attr::Known(1));
        observe(&mut state, &mut false, &told(Some(Status::Working), None, Some(500)), now);
        assert_eq!((state.ready_since.clone(), state.ready_for_cutover), (Attr::Null, Attr::Known(false)));
    }

    #[test]
    fn complete_migration_has_been_cut_over_by_somebody() {
        let mut state = Migration::default();
        observe(&mut state, &mut false, &told(Some(Status::Complete), None, None), SystemTime::UNIX_EPOCH);
        assert_eq!(state.cutover_requested_at.as_str(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn doubtful_cutover_is_taken_back_by_readiness_or_a_lag_and_by_nothing_else() {
        let requested = Migration { cutover_requested_at: Attr::Known("then".into()), ..Migration::default() };
        let seen = |ready, lag, status| {
            let (mut state, mut doubt) = (requested.clone(), true);
            observe(&mut state, &mut doubt, &told(Some(status), ready, lag), SystemTime::UNIX_EPOCH);
            (state.cutover_requested_at.is_known(), doubt)
        };
        assert_eq!(seen(Some(true), None, Status::Working), (false, false));
        assert_eq!(seen(None, Some(3), Status::Working), (false, false));
        assert_eq!(seen(None, None, Status::Working), (true, true));
        assert_eq!(seen(None, None, Status::Failed), (true, true));
        assert_eq!(seen(None, None, Status::Complete), (true, false));
    }

    #[test]
    fn status_that_is_not_told_leaves_the_last_one() {
        let mut state = Migration { status: Attr::Known("WORKING".into()), ..Migration::default() };
        observe(&mut state, &mut false, &told(None, None, None), SystemTime::UNIX_EPOCH);
        assert_eq!(state.status.as_str(), Some("WORKING"));
    }
}
