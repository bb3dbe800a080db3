//! What came of a command: what the user sees, what the provider broke, which processes ran.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use super::diagnostic::{Diagnostic, has_errors};
use super::event::Event;
use super::plan::Action;
use super::process::ProcessReport;
use super::violation::Violation;

/// The result of a command.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What the user sees, in the order in which it came.
    pub diagnostics: Vec<Diagnostic>,
    /// Diagnostics of the provider that Terraform does not show: warnings of the walk before a destroy, of the second plan of a replacement,
    /// of reads in a destroy.
    pub dropped: Vec<Diagnostic>,
    /// What was done, or planned, per address.
    pub actions: BTreeMap<String, Action>,
    /// What the data sources returned, by address.
    pub data: BTreeMap<String, Json>,
    /// The rules that the provider broke. Empty unless the core collects them.
    pub violations: Vec<Violation>,
    /// The processes that ran, in order.
    pub processes: Vec<ProcessReport>,
    /// The calls that were made, in order.
    pub events: Vec<Event>,
}

impl Outcome {
    /// Whether the command failed.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }

    /// The errors.
    pub fn errors(&self) -> Vec<&Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect()
    }

    /// The warnings, each as often as the provider gave it.
    pub fn warnings(&self) -> Vec<&Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| !diagnostic.is_error()).collect()
    }

    /// The first error whose summary or detail contains the text.
    ///
    /// # Panics
    /// With every diagnostic, when there is none.
    #[track_caller]
    pub fn error(&self, text: &str) -> &Diagnostic {
        let found = self.errors().into_iter().find(|diagnostic| diagnostic.text().contains(text));
        found.unwrap_or_else(|| panic!("no error says {text:?}:\n{self}"))
    }

    /// The first warning whose summary or detail contains the text.
    ///
    /// # Panics
    /// With every diagnostic, when there is none.
    #[track_caller]
    pub fn warning(&self, text: &str) -> &Diagnostic {
        let found = self.warnings().into_iter().find(|diagnostic| diagnostic.text().contains(text));
        found.unwrap_or_else(|| panic!("no warning says {text:?}:\n{self}"))
    }

    /// Fails the test unless the command succeeded; warnings are fine.
    ///
    /// # Panics
    /// With every diagnostic, when there is an error.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        assert!(!self.has_errors(), "the command failed:\n{self}");
        self
    }

    /// Fails the test unless the command succeeded without a diagnostic.
    ///
    /// # Panics
    /// With every diagnostic.
    #[track_caller]
    pub fn assert_silent(&self) -> &Self {
        assert!(self.diagnostics.is_empty(), "the command was not silent:\n{self}");
        self
    }

    /// Everything that the processes wrote to standard error.
    pub fn stderr(&self) -> String {
        self.processes.iter().map(|process| process.stderr.as_str()).collect()
    }

    /// Takes in what another part of the same command found.
    pub(super) fn absorb(&mut self, mut other: Self) {
        self.diagnostics.append(&mut other.diagnostics);
        self.dropped.append(&mut other.dropped);
        self.actions.append(&mut other.actions);
        self.data.append(&mut other.data);
        self.violations.append(&mut other.violations);
        self.processes.append(&mut other.processes);
        self.events.append(&mut other.events);
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(formatter, "{diagnostic}")?;
        }
        for diagnostic in &self.dropped {
            writeln!(formatter, "(not shown) {diagnostic}")?;
        }
        for (address, action) in &self.actions {
            writeln!(formatter, "{address}: {action:?}")?;
        }
        for violation in &self.violations {
            writeln!(formatter, "{violation}")?;
        }
        for process in &self.processes {
            writeln!(formatter, "{process}")?;
        }
        Ok(())
    }
}
