//! `cargo xtask matrix`: the acceptance tests on every Terraform that can be had, and a record of what passed.
//!
//! It must not know what is tested.

use std::process::{Command, Stdio};

use crate::command;
use crate::compatibility::{Record, Run};
use crate::repository::Repository;

/// What the command was called with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Minor versions of Terraform such as `1.6`, and commands or paths such as `tofu`; empty for every private Terraform.
    pub(crate) versions: Vec<String>,
    /// What the names of tests contain; empty for all tests. The results of some tests are printed and not recorded.
    pub(crate) filter: String,
}

/// Runs the tests once for each version, and writes the record after each version.
///
/// # Errors
/// When a Terraform can't be had, or when a test fails; the other versions run all the same.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<(), String> {
    let mut record = Record::read(repository)?;
    let versions = if options.versions.is_empty() {
        let listed = command::output(&mut terraform_path(repository, "--list"))?;
        listed.lines().map(str::to_owned).collect()
    } else {
        options.versions.clone()
    };
    let mut problems = Vec::new();
    for version in versions {
        match executable(repository, version).and_then(|terraform| test(repository, &terraform, &options.filter)) {
            Ok(run) => {
                let result = format!("{} {}: {} passed, {} failed", run.product, run.version, run.passed, run.failed);
                eprintln!("{result}");
                if run.failed > 0 {
                    problems.push(result);
                }
                if options.filter.is_empty() {
                    record.insert(run);
                    record.write(repository)?;
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// A private copy of a minor version; anything else is a command or a path.
fn executable(repository: &Repository, version: String) -> Result<String, String> {
    let is_minor = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_minor { command::output(&mut terraform_path(repository, &version)) } else { Ok(version) }
}

fn terraform_path(repository: &Repository, argument: &str) -> Command {
    let mut script = Command::new(repository.join("scripts/terraform-path"));
    script.arg(argument);
    script
}

/// Runs the acceptance tests with this Terraform.
fn test(repository: &Repository, terraform: &str, filter: &str) -> Result<Run, String> {
    let (product, version) = product(terraform)?;
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked", "--no-fail-fast", "--test", "acceptance", "--"]).args(filter.split_whitespace());
    // With CI, a test fails where it would be skipped.
    cargo.current_dir(repository.root()).env("TERRAFORM", terraform).env("CI", "true").stderr(Stdio::inherit());
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let Some((passed, failed)) = counts(&printed) else { return Err(format!("the tests did not run:\n{printed}")) };
    if passed + failed == 0 {
        return Err(format!("no test has {filter:?} in its name"));
    }
    if failed > 0 {
        eprintln!("{printed}");
    }
    let date = command::output(Command::new("date").args(["-u", "+%F"]))?;
    Ok(Run { product, version, passed, failed, date })
}

/// How many tests passed and failed, from the last line of a test run.
fn counts(printed: &str) -> Option<(u32, u32)> {
    let summary = printed.lines().rev().find(|line| line.starts_with("test result: "))?;
    let count = |what: &str| {
        let mut words = summary.split([' ', ';', '.']).filter(|word| !word.is_empty());
        let mut previous = words.next()?;
        words.find_map(|word| {
            let found = if word == what { previous.parse().ok() } else { None };
            previous = word;
            found
        })
    };
    Some((count("passed")?, count("failed")?))
}

/// The name and the whole version of an executable, from a line such as `Terraform v1.11.4`.
fn product(terraform: &str) -> Result<(String, String), String> {
    let printed = command::output(Command::new(terraform).arg("version").env("CHECKPOINT_DISABLE", "1"))?;
    // A warning about the settings of the user may come first.
    let line = printed.lines().find(|line| line.starts_with("Terraform v") || line.starts_with("OpenTofu v"));
    let words = line.and_then(|line| line.split_once(" v"));
    let (product, version) = words.ok_or_else(|| format!("no version in: {printed}"))?;
    Ok((product.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_summary_of_a_test_run() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 250 filtered out; finished in 1.2s\n";
        assert_eq!(counts(&format!("test a ... ok\n\n{line}\n")), Some((12, 3)));
        assert_eq!(counts("error: could not compile"), None);
    }
}
