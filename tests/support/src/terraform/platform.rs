//! What differs between Unix and Windows: process groups, signals and links. On Windows the tests that interrupt a command
//! can't run, because a process there only takes its end from outside; the rest of this crate works.

#[cfg(unix)]
pub(super) use unix::{lead_group, link, members, signal_group, signal_process};
#[cfg(not(unix))]
pub(super) use windows::{lead_group, link, members, signal_group, signal_process};

/// What a user or an orchestrator sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// A request to end.
    Terminate,
    /// The end.
    Kill,
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    use rustix::process::{self, Pid, kill_process, kill_process_group, test_kill_process_group};

    use super::Signal;

    /// Makes the child lead a process group of its own.
    pub(in super::super) fn lead_group(command: &mut Command) {
        command.process_group(0);
    }

    /// Makes a file appear under a second path.
    pub(in super::super) fn link(original: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(original, link)
    }

    pub(in super::super) fn signal_group(leader: u32, signal: Signal) {
        // An empty group is no mistake: the command was faster.
        kill_process_group(pid(leader), number(signal)).ok();
    }

    pub(in super::super) fn signal_process(id: u32, signal: Signal) {
        kill_process(pid(id), number(signal)).ok();
    }

    /// The processes of a group that still run, with id and command; the dead that nobody has waited for don't count.
    pub(in super::super) fn members(leader: u32) -> Vec<String> {
        if test_kill_process_group(pid(leader)).is_err() {
            return Vec::new();
        }
        let list = Command::new("ps").args(["-A", "-o", "pgid=,stat=,pid=,args="]).output();
        let list = list.unwrap_or_else(|error| panic!("ps, which lists processes: {error}"));
        let own = leader.to_string();
        String::from_utf8_lossy(&list.stdout).lines().filter_map(|line| member(line, &own)).collect()
    }

    /// Reads a line of `ps`: the process, when it is of the group and not a zombie.
    fn member(line: &str, group: &str) -> Option<String> {
        let mut words = line.split_whitespace();
        let (its_group, state) = (words.next()?, words.next()?);
        (its_group == group && !state.starts_with('Z')).then(|| words.collect::<Vec<_>>().join(" "))
    }

    fn pid(id: u32) -> Pid {
        // A process id is a positive pid_t by POSIX.
        i32::try_from(id).ok().and_then(Pid::from_raw).expect("a process id is positive")
    }

    fn number(signal: Signal) -> process::Signal {
        match signal {
            Signal::Interrupt => process::Signal::INT,
            Signal::Terminate => process::Signal::TERM,
            Signal::Kill => process::Signal::KILL,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::member;

        #[test]
        fn zombies_and_other_groups_do_not_count() {
            assert_eq!(member("  42 S+    43 sleep 60", "42").as_deref(), Some("43 sleep 60"));
            assert_eq!(member("  42 Z     43 [sleep] <defunct>", "42"), None);
            assert_eq!(member("   7 S     43 sleep 60", "42"), None);
            assert_eq!(member("", "42"), None);
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::io;
    use std::path::Path;
    use std::process::Command;

    use super::Signal;

    pub(in super::super) fn lead_group(_: &mut Command) {}

    /// A copy: links need a privilege.
    pub(in super::super) fn link(original: &Path, link: &Path) -> io::Result<()> {
        std::fs::copy(original, link.with_extension("exe")).map(drop)
    }

    /// Ends a process with all that it started.
    pub(in super::super) fn signal_group(leader: u32, signal: Signal) {
        assert_eq!(signal, Signal::Kill, "Windows has no other signal");
        Command::new("taskkill").args(["/T", "/F", "/PID", &leader.to_string()]).output().ok();
    }

    pub(in super::super) fn signal_process(id: u32, signal: Signal) {
        assert_eq!(signal, Signal::Kill, "Windows has no other signal");
        Command::new("taskkill").args(["/F", "/PID", &id.to_string()]).output().ok();
    }

    /// A process group can't be listed there.
    pub(in super::super) fn members(_: u32) -> Vec<String> {
        Vec::new()
    }
}
