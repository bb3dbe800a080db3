//! The simulated clock: real time at an adjustable speed. It can be frozen and advanced.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in simulated time: the duration since the Unix epoch.
pub(crate) type Timestamp = Duration;

/// The end of simulated time, so that no sum of timestamps overflows: ten thousand years after the Unix epoch.
const END: Timestamp = Duration::from_secs(10_000 * 366 * 86_400);
/// At this speed, a real second is eleven simulated days.
const MAX_SPEED: f64 = 1e6;

/// Starts at the real time and runs at `speed` simulated seconds per real second.
#[derive(Debug)]
pub(crate) struct Clock {
    anchor: Instant,
    at_anchor: Timestamp,
    speed: f64,
}

impl Clock {
    pub(crate) fn new(speed: f64) -> Self {
        // A machine whose clock is set before 1970 starts in 1970.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { anchor: Instant::now(), at_anchor: now, speed: clamp_speed(speed) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let passed = self.anchor.elapsed().as_secs_f64() * self.speed;
        let passed = Duration::try_from_secs_f64(passed).unwrap_or(END);
        self.at_anchor.saturating_add(passed).min(END)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.at_anchor = self.at_anchor.saturating_add(by).min(END);
    }

    /// Continues from the current time at another speed; 0 freezes the clock.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.at_anchor = self.now();
        self.anchor = Instant::now();
        self.speed = clamp_speed(speed);
    }

    pub(crate) const fn speed(&self) -> f64 {
        self.speed
    }
}

/// Can't overflow, because no timestamp is later than [`END`].
pub(crate) fn to_system_time(timestamp: Timestamp) -> SystemTime {
    UNIX_EPOCH.checked_add(timestamp).unwrap_or(UNIX_EPOCH)
}

fn clamp_speed(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.0, MAX_SPEED) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_changes_only_when_advanced() {
        let mut clock = Clock::new(0.0);
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(clock.now(), start + Duration::from_secs(3600));
    }

    #[test]
    fn changing_the_speed_keeps_the_time() {
        let mut clock = Clock::new(1e6);
        while clock.now() < clock.at_anchor + Duration::from_secs(60) {}
        let before = clock.now();
        clock.set_speed(0.0);
        assert!(clock.now() >= before);
    }

    #[test]
    fn bounds_extreme_speeds_and_durations() {
        let mut clock = Clock::new(f64::NAN);
        clock.advance(Duration::MAX);
        clock.set_speed(f64::INFINITY);
        assert_eq!(clock.now(), END);
        assert!(to_system_time(END) > UNIX_EPOCH);
    }
}
