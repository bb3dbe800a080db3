//! Running other programs, with a failure that says which one.
//!
//! It must not know what they are run for.

use std::process::Command;

/// Runs a program to its end, with its output shown.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = name(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Runs a program to its end and returns what it printed, trimmed.
///
/// # Errors
/// When it cannot be started or fails; its standard error is in the text.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = name(command);
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        Ok(printed)
    } else {
        Err(format!("{name}: {}\n{printed}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }
}

fn name(command: &Command) -> String {
    command.get_program().display().to_string()
}
