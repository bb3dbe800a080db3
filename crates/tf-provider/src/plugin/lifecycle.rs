//! The lifetime of the process: it counts connections and operations, and detects that Terraform has disconnected.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The time for the first connection. go-plugin gives up after 60 s.
const FIRST_CONNECTION: Duration = Duration::from_secs(75);
/// The time for another connection after the last one is closed: gRPC clients reconnect.
const NEXT_CONNECTION: Duration = Duration::from_secs(5);
/// The time for running operations after a Shutdown. go-plugin kills the process 2 s after it.
pub(super) const GRACE_AFTER_SHUTDOWN: Duration = Duration::from_millis(1500);
/// The time for running operations when Terraform doesn't kill the process. A write can take 30 s.
pub(super) const GRACE_WHEN_IDLE: Duration = Duration::from_secs(35);

/// The lifetime of the process, for services. Clones share it.
///
/// The default is a new lifecycle without a process, for tests of a service.
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

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Connections {
    open: usize,
    total: u64,
    session: u64,
}

impl Lifecycle {
    /// Cancelled when Terraform has disconnected: after a Shutdown, when the last connection is closed and none follows
    /// within 5 s, when none is opened at all, or (in debug mode) after an interrupt.
    ///
    /// Operations should end then, and begin nothing: their responses are lost. Cancelling the token ends the process
    /// like a Shutdown.
    pub fn disconnected(&self) -> CancellationToken {
        self.shared.disconnected.clone()
    }

    /// Calls `f` at each SIGTERM. The process continues to serve, so that running operations can end and respond. `f`
    /// should do the same as Terraform's Stop, and must not block.
    pub fn on_terminate(&self, f: impl Fn() + Send + Sync + 'static) {
        // The list is valid even if the lock is poisoned.
        self.shared.on_terminate.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(f));
    }

    /// Counts an operation as running until the guard is dropped.
    ///
    /// After Terraform has disconnected, the process waits for running operations: up to 1.5 s after a Shutdown
    /// (Terraform kills it after 2 s), otherwise up to 35 s.
    pub fn track(&self) -> Operation {
        self.shared.operations.send_modify(|running| *running += 1);
        Operation { shared: Arc::clone(&self.shared) }
    }

    /// The number of the current session. A session begins when a client connects and no other is connected. In debug
    /// mode a run of Terraform keeps its connections until it ends, so that the next run is another session.
    pub(crate) fn session(&self) -> u64 {
        self.shared.connections.borrow().session
    }

    /// [`disconnected`](Self::disconnected) without a clone.
    pub(super) fn disconnected_token(&self) -> &CancellationToken {
        &self.shared.disconnected
    }

    /// Calls the callbacks of [`on_terminate`](Self::on_terminate).
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
            connections.total += 1;
        });
        ConnectionGuard { shared: Arc::clone(&self.shared) }
    }

    /// Returns when no client connected in time, or when the last connection was closed and no other followed in time.
    pub(super) async fn idle(&self) {
        let mut connections = self.shared.connections.subscribe();
        if timeout(FIRST_CONNECTION, connections.wait_for(|now| now.total > 0)).await.is_err() {
            tracing::warn!("no client connected, exiting");
            return;
        }
        loop {
            let Ok(last) = connections.wait_for(|now| now.open == 0).await.map(|now| now.total) else {
                return;
            };
            if timeout(NEXT_CONNECTION, connections.wait_for(|now| now.total > last)).await.is_err() {
                tracing::warn!("the last connection was closed, exiting");
                return;
            }
        }
    }

    /// Returns when no operation is running.
    pub(super) async fn operations_ended(&self) {
        // The sender is in `self`, so this can't fail.
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

    async fn seconds_until_idle(lifecycle: &Lifecycle) -> u64 {
        let start = Instant::now();
        lifecycle.idle().await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn plugin_without_a_connection_ends_after_the_timeout_of_go_plugin() {
        assert_eq!(seconds_until_idle(&Lifecycle::default()).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn plugin_is_idle_some_time_after_the_last_connection() {
        let lifecycle = Lifecycle::default();
        let (first, second) = (lifecycle.connected(), lifecycle.connected());
        let closing = async {
            sleep(Duration::from_secs(100)).await;
            drop(first);
            sleep(Duration::from_secs(100)).await;
            drop(second);
        };
        let (seconds, ()) = tokio::join!(seconds_until_idle(&lifecycle), closing);
        assert_eq!(seconds, 205);
    }

    #[tokio::test(start_paused = true)]
    async fn short_connection_restarts_the_idle_timeout() {
        let lifecycle = Lifecycle::default();
        drop(lifecycle.connected());
        let reconnect = async {
            sleep(Duration::from_secs(4)).await;
            // The number of open connections is the same as before when the other side is polled.
            drop(lifecycle.connected());
        };
        let (seconds, ()) = tokio::join!(seconds_until_idle(&lifecycle), reconnect);
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
    async fn operations_ended_waits_for_every_operation() {
        let lifecycle = Lifecycle::default();
        let (first, second) = (lifecycle.track(), lifecycle.track());
        drop(first);
        assert!(timeout(Duration::from_secs(1), lifecycle.operations_ended()).await.is_err());
        advance(Duration::from_secs(1)).await;
        drop(second);
        timeout(Duration::from_secs(1), lifecycle.operations_ended()).await.unwrap();
    }

    #[test]
    fn terminate_calls_every_callback_each_time() {
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
