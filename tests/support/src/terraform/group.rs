//! A process group: what a terminal's Ctrl-C reaches, and what must be empty when Terraform is done.

use std::time::{Duration, Instant};

use super::platform::{self, Signal};

/// The process group of one Terraform command, which its providers share.
#[derive(Debug, Clone, Copy)]
pub struct Group(u32);

impl Group {
    /// The group that a child leads.
    pub(super) fn led_by(child: &std::process::Child) -> Self {
        Self(child.id())
    }

    /// Sends a signal to every process of the group.
    pub(super) fn signal(self, signal: Signal) {
        platform::signal_group(self.0, signal);
    }

    /// Sends a signal to the leader alone.
    pub(super) fn signal_leader(self, signal: Signal) {
        platform::signal_process(self.0, signal);
    }

    /// The processes of the group that still run, one line for each with its id and command; the dead that nobody has
    /// waited for do not count.
    #[must_use]
    pub fn members(self) -> Vec<String> {
        platform::members(self.0)
    }

    /// Kills the processes of the group whose command has a text in it, and returns how many there were. Some may have exited
    /// by themselves in between.
    pub fn kill_members(self, text: &str) -> usize {
        let members = self.members();
        let ids = members.iter().filter(|line| line.contains(text));
        let ids: Vec<u32> = ids.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
        ids.iter().for_each(|id| platform::signal_process(*id, Signal::Kill));
        ids.len()
    }

    /// Waits until no process of the group is left, and returns those that are at the end of the limit.
    ///
    /// They are no children of ours, so there is no event to wait for: this looks again every 10 ms.
    #[must_use]
    pub fn left_after(self, limit: Duration) -> Vec<String> {
        let deadline = Instant::now() + limit;
        loop {
            let members = self.members();
            if members.is_empty() || Instant::now() >= deadline {
                return members;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
