//! The command: its output, its log, its exit.

use crate::http::{Client, body};
use atlas_simulator::Config;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_atlas-simulator"))
}

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// A running command, which is killed when a test fails before it stops.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It can have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg_attr(windows, ignore = "Windows has no signals")]
fn prints_its_url_logs_requests_and_stops_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let child = command()
            .args(["--speed", "1000", "--public-key", "mine", "--private-key", "it's"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut running = Running(child.unwrap());
        let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let url = line();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        assert_eq!(line(), format!("export MONGODB_ATLAS_BASE_URL={url}"));
        assert_eq!(line(), "export MONGODB_ATLAS_PUBLIC_API_KEY=mine");
        assert_eq!(line(), r"export MONGODB_ATLAS_PRIVATE_API_KEY='it'\''s'");

        let mut client = Client::at(&url, "mine", "it's");
        let created = client.create(&body("B", "vm"));
        assert_eq!(created.status, 201);
        let stopped = Command::new("kill").args([signal, &running.0.id().to_string()]).status().unwrap();
        assert!(stopped.success());
        let mut log = String::new();
        running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_eq!(running.0.wait().unwrap().code(), Some(0));
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(log.contains(&format!("201 digest mine nc=00000001 (created {})", created.id())), "{log}");
        assert!(!log.contains("hunter2") && !log.contains("it's"), "{log}");
    }
}

#[test]
fn help_describes_every_option() {
    let output = run(&["--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for text in
        ["--listen", "--speed", "--sync-for", "--org-id", "--public-key", Config::PUBLIC_KEY, "curl URL/simulator/"]
    {
        assert!(help.contains(text), "{help}");
    }
}

#[test]
fn rejects_invalid_arguments_with_a_reason() {
    let output = run(&["--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "atlas-simulator: the simulator listens only on loopback addresses\n");
    for arguments in [["--speed", "-1"], ["--speed", "fast"], ["--new-for", "soon"]] {
        assert_eq!(run(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}
