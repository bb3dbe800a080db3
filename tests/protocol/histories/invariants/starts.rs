//! The starts of an apply, each with the resource that asked for it.

use atlas_simulator::{EventKind, Migration};
use terraform_core::Action;

use super::super::arguments::{Arguments, address};
use super::super::scenario::{Played, Scenario};
use super::applied::Applied;
use super::{ensure, ids_at};

/// A start that took effect.
pub(super) struct Start<'a> {
    pub(super) migration: Migration,
    /// The resource whose state has the ID. Where no state has it, because the answer was lost: every resource that planned such a
    /// start and has no other one.
    pub(super) by: Vec<Starter<'a>>,
}

/// A resource that planned a start.
pub(super) struct Starter<'a> {
    pub(super) address: String,
    pub(super) asked: &'a Arguments,
}

/// Every migration that was created belongs to a planned start. Equal arguments do not tell two resources apart, the state does.
pub(super) fn starts<'a>(scenario: &Scenario, applied: &Applied<'a>) -> Result<Vec<Start<'a>>, String> {
    let mut created = Vec::new();
    for event in applied.events {
        let EventKind::Created { id } = event else { continue };
        created.push(scenario.simulator.migration(id).ok_or("a created migration is not there")?);
    }
    let holder = |id: &String| (0..3).map(address).find(|address| ids_at(&scenario.state, address).contains(id));
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

pub(super) fn started_once(applied: &Applied<'_>, starts: &[Start<'_>]) -> Played {
    for (number, start) in starts.iter().enumerate() {
        let cluster = &start.migration.cluster_name;
        let second = starts[..number].iter().find(|other| other.migration.cluster_name == *cluster);
        ensure(second.is_none(), || format!("one apply starts two into {cluster}:\n{}", applied.outcome))?;
    }
    Ok(())
}
