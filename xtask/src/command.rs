//! Runs other programs; errors name the program.

use std::process::Command;

/// Runs a program and prints its output.
///
/// # Errors
/// When it can't be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = name(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Runs a program and returns its standard output, trimmed.
///
/// # Errors
/// When it can't be started or fails; the error includes its output.
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
