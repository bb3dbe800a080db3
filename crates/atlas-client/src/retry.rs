//! Whether a failed attempt is retried, and after which delay. Polling uses the same delays.
//!
//! No I/O and no clock: the caller passes the times.

use std::fmt;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::cause::{AuthenticationError, ConnectCause};
use crate::error::ErrorKind;

/// How long connecting to a host that has never responded is retried, unless the deadline is earlier: a mistyped name is
/// more likely than an outage.
pub(crate) const UNREACHED_TIMEOUT: Duration = Duration::from_secs(30);

/// The most attempts of one call whose response can't be read. Such a response is not from Atlas, or Atlas has changed.
pub(crate) const MAX_UNREADABLE: u32 = 3;

/// Exponential backoff with jitter: each delay is random between half of the exponential delay and all of it.
///
/// The iterator is infinite. No delay exceeds `max`, and a `min` above `max` counts as `max`.
pub struct Backoff {
    min: Duration,
    max: Duration,
    delays: <ExponentialBuilder as BackoffBuilder>::Backoff,
}

impl Backoff {
    /// Delays that double from `min` to `max`.
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, delays: Self::delays(min.min(max), max) }
    }

    /// The next delay, at most `max`.
    pub fn next_delay(&mut self) -> Duration {
        self.delays.next().map_or(self.max, |delay| delay.min(self.max))
    }

    /// Restarts with the first delay.
    pub fn reset(&mut self) {
        self.delays = Self::delays(self.min.min(self.max), self.max);
    }

    /// backon adds a jitter of up to the delay itself, so both limits are halved.
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

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    /// Whether the request of the operation was sent, at least in part. Requests for authentication don't count.
    pub(crate) sent: bool,
    /// Whether there was a successful response that can't be read.
    pub(crate) is_unreadable: bool,
}

impl Failure {
    /// A failure without a successful response of the operation.
    pub(crate) fn new(kind: ErrorKind, sent: bool) -> Self {
        let is_unreadable = matches!(kind, ErrorKind::Authentication(AuthenticationError::TokenUnreadable { .. }));
        Self { kind, sent, is_unreadable }
    }
}

/// The circumstances of a failed attempt.
pub(crate) struct RetryContext {
    /// Whether the operation changes something in Atlas.
    pub(crate) is_write: bool,
    /// Whether this client has ever received a response.
    pub(crate) reached: bool,
    /// The number of responses of this call that can't be read.
    pub(crate) unreadable: u32,
    /// The time since the first attempt began.
    pub(crate) elapsed: Duration,
    /// The time until the deadline.
    pub(crate) left: Duration,
    /// Half of this is the shortest delay.
    pub(crate) retry_min: Duration,
    /// The delay that the backoff chose.
    pub(crate) delay: Duration,
}

/// What follows a failed attempt.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// A retry is not safe, or is useless.
    GiveUp,
    /// A retry would be after the deadline. With the wait that the server requests, where that is the reason.
    DeadlineExceeded(Option<Duration>),
    /// A retry after this delay.
    Wait(Duration),
}

/// Decides on a retry. Reads, and everything before a write is sent, are retried after every temporary failure. A write that
/// was sent is retried only after a 429, which proves that it had no effect.
pub(crate) fn decide(failure: &Failure, context: &RetryContext) -> Decision {
    let allowed = !context.is_write || !failure.sent || is_status(&failure.kind, 429);
    let never_reached =
        matches!(failure.kind, ErrorKind::Connect(..)) && !context.reached && context.elapsed >= UNREACHED_TIMEOUT;
    let always_unreadable = failure.is_unreadable && context.unreadable >= MAX_UNREADABLE;
    if !allowed || !is_retryable(&failure.kind) || never_reached || always_unreadable {
        return Decision::GiveUp;
    }
    if let Some(wait) = retry_after(&failure.kind) {
        let wait = wait.max(context.retry_min / 2);
        return if wait < context.left { Decision::Wait(wait) } else { Decision::DeadlineExceeded(Some(wait)) };
    }
    // Near the deadline the delays become shorter, so that the remaining time is used.
    let delay = context.delay.min(context.left / 2);
    if delay < context.retry_min / 2 || context.left.is_zero() {
        Decision::DeadlineExceeded(None)
    } else {
        Decision::Wait(delay)
    }
}

fn is_retryable(kind: &ErrorKind) -> bool {
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
        | ErrorKind::Cancelled => false,
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

    fn context(is_write: bool) -> RetryContext {
        RetryContext {
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
        decide(&Failure::new(kind, sent), &context(is_write))
    }

    fn temporary() -> Vec<ErrorKind> {
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
    fn reads_are_retried_after_every_temporary_failure() {
        for kind in temporary() {
            let shown = format!("{kind:?}");
            assert_eq!(after(false, true, kind), Decision::Wait(4 * SECOND), "{shown}");
        }
    }

    #[test]
    fn writes_that_were_sent_are_retried_after_429_only() {
        for kind in temporary() {
            let shown = format!("{kind:?}");
            assert_eq!(after(true, true, kind), Decision::GiveUp, "{shown}");
        }
        assert_eq!(after(true, true, api(429, None)), Decision::Wait(4 * SECOND));
    }

    #[test]
    fn writes_that_were_not_sent_are_retried_like_reads() {
        for kind in temporary() {
            let shown = format!("{kind:?}");
            assert_eq!(after(true, false, kind), Decision::Wait(4 * SECOND), "{shown}");
        }
    }

    #[test]
    fn permanent_failures_are_not_retried() {
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
    fn retry_after_is_respected_unless_the_deadline_is_earlier() {
        assert_eq!(after(true, true, api(429, Some(7 * SECOND))), Decision::Wait(7 * SECOND));
        assert_eq!(after(false, true, api(503, Some(99 * SECOND))), Decision::Wait(99 * SECOND));
        assert_eq!(after(false, true, api(503, Some(100 * SECOND))), Decision::DeadlineExceeded(Some(100 * SECOND)));
        assert_eq!(after(false, true, api(429, Some(Duration::ZERO))), Decision::Wait(SECOND / 2));
    }

    #[test]
    fn delays_become_shorter_before_the_deadline() {
        let at = |left: Duration| decide(&Failure::new(api(500, None), true), &RetryContext { left, ..context(false) });
        assert_eq!(at(6 * SECOND), Decision::Wait(3 * SECOND));
        assert_eq!(at(SECOND), Decision::Wait(SECOND / 2));
        assert_eq!(at(SECOND / 2), Decision::DeadlineExceeded(None));
        assert_eq!(at(Duration::ZERO), Decision::DeadlineExceeded(None));
    }

    #[test]
    fn unreached_host_is_given_up_before_the_deadline() {
        let late = |reached| RetryContext { reached, elapsed: UNREACHED_TIMEOUT, ..context(false) };
        let failure = Failure::new(ErrorKind::Connect(ConnectCause::Dns, "".into()), false);
        assert_eq!(decide(&failure, &late(false)), Decision::GiveUp);
        assert_eq!(decide(&failure, &late(true)), Decision::Wait(4 * SECOND));
        assert_eq!(decide(&Failure::new(api(500, None), true), &late(false)), Decision::Wait(4 * SECOND));
    }

    #[test]
    fn unreadable_response_is_requested_three_times() {
        let decide_after =
            |unreadable, failure: Failure| decide(&failure, &RetryContext { unreadable, ..context(false) });
        let broken = || Failure { is_unreadable: true, ..Failure::new(ErrorKind::Broken("cut".into()), true) };
        let token = || {
            let error = AuthenticationError::TokenUnreadable { status: 200, why: String::new() };
            Failure::new(ErrorKind::Authentication(error), false)
        };
        for failure in [broken, token] {
            assert_eq!(decide_after(MAX_UNREADABLE - 1, failure()), Decision::Wait(4 * SECOND));
            assert_eq!(decide_after(MAX_UNREADABLE, failure()), Decision::GiveUp);
        }
        let failed = Failure::new(api(500, None), true);
        assert_eq!(decide_after(MAX_UNREADABLE, failed), Decision::Wait(4 * SECOND));
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
    fn backoff_accepts_any_bounds() {
        assert_eq!(Backoff::new(Duration::ZERO, Duration::ZERO).take(3).max(), Some(Duration::ZERO));
        assert!(Backoff::new(10 * SECOND, SECOND).take(20).all(|delay| delay <= SECOND));
        assert!(Backoff::new(Duration::MAX, Duration::MAX).take(3).all(|delay| delay >= Duration::MAX / 2));
    }
}
