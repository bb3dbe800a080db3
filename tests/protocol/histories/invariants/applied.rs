//! What must hold after an apply: it did what it was asked, once, and lost nothing.

use std::collections::BTreeSet;

use atlas_simulator::EventKind;
use serde_json::Value as Json;
use terraform_core::value::to_json;
use terraform_core::{Action, Outcome, Plan, State};

use super::super::arguments::{self, Arguments, Ignored, address};
use super::super::messages;
use super::super::scenario::{Played, Scenario};
use super::starts::{Start, started_once, starts};
use super::{Truth, all_ids, ensure, objects, pending, text};

/// An apply, and everything that is known of it.
pub(in super::super) struct Applied<'a> {
    /// The blocks that it carries out.
    pub(in super::super) asked: &'a [Option<Arguments>; 3],
    pub(in super::super) plan: &'a Plan,
    /// The state before it.
    pub(in super::super) stored: &'a State,
    pub(in super::super) outcome: &'a Outcome,
    /// What Atlas did since.
    pub(in super::super) events: &'a [EventKind],
    /// Whether answers that were under way were lost to Terraform.
    pub(in super::super) answers_dropped: bool,
}

/// An apply did what it was asked, once, and lost nothing.
pub(in super::super) fn applied(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    let starts = starts(scenario, applied)?;
    started_once(applied, &starts)?;
    nothing_was_run_again(scenario, applied, &starts)?;
    erased_as_asked(applied, &starts)?;
    nothing_cut_over_was_erased(scenario, applied)?;
    cut_over_as_asked(scenario, applied)?;
    ids_are_kept(scenario, applied, &starts)?;
    nothing_is_tainted(scenario, applied)?;
    started_as_stored(scenario, applied)?;
    milestones_are_reached(scenario, applied)?;
    actions_are_done(scenario, applied)?;
    errors_are_true(scenario, applied, &starts)
}

/// No migration in the state is run a second time, or written over, by this start.
fn nothing_was_run_again(scenario: &Scenario, applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    let before = applied.plan.refreshed_state();
    for start in starts.iter().filter(|start| !start.by.iter().any(|by| by.asked.hides_its_way())) {
        let migration = &start.migration;
        for address in before.addresses() {
            let value = before.value(address).unwrap_or_default();
            let there = value["destination"]["cluster_name"] == migration.cluster_name.as_str();
            let same_source = value["source"]["group_id"] == migration.source_group_id.as_str()
                && value["source"]["cluster_name"] == migration.source_cluster_name.as_str();
            let forbidden = match Truth::of(scenario, before, address) {
                Truth::Replaceable => false,
                Truth::Protected => true,
                Truth::Complete => same_source || migration.drop_destination,
            };
            ensure(!(there && forbidden), || format!("{migration:?} is started beside {address}: {value}"))?;
        }
    }
    Ok(())
}

fn erased_as_asked(applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    for event in applied.events {
        let EventKind::Erased { cluster_name, .. } = event else { continue };
        let start = starts.iter().find(|start| start.migration.cluster_name == *cluster_name);
        let asked = start.is_some_and(|start| start.by.iter().any(|by| by.asked.drop_enabled));
        ensure(asked, || format!("{cluster_name} is erased unasked"))?;
        let said = [&applied.plan.outcome, applied.outcome];
        let warned = said.iter().any(|outcome| messages::warns_of_erasure(outcome, cluster_name));
        ensure(warned || applied.answers_dropped, || format!("{cluster_name} is erased without a word"))?;
    }
    Ok(())
}

/// No start erases the destination of a migration that was cut over, as long as the state knows of it.
///
/// Out of reach are a migration that a destroy or `state rm` took out of the state; one that the user imported with another
/// destination than its own; and a cutover that no state could tell of: requested by somebody else, or by a process that was killed
/// before it saved anything, of a migration that then failed.
fn nothing_cut_over_was_erased(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    for event in applied.events {
        let EventKind::Erased { cluster_name, .. } = event else { continue };
        let states = [applied.stored, applied.plan.refreshed_state()];
        for (address, value) in states.into_iter().flat_map(objects) {
            let id = value["id"].as_str().unwrap_or_default();
            let Some(migration) = scenario.simulator.migration(id) else { continue };
            let known = !value["cutover_requested_at"].is_null() || value["cutover"] == true;
            let cut_over = migration.status == "COMPLETE" || (migration.cutover_requested_at.is_some() && known);
            let stored = value["destination"]["cluster_name"].as_str();
            let believed = stored.or_else(|| configured_destination(applied, &address));
            let own =
                migration.cluster_name == *cluster_name && believed.is_none_or(|believed| believed == cluster_name);
            ensure(!(cut_over && own), || {
                format!("{cluster_name} is erased, which {migration:?} at {address} was cut over to: {value}")
            })?;
        }
    }
    Ok(())
}

/// The destination that an import takes from the configuration, unless `ignore_changes` hides it.
fn configured_destination<'a>(applied: &Applied<'a>, address: &str) -> Option<&'a str> {
    let slot = (0..3).find(|slot| arguments::address(*slot) == address)?;
    let block = applied.asked[slot].as_ref().filter(|block| !block.hides_import(true, false));
    block.map(Arguments::cluster)
}

/// An apply without errors has reached every milestone that its plan worked toward; an import only takes the migration over.
fn milestones_are_reached(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    if applied.outcome.has_errors() || applied.answers_dropped {
        return Ok(());
    }
    for (slot, asked) in applied.asked.iter().enumerate() {
        let (address, Some(asked)) = (address(slot), asked) else { continue };
        let Some(change) = applied.plan.change(&address).filter(|change| change.action == Action::Update) else {
            continue;
        };
        let pending = pending(&scenario.state, &address, asked);
        ensure(pending.is_none() || to_json(&change.before)["source"].is_null(), || {
            let state = scenario.state.value(&address).unwrap_or_default();
            format!("the apply succeeds, and {address} has not reached {}: {state}", pending.unwrap_or_default())
        })?;
    }
    Ok(())
}

fn cut_over_as_asked(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    let mut seen = BTreeSet::new();
    for event in applied.events {
        let EventKind::CutoverRequested { id } = event else { continue };
        ensure(seen.insert(id.clone()), || format!("{id} is cut over twice"))?;
        if scenario.cut_over_by_hand.contains(id) {
            continue;
        }
        let before = applied.plan.refreshed_state();
        if cut_over_by_action(scenario, applied, id) {
            continue;
        }
        let asked = (0..3).any(|slot| {
            let address = address(slot);
            applied.plan.action(&address) == Some(Action::Update)
                && text(before, &address, "id") == *id
                && applied.asked[slot].as_ref().is_some_and(|asked| match asked.ignored {
                    Ignored::All => before.attribute(&address, "cutover") == true,
                    _ => asked.cutover,
                })
        });
        ensure(asked, || format!("{id} is cut over unasked:\n{}", applied.plan.describe()))?;
        let warned = messages::warns_of_cutover(&applied.plan.outcome, id);
        ensure(warned, || format!("{id} is cut over without a word:\n{}", applied.plan.outcome))?;
    }
    Ok(())
}

/// Whether an action may have cut a migration over: its resource has `cutover = true` in the plan or, where the plan does not change it, in
/// the state; it is not imported by this apply; and the plan said so.
fn cut_over_by_action(scenario: &Scenario, applied: &Applied<'_>, id: &str) -> bool {
    let before = applied.plan.refreshed_state();
    let wanted = (0..3).map(address).any(|address| match applied.plan.change(&address) {
        Some(change) if change.action == Action::Create || change.action.is_replace() => {
            text(&scenario.state, &address, "id") == *id && scenario.state.attribute(&address, "cutover") == true
        }
        Some(change) => {
            let planned = to_json(&change.after);
            let imported = change.imported || to_json(&change.before)["source"].is_null();
            planned["id"] == *id && planned["cutover"] == true && !imported
        }
        None => text(before, &address, "id") == *id && before.attribute(&address, "cutover") == true,
    });
    wanted && messages::warns_of_action(&applied.plan.outcome, id)
}

/// An apply without errors has done everything for which it invoked the cutover action: also the single one that starts, waits and
/// cuts over.
fn actions_are_done(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    if applied.outcome.has_errors() || applied.answers_dropped {
        return Ok(());
    }
    let invoked = applied.outcome.events.iter().filter(|event| event.started() == Some("InvokeAction"));
    for action in invoked.filter_map(|event| event.address.as_deref()) {
        let Some(slot) = (0..3).find(|slot| arguments::action("cutover", *slot) == action) else { continue };
        let id = text(&scenario.state, &address(slot), "id");
        let status = scenario.simulator.migration(&id).map(|migration| migration.status.to_string());
        ensure(status.as_deref() == Some("COMPLETE"), || format!("{action} succeeds, and {id} is {status:?}"))?;
    }
    Ok(())
}

/// An id is in the state from the answer that tells it until somebody takes it out.
fn ids_are_kept(scenario: &Scenario, applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    let (before, after) = (applied.plan.refreshed_state(), &scenario.state);
    for start in starts {
        let kept = all_ids(after).contains(&start.migration.id);
        let perhaps = applied.outcome.errors().iter().any(|error| {
            start.by.iter().any(|by| error.address.as_ref() == Some(&by.address)) && messages::may_have_started(error)
        });
        ensure(kept || perhaps || applied.answers_dropped, || {
            format!("{} is started, in no state, and no error says so:\n{}", start.migration.id, applied.outcome)
        })?;
    }
    for source in [applied.stored, before] {
        for address in source.addresses() {
            let id = text(source, address, "id");
            let action = applied.plan.action(address);
            let may_go = match action {
                Some(Action::Delete) => true,
                Some(Action::DeleteThenCreate) => may_be_replaced(scenario, applied, before, address),
                // Without a first half that could refuse, a plan that is not told of the taint is the only line.
                Some(Action::CreateThenDelete) => {
                    may_be_replaced(scenario, applied, before, address) || source.is_tainted(address)
                }
                _ => false,
            };
            let kept = all_ids(after).contains(&id);
            ensure(kept || may_go, || format!("{address} loses the id {id} by {action:?}:\n{}", applied.outcome))?;
        }
    }
    for address in after.addresses() {
        let (new, old) = (text(after, address, "id"), text(before, address, "id"));
        let started = starts.iter().any(|start| start.migration.id == new);
        ensure(new == old || started, || format!("{address} has the id {new} in the place of {old:?}"))?;
    }
    Ok(())
}

/// Whether the migration of an address may be started again: it ended without a cutover, or is complete and asked for from another source.
fn may_be_replaced(scenario: &Scenario, applied: &Applied<'_>, state: &State, address: &str) -> bool {
    match Truth::of(scenario, state, address) {
        Truth::Replaceable => true,
        Truth::Protected => false,
        Truth::Complete => {
            let source = state.value(address).unwrap_or_default()["source"]["cluster_name"].clone();
            let slot = (0..3).find(|slot| arguments::address(*slot) == address);
            let asked = slot.and_then(|slot| applied.asked[slot].as_ref());
            asked.is_some_and(|asked| source != asked.source().1 && !asked.drop_enabled)
        }
    }
}

/// What is read only at a start stays in the state as it was then; no update can change it afterwards.
fn started_as_stored(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    let before = applied.plan.refreshed_state();
    for address in scenario.state.addresses() {
        let (Some(old), Some(new)) = (before.value(address), scenario.state.value(address)) else { continue };
        if old["id"] == new["id"] && !old["source"].is_null() {
            let (was, is) = (read_at_start(&old), read_at_start(&new));
            ensure(was == is, || format!("{address} was started with {was}, and the state says {is}"))?;
            let erases = old["drop_enabled"] == false && new["drop_enabled"] == true;
            let erases = erases && Truth::of(scenario, before, address) != Truth::Replaceable;
            ensure(!erases, || format!("{address} says that it erased its destination, which it did not"))?;
        }
    }
    Ok(())
}

/// What a start alone can say, by its meaning.
fn read_at_start(value: &Json) -> Json {
    let mut entries = value["sharding"]["sharding_entries"].as_array().cloned().unwrap_or_default();
    entries.sort_by_key(Json::to_string);
    let (source, destination) = (&value["source"], &value["destination"]);
    let network = destination["hostname_schema_type"].as_str().unwrap_or("PUBLIC");
    serde_json::json!([
        [source["group_id"], source["cluster_name"], source["ssl"], source["managed_authentication"]],
        [destination["group_id"], destination["cluster_name"], network, value["migration_hosts"]],
        [value["sharding"]["create_supporting_indexes"], entries],
    ])
}

fn nothing_is_tainted(scenario: &Scenario, applied: &Applied<'_>) -> Played {
    for address in scenario.state.addresses() {
        let tainted = scenario.state.is_tainted(address) && !applied.stored.is_tainted(address);
        ensure(!tainted, || format!("{address} is tainted:\n{}", applied.outcome))?;
    }
    Ok(())
}

/// What an error says of Atlas is so.
fn errors_are_true(scenario: &Scenario, applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    for error in applied.outcome.errors() {
        let Some(at) = error.address.as_deref() else { continue };
        let of_action = (0..3).find(|slot| arguments::action("cutover", *slot) == at).map(address);
        let address = of_action.as_deref().unwrap_or(at);
        let denies = messages::denies_start(error);
        // Where two may have started it, one of them may truly say that it did not.
        let started = starts.iter().any(|start| matches!(&start.by[..], [by] if by.address == address));
        ensure(!(denies && started), || format!("it was started, and the error says: {error}"))?;
        // An action may be about a migration that this apply started.
        let state = if at == address { applied.plan.refreshed_state() } else { &scenario.state };
        let id = text(state, address, "id");
        let Some(migration) = scenario.simulator.migration(&id) else { continue };
        let (by_hand, requested) = (scenario.cut_over_by_hand.contains(&id), migration.cutover_requested_at.is_some());
        let lies = messages::denies_cutover(error) && requested && !by_hand;
        ensure(!lies, || format!("{id} was cut over, and the error says: {error}"))?;
        let lies = messages::claims_cutover(error) && !requested;
        ensure(!lies, || format!("{id} was not cut over, and the error says: {error}"))?;
    }
    Ok(())
}
