//! Faults on demand: an ordered list of rules that select requests. It is independent of what an operation does.

use crate::action::Action;
use crate::route::Operation;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::watch;

/// A rule that applies an action to some of the requests of an operation.
///
/// Rules are matched after authentication, so that the unauthenticated request of a digest exchange doesn't count, and
/// before the operation runs. The first rule that matches and isn't exhausted applies.
#[derive(Clone, Debug)]
pub struct Fault {
    operation: Operation,
    action: Action,
    skip: usize,
    times: Option<usize>,
    processed: bool,
    before_authentication: bool,
    path_fragment: String,
}

impl Fault {
    /// Applies the action to the next request of the operation, once.
    pub const fn new(operation: Operation, action: Action) -> Self {
        Self {
            operation,
            action,
            skip: 0,
            times: Some(1),
            processed: false,
            before_authentication: false,
            path_fragment: String::new(),
        }
    }

    /// Applies to the next `times` requests.
    #[must_use]
    pub const fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies until [`FaultHandle::end`].
    #[must_use]
    pub const fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Ignores the first `skip` matching requests.
    #[must_use]
    pub const fn skip(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Lets the request take effect first, and then replaces, drops or holds the response.
    #[must_use]
    pub const fn processed(mut self) -> Self {
        self.processed = true;
        self
    }

    /// Matches every request on arrival, with or without credentials, before it takes effect. For [`Action::Respond`],
    /// [`Action::Reset`], [`Action::Silence`] and [`Action::Hold`].
    #[must_use]
    pub const fn before_authentication(mut self) -> Self {
        self.before_authentication = true;
        self
    }

    /// Matches only requests whose path and query contain this text, such as an ID.
    #[must_use]
    pub fn on_path(mut self, fragment: impl Into<String>) -> Self {
        self.path_fragment = fragment.into();
        self
    }
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    matched: usize,
    shared: Arc<RuleState>,
}

/// The state that a rule shares with its handle.
#[derive(Debug)]
struct RuleState {
    hits: AtomicUsize,
    ended: AtomicBool,
    released: watch::Sender<bool>,
}

/// The fault that applies to a request.
#[derive(Debug)]
pub(crate) struct FaultMatch {
    pub(crate) action: Action,
    pub(crate) processed: bool,
    state: Arc<RuleState>,
}

impl FaultMatch {
    pub(crate) async fn released(&self) {
        // It can't fail, because `state` owns the sender.
        let _ = self.state.released.subscribe().wait_for(|released| *released).await;
    }
}

/// The parts of a request that rules match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) operation: Operation,
    pub(crate) path: &'a str,
    pub(crate) has_credentials: bool,
    /// Whether the request has been authenticated already.
    pub(crate) authenticated: bool,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> FaultHandle {
        let (released, _) = watch::channel(false);
        let shared = Arc::new(RuleState { hits: AtomicUsize::new(0), ended: AtomicBool::new(false), released });
        self.rules.push(Rule { fault, matched: 0, shared: Arc::clone(&shared) });
        FaultHandle { state: shared }
    }

    /// The first matching rule; the match counts toward its limit.
    pub(crate) fn match_request(&mut self, candidate: Candidate<'_>) -> Option<FaultMatch> {
        let rule = self.rules.iter_mut().find(|rule| rule.matches(candidate))?;
        rule.matched += 1;
        if rule.matched <= rule.fault.skip {
            return None;
        }
        rule.shared.hits.fetch_add(1, Ordering::SeqCst);
        Some(FaultMatch {
            action: rule.fault.action.clone(),
            processed: rule.fault.processed,
            state: Arc::clone(&rule.shared),
        })
    }
}

impl Rule {
    fn matches(&self, candidate: Candidate<'_>) -> bool {
        let fault = &self.fault;
        let changes_credentials = fault.action.changes_credentials();
        let exhausted = fault.times.is_some_and(|times| self.matched >= fault.skip.saturating_add(times));
        !exhausted
            && !self.shared.ended.load(Ordering::SeqCst)
            && (fault.operation == Operation::Any || fault.operation == candidate.operation)
            && candidate.path.contains(&fault.path_fragment)
            && candidate.authenticated != (fault.before_authentication || changes_credentials)
            && (candidate.has_credentials || !changes_credentials)
    }
}

/// Observes and ends a fault. Dropping it leaves the fault in effect.
#[derive(Clone, Debug)]
pub struct FaultHandle {
    state: Arc<RuleState>,
}

impl FaultHandle {
    /// The number of requests that the fault has applied to.
    pub fn hits(&self) -> usize {
        self.state.hits.load(Ordering::SeqCst)
    }

    /// Lets the held requests continue, and later ones pass.
    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    /// Ends the fault: it applies to no further request.
    pub fn end(&self) {
        self.state.ended.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Candidate<'static> =
        Candidate { operation: Operation::Read, path: "/x/1", has_credentials: true, authenticated: true };

    fn names(faults: &mut Faults, candidate: Candidate<'_>, count: usize) -> Vec<&'static str> {
        (0..count).map(|_| faults.match_request(candidate).map_or("-", |fault| fault.action.name())).collect()
    }

    #[test]
    fn rules_apply_in_order_until_exhausted() {
        let mut faults = Faults::default();
        let first = faults.add(Fault::new(Operation::Read, Action::Reset).skip(1).times(2));
        faults.add(Fault::new(Operation::Any, Action::Silence));
        assert_eq!(names(&mut faults, READ, 5), ["-", "reset", "reset", "silence", "-"]);
        assert_eq!(first.hits(), 2);
    }

    #[test]
    fn a_rule_matches_operation_path_and_authentication() {
        let mut faults = Faults::default();
        let handle = faults.add(Fault::new(Operation::Read, Action::Reset).forever().on_path("/1"));
        assert_eq!(names(&mut faults, Candidate { operation: Operation::Create, ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, Candidate { path: "/x/2", ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, Candidate { authenticated: false, ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, READ, 2), ["reset", "reset"]);
        handle.end();
        assert_eq!(names(&mut faults, READ, 1), ["-"]);
    }

    #[test]
    fn credentials_expire_only_for_a_request_with_credentials() {
        let mut faults = Faults::default();
        faults.add(Fault::new(Operation::Read, Action::StaleNonce));
        let unauthenticated = Candidate { authenticated: false, ..READ };
        assert_eq!(names(&mut faults, Candidate { has_credentials: false, ..unauthenticated }, 1), ["-"]);
        assert_eq!(names(&mut faults, unauthenticated, 2), ["stale-nonce", "-"]);
    }
}
