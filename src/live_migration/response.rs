//! What Atlas returned for a migration, taken into the state. Arguments are never touched.

use std::time::SystemTime;

use atlas_client::{LiveMigration, Status};
use tf_provider::Attr;

use super::model::Migration;
use super::phase::{status, timestamp};
use super::private_state::PrivateState;

/// Takes a response into the state. An absent status leaves the last one; an absent `readyForCutover` is false. An unconfirmed
/// cutover was not requested where Atlas returns readiness or a lag.
pub(super) fn update_from_response(
    state: &mut Migration,
    private: &mut PrivateState,
    response: &LiveMigration,
    now: SystemTime,
) {
    if let Some(status) = &response.status {
        state.status = Attr::Known(status.as_str().to_owned());
    }
    let ready = response.ready_for_cutover == Some(true);
    state.ready_for_cutover = Attr::Known(ready);
    state.lag_time_seconds = response.lag_time_seconds.into();
    if private.cutover_unconfirmed && shows_no_cutover(response) {
        state.cutover_requested_at = Attr::Null;
        private.cutover_unconfirmed = false;
    }
    let complete = status(state) == Some(Status::Complete);
    let ended = has_ended_unsuccessfully(state);
    if ready && state.ready_since.is_null() {
        state.ready_since = Attr::Known(timestamp(now));
    } else if !ready && !complete && !ended && !state.cutover_requested_at.is_known() {
        state.ready_since = Attr::Null;
    }
    if complete {
        private.cutover_unconfirmed = false;
        if state.cutover_requested_at.is_null() {
            state.cutover_requested_at = Attr::Known(timestamp(now));
        }
    }
    private.not_found = false;
    private.cutover_unknown &= !shows_no_cutover(response) && !complete && status(state) != Some(Status::New);
    private.ended_before_cutover &= ended;
}

/// Whether a response proves that no cutover was requested: from the cutover on, Atlas returns neither readiness nor a lag.
pub(super) fn shows_no_cutover(response: &LiveMigration) -> bool {
    response.ready_for_cutover == Some(true) || response.lag_time_seconds.is_some()
}

/// Whether the status is FAILED or EXPIRED.
pub(super) fn has_ended_unsuccessfully(state: &Migration) -> bool {
    status(state).is_some_and(|status| status.is_unsuccessful())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn response(status: Option<Status>, ready: Option<bool>, lag: Option<i64>) -> LiveMigration {
        LiveMigration { id: "a".into(), status, migration_hosts: None, ready_for_cutover: ready, lag_time_seconds: lag }
    }

    #[test]
    fn ready_since_is_the_first_time_and_ends_with_the_readiness() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let mut state = Migration::default();
        update_from_response(
            &mut state,
            &mut PrivateState::default(),
            &response(Some(Status::Working), Some(true), Some(0)),
            now,
        );
        update_from_response(
            &mut state,
            &mut PrivateState::default(),
            &response(Some(Status::Working), Some(true), Some(1)),
            now + Duration::from_secs(60),
        );
        assert_eq!(state.ready_since.as_str(), Some("2001-09-09T01:46:40Z"));
        assert_eq!(state.lag_time_seconds, Attr::Known(1));
        update_from_response(
            &mut state,
            &mut PrivateState::default(),
            &response(Some(Status::Working), None, Some(500)),
            now,
        );
        assert_eq!((state.ready_since.clone(), state.ready_for_cutover), (Attr::Null, Attr::Known(false)));
    }

    #[test]
    fn complete_migration_has_a_cutover_time() {
        let mut state = Migration::default();
        update_from_response(
            &mut state,
            &mut PrivateState::default(),
            &response(Some(Status::Complete), None, None),
            SystemTime::UNIX_EPOCH,
        );
        assert_eq!(state.cutover_requested_at.as_str(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn unconfirmed_cutover_is_cleared_by_readiness_or_a_lag_only() {
        let requested = Migration { cutover_requested_at: Attr::Known("then".into()), ..Migration::default() };
        let seen = |ready, lag, status| {
            let mut state = requested.clone();
            let mut private = PrivateState { cutover_unconfirmed: true, ..PrivateState::default() };
            update_from_response(&mut state, &mut private, &response(Some(status), ready, lag), SystemTime::UNIX_EPOCH);
            (state.cutover_requested_at.is_known(), private.cutover_unconfirmed)
        };
        assert_eq!(seen(Some(true), None, Status::Working), (false, false));
        assert_eq!(seen(None, Some(3), Status::Working), (false, false));
        assert_eq!(seen(None, None, Status::Working), (true, true));
        assert_eq!(seen(None, None, Status::Failed), (true, true));
        assert_eq!(seen(None, None, Status::Complete), (true, false));
    }

    #[test]
    fn absent_status_leaves_the_last_one() {
        let mut state = Migration { status: Attr::Known("WORKING".into()), ..Migration::default() };
        update_from_response(
            &mut state,
            &mut PrivateState::default(),
            &response(None, None, None),
            SystemTime::UNIX_EPOCH,
        );
        assert_eq!(state.status.as_str(), Some("WORKING"));
    }
}
