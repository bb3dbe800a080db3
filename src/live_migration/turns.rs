//! What the operations of this process share for a migration: one wait at a time, so that a second one, of an action beside an
//! update, begins when the first has ended; and the time of the last line that an action showed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use atlas_client::CallOptions;
use tokio::sync::OwnedMutexGuard;

use super::progress::LastLine;
use super::waiter::Problem;

/// The migrations that this process waits for.
#[derive(Debug, Default)]
pub struct Turns {
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    lines: Mutex<BTreeMap<String, Arc<LastLine>>>,
}

/// A turn; it ends when this is dropped.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// When an action showed a line about this migration last.
    pub(crate) fn last_line(&self, id: &str) -> Arc<LastLine> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry(id.to_owned()).or_default())
    }

    /// Waits until no other wait for this migration runs.
    ///
    /// # Errors
    /// If the user interrupts Terraform, or the time is over, before that.
    pub(crate) async fn take(&self, id: &str, options: &CallOptions) -> Result<Turn, Problem> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(id.to_owned()).or_default())
        };
        tokio::select! {
            biased;
            () = options.cancel.cancelled() => Err(Problem::Interrupted),
            turn = turn.lock_owned() => Ok(turn),
            () = tokio::time::sleep_until(options.deadline) => Err(Problem::Timeout(None)),
        }
    }
}
