//! Stop tokens: Terraform's Stop ends what runs now, and a later call must work normally. Knows nothing of what runs.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Hands a token to each call.
pub(super) struct Stops {
    /// Cancelled when Terraform is gone, and with it every token, also those of later calls.
    gone: CancellationToken,
    /// The parent of the tokens of what runs now.
    current: Mutex<CancellationToken>,
    running: watch::Sender<usize>,
}

/// One call; while it is there, it runs.
pub(super) struct Running<'a> {
    pub(super) stop: CancellationToken,
    running: &'a watch::Sender<usize>,
}

impl Stops {
    pub(super) fn until(gone: CancellationToken) -> Self {
        Self { current: Mutex::new(gone.child_token()), gone, running: watch::Sender::new(0) }
    }

    /// For a call that begins now.
    pub(super) fn begin(&self) -> Running<'_> {
        self.running.send_modify(|running| *running += 1);
        let stop = self.current.lock().unwrap_or_else(PoisonError::into_inner).child_token();
        Running { stop, running: &self.running }
    }

    /// Ends what runs now; what begins later has a fresh token.
    pub(super) fn stop(&self) {
        let fresh = self.gone.child_token();
        let current = std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), fresh);
        current.cancel();
    }

    /// Returns when no call runs.
    pub(super) async fn idle(&self) {
        // Fails only when the sender is gone, and it is ours.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.running.send_modify(|running| *running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_ends_what_runs_and_not_what_comes_later() {
        let stops = Stops::until(CancellationToken::new());
        let before = stops.begin();
        stops.stop();
        let after = stops.begin();
        assert!(before.stop.is_cancelled());
        assert!(!after.stop.is_cancelled());
    }

    #[test]
    fn everything_is_stopped_once_terraform_is_gone() {
        let gone = CancellationToken::new();
        let stops = Stops::until(gone.clone());
        let before = stops.begin();
        gone.cancel();
        assert!(before.stop.is_cancelled());
        assert!(stops.begin().stop.is_cancelled());
        stops.stop();
        assert!(stops.begin().stop.is_cancelled());
    }
}
