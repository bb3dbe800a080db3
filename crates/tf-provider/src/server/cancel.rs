//! Stop tokens: Terraform's Stop ends one walk, and a later one must work normally. Knows nothing of what runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Hands a token to each call.
pub(super) struct CancelTokens {
    /// Cancelled when Terraform is gone, and with it every token, also those of later calls.
    disconnected: CancellationToken,
    walk: Mutex<Walk>,
    running: watch::Sender<usize>,
}

/// Terraform goes through its objects once: Configure, then the calls for each object. In debug mode one process serves
/// many walks.
struct Walk {
    /// The parent of the tokens of its calls.
    stop: CancellationToken,
    is_configured: bool,
}

/// One call; while it is there, it runs.
pub(super) struct RunningRequest<'a> {
    pub(super) stop: CancellationToken,
    running: &'a watch::Sender<usize>,
}

impl CancelTokens {
    pub(super) fn new(disconnected: CancellationToken) -> Self {
        let walk = Walk { stop: disconnected.child_token(), is_configured: false };
        Self { disconnected, walk: Mutex::new(walk), running: watch::Sender::new(0) }
    }

    /// For Configure: with the second one a new walk has begun, whatever became of the last.
    pub(super) fn configure(&self) {
        let mut walk = self.walk();
        if walk.is_configured && walk.stop.is_cancelled() {
            walk.stop = self.disconnected.child_token();
        }
        walk.is_configured = true;
    }

    /// For a call that begins now.
    pub(super) fn begin(&self) -> RunningRequest<'_> {
        self.running.send_modify(|running| *running += 1);
        RunningRequest { stop: self.walk().stop.child_token(), running: &self.running }
    }

    /// Ends what runs, and what begins in this walk all the same: Terraform says «Creating...» before it makes the
    /// call, and an interrupt in between must not be lost.
    pub(super) fn stop(&self) {
        self.walk().stop.cancel();
    }

    fn walk(&self) -> MutexGuard<'_, Walk> {
        self.walk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when no call runs.
    pub(super) async fn requests_ended(&self) {
        // Fails only when the sender is gone, and it is ours.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl Drop for RunningRequest<'_> {
    fn drop(&mut self) {
        self.running.send_modify(|running| *running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_ends_this_walk_and_not_the_next() {
        let cancel = CancelTokens::new(CancellationToken::new());
        cancel.configure();
        let before = cancel.begin();
        cancel.stop();
        assert!(before.stop.is_cancelled());
        // Terraform had announced it already.
        assert!(cancel.begin().stop.is_cancelled());
        cancel.configure();
        assert!(!cancel.begin().stop.is_cancelled());
        assert!(before.stop.is_cancelled());
    }

    #[test]
    fn stop_before_the_first_configure_counts_for_its_walk() {
        let cancel = CancelTokens::new(CancellationToken::new());
        cancel.stop();
        cancel.configure();
        assert!(cancel.begin().stop.is_cancelled());
        cancel.configure();
        assert!(!cancel.begin().stop.is_cancelled());
    }

    #[test]
    fn configure_ends_nothing() {
        let cancel = CancelTokens::new(CancellationToken::new());
        let before = cancel.begin();
        cancel.configure();
        cancel.configure();
        assert!(!before.stop.is_cancelled());
        cancel.stop();
        assert!(before.stop.is_cancelled());
    }

    #[test]
    fn everything_is_stopped_once_terraform_is_gone() {
        let disconnected = CancellationToken::new();
        let cancel = CancelTokens::new(disconnected.clone());
        let before = cancel.begin();
        disconnected.cancel();
        assert!(before.stop.is_cancelled());
        assert!(cancel.begin().stop.is_cancelled());
        cancel.configure();
        cancel.configure();
        assert!(cancel.begin().stop.is_cancelled());
    }
}
