//! What can be seen of a walk from outside, and where two of them differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value as Json, json};

/// What came of a walk.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// The requests that reached the provider, by process.
    pub(crate) processes: Vec<Vec<Json>>,
    /// The state afterwards.
    pub(crate) state: Json,
    /// Severity and summary of each diagnostic.
    pub(crate) diagnostics: BTreeSet<String>,
    /// The planned actions by address, without those that do nothing.
    pub(crate) actions: BTreeMap<String, String>,
}

impl Observed {
    /// Forgets the order of the requests to each process, and the actions: a deposed object has one under the same address.
    pub(crate) fn sort_requests(&mut self) {
        self.actions.clear();
        self.processes.iter_mut().for_each(|requests| requests.sort_by_key(Json::to_string));
    }

    /// What the other one has differently.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = self.request_differences(other);
        let mut compare = |what: &str, terraform: String, core: String| {
            if terraform != core {
                differences.push(format!("{what}\n  Terraform: {terraform}\n  core:      {core}"));
            }
        };
        compare("state", self.state.to_string(), other.state.to_string());
        compare("diagnostics", format!("{:?}", self.diagnostics), format!("{:?}", other.diagnostics));
        if self.diagnostics.iter().all(|diagnostic| diagnostic.starts_with("warning")) {
            compare("actions", format!("{:?}", self.actions), format!("{:?}", other.actions));
        }
        differences
    }

    fn request_differences(&self, other: &Self) -> Vec<String> {
        let names = |processes: &[Vec<Json>]| {
            let name = |request: &Json| request["rpc"].as_str().unwrap_or_default().to_owned();
            processes.iter().map(|requests| requests.iter().map(name).collect()).collect::<Vec<Vec<_>>>()
        };
        let (terraform, core) = (names(&self.processes), names(&other.processes));
        if terraform != core {
            return vec![format!("order of requests\n  Terraform: {terraform:?}\n  core:      {core:?}")];
        }
        let pairs = self.processes.iter().flatten().zip(other.processes.iter().flatten());
        let differing = pairs.filter(|(terraform, core)| terraform != core);
        differing.map(|(terraform, core)| format!("request\n  Terraform: {terraform}\n  core:      {core}")).collect()
    }
}

/// Reads what the provider recorded, grouped by process in the order of their first requests.
pub(crate) fn recorded(file: &Path) -> Vec<Vec<Json>> {
    let mut processes: Vec<(Json, Vec<Json>)> = Vec::new();
    for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let request = json!({"rpc": line["rpc"], "request": line["request"]});
        match processes.iter_mut().find(|(process, _)| *process == line["process"]) {
            Some((_, requests)) => requests.push(request),
            None => processes.push((line["process"].clone(), vec![request])),
        }
    }
    processes.into_iter().map(|(_, requests)| requests).collect()
}
