//! The calls of a command as they happen, for tests that wait for one or look at their order.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The walk, such as `plan` or `apply`.
    pub walk: &'static str,
    /// The resource; none for calls about the provider.
    pub address: Option<String>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A provider process was started.
    Launched,
    /// An RPC was sent.
    Started(&'static str),
    /// The response of an RPC came, or its failure.
    Finished(&'static str),
    /// An action showed progress.
    Progressed,
    /// A provider process ended.
    Exited,
}

/// The events of one command so far.
#[derive(Clone, Default)]
pub(super) struct EventLog(Arc<Inner>);

#[derive(Default)]
struct Inner {
    events: Mutex<Vec<Event>>,
    changed: Condvar,
}

impl Event {
    /// The RPC that was sent, where this is such an event.
    pub fn started(&self) -> Option<&'static str> {
        match self.kind {
            EventKind::Started(rpc) => Some(rpc),
            _ => None,
        }
    }
}

impl EventLog {
    pub(super) fn record(&self, walk: &'static str, address: Option<&str>, kind: EventKind) {
        let event = Event { walk, address: address.map(str::to_owned), kind };
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.0.changed.notify_all();
    }

    pub(super) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until an event of the past or future fits; false when the time is over.
    pub(super) fn wait_until(&self, fits: impl Fn(&Event) -> bool, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        while !events.iter().any(&fits) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return false };
            events = self.0.changed.wait_timeout(events, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EventLog").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_sees_past_and_future_events() {
        let log = EventLog::default();
        log.record("plan", None, EventKind::Launched);
        assert!(log.wait_until(|event| event.kind == EventKind::Launched, Duration::ZERO));
        assert!(!log.wait_until(|event| event.kind == EventKind::Exited, Duration::from_millis(1)));
        let writer = log.clone();
        let thread =
            std::thread::spawn(move || writer.record("plan", Some("thing.a"), EventKind::Started("ReadResource")));
        assert!(log.wait_until(|event| event.started() == Some("ReadResource"), Duration::from_secs(10)));
        thread.join().unwrap();
        assert_eq!(log.take().len(), 2);
    }
}
