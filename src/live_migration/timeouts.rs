//! The `timeouts` block, with defaults.

use std::time::Duration;

use tf_provider::Attr;

use super::model::{Migration, Timeouts};
use super::schema::{DEFAULT_CREATE_TIMEOUT, DEFAULT_UPDATE_TIMEOUT};
use crate::duration;

/// The time for the validation.
pub(super) fn create(planned: &Migration) -> Duration {
    timeout(planned, |timeouts| &timeouts.create, DEFAULT_CREATE_TIMEOUT)
}

/// The time for the milestones.
pub(super) fn update(planned: &Migration) -> Duration {
    timeout(planned, |timeouts| &timeouts.update, DEFAULT_UPDATE_TIMEOUT)
}

fn timeout(planned: &Migration, of: fn(&Timeouts) -> &Attr<String>, default: &str) -> Duration {
    let given = planned.timeouts.as_ref().and_then(|timeouts| of(timeouts).as_ref()).into_known();
    // `validate` has checked what is given, and a test the defaults.
    duration::parse(given.map_or(default, String::as_str)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_timeouts_have_the_documented_defaults() {
        let given = Timeouts { create: Attr::Known("90s".to_owned()), update: Attr::Null };
        let planned = Migration { timeouts: Attr::Known(given), ..Migration::default() };
        assert_eq!((create(&planned), update(&planned)), (Duration::from_secs(90), Duration::from_secs(24 * 3600)));
        assert_eq!(create(&Migration::default()), Duration::from_secs(30 * 60));
    }
}
