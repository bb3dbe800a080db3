//! Duplicate-start protection: the migrations that this process has seen, and the starts that it has planned.
//!
//! Terraform shows a provider neither the address of a resource nor what else is in a plan. So the process remembers every
//! migration that a call shows, and a plan that starts another one into the same destination is an error, in whichever order
//! the two are seen. Its limits are those of the process: one provider alias and one state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tf_provider::Attr;

use super::migration_host::host_name;
use super::model::Migration;
use super::phase::Phase;
use super::private_state::PrivateState;

/// What the process knows; empty at first and after each Configure.
#[derive(Debug, Default)]
pub struct DuplicateGuard(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    existing: BTreeMap<String, Existing>,
    starts: Vec<Start>,
    /// The migrations that planned actions cut over.
    cutovers: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Existing {
    /// As this process saw it last.
    pub(crate) state: Migration,
    /// Its private state; the default if this process has not seen it.
    pub(crate) private: PrivateState,
    /// Whether this process read it from Atlas; a stored status may be older.
    pub(super) refreshed: bool,
    /// Whether it came from a stored state.
    loaded: bool,
    /// Whether a plan for it was made, which shows its destination unless the destination is hidden.
    planned: bool,
    /// The status with which its removal from state was planned.
    removal: Option<String>,
    /// The milestone `cutover` in its plan, once that was made in this process. Unknown counts as not set.
    planned_cutover: Option<bool>,
    /// Whether its first plan after an import was made in this process.
    imported: bool,
}

/// What this process knows of the milestone `cutover` of a migration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CutoverMilestone {
    /// It is set, in the state or by a plan.
    Set(Box<Existing>),
    /// It is not set.
    NotSet(Box<Existing>),
    /// This run of Terraform imports the migration.
    Imported(Box<Existing>),
    /// The process knows other migrations, and not this one; or the plan removes it from state.
    OtherState,
    /// The process knows no migration: the apply of `-invoke` passes no state.
    NoState,
}

/// A start that was planned.
#[derive(Clone, Debug)]
struct Start {
    source: Option<Cluster>,
    project: Option<String>,
    destination: Option<Cluster>,
    host: Option<String>,
    /// An unknown value counts as true.
    drop_enabled: bool,
    /// The migration that it replaces.
    replaces: Option<String>,
}

/// A cluster in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cluster {
    group_id: String,
    name: String,
}

/// Why a start is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Conflict {
    /// A protected migration has the same destination.
    Existing(Box<Existing>),
    /// The destination of a protected migration in the same project is unknown.
    Hidden(Box<Existing>),
    /// Another resource of the same plan starts a migration into the same destination.
    AnotherStart,
}

impl DuplicateGuard {
    /// Removes everything that is known.
    pub(crate) fn clear(&self) {
        *self.known() = Known::default();
    }

    /// Remembers a migration from a stored state. What was read from Atlas is newer and stays.
    pub(super) fn state_loaded(&self, state: &Migration) {
        let Some(id) = state.id.as_str() else { return };
        let mut known = self.known();
        match known.existing.get_mut(id) {
            Some(existing) if existing.refreshed => existing.loaded = true,
            _ => {
                let existing = Existing::new(state, &PrivateState::default());
                known.existing.insert(id.to_owned(), Existing { loaded: true, ..existing });
            }
        }
    }

    /// Remembers a migration as Atlas returned it. Returns the status with which its removal was planned before, if that was
    /// another one: Terraform 1.9 to 1.11 plan the removal of an orphan before they refresh it.
    pub(super) fn refreshed(&self, state: &Migration, private: &PrivateState) -> Option<String> {
        let id = state.id.as_str()?;
        let mut known = self.known();
        let new = Existing { refreshed: true, ..Existing::new(state, private) };
        let before = known.existing.insert(id.to_owned(), new.clone())?;
        let removal = before.removal.filter(|status| status != state.status_text());
        let Existing { loaded, planned, imported, .. } = before;
        let existing = Existing { loaded, planned, imported, ..new };
        known.existing.insert(id.to_owned(), existing);
        removal
    }

    /// Remembers a migration whose own plan (an update or a removal) is being made.
    ///
    /// # Errors
    /// The migration as it is known, if a start that conflicts with it was planned before.
    pub(super) fn check_existing(&self, state: &Migration, private: &PrivateState) -> Result<(), Box<Existing>> {
        let Some(id) = state.id.as_str() else { return Ok(()) };
        let mut known = self.known();
        let existing = match known.existing.get(id) {
            // A plan after an import adds the arguments, which Atlas does not return.
            Some(read) if read.refreshed => {
                Existing { planned: true, state: state.clone().with_computed_of(&read.state), ..read.clone() }
            }
            before => {
                let loaded = before.is_some_and(|before| before.loaded);
                Existing { planned: true, loaded, ..Existing::new(state, private) }
            }
        };
        known.existing.insert(id.to_owned(), existing.clone());
        if known.starts.iter().any(|start| start.conflicts_with(&existing) != Overlap::None) {
            return Err(Box::new(existing));
        }
        Ok(())
    }

    /// Remembers the planned removal of a migration from state, as [`check_existing`](Self::check_existing) does.
    ///
    /// # Errors
    /// As [`check_existing`](Self::check_existing).
    pub(super) fn check_removal(&self, state: &Migration, private: &PrivateState) -> Result<Existing, Box<Existing>> {
        self.check_existing(state, private)?;
        let mut known = self.known();
        let id = state.id_text().to_owned();
        let existing = known.existing.entry(id).or_insert_with(|| Existing::new(state, private));
        existing.removal = Some(existing.state.status_text().to_owned());
        Ok(existing.clone())
    }

    /// Remembers a planned start, unless it conflicts. `replaces` is the replaceable migration that it replaces.
    ///
    /// # Errors
    /// If the start conflicts with a migration or with another start.
    pub(super) fn plan_start(&self, planned: &Migration, replaces: Option<&str>) -> Result<(), Conflict> {
        let start = Start { replaces: replaces.map(str::to_owned), ..Start::of(planned) };
        let mut known = self.known();
        known.check_start(&start)?;
        // A replacement is planned twice in a process; what it replaces shows that both are one start.
        if replaces.is_some() {
            known.starts.retain(|other| other.replaces != start.replaces);
        }
        if start.destination.is_some() && known.starts.iter().any(|other| other.destination == start.destination) {
            return Err(Conflict::AnotherStart);
        }
        known.starts.push(start);
        Ok(())
    }

    /// Remembers the milestone `cutover` of a plan for an existing migration.
    pub(super) fn plan_cutover(&self, planned: &Migration, imported: bool) {
        let mut known = self.known();
        if let Some(existing) = planned.id.as_str().and_then(|id| known.existing.get_mut(id)) {
            existing.planned_cutover = Some(planned.cutover.known() == Some(&true));
            existing.imported |= imported;
        }
    }

    /// The milestone `cutover` of the migration with this ID.
    pub(crate) fn cutover_milestone(&self, id: &str) -> CutoverMilestone {
        self.known().cutover_milestone(id)
    }

    /// Remembers a cutover by an action that is being planned. Returns the milestone; the cutover is refused unless it is set.
    pub(crate) fn plan_action(&self, id: &str) -> CutoverMilestone {
        let mut known = self.known();
        known.cutovers.insert(id.to_owned());
        known.cutover_milestone(id)
    }

    /// The milestone of a migration that was just planned, if the plan of an action relied on another one before.
    pub(super) fn refused_action(&self, id: &str) -> Option<CutoverMilestone> {
        let known = self.known();
        let milestone = known.cutovers.contains(id).then(|| known.cutover_milestone(id))?;
        (!matches!(milestone, CutoverMilestone::Set(_))).then_some(milestone)
    }

    /// Compares a start with every known migration right before its request is sent. Its destination may have been unknown
    /// until now.
    ///
    /// # Errors
    /// If the start conflicts with a migration.
    pub(super) fn check_create(&self, planned: &Migration) -> Result<(), Conflict> {
        self.known().check_start(&Start::of(planned))
    }

    /// Removes a replaceable migration whose replacement has begun.
    pub(super) fn replaced(&self, id: &str) {
        self.known().existing.remove(id);
    }

    /// The migration with this ID, as this process knows it.
    pub(crate) fn existing(&self, id: &str) -> Option<Existing> {
        self.known().existing.get(id).cloned()
    }

    /// The migration host of a planned start, if another planned start or a running migration uses it too.
    pub(super) fn shared_host(&self, migration: &Migration) -> Option<String> {
        let host = host(migration)?;
        let known = self.known();
        let id = migration.id.as_str();
        let runs = |(other, existing): (&String, &Existing)| {
            existing.phase() == Phase::Running
                && !existing.private.not_found
                && id != Some(other)
                && self::host(&existing.state).as_ref() == Some(&host)
        };
        let starts = known.starts.iter().filter(|start| start.host.as_ref() == Some(&host)).count();
        let shared = if id.is_some() { starts > 0 } else { starts > 1 || known.existing.iter().any(runs) };
        shared.then_some(host)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn cutover_milestone(&self, id: &str) -> CutoverMilestone {
        match self.existing.get(id).cloned().map(Box::new) {
            Some(existing) if existing.removal.is_some() => CutoverMilestone::OtherState,
            Some(existing) if existing.imported => CutoverMilestone::Imported(existing),
            Some(existing) if existing.is_cutover_set() => CutoverMilestone::Set(existing),
            Some(existing) => CutoverMilestone::NotSet(existing),
            None if self.existing.is_empty() => CutoverMilestone::NoState,
            None => CutoverMilestone::OtherState,
        }
    }

    fn check_start(&self, start: &Start) -> Result<(), Conflict> {
        for existing in self.existing.values() {
            match start.conflicts_with(existing) {
                Overlap::None => {}
                Overlap::Destination => return Err(Conflict::Existing(Box::new(existing.clone()))),
                Overlap::Unknown => return Err(Conflict::Hidden(Box::new(existing.clone()))),
            }
        }
        Ok(())
    }
}

/// How a start meets an existing migration that it must not overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overlap {
    None,
    Destination,
    /// In the same project, and the destination of the existing one is unknown.
    Unknown,
}

impl Start {
    fn of(planned: &Migration) -> Self {
        Self {
            source: source(planned),
            project: planned.destination_attr(|destination| &destination.group_id).into_known(),
            destination: destination(planned),
            host: host(planned),
            drop_enabled: planned.drop_enabled.known() != Some(&false),
            replaces: None,
        }
    }

    /// A complete migration conflicts only with a start that would run it again or erase what it brought. An unknown source
    /// may be the same.
    fn conflicts_with(&self, existing: &Existing) -> Overlap {
        let same_source = || match (&self.source, source(&existing.state)) {
            (Some(own), Some(other)) => *own == other,
            _ => true,
        };
        let overlap = self.overlap(existing);
        match existing.phase() {
            Phase::EndedWithoutCutover => Overlap::None,
            Phase::Complete if !self.drop_enabled && !same_source() => Overlap::None,
            _ if self.replaces.is_some() && self.replaces.as_deref() == existing.state.id.as_str() => Overlap::None,
            Phase::Running | Phase::FailedDuringCutover | Phase::Complete => overlap,
        }
    }

    fn overlap(&self, existing: &Existing) -> Overlap {
        match (&self.destination, destination(&existing.state)) {
            (Some(own), Some(other)) if *own == other => Overlap::Destination,
            (_, Some(_)) => Overlap::None,
            (_, None) if existing.is_hidden() && self.may_be_in(&existing.state.group_id) => Overlap::Unknown,
            (_, None) => Overlap::None,
        }
    }

    fn may_be_in(&self, project: &Attr<String>) -> bool {
        self.project.as_deref().is_none_or(|own| Some(own) == project.as_str())
    }
}

impl Existing {
    fn new(state: &Migration, private: &PrivateState) -> Self {
        Self {
            state: state.clone(),
            private: private.clone().stored(),
            refreshed: false,
            loaded: false,
            planned: false,
            removal: None,
            planned_cutover: None,
            imported: false,
        }
    }

    fn is_cutover_set(&self) -> bool {
        self.planned_cutover.unwrap_or(self.state.cutover.known() == Some(&true))
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::of(&self.state, &self.private)
    }

    /// Whether no plan of this run shows the destination. An imported migration gets it from its own plan, which may still
    /// come: then nothing was read yet, or it is imported by this run.
    fn is_hidden(&self) -> bool {
        self.planned || (self.loaded && self.refreshed)
    }
}

fn source(migration: &Migration) -> Option<Cluster> {
    let group_id = migration.source_attr(|source| &source.group_id).into_known()?;
    Some(Cluster { group_id, name: migration.source_attr(|source| &source.cluster_name).into_known()? })
}

fn destination(migration: &Migration) -> Option<Cluster> {
    let group_id = migration.destination_attr(|destination| &destination.group_id).into_known()?;
    Some(Cluster { group_id, name: migration.destination_attr(|destination| &destination.cluster_name).into_known()? })
}

fn host(migration: &Migration) -> Option<String> {
    let hosts = migration.migration_hosts.known()?;
    hosts.first().and_then(|host| host.as_str()).map(|host| host_name(host).to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
