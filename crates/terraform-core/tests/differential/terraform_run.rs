//! A walk through real Terraform.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use test_support::terraform::{ProviderBinary, Run, Terraform, Workspace};

use crate::observed::{Observed, recorded};
use crate::state_file;
use crate::walk::{Command, THING, Walk};

/// Runs the walk in a workspace of its own.
pub(crate) fn run(terraform: &Terraform, provider: &ProviderBinary, walk: &Walk) -> Observed {
    let workspace = Workspace::new(terraform, provider);
    let record = workspace.path().join("record");
    workspace.env("FAULT", walk.fault).env("RECORD", &record).env("TF_DISABLE_PLUGIN_TLS", "1");
    workspace.file("main.tf.json", walk.main_tf_json().to_string());
    workspace.file("terraform.tfstate", state_file::write(&walk.before));
    let run = workspace.run(arguments(&walk.command));
    let lines: Vec<Json> = run.stdout().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Observed {
        processes: recorded(&record),
        state: state_file::read(&workspace.state_file()),
        diagnostics: diagnostics(&run, &lines),
        actions: actions(&lines),
    }
}

fn arguments(command: &Command) -> Vec<String> {
    let words: &[&str] = match command {
        Command::Validate => &["validate", "-json"],
        Command::Apply(_) => &["apply", "-auto-approve", "-json"],
        Command::Destroy => &["destroy", "-auto-approve", "-json"],
        Command::Import(id) => &["import", THING, id],
    };
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if let Command::Apply(options) = command {
        words.extend(options.replace.iter().map(|address| format!("-replace={address}")));
        words.extend((!options.refresh).then(|| "-refresh=false".to_owned()));
        words.extend(options.destroy.then(|| "-destroy".to_owned()));
        words.extend(options.invoke.iter().map(|action| format!("-invoke={action}")));
        words.extend(options.refresh_only.then(|| "-refresh-only".to_owned()));
    }
    words
}

/// Severity and summary of each, from JSON where the command can write it.
fn diagnostics(run: &Run, lines: &[Json]) -> BTreeSet<String> {
    let document: Json = serde_json::from_str(run.stdout()).unwrap_or_default();
    let of_validate = document["diagnostics"].as_array().into_iter().flatten();
    let of_lines = lines.iter().map(|line| &line["diagnostic"]).filter(|diagnostic| !diagnostic.is_null());
    let json = of_validate.chain(of_lines).map(|diagnostic| {
        let text = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
        // A severity that the protocol doesn't have is shown as unknown, and nothing goes on after it.
        let severity = text("severity").replace("unknown", "error");
        format!("{severity}: {}", text("summary"))
    });
    let printed = run.stdout().lines().chain(run.stderr().lines()).filter_map(|line| {
        let line = line.trim_start_matches(['│', ' ']);
        let (severity, summary) = line.split_once(": ")?;
        ["Error", "Warning"].contains(&severity).then(|| format!("{}: {summary}", severity.to_lowercase()))
    });
    let shown = json.chain(printed).filter(|text| !text.contains("development overrides"));
    shown.map(|text| normalized(&text).unwrap_or(text)).collect()
}

/// The one form of a summary that Terraform writes in several.
fn normalized(text: &str) -> Option<String> {
    let summary = text.strip_prefix("error: ")?;
    // A value that does not decode is described by cty: what is required, where, and what was given.
    let undecodable = summary.ends_with(" is required") || summary.contains(" is required (");
    // Which of the two a crash causes depends on whether the connection or the call ends first.
    let crashed = summary == "Request cancelled";
    match (undecodable, crashed) {
        (true, _) => Some("error: Provider returned a value that does not decode".to_owned()),
        (_, true) => Some("error: Plugin did not respond".to_owned()),
        _ => None,
    }
}

fn actions(lines: &[Json]) -> BTreeMap<String, String> {
    let planned = lines.iter().filter(|line| line["type"] == "planned_change").map(|line| &line["change"]);
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    planned.map(|change| (text(&change["resource"]["addr"]), text(&change["action"]))).collect()
}
