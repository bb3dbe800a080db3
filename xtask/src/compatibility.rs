//! docs/compatibility.json: what the acceptance tests proved, by version of Terraform and OpenTofu. `cargo xtask matrix`
//! writes it, and `cargo xtask docs` makes a table of it.

use std::fmt::Write as _;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::repository::{self, Repository};

const FILE: &str = "docs/compatibility.json";

/// The results of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// `Terraform` or `OpenTofu`.
    pub(crate) product: String,
    pub(crate) version: String,
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// The day in UTC, such as `2026-12-01`.
    pub(crate) date: String,
}

/// The last run of each version, Terraform first, in numerical order.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Record(Vec<Run>);

impl Record {
    /// The record of a checkout.
    ///
    /// # Errors
    /// When there is none, or when it isn't a list of runs.
    pub(crate) fn read(repository: &Repository) -> Result<Self, String> {
        let text = repository::read(&repository.join(FILE))?;
        serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))
    }

    /// Writes it into a checkout.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn write(&self, repository: &Repository) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::write(repository.join(FILE), text + "\n").map_err(|error| format!("{FILE}: {error}"))
    }

    /// Adds a run, in place of an earlier one of the same version.
    pub(crate) fn insert(&mut self, run: Run) {
        self.0.retain(|other| (&other.product, &other.version) != (&run.product, &run.version));
        self.0.push(run);
        self.0.sort_by_cached_key(|run| {
            let numbers: Vec<u32> = run.version.split('.').map(|part| part.parse().unwrap_or_default()).collect();
            (run.product != "Terraform", numbers)
        });
    }

    /// A table for the documentation.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from("| version | tests passed | failed | date |\n| --- | --- | --- | --- |\n");
        for Run { product, version, passed, failed, date } in &self.0 {
            let _ = writeln!(table, "| {product} {version} | {passed} | {failed} | {date} |");
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(product: &str, version: &str, passed: u32) -> Run {
        let (product, version) = (product.to_owned(), version.to_owned());
        Run { product, version, passed, failed: 0, date: "2026-12-01".to_owned() }
    }

    #[test]
    fn keeps_the_last_run_of_each_version_in_numerical_order() {
        let mut record = Record::default();
        for (product, version, passed) in [
            ("OpenTofu", "1.12.6", 1),
            ("Terraform", "1.15.5", 2),
            ("Terraform", "1.6.6", 3),
            ("Terraform", "1.15.5", 4),
        ] {
            record.insert(run(product, version, passed));
        }
        let expected = [run("Terraform", "1.6.6", 3), run("Terraform", "1.15.5", 4), run("OpenTofu", "1.12.6", 1)];
        assert_eq!(record.0, expected);
    }
}
