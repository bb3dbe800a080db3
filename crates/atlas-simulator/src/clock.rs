//! The simulated clock: real time at an adjustable speed, which can be frozen and moved on; it knows nothing of what it times.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point in simulated time: the duration since the Unix epoch.
pub(crate) type Moment = Duration;

/// The end of simulated time, so that no sum of moments overflows: ten thousand years after the Unix epoch.
const END: Moment = Duration::from_secs(10_000 * 366 * 86_400);
/// The highest speed; a second then lasts eleven days.
const MAX_SPEED: f64 = 1e6;

/// Starts at the real time and goes on at `speed` simulated seconds a second.
#[derive(Debug)]
pub(crate) struct Clock {
    anchor: Instant,
    at_anchor: Moment,
    speed: f64,
}

impl Clock {
    pub(crate) fn new(speed: f64) -> Self {
        // A machine whose clock stands before 1970 starts at 1970.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { anchor: Instant::now(), at_anchor: now, speed: tame(speed) }
    }

    pub(crate) fn now(&self) -> Moment {
        let passed = self.anchor.elapsed().as_secs_f64() * self.speed;
        let passed = Duration::try_from_secs_f64(passed).unwrap_or(END);
        self.at_anchor.saturating_add(passed).min(END)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.at_anchor = self.at_anchor.saturating_add(by).min(END);
    }

    /// Goes on from the present moment at another speed; 0 freezes.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.at_anchor = self.now();
        self.anchor = Instant::now();
        self.speed = tame(speed);
    }

    pub(crate) const fn speed(&self) -> f64 {
        self.speed
    }
}

/// The moment as the standard library's type; cannot overflow, because no moment is later than [`END`].
pub(crate) fn to_system_time(moment: Moment) -> SystemTime {
    UNIX_EPOCH.checked_add(moment).unwrap_or(UNIX_EPOCH)
}

fn tame(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.0, MAX_SPEED) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let mut clock = Clock::new(0.0);
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(clock.now(), start + Duration::from_secs(3600));
    }

    #[test]
    fn a_change_of_speed_keeps_the_moment() {
        let mut clock = Clock::new(1e6);
        while clock.now() < clock.at_anchor + Duration::from_secs(60) {}
        let before = clock.now();
        clock.set_speed(0.0);
        assert!(clock.now() >= before);
    }

    #[test]
    fn absurd_numbers_are_bounded() {
        let mut clock = Clock::new(f64::NAN);
        clock.advance(Duration::MAX);
        clock.set_speed(f64::INFINITY);
        assert_eq!(clock.now(), END);
        assert!(to_system_time(END) > UNIX_EPOCH);
    }
}
