//! Whether, and after how long, a failed attempt is repeated: rules without IO, and the delays that polling uses too.
//!
//! It must not send anything and must not read a clock beyond what it is given.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::cause::{AuthenticationError, ConnectCause};
use crate::error::ErrorKind;

/// How long a host that has never answered is tried, unless the deadline is earlier: a mistyped name is likelier than an outage.
pub(crate) const UNREACHED_PATIENCE: Duration = Duration::from_secs(30);

/// How often one call requests an answer that can't be read: what answers so is not Atlas, or it has changed.
pub(crate) const MAX_UNREADABLE: u32 = 3;

/// Delays that double from a first to a longest one, each between half of that and all of it, at random.
///
/// It is an endless iterator; `max` is never exceeded, and a `min` above `max` counts as `max`.
pub struct Backoff {
    min: Duration,
    max: Duration,
    delays: <ExponentialBuilder as BackoffBuilder>::Backoff,
}

impl Backoff {
    /// Delays that begin with `min` and grow to `max`.
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, delays: Self::delays(min.min(max), max) }
    }

    /// The next delay.
    pub fn next_delay(&mut self) -> Duration {
        self.delays.next().map_or(self.max, |delay| delay.min(self.max))
    }

    /// Begins with the first delay again.
    pub fn reset(&mut self) {
        self.delays = Self::delays(self.min.min(self.max), self.max);
    }

    /// backon adds its jitter, up to the whole delay, to the delay: halves of both ends give what we want.
    fn delays(min: Duration, max: Duration) -> <ExponentialBuilder as BackoffBuilder>::Backoff {
        ExponentialBuilder::new()
            .with_min_delay(min / 2)
            .with_max_delay(max / 2)
            .with_jitter()
            .without_max_times()
            .build()
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.next_delay())
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backoff").field("min", &self.min).field("max", &self.max).finish_non_exhaustive()
    }
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    /// Whether the operation's own request, not one for authentication, may have reached the server.
    pub(crate) sent: bool,
    /// Whether there was an answer of success that could not be read.
    pub(crate) is_unreadable: bool,
}

impl Failure {
    /// A failure without such an answer from the operation.
    pub(crate) fn new(kind: ErrorKind, sent: bool) -> Self {
        let is_unreadable = matches!(kind, ErrorKind::Authentication(AuthenticationError::TokenUnreadable { .. }));
        Self { kind, sent, is_unreadable }
    }
}

/// What is known when an attempt has failed.
pub(crate) struct Situation {
    /// Whether the operation changes something in Atlas.
    pub(crate) is_write: bool,
    /// Whether this client has ever had an answer of any kind.
    pub(crate) reached: bool,
    /// How many answers of this call could not be read.
    pub(crate) unreadable: u32,
    /// The time since the first attempt began.
    pub(crate) elapsed: Duration,
    /// The time until the deadline.
    pub(crate) left: Duration,
    /// The shortest delay that is worth waiting for.
    pub(crate) retry_min: Duration,
    /// The delay that the backoff chose.
    pub(crate) delay: Duration,
}

/// What to do after a failed attempt.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// Repeating is not allowed, or would not help.
    GiveUp,
    /// Repeating would help but for the deadline; the wait that the server asks for, where that is the reason.
    TooLate(Option<Duration>),
    /// Repeat after this delay.
    Wait(Duration),
}

/// The rule. Reads, and whatever comes before a write is sent, are repeated on every passing trouble; a write that was
/// sent only on 429, which proves that it was not executed.
pub(crate) fn decide(failure: &Failure, situation: &Situation) -> Decision {
    let allowed = !situation.is_write || !failure.sent || is_status(&failure.kind, 429);
    let never_reached =
        matches!(failure.kind, ErrorKind::Connect(..)) && !situation.reached && situation.elapsed >= UNREACHED_PATIENCE;
    let never_readable = failure.is_unreadable && situation.unreadable >= MAX_UNREADABLE;
    if !allowed || !is_passing(&failure.kind) || never_reached || never_readable {
        return Decision::GiveUp;
    }
    if let Some(wait) = retry_after(&failure.kind) {
        let wait = wait.max(situation.retry_min / 2);
        return if wait < situation.left { Decision::Wait(wait) } else { Decision::TooLate(Some(wait)) };
    }
    // Near the deadline the delays become shorter, so that the time that is left is used, but never shorter than the first.
    let delay = situation.delay.min(situation.left / 2);
    if delay < situation.retry_min / 2 || situation.left.is_zero() {
        Decision::TooLate(None)
    } else {
        Decision::Wait(delay)
    }
}

fn is_passing(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::Api(api) => api.status == 429 || api.status >= 500,
        ErrorKind::Authentication(error) => matches!(error, AuthenticationError::TokenUnreadable { .. }),
        ErrorKind::Broken(_) | ErrorKind::Timeout(_) | ErrorKind::Unreadable { .. } => true,
        ErrorKind::Connect(cause, _) => match cause {
            ConnectCause::ProxyAuthentication
            | ConnectCause::Tls
            | ConnectCause::Untrusted
            | ConnectCause::WrongName => false,
            ConnectCause::Dns
            | ConnectCause::Network
            | ConnectCause::Proxy
            | ConnectCause::Refused
            | ConnectCause::TimedOut => true,
        },
        ErrorKind::Deadline { .. }
        | ErrorKind::Environment(_)
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Redirect { .. }
        | ErrorKind::Setup(_)
        | ErrorKind::Stopped => false,
    }
}

fn is_status(kind: &ErrorKind, status: u16) -> bool {
    matches!(kind, ErrorKind::Api(api) if api.status == status)
}

fn retry_after(kind: &ErrorKind) -> Option<Duration> {
    if let ErrorKind::Api(api) = kind { api.retry_after } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_error::ApiError;
    use crate::mask::Mask;

    const SECOND: Duration = Duration::from_secs(1);

    fn api(status: u16, retry_after: Option<Duration>) -> ErrorKind {
        let error = ApiError { retry_after, ..ApiError::parse(status, b"", &Mask::default()) };
        ErrorKind::Api(Box::new(error))
    }

    fn situation(is_write: bool) -> Situation {
        Situation {
            is_write,
            reached: true,
            unreadable: 0,
            elapsed: SECOND,
            left: 100 * SECOND,
            retry_min: SECOND,
            delay: 4 * SECOND,
        }
    }

    fn after(is_write: bool, sent: bool, kind: ErrorKind) -> Decision {
        decide(&Failure::new(kind, sent), &situation(is_write))
    }

    fn passing() -> Vec<ErrorKind> {
        vec![
            api(500, None),
            api(503, None),
            ErrorKind::Broken("reset".into()),
            ErrorKind::Timeout(SECOND),
            ErrorKind::Unreadable { status: 200, why: String::new() },
            ErrorKind::Connect(ConnectCause::Refused, "".into()),
        ]
    }

    #[test]
    fn reads_repeat_every_passing_trouble() {
        for kind in passing() {
            let shown = format!("{kind:?}");
            assert_eq!(after(false, true, kind), Decision::Wait(4 * SECOND), "{shown}");
        }
    }

    #[test]
    fn writes_that_were_sent_repeat_only_429() {
        for kind in passing() {
            let shown = format!("{kind:?}");
            assert_eq!(after(true, true, kind), Decision::GiveUp, "{shown}");
        }
        assert_eq!(after(true, true, api(429, None)), Decision::Wait(4 * SECOND));
    }

    #[test]
    fn writes_that_were_not_sent_repeat_like_reads() {
        for kind in passing() {
            let shown = format!("{kind:?}");
            assert_eq!(after(true, false, kind), Decision::Wait(4 * SECOND), "{shown}");
        }
    }

    #[test]
    fn what_time_does_not_heal_is_not_repeated() {
        for kind in [
            api(400, None),
            api(401, None),
            api(404, None),
            api(409, None),
            ErrorKind::Redirect { status: 307, location: None },
            ErrorKind::Connect(ConnectCause::Untrusted, "".into()),
            ErrorKind::Authentication(AuthenticationError::NoChallenge { status: 200 }),
            ErrorKind::InvalidRequest(String::new()),
        ] {
            let shown = format!("{kind:?}");
            assert_eq!(after(false, false, kind), Decision::GiveUp, "{shown}");
        }
    }

    #[test]
    fn retry_after_is_honoured_unless_the_deadline_comes_first() {
        assert_eq!(after(true, true, api(429, Some(7 * SECOND))), Decision::Wait(7 * SECOND));
        assert_eq!(after(false, true, api(503, Some(99 * SECOND))), Decision::Wait(99 * SECOND));
        assert_eq!(after(false, true, api(503, Some(100 * SECOND))), Decision::TooLate(Some(100 * SECOND)));
        assert_eq!(after(false, true, api(429, Some(Duration::ZERO))), Decision::Wait(SECOND / 2));
    }

    #[test]
    fn delays_shrink_towards_the_deadline_and_end_before_it() {
        let at = |left: Duration| decide(&Failure::new(api(500, None), true), &Situation { left, ..situation(false) });
        assert_eq!(at(6 * SECOND), Decision::Wait(3 * SECOND));
        assert_eq!(at(SECOND), Decision::Wait(SECOND / 2));
        assert_eq!(at(SECOND / 2), Decision::TooLate(None));
        assert_eq!(at(Duration::ZERO), Decision::TooLate(None));
    }

    #[test]
    fn a_host_that_never_answered_is_given_up_before_the_deadline() {
        let late = |reached| Situation { reached, elapsed: UNREACHED_PATIENCE, ..situation(false) };
        let failure = Failure::new(ErrorKind::Connect(ConnectCause::Dns, "".into()), false);
        assert_eq!(decide(&failure, &late(false)), Decision::GiveUp);
        assert_eq!(decide(&failure, &late(true)), Decision::Wait(4 * SECOND));
        assert_eq!(decide(&Failure::new(api(500, None), true), &late(false)), Decision::Wait(4 * SECOND));
    }

    #[test]
    fn answer_that_cannot_be_read_is_requested_three_times() {
        let decide_after =
            |unreadable, failure: Failure| decide(&failure, &Situation { unreadable, ..situation(false) });
        let broken = || Failure { is_unreadable: true, ..Failure::new(ErrorKind::Broken("cut".into()), true) };
        let token = || {
            let error = AuthenticationError::TokenUnreadable { status: 200, why: String::new() };
            Failure::new(ErrorKind::Authentication(error), false)
        };
        for failure in [broken, token] {
            assert_eq!(decide_after(MAX_UNREADABLE - 1, failure()), Decision::Wait(4 * SECOND));
            assert_eq!(decide_after(MAX_UNREADABLE, failure()), Decision::GiveUp);
        }
        let refused = Failure::new(api(500, None), true);
        assert_eq!(decide_after(MAX_UNREADABLE, refused), Decision::Wait(4 * SECOND));
    }

    #[test]
    fn backoff_doubles_within_its_bounds() {
        let mut backoff = Backoff::new(2 * SECOND, 30 * SECOND);
        for round in 0..2 {
            for full in [2, 4, 8, 16, 30, 30] {
                let (delay, full) = (backoff.next_delay(), full * SECOND);
                let within = full / 2 <= delay && delay <= full;
                assert!(within, "round {round}: {delay:?} is not within half of {full:?} and it");
            }
            backoff.reset();
        }
    }

    #[test]
    fn backoff_takes_any_bounds() {
        assert_eq!(Backoff::new(Duration::ZERO, Duration::ZERO).take(3).max(), Some(Duration::ZERO));
        assert!(Backoff::new(10 * SECOND, SECOND).take(20).all(|delay| delay <= SECOND));
        assert!(Backoff::new(Duration::MAX, Duration::MAX).take(3).all(|delay| delay >= Duration::MAX / 2));
    }
}
