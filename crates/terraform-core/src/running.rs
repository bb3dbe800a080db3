//! An apply that runs in the background, to be watched and interrupted.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::engine::Engine;
use super::event::{Event, EventLog};
use super::outcome::Outcome;
use super::state::State;
use super::violation;
use super::walk::{Control, WorkingState};

/// How long a test waits for a call to begin before it fails.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

/// An apply that runs.
pub struct Running {
    engine: Arc<Engine>,
    control: Control,
    events: EventLog,
    state: WorkingState,
    task: JoinHandle<Outcome>,
    collect: bool,
}

impl Running {
    pub(super) fn new(
        engine: Arc<Engine>,
        control: Control,
        events: EventLog,
        state: WorkingState,
        task: JoinHandle<Outcome>,
        collect: bool,
    ) -> Self {
        Self { engine, control, events, state, task, collect }
    }

    /// First Ctrl-C: the Stop call; what runs may end, nothing new begins. Comes back when Stop is answered.
    pub fn stop(&self) {
        let control = self.control.clone();
        // As a task beside those that read responses, so that what came first is handled first.
        let stopped = self.engine.spawn(async move { control.stop().await });
        // A panic in there is the test's.
        self.engine.run(stopped).expect("Stop is sent");
    }

    /// Second Ctrl-C: Shutdown at once, the responses of running calls are dropped.
    pub fn shutdown_now(&self) {
        self.control.shut_down();
    }

    /// The provider dies (`kill -9`).
    pub fn kill_provider(&self) {
        self.control.kill_provider();
    }

    /// Terraform dies: connection and pipes are closed, and nothing is sent. [`Self::join`] then waits for the provider to end by itself.
    pub fn vanish(&self) {
        self.control.vanish();
    }

    /// The id of the provider process, none before its start and after its end.
    pub fn pid(&self) -> Option<u32> {
        self.control.pid()
    }

    /// Waits until a call was sent, such as `ApplyResourceChange` for an address.
    ///
    /// # Panics
    /// When that does not happen within 30 s.
    #[track_caller]
    pub fn wait_for_call(&self, rpc: &str, address: &str) {
        self.wait_until(|event| event.started() == Some(rpc) && event.address.as_deref() == Some(address));
    }

    /// Waits until an event of the past or future fits.
    ///
    /// # Panics
    /// When that does not happen within 30 s.
    #[track_caller]
    pub fn wait_until(&self, fits: impl Fn(&Event) -> bool) {
        assert!(self.events.wait_until(fits, WAIT_LIMIT), "the awaited event did not come within {WAIT_LIMIT:?}");
    }

    /// Whether the apply has ended.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// What the state file holds by now: every finished object is saved at once.
    pub fn state(&self) -> State {
        self.state.snapshot()
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When the provider broke a rule, unless the core collects violations.
    #[track_caller]
    pub fn join(self) -> (Outcome, State) {
        let mut outcome = match self.engine.run(self.task) {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => panic!("the apply was cancelled: {error}"),
        };
        outcome.events.extend(self.events.take());
        if !self.collect {
            violation::refuse(&outcome.violations, &outcome.stderr());
        }
        (outcome, self.state.snapshot())
    }
}
