//! The state behind its lock, shared by the server, the control API and the handle.

use crate::state::State;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    tasks: mpsc::UnboundedSender<Task>,
}

impl Shared {
    pub(crate) fn new(state: State) -> (Arc<Self>, mpsc::UnboundedReceiver<Task>) {
        let (tasks, receiver) = mpsc::unbounded_channel();
        (Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), tasks }), receiver)
    }

    /// Locks the state for reading; a poisoned lock is taken over, because a panic under the lock ends the server
    /// anyway.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes every thread that waits for a change.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    pub(crate) const fn changed(&self) -> &Condvar {
        &self.changed
    }

    /// Runs a task that outlives the connection it came from.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        // It fails only when the server has stopped; nothing waits for the task then.
        let _ = self.tasks.send(Box::pin(task));
    }
}
