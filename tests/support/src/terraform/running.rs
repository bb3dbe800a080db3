//! One Terraform command while it runs: its output as it comes, the signals that a user or an orchestrator sends, and a
//! wait that always ends.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::group::Group;
use super::platform::{self, Signal};
use super::run::Run;
use super::text;
use super::workspace::Scene;

/// How long an output may stay open after the command has ended: a child of its own may have inherited it.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A Terraform command that runs. Dropped before its end, it is killed with all that it started.
#[derive(Debug)]
pub struct Running {
    command: String,
    group: Group,
    ended: Receiver<ExitStatus>,
    waiter: Option<JoinHandle<()>>,
    stdout: Arc<Stream>,
    stderr: Arc<Stream>,
    scene: Arc<Scene>,
    limit: Duration,
}

impl Running {
    /// Starts a command as the leader of a process group of its own, with no input.
    pub(super) fn start(mut command: Command, scene: Arc<Scene>, limit: Duration) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        platform::lead_group(&mut command);
        let words = [command.get_program()].into_iter().chain(command.get_args());
        let words = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{words}: {error}"));
        let group = Group::led_by(&child);
        let (stdout, stderr) = (Stream::follow(child.stdout.take()), Stream::follow(child.stderr.take()));
        let (ended, waiter) = await_end(child);
        Self { command: words, group, ended, waiter: Some(waiter), stdout, stderr, scene, limit }
    }

    /// Sends SIGINT to Terraform and its providers at once, as Ctrl-C in a terminal does.
    pub fn interrupt(&self) {
        self.group.signal(Signal::Interrupt);
    }

    /// Sends SIGTERM to Terraform alone, as `kill` and most orchestrators do.
    pub fn terminate(&self) {
        self.group.signal_leader(Signal::Terminate);
    }

    /// Sends SIGTERM to Terraform and its providers, as an ending session or container may.
    pub fn terminate_group(&self) {
        self.group.signal(Signal::Terminate);
    }

    /// Sends SIGKILL to Terraform alone; its providers are orphans then.
    pub fn kill(&self) {
        self.group.signal_leader(Signal::Kill);
    }

    /// The process group, to ask later whether a process is left in it.
    #[must_use]
    pub fn group(&self) -> Group {
        self.group
    }

    /// Waits until the output says a text, however wrapped.
    ///
    /// # Panics
    /// When the command ends without saying so, or does not within the limit.
    #[track_caller]
    pub fn until_says(&self, wanted: &str) -> &Self {
        if !self.until_says_or_ends(wanted) {
            self.fail(&format!("it did not say {wanted:?}"));
        }
        self
    }

    /// Waits until the output says a text, however wrapped, and returns `true`; `false` when the command ends without saying
    /// so.
    ///
    /// # Panics
    /// When it does neither within the limit.
    #[track_caller]
    pub fn until_says_or_ends(&self, wanted: &str) -> bool {
        let wanted = text::unwrapped(wanted);
        let said = self.stdout.wait_for(self.limit, |output| text::unwrapped(&text::clean(output)).contains(&wanted));
        if !said && !self.stdout.lock().has_ended {
            self.fail(&format!("it did not say {wanted:?} and did not end"));
        }
        said
    }

    /// Waits for the end of the command.
    ///
    /// # Panics
    /// When it does not end within the limit; it is killed then.
    #[must_use]
    #[track_caller]
    pub fn wait(mut self) -> Run {
        let status = match self.ended.recv_timeout(self.limit) {
            Ok(status) => status,
            Err(RecvTimeoutError::Timeout) => self.fail(&format!("it did not end within {:?}", self.limit)),
            Err(RecvTimeoutError::Disconnected) => self.fail("waiting for it failed"),
        };
        if let Some(waiter) = self.waiter.take() {
            waiter.join().ok();
        }
        self.stdout.wait_for_end();
        self.stderr.wait_for_end();
        Run {
            command: self.command.clone(),
            status,
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            group: self.group,
            scene: Arc::clone(&self.scene),
        }
    }

    #[track_caller]
    fn fail(&self, reason: &str) -> ! {
        panic!("{}", self.scene.story(reason, &self.command, "running", &self.stdout.text(), &self.stderr.text()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Taken by `wait`, which leaves what is left in the group for the test to judge.
        if let Some(waiter) = self.waiter.take() {
            self.group.signal(Signal::Kill);
            waiter.join().ok();
        }
    }
}

/// Waits for a child on a thread, so that the wait can have a limit.
fn await_end(mut child: Child) -> (Receiver<ExitStatus>, JoinHandle<()>) {
    let (sender, ended) = channel();
    let waiter = std::thread::spawn(move || {
        if let Ok(status) = child.wait() {
            // Nobody listens any more when the test has failed meanwhile.
            sender.send(status).ok();
        }
    });
    (ended, waiter)
}

/// One output of a command, collected as it comes.
#[derive(Debug, Default)]
struct Stream {
    collected: Mutex<Collected>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Collected {
    bytes: Vec<u8>,
    has_ended: bool,
}

impl Stream {
    fn follow(source: Option<impl Read + Send + 'static>) -> Arc<Self> {
        let stream = Arc::new(Self::default());
        let writer = Arc::clone(&stream);
        std::thread::spawn(move || {
            if let Some(source) = source {
                writer.collect(source);
            }
            writer.lock().has_ended = true;
            writer.changed.notify_all();
        });
        stream
    }

    fn collect(&self, mut source: impl Read) {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = source.read(&mut buffer) {
            self.lock().bytes.extend_from_slice(&buffer[..length]);
            self.changed.notify_all();
        }
    }

    /// Waits until the condition holds of what was collected; false when the output ends or the limit passes without.
    fn wait_for(&self, limit: Duration, condition: impl Fn(&[u8]) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        let mut collected = self.lock();
        loop {
            if condition(&collected.bytes) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if collected.has_ended || left.is_zero() {
                return false;
            }
            collected = self.changed.wait_timeout(collected, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn wait_for_end(&self) {
        self.wait_for(LAST_WORDS, |_| false);
    }

    fn text(&self) -> String {
        text::clean(&self.lock().bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
