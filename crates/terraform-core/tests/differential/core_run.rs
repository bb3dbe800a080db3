//! A walk through the core.

use std::collections::BTreeMap;

use terraform_core::{Action, Core, Diagnostic, Origin, Outcome, PlanOptions};
use test_support::terraform::{Feature, Terraform};

use crate::PROVIDER;
use crate::observed::{Observed, recorded};
use crate::state_file;
use crate::walk::{Command, Walk};

/// Runs the walk with a core that acts as this Terraform.
pub(crate) fn run(terraform: &Terraform, walk: &Walk) -> Observed {
    let record = std::env::temp_dir().join(format!(
        "differential-{}-{:?}-{}",
        std::process::id(),
        std::thread::current().id(),
        walk.name.replace(' ', "-")
    ));
    let version = terraform.version_number();
    let core = Core::new(PROVIDER)
        .tls(false)
        .env("FAULT", walk.fault)
        .env("TMPDIR", std::env::temp_dir())
        .env("RECORD", &record)
        .terraform_version(&version.to_string())
        .client_capabilities(version.minor >= 9)
        .write_only(terraform.supports(Feature::WriteOnly))
        .identity(terraform.supports(Feature::ImportIdentity))
        .collect_violations();
    let (config, mut state) = (walk.config(), walk.before.clone());
    let outcome = match &walk.command {
        Command::Validate => core.validate(&config),
        Command::Apply(options) => core.apply_with(&config, &mut state, options.clone()),
        Command::Destroy => core.apply_with(&config, &mut state, PlanOptions::destroy()),
        Command::Import(id) => core.import(&config, crate::walk::THING, id, &mut state),
    };
    let invokes = matches!(&walk.command, Command::Apply(options) if options.invoke.is_some());
    let observed = Observed {
        processes: recorded(&record),
        state: state_file::of_core(&state),
        diagnostics: outcome.diagnostics.iter().map(|diagnostic| described(diagnostic, invokes)).collect(),
        actions: actions(&outcome),
    };
    std::fs::remove_file(record).ok();
    observed
}

/// Severity and summary. What an action says, Terraform up to 1.15 shows in the detail of a message of its own.
fn described(diagnostic: &Diagnostic, invokes: bool) -> String {
    let of_action = diagnostic.address.as_deref().is_some_and(|address| address.starts_with("action."));
    let summary = match (diagnostic.is_error(), diagnostic.origin) {
        (true, Origin::Provider("PlanAction")) if !invokes => "Failed to plan action",
        (false, Origin::Provider("PlanAction")) if !invokes => "Warnings when planning action",
        (true, Origin::Provider("InvokeAction")) => "Error when invoking action",
        (true, Origin::Core) if of_action => "Error when invoking action",
        (false, Origin::Provider("InvokeAction")) => "Warning when invoking action",
        _ => &diagnostic.summary,
    };
    format!("{}: {summary}", if diagnostic.is_error() { "error" } else { "warning" })
}

fn actions(outcome: &Outcome) -> BTreeMap<String, String> {
    let named = outcome.actions.iter().filter_map(|(address, action)| {
        let name = match action {
            Action::NoOp => return None,
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        };
        Some((address.clone(), name.to_owned()))
    });
    named.collect()
}
