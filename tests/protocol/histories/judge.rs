//! What must hold after every step, whatever happened: the promises of the provider, judged by what Atlas saw, what Terraform stored and
//! what was said. Knows how nothing is played.

use std::collections::BTreeSet;

use atlas_simulator::{EventKind, Migration, Request};
use serde_json::Value as Json;
use test_support::core::value::to_json;
use test_support::core::{Action, Outcome, Plan, State};

use super::arguments::{Arguments, GROUP, KEPT, WRITE_ONLY, address};
use super::messages;
use super::world::{Played, World};

/// An apply, and everything that is known of it.
pub(super) struct Applied<'a> {
    /// The blocks that it carries out.
    pub(super) asked: &'a [Option<Arguments>; 3],
    pub(super) plan: &'a Plan,
    /// The state before it.
    pub(super) stored: &'a State,
    pub(super) outcome: &'a Outcome,
    /// What Atlas did since.
    pub(super) events: &'a [EventKind],
    /// Whether answers that were under way were lost to Terraform.
    pub(super) answers_dropped: bool,
}

/// How a state looks at its migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Spent,
    Complete,
    Live,
}

impl Life {
    fn of(state: &State, address: &str) -> Self {
        let requested = !state.attribute(address, "cutover_requested_at").is_null();
        match state.attribute(address, "status").as_str() {
            Some("COMPLETE") => Self::Complete,
            Some("FAILED" | "EXPIRED") if !requested => Self::Spent,
            _ => Self::Live,
        }
    }
}

/// Nothing was started or cut over.
pub(super) fn only_reads(world: &World, events_before: usize, what: &str) -> Played {
    let events = world.simulator.events().split_off(events_before);
    ensure(events.is_empty(), || format!("{what} does more than read: {events:?}"))
}

/// What was said is complete and shows no secret, and no rule of Terraform is broken.
pub(super) fn outcome(world: &World, outcome: &Outcome) -> Played {
    if let Some(violation) = outcome.violations.first() {
        return Err(format!("a rule of Terraform is broken: {violation}\n{outcome}"));
    }
    for diagnostic in &outcome.diagnostics {
        let text = diagnostic.text();
        let explained = !diagnostic.is_from_provider() || diagnostic.detail.len() > 40;
        ensure(explained && !text.contains("bug in the provider"), || format!("it explains nothing: {diagnostic}"))?;
    }
    let (said, logged) = (outcome.to_string(), outcome.stderr());
    let stored = world.state.dump();
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
pub(super) fn plan(world: &World, plan: &Plan) -> Played {
    for slot in 0..3 {
        let address = address(slot);
        let Some(change) = plan.change(&address) else { continue };
        let refreshed = plan.refreshed_state();
        let stored = refreshed.contains(&address);
        // A plan is not told that an object is tainted; there the apply refuses.
        let sound = stored && !refreshed.is_tainted(&address);
        ensure(!(sound && change.action.is_replace() && Life::of(refreshed, &address) != Life::Spent), || {
            format!("{address} is live and would be replaced:\n{}", plan.describe())
        })?;
        if change.action == Action::Delete && stored && Life::of(refreshed, &address) == Life::Live {
            let id = text(refreshed, &address, "id");
            // What Atlas does not know, or said so once, may be gone for good.
            let denied = |request: &Request| request.status() == Some(404) && request.path.contains(&id);
            let lost = world.simulator.requests().iter().any(denied);
            let broken = matches!(refreshed.attribute(&address, "status").as_str(), Some("FAILED" | "EXPIRED"));
            let told = messages::warns_of_removal(&plan.outcome, &id);
            ensure(told || lost || broken, || format!("nobody is told that {id} goes on:\n{}", plan.outcome))?;
        }
    }
    Ok(())
}

/// After an apply without errors there is nothing to do, but to pursue the wishes of what was started or adopted.
pub(super) fn nothing_is_left(world: &World, applied: &Plan, again: &Plan) -> Played {
    ensure(!again.outcome.has_errors(), || format!("an apply succeeds, and the next plan fails:\n{}", again.outcome))?;
    for (slot, block) in world.blocks.iter().enumerate() {
        let address = address(slot);
        let action = again.action(&address).unwrap_or(Action::NoOp);
        let has_a_wish = block.as_ref().is_some_and(|block| block.cutover || block.wait_for_ready);
        let is_new = applied.change(&address).is_some_and(|change| {
            change.action == Action::Create || change.action.is_replace() || to_json(&change.before)["source"].is_null()
        });
        let is_due = action == Action::Update && has_a_wish && is_new;
        ensure(action == Action::NoOp || is_due, || {
            format!("{address} is left to do: {action:?}\n{}\nbefore:\n{}", again.describe(), applied.describe())
        })?;
    }
    Ok(())
}

/// Where nothing is left to do, every wish is reached or out of reach, and the state is what Atlas tells.
pub(super) fn settled(world: &World, plan: &Plan) -> Played {
    let state = plan.refreshed_state();
    for (slot, block) in world.blocks.iter().enumerate() {
        let (address, Some(block)) = (address(slot), block) else { continue };
        let Some(migration) = world.simulator.migration(&text(state, &address, "id")) else { continue };
        if migration.aged_out {
            continue;
        }
        let status = text(state, &address, "status");
        ensure(status == migration.status, || format!("{address} is {status}, Atlas says {migration:?}"))?;
        let over = matches!(status.as_str(), "COMPLETE" | "FAILED" | "EXPIRED");
        ensure(over || !block.cutover, || {
            format!("{address} is {status}, nothing is planned, and a cutover is wished")
        })?;
        let ready = migration.ready_for_cutover || migration.cutover_requested_at.is_some() || over;
        ensure(ready || !block.wait_for_ready, || format!("{address} is {status}, and to be waited for"))?;
    }
    Ok(())
}

/// The state holds nothing that Atlas has not done, and no object of two minds.
pub(super) fn state(world: &World) -> Played {
    for address in world.state.addresses() {
        let id = text(&world.state, address, "id");
        let Some(migration) = world.simulator.migration(&id) else {
            return Err(format!("{address} has the id {id:?}, which Atlas never gave"));
        };
        let requested = !world.state.attribute(address, "cutover_requested_at").is_null();
        // One that was made complete by hand has been cut over before anybody looked.
        ensure(!requested || migration.cutover_requested_at.is_some(), || {
            format!("the state says that {id} was cut over, Atlas says {migration:?}")
        })?;
        let identity = world.state.identity(address);
        let expected = serde_json::json!({"group_id": GROUP, "id": id});
        ensure(identity.is_none_or(|identity| identity == expected), || format!("{address} has another identity"))?;
        ensure(text(&world.state, address, "group_id") == GROUP, || format!("{address} has another project"))?;
    }
    Ok(())
}

/// An apply did what it was asked, once, and lost nothing.
pub(super) fn applied(world: &World, applied: &Applied<'_>) -> Played {
    let starts = starts(world, applied)?;
    started_once(applied, &starts)?;
    nothing_was_run_again(applied, &starts)?;
    erased_as_asked(applied, &starts)?;
    cut_over_as_asked(world, applied)?;
    ids_are_kept(world, applied, &starts)?;
    tainted_by_nobody(world, applied)?;
    started_as_stored(world, applied)?;
    told_the_truth(world, applied, &starts)
}

/// A start that took effect.
struct Start<'a> {
    migration: Migration,
    /// The resource whose state has the ID. Where no state has it, because the answer was lost: every resource that planned such a
    /// start and has no other one.
    by: Vec<Starter<'a>>,
}

/// A resource that planned a start.
struct Starter<'a> {
    address: String,
    asked: &'a Arguments,
}

/// Every migration that was created belongs to a planned start. Equal arguments do not tell two resources apart, the state does.
fn starts<'a>(world: &World, applied: &Applied<'a>) -> Result<Vec<Start<'a>>, String> {
    let mut created = Vec::new();
    for event in applied.events {
        let EventKind::Created { id } = event else { continue };
        created.push(world.simulator.migration(id).ok_or("a created migration is not there")?);
    }
    let holder = |id: &String| (0..3).map(address).find(|address| ids_at(&world.state, address).contains(id));
    let holders: Vec<_> = created.iter().map(|migration| holder(&migration.id)).collect();
    let may_have_started = |migration: &Migration, own: Option<&String>| {
        let mut by = planned_starts(applied, migration);
        by.retain(|starter| match own {
            Some(own) => starter.address == *own,
            None => !holders.iter().flatten().any(|holder| *holder == starter.address),
        });
        by
    };
    let mut starts = Vec::new();
    for (migration, own) in created.into_iter().zip(&holders) {
        let by = may_have_started(&migration, own.as_ref());
        ensure(!by.is_empty(), || {
            format!("nothing in the plan asks for {migration:?}, held by {own:?}:\n{}", applied.plan.describe())
        })?;
        starts.push(Start { migration, by });
    }
    Ok(starts)
}

/// The resources whose plan starts a migration with this source and this destination.
fn planned_starts<'a>(applied: &Applied<'a>, migration: &Migration) -> Vec<Starter<'a>> {
    let source = (migration.source_group_id.as_str(), migration.source_cluster_name.as_str());
    let slots = applied.asked.iter().enumerate();
    let planned = slots.filter_map(|(slot, asked)| Some(Starter { address: address(slot), asked: asked.as_ref()? }));
    planned
        .filter(|Starter { address, asked }| {
            let action = applied.plan.action(address);
            let starts = action.is_some_and(|action| action == Action::Create || action.is_replace());
            starts && asked.cluster() == migration.cluster_name && asked.source() == source
        })
        .collect()
}

fn started_once(applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    for (number, start) in starts.iter().enumerate() {
        let cluster = &start.migration.cluster_name;
        let second = starts[..number].iter().find(|other| other.migration.cluster_name == *cluster);
        ensure(second.is_none(), || format!("one apply starts two into {cluster}:\n{}", applied.outcome))?;
    }
    Ok(())
}

/// No migration in the state is run a second time, or written over, by this start.
fn nothing_was_run_again(applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    let before = applied.plan.refreshed_state();
    for start in starts.iter().filter(|start| !start.by.iter().any(|by| by.asked.hides_its_way())) {
        let migration = &start.migration;
        for address in before.addresses() {
            let value = before.value(address).unwrap_or_default();
            let there = value["destination"]["cluster_name"] == migration.cluster_name.as_str();
            let same_source = value["source"]["group_id"] == migration.source_group_id.as_str()
                && value["source"]["cluster_name"] == migration.source_cluster_name.as_str();
            let barred = match Life::of(before, address) {
                Life::Spent => false,
                Life::Live => true,
                Life::Complete => same_source || migration.drop_destination,
            };
            ensure(!(there && barred), || format!("{migration:?} is started beside {address}: {value}"))?;
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
        let told = said.iter().any(|outcome| messages::warns_of_erasure(outcome, cluster_name));
        ensure(told || applied.answers_dropped, || format!("{cluster_name} is erased without a word"))?;
    }
    Ok(())
}

fn cut_over_as_asked(world: &World, applied: &Applied<'_>) -> Played {
    let mut seen = BTreeSet::new();
    for event in applied.events {
        let EventKind::CutoverRequested { id } = event else { continue };
        ensure(seen.insert(id.clone()), || format!("{id} is cut over twice"))?;
        if world.cut_over_by_hand.contains(id) {
            continue;
        }
        let before = applied.plan.refreshed_state();
        let asked = (0..3).any(|slot| {
            let address = address(slot);
            applied.plan.action(&address) == Some(Action::Update)
                && text(before, &address, "id") == *id
                && applied.asked[slot].as_ref().is_some_and(|asked| asked.cutover)
        });
        ensure(asked, || format!("{id} is cut over unasked:\n{}", applied.plan.describe()))?;
        let told = messages::warns_of_cutover(&applied.plan.outcome, id);
        ensure(told, || format!("{id} is cut over without a word:\n{}", applied.plan.outcome))?;
    }
    Ok(())
}

/// An id is in the state from the answer that tells it until somebody takes it out.
fn ids_are_kept(world: &World, applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    let (before, after) = (applied.plan.refreshed_state(), &world.state);
    for start in starts {
        let kept = all_ids(after).contains(&start.migration.id);
        let perhaps = applied.outcome.errors().iter().any(|error| {
            start.by.iter().any(|by| error.address.as_ref() == Some(&by.address)) && messages::may_have_started(error)
        });
        ensure(kept || perhaps || applied.answers_dropped, || {
            format!("{} is started, in no state, and nobody is told:\n{}", start.migration.id, applied.outcome)
        })?;
    }
    for source in [applied.stored, before] {
        for address in source.addresses() {
            let id = text(source, address, "id");
            let action = applied.plan.action(address);
            let may_go = match action {
                Some(Action::Delete) => true,
                Some(Action::DeleteThenCreate) => may_be_replaced(applied, before, address),
                // Without a first half that could refuse, a plan that is not told of the taint is the only line.
                Some(Action::CreateThenDelete) => {
                    may_be_replaced(applied, before, address) || source.is_tainted(address)
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

/// Whether the migration of an address may be started again: it is spent, or complete and asked for from another source.
fn may_be_replaced(applied: &Applied<'_>, state: &State, address: &str) -> bool {
    match Life::of(state, address) {
        Life::Spent => true,
        Life::Live => false,
        Life::Complete => {
            let source = state.value(address).unwrap_or_default()["source"]["cluster_name"].clone();
            let slot = (0..3).find(|slot| self::address(*slot) == address);
            let asked = slot.and_then(|slot| applied.asked[slot].as_ref());
            asked.is_some_and(|asked| source != asked.source().1 && !asked.drop_enabled)
        }
    }
}

/// What is read only at a start stays in the state as it was then; no update can change it afterwards.
fn started_as_stored(world: &World, applied: &Applied<'_>) -> Played {
    let before = applied.plan.refreshed_state();
    for address in world.state.addresses() {
        let (Some(old), Some(new)) = (before.value(address), world.state.value(address)) else { continue };
        if old["id"] == new["id"] && !old["source"].is_null() {
            let (was, is) = (read_at_start(&old), read_at_start(&new));
            ensure(was == is, || format!("{address} was started with {was}, and the state says {is}"))?;
            let erases = old["drop_enabled"] == false && new["drop_enabled"] == true;
            let erases = erases && Life::of(before, address) != Life::Spent;
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

fn tainted_by_nobody(world: &World, applied: &Applied<'_>) -> Played {
    for address in world.state.addresses() {
        let tainted = world.state.is_tainted(address) && !applied.stored.is_tainted(address);
        ensure(!tainted, || format!("{address} is tainted:\n{}", applied.outcome))?;
    }
    Ok(())
}

/// What an error says of Atlas is so.
fn told_the_truth(world: &World, applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    for error in applied.outcome.errors() {
        let Some(address) = error.address.as_deref() else { continue };
        let denies = messages::denies_start(error);
        // Where two may have started it, one of them may truly say that it did not.
        let started = starts.iter().any(|start| matches!(&start.by[..], [by] if by.address == address));
        ensure(!(denies && started), || format!("it was started, and the error says: {error}"))?;
        let id = text(applied.plan.refreshed_state(), address, "id");
        let Some(migration) = world.simulator.migration(&id) else { continue };
        let (by_hand, requested) = (world.cut_over_by_hand.contains(&id), migration.cutover_requested_at.is_some());
        let lies = messages::denies_cutover(error) && requested && !by_hand;
        ensure(!lies, || format!("{id} was cut over, and the error says: {error}"))?;
        let lies = messages::claims_cutover(error) && !requested;
        ensure(!lies, || format!("{id} was not cut over, and the error says: {error}"))?;
    }
    Ok(())
}

/// The ids of all objects, also of those that were put aside.
fn all_ids(state: &State) -> BTreeSet<String> {
    (0..3).flat_map(|slot| ids_at(state, &address(slot))).collect()
}

fn ids_at(state: &State, address: &str) -> BTreeSet<String> {
    let objects = state.object(address).into_iter().chain(state.deposed(address));
    let values = objects.map(|object| serde_json::from_str::<Json>(&object.value).unwrap_or_default());
    values.filter_map(|value| value["id"].as_str().map(str::to_owned)).collect()
}

fn text(state: &State, address: &str, name: &str) -> String {
    state.attribute(address, name).as_str().unwrap_or_default().to_owned()
}

pub(super) fn ensure(holds: bool, broken: impl FnOnce() -> String) -> Played {
    if holds { Ok(()) } else { Err(broken()) }
}
