//! `cargo xtask matrix`: the acceptance tests on every Terraform that can be had, and a record of what passed.
//!
//! It must not know what is tested.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command;
use crate::repository::Repository;

/// Where the results are recorded.
const RECORD: &str = "docs/compatibility.toml";
const HEADER: &str = "\
# Results of the acceptance tests by version of Terraform. `make matrix` writes them; a version that it did not run keeps its
# entry. Tests of a feature that a version lacks run on the newest one.
";

/// What the command was called with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Minor versions such as `1.6`; empty for all.
    pub(crate) versions: Vec<String>,
    /// What the names of tests contain; empty for all tests. The results of some tests are printed and not recorded.
    pub(crate) filter: String,
}

/// Runs the tests once for each version, and writes the record after each version.
///
/// # Errors
/// When a Terraform can't be had, or when a test fails; the other versions run all the same.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<(), String> {
    let path = repository.join(RECORD);
    let mut record = Record::parse(&fs::read_to_string(&path).unwrap_or_default());
    let versions = if options.versions.is_empty() {
        let listed = command::output(&mut terraform_path(repository, "--list"))?;
        listed.lines().map(str::to_owned).collect()
    } else {
        options.versions.clone()
    };
    let mut failed = Vec::new();
    for version in versions {
        let executable = PathBuf::from(command::output(&mut terraform_path(repository, &version))?);
        let result = test(repository, &executable, &options.filter)?;
        eprintln!("Terraform {}: {} passed, {} failed", result.version, result.passed, result.failed);
        if result.failed > 0 {
            failed.push(result.version.clone());
        }
        if options.filter.is_empty() {
            record.insert(result);
            fs::write(&path, record.to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("tests failed with Terraform {}", failed.join(", "))) }
}

fn terraform_path(repository: &Repository, argument: &str) -> Command {
    let mut script = Command::new(repository.join("scripts/terraform-path"));
    script.arg(argument);
    script
}

/// Runs the acceptance tests with this Terraform first on PATH.
fn test(repository: &Repository, terraform: &Path, filter: &str) -> Result<Entry, String> {
    let folder = terraform.parent().unwrap_or(terraform);
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([folder.to_owned()].into_iter().chain(std::env::split_paths(&inherited)));
    let path = path.map_err(|error| error.to_string())?;
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked", "--no-fail-fast", "--test", "acceptance", "--"]).args(filter.split_whitespace());
    cargo.current_dir(repository.root()).env("PATH", path).stderr(Stdio::inherit());
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let Some((passed, failed)) = counts(&printed) else { return Err(format!("the tests did not run:\n{printed}")) };
    if failed > 0 {
        eprintln!("{printed}");
    }
    Ok(Entry {
        version: number(terraform)?,
        passed,
        failed,
        date: command::output(Command::new("date").args(["-u", "+%F"]))?,
    })
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

/// The whole version of an executable.
fn number(terraform: &Path) -> Result<String, String> {
    let printed = command::output(Command::new(terraform).arg("version").env("CHECKPOINT_DISABLE", "1"))?;
    let number = printed.lines().next().and_then(|line| line.split_once(" v"));
    number.map(|(_, number)| number.to_owned()).ok_or_else(|| format!("no version in: {printed}"))
}

/// The result of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    version: String,
    passed: u32,
    failed: u32,
    date: String,
}

/// Every result, by version in numerical order.
#[derive(Debug, Default)]
struct Record(BTreeMap<Vec<u32>, Entry>);

impl Record {
    /// Reads what [`Record`] writes.
    fn parse(text: &str) -> Self {
        let mut record = Self::default();
        for block in text.split("[[terraform]]").skip(1) {
            let value = |key: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
                line.map(|value| value.trim_matches('"').to_owned()).unwrap_or_default()
            };
            record.insert(Entry {
                version: value("version"),
                passed: value("passed").parse().unwrap_or_default(),
                failed: value("failed").parse().unwrap_or_default(),
                date: value("date"),
            });
        }
        record
    }

    fn insert(&mut self, entry: Entry) {
        let key = entry.version.split('.').map(|part| part.parse().unwrap_or_default()).collect();
        self.0.insert(key, entry);
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HEADER)?;
        for Entry { version, passed, failed, date } in self.0.values() {
            write!(f, "\n[[terraform]]\nversion = \"{version}\"\npassed = {passed}\nfailed = {failed}\n")?;
            writeln!(f, "date = \"{date}\"")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: &str) -> Entry {
        Entry { version: version.to_owned(), passed: 273, failed: 0, date: "2026-12-01".to_owned() }
    }

    #[test]
    fn reads_the_summary_of_a_test_run() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 250 filtered out; finished in 1.2s\n";
        assert_eq!(counts(&format!("test a ... ok\n\n{line}\n")), Some((12, 3)));
        assert_eq!(counts("error: could not compile"), None);
    }

    #[test]
    fn keeps_entries_of_other_versions_in_numerical_order() {
        let mut record = Record::default();
        record.insert(entry("1.15.5"));
        record.insert(entry("1.6.6"));
        let mut read = Record::parse(&record.to_string());
        read.insert(Entry { passed: 274, ..entry("1.15.5") });
        let entries: Vec<_> = read.0.into_values().collect();
        assert_eq!(entries, [entry("1.6.6"), Entry { passed: 274, ..entry("1.15.5") }]);
    }
}
