//! A runtime on a thread of its own, so that a synchronous test can drive concurrent calls.

use std::future::Future;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The runtime; its tasks end when it is dropped. Processes and connections live on it: use [`Engine::run`] for their futures.
#[derive(Debug)]
pub struct Engine {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Panics
    /// When the system gives no thread or no epoll.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("the system gives a runtime");
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("terraform-core".into()).spawn(move || {
            // An error means that the sender is gone, which is the end as well.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        });
        Self { handle, stop: Some(stop), thread: Some(thread.expect("the system gives a thread")) }
    }

    /// Runs a future to its end while the calling thread waits.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// Runs a future in the background.
    pub fn spawn<F>(&self, future: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn futures_run_while_the_thread_waits() {
        let engine = Engine::start();
        let background = engine.spawn(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            7
        });
        assert_eq!(engine.run(background).ok(), Some(7));
    }
}
