//! Cancellation tokens of requests. Terraform's Stop cancels one walk, and later walks must work normally.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Creates a token for each request.
pub(super) struct CancelTokens {
    /// The parent of all tokens: cancelled when Terraform has disconnected.
    disconnected: CancellationToken,
    walk: Mutex<Walk>,
    running: watch::Sender<usize>,
}

/// One walk of Terraform over its objects: Configure, then the requests for each object. In debug mode a process serves
/// many walks.
struct Walk {
    /// The parent of the tokens of its requests.
    cancel: CancellationToken,
    is_configured: bool,
}

/// A running request. Dropping it ends the request.
pub(super) struct RunningRequest<'a> {
    pub(super) cancel: CancellationToken,
    running: &'a watch::Sender<usize>,
}

impl CancelTokens {
    pub(super) fn new(disconnected: CancellationToken) -> Self {
        let walk = Walk { cancel: disconnected.child_token(), is_configured: false };
        Self { disconnected, walk: Mutex::new(walk), running: watch::Sender::new(0) }
    }

    /// Begins a new walk if this one has a Configure already and is cancelled.
    pub(super) fn configure(&self) {
        let mut walk = self.walk();
        if walk.is_configured && walk.cancel.is_cancelled() {
            walk.cancel = self.disconnected.child_token();
        }
        walk.is_configured = true;
    }

    pub(super) fn begin(&self) -> RunningRequest<'_> {
        self.running.send_modify(|running| *running += 1);
        RunningRequest { cancel: self.walk().cancel.child_token(), running: &self.running }
    }

    /// Cancels the running requests, and later ones of this walk: Terraform shows "Creating..." before it sends a
    /// request, and an interrupt in between must not be lost.
    pub(super) fn stop(&self) {
        self.walk().cancel.cancel();
    }

    fn walk(&self) -> MutexGuard<'_, Walk> {
        self.walk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when no request is running.
    pub(super) async fn requests_ended(&self) {
        // The sender is `self`, so this can't fail.
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
    fn stop_cancels_this_walk_and_not_the_next() {
        let tokens = CancelTokens::new(CancellationToken::new());
        tokens.configure();
        let before = tokens.begin();
        tokens.stop();
        assert!(before.cancel.is_cancelled());
        // Terraform had announced this request already.
        assert!(tokens.begin().cancel.is_cancelled());
        tokens.configure();
        assert!(!tokens.begin().cancel.is_cancelled());
        assert!(before.cancel.is_cancelled());
    }

    #[test]
    fn stop_before_the_first_configure_counts_for_its_walk() {
        let tokens = CancelTokens::new(CancellationToken::new());
        tokens.stop();
        tokens.configure();
        assert!(tokens.begin().cancel.is_cancelled());
        tokens.configure();
        assert!(!tokens.begin().cancel.is_cancelled());
    }

    #[test]
    fn configure_cancels_nothing() {
        let tokens = CancelTokens::new(CancellationToken::new());
        let before = tokens.begin();
        tokens.configure();
        tokens.configure();
        assert!(!before.cancel.is_cancelled());
        tokens.stop();
        assert!(before.cancel.is_cancelled());
    }

    #[test]
    fn disconnect_cancels_every_walk() {
        let disconnected = CancellationToken::new();
        let tokens = CancelTokens::new(disconnected.clone());
        let before = tokens.begin();
        disconnected.cancel();
        assert!(before.cancel.is_cancelled());
        assert!(tokens.begin().cancel.is_cancelled());
        tokens.configure();
        tokens.configure();
        assert!(tokens.begin().cancel.is_cancelled());
    }
}
