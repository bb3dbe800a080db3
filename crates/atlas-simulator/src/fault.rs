//! Faults on demand: a queue of rules that says which requests go wrong, and how; it must not know what an operation does.

use crate::action::Action;
use crate::route::Operation;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::watch;

/// One rule: which requests, which of them, and what happens to them.
///
/// A request is matched when its credentials were accepted, so that the unauthenticated half of a digest exchange uses up no
/// rule, and before the operation has looked at it. Each request meets the first rule that fits and is not used up.
#[derive(Clone, Debug)]
pub struct Fault {
    operation: Operation,
    action: Action,
    skip: usize,
    times: Option<usize>,
    processed: bool,
    early: bool,
    path_part: String,
}

impl Fault {
    /// Does this to the next request of the operation, once.
    pub const fn new(operation: Operation, action: Action) -> Self {
        Self { operation, action, skip: 0, times: Some(1), processed: false, early: false, path_part: String::new() }
    }

    /// Applies to the next `times` requests.
    #[must_use]
    pub const fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies until the rule is ended.
    #[must_use]
    pub const fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Lets the first `skip` matching requests pass.
    #[must_use]
    pub const fn skip(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Lets the request take effect first; then its answer is replaced, lost or held.
    #[must_use]
    pub const fn processed(mut self) -> Self {
        self.processed = true;
        self
    }

    /// Matches every request as it arrives, with or without credentials, for [`Action::Answer`], [`Action::Reset`],
    /// [`Action::Silence`] and [`Action::Hold`]; it has then not taken effect.
    #[must_use]
    pub const fn before_authentication(mut self) -> Self {
        self.early = true;
        self
    }

    /// Matches only where path and query contain this text, such as an id.
    #[must_use]
    pub fn on_path(mut self, part: impl Into<String>) -> Self {
        self.path_part = part.into();
        self
    }
}

/// The rules in their order.
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

/// What a rule shares with its handle.
#[derive(Debug)]
struct RuleState {
    hits: AtomicUsize,
    ended: AtomicBool,
    released: watch::Sender<bool>,
}

/// A rule that applies to a request.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) action: Action,
    pub(crate) processed: bool,
    state: Arc<RuleState>,
}

impl Hit {
    pub(crate) async fn released(&self) {
        // The sender lives in the rule's state, which we hold; so the error, which says that it is gone, cannot come.
        let _ = self.state.released.subscribe().wait_for(|released| *released).await;
    }
}

/// What of a request decides which rule it meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) operation: Operation,
    pub(crate) path: &'a str,
    pub(crate) has_credentials: bool,
    /// Before the authentication, or after it.
    pub(crate) early: bool,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> FaultHandle {
        let (released, _) = watch::channel(false);
        let shared = Arc::new(RuleState { hits: AtomicUsize::new(0), ended: AtomicBool::new(false), released });
        self.rules.push(Rule { fault, matched: 0, shared: Arc::clone(&shared) });
        FaultHandle { state: shared }
    }

    /// The first rule that fits, which is used up by one.
    pub(crate) fn pick(&mut self, candidate: Candidate<'_>) -> Option<Hit> {
        let rule = self.rules.iter_mut().find(|rule| rule.fits(candidate))?;
        rule.matched += 1;
        if rule.matched <= rule.fault.skip {
            return None;
        }
        rule.shared.hits.fetch_add(1, Ordering::SeqCst);
        Some(Hit {
            action: rule.fault.action.clone(),
            processed: rule.fault.processed,
            state: Arc::clone(&rule.shared),
        })
    }
}

impl Rule {
    fn fits(&self, candidate: Candidate<'_>) -> bool {
        let fault = &self.fault;
        let about_credentials = fault.action.is_about_credentials();
        let used_up = fault.times.is_some_and(|times| self.matched >= fault.skip.saturating_add(times));
        !used_up
            && !self.shared.ended.load(Ordering::SeqCst)
            && (fault.operation == Operation::Any || fault.operation == candidate.operation)
            && candidate.path.contains(&fault.path_part)
            && candidate.early == (fault.early || about_credentials)
            && (candidate.has_credentials || !about_credentials)
    }
}

/// A rule from the outside; dropping it leaves the rule in force.
#[derive(Clone, Debug)]
pub struct FaultHandle {
    state: Arc<RuleState>,
}

impl FaultHandle {
    /// How many requests it has applied to.
    pub fn hits(&self) -> usize {
        self.state.hits.load(Ordering::SeqCst)
    }

    /// Lets go on what is held, and all that would be held.
    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    /// Applies to no further request.
    pub fn end(&self) {
        self.state.ended.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Candidate<'static> =
        Candidate { operation: Operation::Read, path: "/x/1", has_credentials: true, early: false };

    fn names(faults: &mut Faults, candidate: Candidate<'_>, count: usize) -> Vec<&'static str> {
        (0..count).map(|_| faults.pick(candidate).map_or("-", |hit| hit.action.name())).collect()
    }

    #[test]
    fn rules_are_used_up_in_their_order() {
        let mut faults = Faults::default();
        let first = faults.add(Fault::new(Operation::Read, Action::Reset).skip(1).times(2));
        faults.add(Fault::new(Operation::Any, Action::Silence));
        assert_eq!(names(&mut faults, READ, 5), ["-", "reset", "reset", "silence", "-"]);
        assert_eq!(first.hits(), 2);
    }

    #[test]
    fn a_rule_fits_operation_path_and_stage() {
        let mut faults = Faults::default();
        let handle = faults.add(Fault::new(Operation::Read, Action::Reset).forever().on_path("/1"));
        assert_eq!(names(&mut faults, Candidate { operation: Operation::Create, ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, Candidate { path: "/x/2", ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, Candidate { early: true, ..READ }, 1), ["-"]);
        assert_eq!(names(&mut faults, READ, 2), ["reset", "reset"]);
        handle.end();
        assert_eq!(names(&mut faults, READ, 1), ["-"]);
    }

    #[test]
    fn credentials_expire_only_under_a_request_that_has_some() {
        let mut faults = Faults::default();
        faults.add(Fault::new(Operation::Read, Action::StaleNonce));
        let early = Candidate { early: true, ..READ };
        assert_eq!(names(&mut faults, Candidate { has_credentials: false, ..early }, 1), ["-"]);
        assert_eq!(names(&mut faults, early, 2), ["stale-nonce", "-"]);
    }
}
