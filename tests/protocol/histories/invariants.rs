//! What must hold after every step, whatever happened: the promises of the provider, checked against what Atlas has, what Terraform stored and
//! what was said. `applied` has what must hold after an apply.

mod applied;
mod starts;

use std::collections::BTreeSet;

use atlas_simulator::{EventKind, Request};
use serde_json::Value as Json;
use terraform_core::value::to_json;
use terraform_core::{Action, Change, Object, Outcome, Plan, State};

use super::arguments::{Arguments, GROUP, Ignored, KEPT, WRITE_ONLY, address};
use super::messages;
use super::scenario::{Played, Scenario};
pub(super) use applied::{Applied, applied};

/// What may be done with a migration, by what Atlas has: the provider only sees its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    /// Ended without a cutover: it may be started again.
    Replaceable,
    Complete,
    /// It runs, it failed during its cutover, or Atlas has no such migration.
    Protected,
}

impl Truth {
    fn of(scenario: &Scenario, state: &State, address: &str) -> Self {
        let Some(migration) = scenario.simulator.migration(&text(state, address, "id")) else { return Self::Protected };
        // A cutover that somebody else requested, of a migration that then failed, is visible in no response of Atlas.
        let visible =
            !state.attribute(address, "cutover_requested_at").is_null() || state.attribute(address, "cutover") == true;
        let cut_over = migration.cutover_requested_at.is_some() && visible;
        match migration.status.as_str() {
            "COMPLETE" => Self::Complete,
            "FAILED" | "EXPIRED" if !cut_over => Self::Replaceable,
            _ => Self::Protected,
        }
    }
}

/// Nothing was started or cut over.
pub(super) fn only_reads(scenario: &Scenario, events_before: usize, what: &str) -> Played {
    let events = scenario.simulator.events().split_off(events_before);
    ensure(events.is_empty(), || format!("{what} does more than read: {events:?}"))
}

/// What was said is complete and shows no secret, and no rule of Terraform is broken.
pub(super) fn outcome(scenario: &Scenario, outcome: &Outcome) -> Played {
    if let Some(violation) = outcome.violations.first() {
        return Err(format!("a rule of Terraform is broken: {violation}\n{outcome}"));
    }
    for diagnostic in &outcome.diagnostics {
        let text = diagnostic.text();
        let explained = !diagnostic.is_from_provider() || diagnostic.detail.len() > 40;
        ensure(explained && !text.contains("bug in the provider"), || format!("it explains nothing: {diagnostic}"))?;
    }
    let (said, logged) = (outcome.to_string(), outcome.stderr());
    let stored = scenario.state.dump();
    for secret in WRITE_ONLY.iter().chain([&KEPT]) {
        let shown = said.contains(secret) || logged.contains(secret);
        ensure(!shown, || format!("{secret} is shown: {said}\n{logged}"))?;
    }
    for secret in WRITE_ONLY {
        ensure(!stored.contains(secret), || format!("{secret} is stored: {stored}"))?;
    }
    Ok(())
}

/// A plan tells what cannot be undone.
pub(super) fn plan(scenario: &Scenario, plan: &Plan) -> Played {
    for slot in 0..3 {
        let address = address(slot);
        let Some(change) = plan.change(&address) else { continue };
        let refreshed = plan.refreshed_state();
        if let Some(block) = &scenario.blocks[slot]
            && change.action != Action::Delete
        {
            let accepted = accepts_mistake(refreshed, &address, change, block);
            ensure(accepted.is_none(), || {
                format!("{address}: {}:\n{}", accepted.unwrap_or_default(), plan.describe())
            })?;
        }
        let stored = refreshed.contains(&address);
        // A plan is not told that an object is tainted; there the apply refuses.
        let sound = stored && !refreshed.is_tainted(&address);
        ensure(
            !(sound && change.action.is_replace() && Truth::of(scenario, refreshed, &address) != Truth::Replaceable),
            || format!("{address} is protected and would be replaced:\n{}", plan.describe()),
        )?;
        if change.action == Action::Delete && stored && Truth::of(scenario, refreshed, &address) == Truth::Protected {
            let id = text(refreshed, &address, "id");
            // What Atlas does not know, or said so once, may be gone for good.
            let denied = |request: &Request| request.status() == Some(404) && request.path.contains(&id);
            let lost = scenario.simulator.requests().iter().any(denied);
            let broken = matches!(refreshed.attribute(&address, "status").as_str(), Some("FAILED" | "EXPIRED"));
            let warned = messages::warns_of_removal(&plan.outcome, &id);
            ensure(warned || lost || broken, || format!("no warning says that {id} keeps running:\n{}", plan.outcome))?;
        }
    }
    Ok(())
}

/// What a plan must refuse, or must not pass over in silence.
fn accepts_mistake(state: &State, address: &str, change: &Change, block: &Arguments) -> Option<&'static str> {
    let starts = change.action == Action::Create || change.action.is_replace();
    let is_stored = |name: &str| !state.attribute(address, name).is_null();
    let (source, destination) = (is_stored("source"), is_stored("destination"));
    if block.has_null() {
        Some("an explicit null for a required argument is accepted")
    } else if starts && block.hides_its_destination() && block.drop_enabled {
        Some("a start may erase a destination that nobody knows")
    } else if starts {
        None
    } else if block.hides_import(source, destination) {
        Some("an import is accepted whose source or destination never arrives")
    } else if change.action == Action::NoOp && source && pending(state, address, block).is_some() {
        Some("the plan is empty, and a milestone is not reached")
    } else {
        None
    }
}

/// The milestone of a block that an existing migration has not reached, by its state. `ignore_changes = all` keeps the stored ones.
fn pending(state: &State, address: &str, block: &Arguments) -> Option<&'static str> {
    let is_true = |name: &str| state.attribute(address, name) == true;
    let (wait_for_ready, cutover) = match block.ignored {
        Ignored::All => (is_true("wait_for_ready"), is_true("cutover")),
        _ => (block.wait_for_ready, block.cutover),
    };
    let complete = state.attribute(address, "status") == "COMPLETE";
    let requested = !state.attribute(address, "cutover_requested_at").is_null();
    let ready = complete || requested || is_true("ready_for_cutover");
    if cutover && !complete {
        Some("cutover")
    } else if wait_for_ready && !ready {
        Some("wait_for_ready")
    } else {
        None
    }
}

/// After an apply without errors there is nothing to do, but to reach the milestones of what was started or imported.
pub(super) fn nothing_is_left(scenario: &Scenario, applied: &Plan, again: &Plan) -> Played {
    let errors = again.outcome.errors();
    if !errors.is_empty() && errors.iter().all(|error| messages::refuses_action(error)) {
        return Ok(());
    }
    ensure(errors.is_empty(), || format!("an apply succeeds, and the next plan fails:\n{}", again.outcome))?;
    for (slot, block) in scenario.blocks.iter().enumerate() {
        let address = address(slot);
        let action = again.action(&address).unwrap_or(Action::NoOp);
        let has_milestones = block.as_ref().is_some_and(|block| block.cutover || block.wait_for_ready);
        let is_new = applied.change(&address).is_some_and(|change| {
            change.action == Action::Create || change.action.is_replace() || to_json(&change.before)["source"].is_null()
        });
        let is_due = action == Action::Update && has_milestones && is_new;
        ensure(action == Action::NoOp || is_due, || {
            format!("{address} is left to do: {action:?}\n{}\nbefore:\n{}", again.describe(), applied.describe())
        })?;
    }
    Ok(())
}

/// Where nothing is left to do, the state is what Atlas tells. That no milestone is pending then was checked with the plan.
pub(super) fn settled(scenario: &Scenario, plan: &Plan) -> Played {
    let state = plan.refreshed_state();
    for slot in 0..3 {
        let address = address(slot);
        let Some(migration) = scenario.simulator.migration(&text(state, &address, "id")) else { continue };
        if migration.aged_out {
            continue;
        }
        let status = text(state, &address, "status");
        ensure(status == migration.status, || format!("{address} is {status}, Atlas says {migration:?}"))?;
    }
    Ok(())
}

/// No migration is cut over twice in a whole history.
fn cut_over_once(scenario: &Scenario) -> Played {
    let mut seen = BTreeSet::new();
    for event in scenario.simulator.events() {
        if let EventKind::CutoverRequested { id } = event.kind {
            ensure(seen.insert(id.clone()), || format!("the cutover of {id} is requested twice"))?;
        }
    }
    Ok(())
}

/// The state holds nothing that Atlas has not done, and no object that contradicts itself.
pub(super) fn state(scenario: &Scenario) -> Played {
    cut_over_once(scenario)?;
    for address in scenario.state.addresses() {
        let id = text(&scenario.state, address, "id");
        let Some(migration) = scenario.simulator.migration(&id) else {
            return Err(format!("{address} has the id {id:?}, which Atlas never gave"));
        };
        let requested = !scenario.state.attribute(address, "cutover_requested_at").is_null();
        // One that was made complete by hand has been cut over before anybody looked.
        ensure(!requested || migration.cutover_requested_at.is_some(), || {
            format!("the state says that {id} was cut over, Atlas says {migration:?}")
        })?;
        let identity = scenario.state.identity(address);
        let expected = serde_json::json!({"group_id": GROUP, "id": id});
        ensure(identity.is_none_or(|identity| identity == expected), || format!("{address} has another identity"))?;
        ensure(text(&scenario.state, address, "group_id") == GROUP, || format!("{address} has another project"))?;
    }
    Ok(())
}

/// The ids of all objects, also of those that were put aside.
fn all_ids(state: &State) -> BTreeSet<String> {
    objects(state).iter().filter_map(|(_, value)| id_of(value)).collect()
}

fn ids_at(state: &State, address: &str) -> BTreeSet<String> {
    objects(state).iter().filter(|(at, _)| at == address).filter_map(|(_, value)| id_of(value)).collect()
}

fn id_of(value: &Json) -> Option<String> {
    value["id"].as_str().map(str::to_owned)
}

/// All objects with their addresses, also those that were put aside.
fn objects(state: &State) -> Vec<(String, Json)> {
    let of = |address: String| {
        let objects = state.object(&address).into_iter().chain(state.deposed(&address));
        let value = |object: &Object| (address.clone(), serde_json::from_str(&object.value).unwrap_or_default());
        objects.map(value).collect::<Vec<_>>()
    };
    (0..3).map(address).flat_map(of).collect()
}

fn text(state: &State, address: &str, name: &str) -> String {
    state.attribute(address, name).as_str().unwrap_or_default().to_owned()
}

pub(super) fn ensure(holds: bool, broken: impl FnOnce() -> String) -> Played {
    if holds { Ok(()) } else { Err(broken()) }
}
