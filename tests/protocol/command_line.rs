//! What the program prints for a person who starts it, and its exit codes.

#[cfg(target_os = "linux")]
use std::fs::{File, OpenOptions};
use std::process::{Command, Output, Stdio};

fn run(argument: &str, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"));
    let child = command.arg(argument).stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn();
    child.and_then(std::process::Child::wait_with_output).expect("the program runs")
}

/// A device to which nothing can be written.
#[cfg(target_os = "linux")]
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("the device")
}

#[test]
fn help_and_version_are_printed_on_standard_output() {
    for (argument, text) in [("--help", "Usage: terraform-provider-atlas"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let output = run(argument, Stdio::piped(), Stdio::piped());
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains(text), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn text_that_cannot_be_written_is_a_failure() {
    for argument in ["--help", "--version"] {
        let output = run(argument, full(), Stdio::piped());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{argument}");
        assert!(stderr.starts_with("terraform-provider-atlas: can't write to standard output: "), "{stderr}");
    }
}

#[test]
fn closed_pipe_is_no_failure() {
    for argument in ["--help", "--version"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = run(argument, writer, Stdio::piped());
        assert!(output.status.success() && output.stderr.is_empty(), "{argument}: {output:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn unknown_option_exits_2_also_where_nothing_can_be_said() {
    assert_eq!(run("--nope", Stdio::null(), Stdio::piped()).status.code(), Some(2));
    assert_eq!(run("--nope", full(), full()).status.code(), Some(2));
}
