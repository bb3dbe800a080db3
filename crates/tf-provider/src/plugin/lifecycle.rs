//! How long the plugin lives: connections and operations are counted here, and it is told here that Terraform is gone.
//!
//! It must not know what the operations are, nor how connections are made.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long to wait for the first connection. go-plugin gives up after 60 s.
const FIRST_CONNECTION: Duration = Duration::from_secs(75);
/// How long to wait for another connection when the last one is gone: gRPC clients reconnect.
const NEXT_CONNECTION: Duration = Duration::from_secs(5);
/// How long running operations may go on after a Shutdown. go-plugin kills the process 2 s after it.
pub(super) const GRACE_AFTER_SHUTDOWN: Duration = Duration::from_millis(1500);
/// How long running operations may go on when nobody would kill the process: a write in flight may take 30 s.
pub(super) const GRACE_WHEN_IDLE: Duration = Duration::from_secs(35);

/// What a service has to know of the life of the process. Clones are the same lifecycle.
///
/// The default is a new one that belongs to no process, for tests of a service.
#[derive(Clone, Default)]
pub struct Lifecycle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    disconnected: CancellationToken,
    on_terminate: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
    operations: watch::Sender<usize>,
    connections: watch::Sender<Connections>,
}

/// How many connections there are, and have ever been.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Connections {
    open: usize,
    ever: u64,
    session: u64,
}

impl Lifecycle {
    /// Cancelled when Terraform is gone: it asked for a Shutdown, or its last connection was lost and none came back
    /// within 5 s, or it never connected, or (in debug mode) the user interrupted.
    ///
    /// Whatever waits should end then, and nothing new be begun: nobody receives the answers any more. Cancelling it
    /// ends the process as a Shutdown does.
    pub fn disconnected(&self) -> CancellationToken {
        self.shared.disconnected.clone()
    }

    /// Calls `f` at each SIGTERM. The process goes on serving then, so that running operations can end in an orderly
    /// way and be answered; `f` is meant to do what Terraform's Stop call does, and must not block.
    pub fn on_terminate(&self, f: impl Fn() + Send + Sync + 'static) {
        // The list is never left half written, so a poisoned lock guards a good value.
        self.shared.on_terminate.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(f));
    }

    /// Counts an operation as running until the guard is dropped.
    ///
    /// Once Terraform is gone the process waits for running operations: up to 1.5 s after a Shutdown (Terraform
    /// kills it after 2 s), else up to 35 s.
    pub fn track(&self) -> Operation {
        self.shared.operations.send_modify(|running| *running += 1);
        Operation { shared: Arc::clone(&self.shared) }
    }

    /// The number of the current session: another one begins when a client connects and no other is connected. In debug
    /// mode a run of Terraform keeps its connections until it ends, so that the next run is another session.
    pub(crate) fn session(&self) -> u64 {
        self.shared.connections.borrow().session
    }

    /// [`gone`](Self::gone) without a clone.
    pub(super) fn disconnected_token(&self) -> &CancellationToken {
        &self.shared.disconnected
    }

    /// Tells whoever asked by [`on_terminate`](Self::on_terminate).
    pub(super) fn terminate(&self) {
        let callbacks = self.shared.on_terminate.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for callback in callbacks {
            callback();
        }
    }

    /// Counts a connection as open until the guard is dropped.
    pub(super) fn connected(&self) -> ConnectionGuard {
        self.shared.connections.send_modify(|connections| {
            connections.session += u64::from(connections.open == 0);
            connections.open += 1;
            connections.ever += 1;
        });
        ConnectionGuard { shared: Arc::clone(&self.shared) }
    }

    /// Returns when nobody connected in time, or the last connection was lost and no other came in time.
    pub(super) async fn idle(&self) {
        let mut connections = self.shared.connections.subscribe();
        if timeout(FIRST_CONNECTION, connections.wait_for(|now| now.ever > 0)).await.is_err() {
            tracing::warn!("nobody connected, leaving");
            return;
        }
        loop {
            let Ok(last) = connections.wait_for(|now| now.open == 0).await.map(|now| now.ever) else {
                return;
            };
            if timeout(NEXT_CONNECTION, connections.wait_for(|now| now.ever > last)).await.is_err() {
                tracing::warn!("the last connection is lost, leaving");
                return;
            }
        }
    }

    /// Returns when no operation is running.
    pub(super) async fn operations_ended(&self) {
        // Fails only when the sender is gone, and it is ours.
        let _ = self.shared.operations.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl fmt::Debug for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifecycle")
            .field("disconnected", &self.shared.disconnected.is_cancelled())
            .field("operations", &*self.shared.operations.borrow())
            .field("connections", &*self.shared.connections.borrow())
            .finish_non_exhaustive()
    }
}

/// A running operation, see [`Lifecycle::track`].
#[must_use = "the operation ends when this is dropped"]
pub struct Operation {
    shared: Arc<Shared>,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operation")
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.shared.operations.send_modify(|running| *running -= 1);
    }
}

/// An open connection, see [`Lifecycle::connected`].
pub(super) struct ConnectionGuard {
    shared: Arc<Shared>,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.shared.connections.send_modify(|connections| connections.open -= 1);
    }
}

#[cfg(test)]
mod tests {

    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::{Instant, advance, sleep};

    use super::*;

    async fn seconds_until_abandoned(lifecycle: &Lifecycle) -> u64 {
        let start = Instant::now();
        lifecycle.idle().await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_plugin_that_nobody_visits_outlives_the_patience_of_go_plugin_and_then_ends() {
        assert_eq!(seconds_until_abandoned(&Lifecycle::default()).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_lost_connection_abandons_after_a_grace() {
        let lifecycle = Lifecycle::default();
        let (first, second) = (lifecycle.connected(), lifecycle.connected());
        let lives = async {
            sleep(Duration::from_secs(100)).await;
            drop(first);
            sleep(Duration::from_secs(100)).await;
            drop(second);
        };
        let (seconds, ()) = tokio::join!(seconds_until_abandoned(&lifecycle), lives);
        assert_eq!(seconds, 205);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_within_the_grace_starts_it_anew_even_when_it_is_short() {
        let lifecycle = Lifecycle::default();
        drop(lifecycle.connected());
        let visit = async {
            sleep(Duration::from_secs(4)).await;
            // Opened and closed before the other side is polled: the number of open ones has not changed.
            drop(lifecycle.connected());
        };
        let (seconds, ()) = tokio::join!(seconds_until_abandoned(&lifecycle), visit);
        assert_eq!(seconds, 9);
    }

    #[test]
    fn session_changes_only_after_the_last_connection_is_closed() {
        let lifecycle = Lifecycle::default();
        let first = lifecycle.connected();
        let session = lifecycle.session();
        let second = lifecycle.connected();
        drop(first);
        let third = lifecycle.connected();
        assert_eq!(lifecycle.session(), session);
        drop((second, third));
        let _fourth = lifecycle.connected();
        assert_ne!(lifecycle.session(), session);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_waits_for_every_operation() {
        let lifecycle = Lifecycle::default();
        let (first, second) = (lifecycle.track(), lifecycle.track());
        drop(first);
        assert!(timeout(Duration::from_secs(1), lifecycle.operations_ended()).await.is_err());
        advance(Duration::from_secs(1)).await;
        drop(second);
        timeout(Duration::from_secs(1), lifecycle.operations_ended()).await.unwrap();
    }

    #[test]
    fn terminate_calls_everybody_each_time() {
        let lifecycle = Lifecycle::default();
        let calls = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let calls = Arc::clone(&calls);
            lifecycle.on_terminate(move || {
                calls.fetch_add(1, Ordering::Relaxed);
            });
        }
        lifecycle.terminate();
        lifecycle.terminate();
        assert_eq!(calls.load(Ordering::Relaxed), 4);
        assert!(!lifecycle.disconnected().is_cancelled());
    }
}
