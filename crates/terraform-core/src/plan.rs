//! Plans as Terraform keeps them between planning and applying.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::config::Config;
use super::outcome::Outcome;
use super::state::State;
use super::value::{Path, Value, to_json};

/// How to plan.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Whether to read every object first; `-refresh=false` where not. Default true.
    pub refresh: bool,
    /// `-destroy`.
    pub destroy: bool,
    /// `-refresh-only`.
    pub refresh_only: bool,
    /// `-replace=ADDRESS`, also for what `replace_triggered_by` would replace.
    pub replace: BTreeSet<String>,
    /// `-invoke=ACTION`, which carries out nothing else.
    pub invoke: Option<String>,
}

/// What is going to happen to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// It is updated in place.
    Update,
    /// It is destroyed, or only forgotten where the provider does so.
    Delete,
    /// It is replaced, the old object first.
    DeleteThenCreate,
    /// It is replaced, the new object first.
    CreateThenDelete,
}

/// Why an object is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not, or needs no reason.
    None,
    /// The provider requires it.
    CannotUpdate,
    /// `-replace`.
    ByRequest,
    /// It is tainted.
    Tainted,
}

/// One planned change.
#[derive(Clone, Debug)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// Why it is replaced.
    pub reason: Reason,
    /// The object before; null for a create.
    pub before: Value,
    /// The planned object; null for a destroy.
    pub after: Value,
    /// The provider's private bytes for the apply.
    pub private: Vec<u8>,
    /// The identity before.
    pub before_identity: Option<Value>,
    /// The planned identity.
    pub after_identity: Option<Value>,
    /// The paths that make it a replacement.
    pub replace_paths: Vec<Path>,
    /// Whether the object is imported by this plan.
    pub imported: bool,
    /// Which of the objects put aside it is about, none for the one in use.
    pub deposed: Option<usize>,
}

/// What a plan command found.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Diagnostics, violations and processes.
    pub outcome: Outcome,
    pub(super) config: Config,
    pub(super) options: PlanOptions,
    pub(super) changes: BTreeMap<String, Change>,
    pub(super) deposed: Vec<(String, Change)>,
    /// The state after reading every object; the apply starts from it.
    pub(super) refreshed: State,
    /// Whether an object was found to have changed outside of Terraform.
    pub(super) drifted: BTreeSet<String>,
    /// The data sources that are read at apply only.
    pub(super) reads: BTreeSet<String>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { refresh: true, destroy: false, refresh_only: false, replace: BTreeSet::new(), invoke: None }
    }
}

impl PlanOptions {
    /// `-destroy`.
    pub fn destroy() -> Self {
        Self { destroy: true, ..Self::default() }
    }

    /// `-refresh-only`.
    pub fn refresh_only() -> Self {
        Self { refresh_only: true, ..Self::default() }
    }

    /// `-replace=ADDRESS`.
    pub fn replace(address: &str) -> Self {
        Self { replace: [address.to_owned()].into(), ..Self::default() }
    }

    /// `-invoke=ACTION`.
    pub fn invoke(action: &str) -> Self {
        Self { invoke: Some(action.to_owned()), ..Self::default() }
    }

    /// `-refresh=false`.
    pub fn without_refresh(mut self) -> Self {
        self.refresh = false;
        self
    }
}

impl Action {
    /// Whether the object is replaced.
    pub fn is_replace(self) -> bool {
        matches!(self, Self::DeleteThenCreate | Self::CreateThenDelete)
    }
}

impl Plan {
    /// A plan that could not even begin.
    pub(super) fn failed(outcome: Outcome, config: &Config, state: &State, options: PlanOptions) -> Self {
        Self {
            outcome,
            config: config.clone(),
            options,
            changes: BTreeMap::new(),
            deposed: Vec::new(),
            refreshed: state.clone(),
            drifted: BTreeSet::new(),
            reads: BTreeSet::new(),
        }
    }

    /// What happens to an address; none where it is in neither configuration nor state, or could not be planned.
    pub fn action(&self, address: &str) -> Option<Action> {
        self.changes.get(address).map(|change| change.action)
    }

    /// The whole change of an address.
    pub fn change(&self, address: &str) -> Option<&Change> {
        self.changes.get(address)
    }

    /// The planned object as JSON, unknowns as the marker.
    ///
    /// # Panics
    /// When nothing is planned for the address.
    #[track_caller]
    pub fn planned(&self, address: &str) -> Json {
        match self.changes.get(address) {
            Some(change) => to_json(&change.after),
            None => panic!("nothing is planned for {address}:\n{}", self.outcome),
        }
    }

    /// The object before the change as JSON.
    ///
    /// # Panics
    /// When nothing is planned for the address.
    #[track_caller]
    pub fn prior(&self, address: &str) -> Json {
        match self.changes.get(address) {
            Some(change) => to_json(&change.before),
            None => panic!("nothing is planned for {address}:\n{}", self.outcome),
        }
    }

    /// "No changes": everything is as configured, nothing is imported.
    pub fn is_empty(&self) -> bool {
        self.deposed.is_empty() && self.changes.values().all(|change| change.action == Action::NoOp && !change.imported)
    }

    /// Whether the object was found changed, or gone, by the refresh of this plan.
    pub fn has_drifted(&self, address: &str) -> bool {
        self.drifted.contains(address)
    }

    /// The state after the refresh; what an apply without changes would save.
    pub fn refreshed_state(&self) -> &State {
        &self.refreshed
    }

    /// Fails the test unless nothing is going to change.
    ///
    /// # Panics
    /// With the plan, when there is an error or a change.
    #[track_caller]
    pub fn assert_empty(&self) -> &Self {
        self.outcome.assert_ok();
        assert!(self.is_empty(), "the plan is not empty:\n{}", self.describe());
        self
    }

    /// The same plan, to be applied with another configuration: a saved plan holds neither write-only values nor the provider block.
    pub fn with_config(mut self, config: &Config) -> Self {
        self.config = config.clone();
        self
    }

    /// The changes as text, for messages.
    pub fn describe(&self) -> String {
        let lines = self.changes.iter().map(|(address, change)| {
            let (before, after) = (to_json(&change.before), to_json(&change.after));
            format!("{address}: {:?} ({:?})\n  before: {before}\n  after:  {after}", change.action, change.reason)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
