//! The guard against a second migration: what this process knows of each destination, and each start that it has
//! planned.
//!
//! Terraform tells a provider neither the address of an object nor what else is in a plan. So the process remembers,
//! out of every call that shows one, which migration goes
//! where, and a plan that starts another one there is an error, in whichever order the two are met. Its limits are
//! those of the process: one provider alias and
//! one state.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::life::Life;
use super::model::Migration;

/// A cluster in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Cluster {
    group_id: String,
    name: String,
}

/// What matters of a migration that is to be started, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    source: Option<Cluster>,
    /// Unknown counts as true.
    drop_enabled: bool,
}

/// What matters of a migration that exists.
#[derive(Clone, Debug)]
struct Known {
    source: Cluster,
    life: Life,
    status: String,
    /// Whether it was read from Atlas by this process: a stored status may be older.
    refreshed: bool,
}

/// A start that was planned.
#[derive(Clone, Debug)]
struct PlannedStart {
    start: Start,
    /// The spent migration that it replaces, where that is known.
    replaced: Option<String>,
}

/// What is known of one destination.
#[derive(Debug, Default)]
struct Site {
    known: BTreeMap<String, Known>,
    start: Option<PlannedStart>,
}

/// What stands in the way of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// A migration into the same destination is live.
    Live(Live),
    /// Another resource of the same plan starts one.
    Twin,
}

/// A live migration that bars a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Live {
    /// Its id.
    pub(super) id: String,
    /// Its status as last told.
    pub(super) status: String,
    /// Whether that was read from Atlas just now, not only from the state.
    pub(super) refreshed: bool,
}

/// What the process knows; empty at first and after each Configure.
#[derive(Debug, Default)]
pub(super) struct Guard(Mutex<BTreeMap<Cluster, Site>>);

impl Guard {
    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.sites().clear();
    }

    /// Remembers a migration out of the state; what was read from Atlas stays.
    pub(super) fn loaded(&self, state: &Migration) {
        self.remember(state, false);
    }

    /// Remembers a migration as Atlas told it.
    pub(super) fn refreshed(&self, state: &Migration) {
        self.remember(state, true);
    }

    /// Remembers a planned start, if nothing stands in its way; `replaced` is the spent migration that it replaces.
    /// Nothing is known, and so nothing refused, while the
    /// destination is unknown.
    ///
    /// # Errors
    /// When a live migration or another start is known at the destination.
    pub(super) fn start(&self, planned: &Migration, replaced: Option<&str>) -> Result<(), Conflict> {
        let start = Start::of(planned);
        let mut sites = self.sites();
        let Some(destination) = destination(planned) else { return Ok(()) };
        let site = sites.entry(destination).or_default();
        if let Some((id, known)) = site.known.iter().find(|(_, known)| start.is_barred_by(known)) {
            return Err(Conflict::Live(known.live(id)));
        }
        // One object may be planned twice in a process; by what it replaces it is known to be the same.
        match &site.start {
            None => site.start = Some(PlannedStart { start, replaced: replaced.map(str::to_owned) }),
            Some(other) if replaced.is_some() && other.replaced.as_deref() == replaced => {}
            Some(_) => return Err(Conflict::Twin),
        }
        Ok(())
    }

    /// Meets a migration whose own plan, update or destroy, is being made.
    ///
    /// # Errors
    /// When a start that it bars was planned before it was met.
    pub(super) fn meet(&self, state: &Migration) -> Result<(), Live> {
        self.remember(state, false);
        let (Some(destination), Some(id)) = (destination(state), state.id.as_str()) else { return Ok(()) };
        let sites = self.sites();
        let Some((site, known)) = sites.get(&destination).and_then(|site| Some((site, site.known.get(id)?))) else {
            return Ok(());
        };
        if site.start.iter().any(|planned| planned.start.is_barred_by(known)) { Err(known.live(id)) } else { Ok(()) }
    }

    fn remember(&self, state: &Migration, refreshed: bool) {
        let (Some(destination), Some((id, known))) = (destination(state), Known::of(state, refreshed)) else { return };
        let mut sites = self.sites();
        let site = sites.entry(destination).or_default();
        if refreshed || site.known.get(&id).is_none_or(|before| !before.refreshed) {
            site.known.insert(id, known);
        }
    }

    fn sites(&self) -> MutexGuard<'_, BTreeMap<Cluster, Site>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Start {
    /// The start that a plan asks for.
    pub(super) fn of(planned: &Migration) -> Self {
        Self { source: source(planned), drop_enabled: planned.drop_enabled.known() != Some(&false) }
    }

    /// Whether the migration of a state bars this start. The second line of the guard, for the destroy half of a
    /// replacement.
    pub(super) fn is_barred_by_state(&self, state: &Migration) -> bool {
        match Known::of(state, false) {
            Some((_, known)) => self.is_barred_by(&known),
            // Imported, and not adopted yet: its source is not known.
            None => !Life::of(state).is_spent(),
        }
    }

    /// A complete migration bars only what would run it again or erase what it brought; what is unknown may.
    fn is_barred_by(&self, known: &Known) -> bool {
        match known.life {
            Life::Spent => false,
            Life::Running | Life::Broken => true,
            Life::Complete => self.drop_enabled || self.source.as_ref().is_none_or(|source| *source == known.source),
        }
    }
}

impl Live {
    /// As a state that is being planned says it.
    pub(super) fn of(state: &Migration) -> Self {
        let status = state.status.as_str().unwrap_or("not told").to_owned();
        Self { id: state.id_text().to_owned(), status, refreshed: true }
    }
}

impl Known {
    fn of(state: &Migration, refreshed: bool) -> Option<(String, Self)> {
        let known = Self {
            source: source(state)?,
            life: Life::of(state),
            status: state.status.as_str().unwrap_or("not told").to_owned(),
            refreshed,
        };
        Some((state.id.as_str()?.to_owned(), known))
    }

    fn live(&self, id: &str) -> Live {
        Live { id: id.to_owned(), status: self.status.clone(), refreshed: self.refreshed }
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

#[cfg(test)]
mod tests {
    use tf_provider::Attr;

    use super::super::model::{Destination, Source};
    use super::*;

    fn migration(id: Option<&str>, status: &str, source: &str) -> Migration {
        let known = |text: &str| Attr::Known(text.to_owned());
        Migration {
            id: id.map(str::to_owned).into(),
            status: known(status),
            source: Attr::Known(Source { group_id: known("s"), cluster_name: known(source), ..Source::default() }),
            destination: Attr::Known(Destination {
                group_id: known("d"),
                cluster_name: known("B"),
                ..Destination::default()
            }),
            drop_enabled: Attr::Known(false),
            ..Migration::default()
        }
    }

    fn live(id: &str, status: &str, refreshed: bool) -> Live {
        Live { id: id.to_owned(), status: status.to_owned(), refreshed }
    }

    #[test]
    fn start_beside_a_live_migration_is_barred_in_either_order() {
        let guard = Guard::default();
        guard.loaded(&migration(Some("1"), "WORKING", "A"));
        assert_eq!(guard.start(&migration(None, "", "A"), None), Err(Conflict::Live(live("1", "WORKING", false))));

        let guard = Guard::default();
        assert_eq!(guard.start(&migration(None, "", "A"), None), Ok(()));
        assert_eq!(guard.meet(&migration(Some("1"), "WORKING", "A")), Err(live("1", "WORKING", false)));
    }

    #[test]
    fn what_atlas_told_outweighs_what_the_state_said() {
        let guard = Guard::default();
        guard.refreshed(&migration(Some("1"), "FAILED", "A"));
        guard.loaded(&migration(Some("1"), "WORKING", "A"));
        assert_eq!(guard.start(&migration(None, "", "A"), None), Ok(()));
    }

    #[test]
    fn two_starts_are_twins_unless_they_replace_the_same_spent_migration() {
        let guard = Guard::default();
        let start = migration(None, "", "A");
        assert_eq!(guard.start(&start, None), Ok(()));
        assert_eq!(guard.start(&start, None), Err(Conflict::Twin));
        guard.clear();
        guard.refreshed(&migration(Some("1"), "EXPIRED", "A"));
        assert_eq!(guard.start(&start, Some("1")), Ok(()));
        assert_eq!(guard.start(&start, Some("1")), Ok(()));
        assert_eq!(guard.start(&start, None), Err(Conflict::Twin));
    }

    #[test]
    fn complete_migration_bars_the_same_source_and_a_drop_only() {
        let guard = Guard::default();
        guard.refreshed(&migration(Some("1"), "COMPLETE", "A"));
        let dropping = Migration { drop_enabled: Attr::Known(true), ..migration(None, "", "Z") };
        assert_eq!(guard.start(&migration(None, "", "A"), None), Err(Conflict::Live(live("1", "COMPLETE", true))));
        assert_eq!(guard.start(&dropping, None), Err(Conflict::Live(live("1", "COMPLETE", true))));
        assert_eq!(guard.start(&migration(None, "", "Z"), None), Ok(()));
    }

    #[test]
    fn unknown_destination_is_not_guessed() {
        let guard = Guard::default();
        guard.refreshed(&migration(Some("1"), "WORKING", "A"));
        let unknown = Migration { destination: Attr::Unknown, ..migration(None, "", "A") };
        assert_eq!(guard.start(&unknown, None), Ok(()));
    }

    #[test]
    fn unknown_source_is_barred_by_everything_live() {
        let unknown = Migration { source: Attr::Unknown, ..migration(None, "", "A") };
        for status in ["WORKING", "COMPLETE"] {
            let guard = Guard::default();
            guard.refreshed(&migration(Some("1"), status, "A"));
            assert_eq!(guard.start(&unknown, None), Err(Conflict::Live(live("1", status, true))));
        }
        let guard = Guard::default();
        guard.refreshed(&migration(Some("1"), "FAILED", "A"));
        assert_eq!(guard.start(&unknown, None), Ok(()));
        assert!(Start::of(&unknown).is_barred_by_state(&migration(Some("1"), "WORKING", "A")));
    }
}
