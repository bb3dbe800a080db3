//! A process group: what a terminal's Ctrl-C reaches, and what must be empty when Terraform is done.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

/// The process group of one Terraform command, which its providers share.
#[derive(Debug, Clone, Copy)]
pub struct Group(Pid);

impl Group {
    /// The group that a child leads.
    pub(super) fn led_by(child: &std::process::Child) -> Self {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        // A process id is a positive pid_t by POSIX.
        Self(pid.expect("a child's process id is positive"))
    }

    /// Sends a signal to every process of the group.
    pub(super) fn signal(self, signal: Signal) {
        // An empty group is no mistake: the command was faster.
        kill_process_group(self.0, signal).ok();
    }

    /// Sends a signal to the leader alone.
    pub(super) fn signal_leader(self, signal: Signal) {
        kill_process(self.0, signal).ok();
    }

    /// The processes of the group that still run, one line for each with its id and command; the dead that nobody has
    /// waited for do not count.
    #[must_use]
    pub fn members(self) -> Vec<String> {
        if test_kill_process_group(self.0).is_err() {
            return Vec::new();
        }
        let list = std::process::Command::new("ps").args(["-A", "-o", "pgid=,stat=,pid=,args="]).output();
        let list = list.unwrap_or_else(|error| panic!("ps, which lists processes: {error}"));
        let own = self.0.as_raw_nonzero().to_string();
        String::from_utf8_lossy(&list.stdout).lines().filter_map(|line| member(line, &own)).collect()
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

/// Reads a line of `ps`: the process, when it is of the group and not a zombie.
fn member(line: &str, group: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (its_group, state) = (words.next()?, words.next()?);
    (its_group == group && !state.starts_with('Z')).then(|| words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn the_dead_and_other_groups_do_not_count() {
        assert_eq!(member("  42 S+    43 sleep 60", "42").as_deref(), Some("43 sleep 60"));
        assert_eq!(member("  42 Z     43 [sleep] <defunct>", "42"), None);
        assert_eq!(member("   7 S     43 sleep 60", "42"), None);
        assert_eq!(member("", "42"), None);
    }
}
