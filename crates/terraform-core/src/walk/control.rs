//! Interruptions of a command that runs: Ctrl-C once, Ctrl-C twice, the death of the provider, the death of Terraform.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::client::Client;
use crate::platform::send_signal;
use crate::transport::Connection;

/// How far a command is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Not at all.
    Running,
    /// First interrupt: what runs may end, nothing new begins.
    Stopping,
    /// Second interrupt: Shutdown at once, responses are dropped.
    ShutDown,
    /// Terraform is gone: no Shutdown, no connection.
    Vanished,
}

/// The switch of one command; all clones are one.
#[derive(Clone)]
pub(crate) struct Control(Arc<Inner>);

struct Inner {
    phase: watch::Sender<Phase>,
    live: Mutex<Option<Live>>,
}

/// The process of the walk that runs.
#[derive(Clone)]
struct Live {
    client: Client,
    connection: Connection,
    pid: u32,
}

impl Control {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { phase: watch::Sender::new(Phase::Running), live: Mutex::new(None) }))
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.0.phase.borrow()
    }

    /// Whether new operations are halted.
    pub(crate) fn is_halted(&self) -> bool {
        self.phase() >= Phase::Stopping
    }

    /// Waits for a second interrupt, or for the end of Terraform.
    pub(crate) async fn aborted(&self) {
        let mut phase = self.0.phase.subscribe();
        // The sender lives as long as this.
        let _ = phase.wait_for(|phase| *phase >= Phase::ShutDown).await;
    }

    /// First interrupt: Stop to the process, and nothing new begins. Comes back when Stop is answered.
    pub(crate) async fn stop(&self) {
        self.0
            .phase
            .send_if_modified(|phase| std::mem::replace(phase, (*phase).max(Phase::Stopping)) < Phase::Stopping);
        let live = self.live();
        if let Some(live) = live {
            live.client.stop().await;
            // What came before the answer is handled before the answer counts.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            live.client.recorder.stopped.store(true, Ordering::SeqCst);
        }
    }

    /// Second interrupt.
    pub(crate) fn shut_down(&self) {
        self.abort(Phase::ShutDown);
    }

    /// The end of Terraform.
    pub(crate) fn vanish(&self) {
        self.abort(Phase::Vanished);
        if let Some(live) = self.live() {
            live.connection.cut();
        }
    }

    /// Kills the provider the hard way.
    pub(crate) fn kill_provider(&self) {
        if let Some(live) = self.live() {
            live.client.recorder.interrupt();
            send_signal(live.pid, "KILL");
        }
    }

    /// The id of the process of the walk that runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.live().map(|live| live.pid)
    }

    /// Says which process the interruptions are for.
    pub(super) fn enter(&self, client: Client, connection: Connection, pid: u32) {
        *self.0.live.lock().unwrap_or_else(PoisonError::into_inner) = Some(Live { client, connection, pid });
    }

    /// The process ends.
    pub(super) fn leave(&self) {
        *self.0.live.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn abort(&self, phase: Phase) {
        if let Some(live) = self.live() {
            live.client.recorder.interrupt();
        }
        self.0.phase.send_replace(phase);
    }

    fn live(&self) -> Option<Live> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
