//! A configuration as a test writes it: a provider block, resources, data sources and actions by address, and the meta-arguments of
//! Terraform's language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::plan::Action;
use super::reference::{referenced, resolved};
use super::value::{Path, Step, UNKNOWN};

/// What the user wrote. Every setting for an address replaces the one before.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) provider: Json,
    pub(super) resources: BTreeMap<String, ResourceConfig>,
    /// The bodies of actions.
    pub(super) actions: BTreeMap<String, Json>,
    pub(super) imports: BTreeMap<String, ImportTarget>,
}

/// What an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Resource,
    /// `data.type.name`
    Data,
    /// `action.type.name`
    Action,
}

/// When an `action_trigger` block fires. A replacement is a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    /// `after_create`
    AfterCreate,
    /// `after_update`
    AfterUpdate,
}

/// One `action_trigger` block.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) event: TriggerEvent,
    pub(super) actions: Vec<String>,
}

/// One resource or data block.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceConfig {
    pub(super) body: Json,
    pub(super) unknown: Vec<Path>,
    /// The paths of `ignore_changes`; the root stands for `all`.
    pub(super) ignored: Vec<Path>,
    pub(super) depends_on: BTreeSet<String>,
    pub(super) create_before_destroy: bool,
    pub(super) prevent_destroy: bool,
    pub(super) triggers: Vec<Trigger>,
}

/// What an import block or the import command names.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// An id, as the provider documents it.
    Id(String),
    /// Identity attributes; optional ones may be left out. Only Terraform 1.12 and newer, and only in an import block.
    Identity(Json),
}

/// Which moment of a command a configuration is read at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Validating and planning, where results of other resources are unknown.
    Plan,
    /// Applying, where everything is known.
    Apply,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// No provider block and no resources.
    pub fn new() -> Self {
        Self { provider: json!({}), resources: BTreeMap::new(), actions: BTreeMap::new(), imports: BTreeMap::new() }
    }

    /// The provider block. Without one, or with an empty one, PrepareProviderConfig is not called by validate.
    pub fn provider(mut self, body: Json) -> Self {
        self.provider = body;
        self
    }

    /// A resource at `type.name` (or `type.name["key"]`), or a data source at `data.type.name`.
    pub fn resource(mut self, address: &str, body: Json) -> Self {
        self.entry(address).body = body;
        self
    }

    /// The `config` block of an action at `action.type.name`.
    pub fn action(mut self, address: &str, body: Json) -> Self {
        self.actions.insert(address.to_owned(), body);
        self
    }

    /// An `action_trigger` block of a resource.
    pub fn trigger(mut self, address: &str, event: TriggerEvent, actions: &[&str]) -> Self {
        let actions = actions.iter().map(|&action| action.to_owned()).collect();
        self.entry(address).triggers.push(Trigger { event, actions });
        self
    }

    /// Makes a value of a resource unknown while planning, as a reference to another resource would; what is given there counts at
    /// apply.
    pub fn unknown_at_plan(mut self, address: &str, path: &str) -> Self {
        self.entry(address).unknown.push(parse(path));
        self
    }

    /// `depends_on`: the resource waits for the other one, and is skipped when that fails.
    pub fn depends_on(mut self, address: &str, on: &str) -> Self {
        self.entry(address).depends_on.insert(on.to_owned());
        self
    }

    /// `lifecycle { create_before_destroy = true }`.
    pub fn create_before_destroy(mut self, address: &str) -> Self {
        self.entry(address).create_before_destroy = true;
        self
    }

    /// `lifecycle { prevent_destroy = true }`.
    pub fn prevent_destroy(mut self, address: &str) -> Self {
        self.entry(address).prevent_destroy = true;
        self
    }

    /// `lifecycle { ignore_changes = all }`.
    pub fn ignore_all_changes(mut self, address: &str) -> Self {
        self.entry(address).ignored.push(Path::default());
        self
    }

    /// `lifecycle { ignore_changes = [path] }`.
    pub fn ignore_changes(mut self, address: &str, path: &str) -> Self {
        self.entry(address).ignored.push(parse(path));
        self
    }

    /// An `import` block: the object is imported by the next plan, unless the state has the address already.
    pub fn import(mut self, address: &str, target: ImportTarget) -> Self {
        self.imports.insert(address.to_owned(), target);
        self
    }

    /// Takes a resource block away again.
    pub fn without(mut self, address: &str) -> Self {
        self.resources.remove(address);
        self.imports.remove(address);
        self
    }

    /// A resource block as it is known at a moment.
    pub(super) fn body_at(&self, address: &str, moment: Moment) -> Option<Json> {
        let resource = self.resources.get(address)?;
        let mut body = resource.body.clone();
        if moment == Moment::Plan {
            resource.unknown.iter().for_each(|path| obscure(&mut body, path));
        }
        Some(body)
    }

    /// The body of a resource, data source or action, with the values of what it refers to.
    pub(super) fn resolved(&self, address: &str, moment: Moment, mut value_of: impl FnMut(&str, &str) -> Json) -> Json {
        let body = self.actions.get(address).cloned().or_else(|| self.body_at(address, moment));
        resolved(&body.unwrap_or_default(), &mut value_of)
    }

    /// What a resource, data source or action waits for.
    pub(super) fn waits_for(&self, address: &str) -> BTreeSet<String> {
        let resource = self.resources.get(address);
        let mut others = resource.map(|resource| resource.depends_on.clone()).unwrap_or_default();
        let body = self.actions.get(address).or(resource.map(|resource| &resource.body));
        others.extend(body.map(referenced).unwrap_or_default());
        others
    }

    /// The actions that a change of a resource invokes, in order.
    pub(super) fn triggered(&self, address: &str, action: Action) -> Vec<String> {
        let event = match action {
            Action::Update => TriggerEvent::AfterUpdate,
            Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => TriggerEvent::AfterCreate,
            Action::NoOp | Action::Delete => return Vec::new(),
        };
        let triggers = self.resources.get(address).into_iter().flat_map(|resource| &resource.triggers);
        triggers.filter(|trigger| trigger.event == event).flat_map(|trigger| trigger.actions.clone()).collect()
    }

    /// The actions that any change of a resource may invoke.
    pub(super) fn every_triggered(&self, address: &str) -> Vec<String> {
        let triggers = self.resources.get(address).into_iter().flat_map(|resource| &resource.triggers);
        triggers.flat_map(|trigger| trigger.actions.clone()).collect()
    }

    /// Whether a replacement of a resource creates first: `create_before_destroy` counts for everything that a resource depends on.
    pub(super) fn creates_first(&self, address: &str) -> bool {
        let dependents = self.resources.iter().filter(|(_, resource)| resource.depends_on.contains(address));
        self.resources.get(address).is_some_and(|resource| resource.create_before_destroy)
            || dependents.into_iter().any(|(dependent, _)| self.creates_first(dependent))
    }

    fn entry(&mut self, address: &str) -> &mut ResourceConfig {
        self.resources
            .entry(address.to_owned())
            .or_insert_with(|| ResourceConfig { body: json!({}), ..ResourceConfig::default() })
    }
}

impl ImportTarget {
    /// By id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }

    /// By identity.
    pub fn identity(attributes: Json) -> Self {
        Self::Identity(attributes)
    }
}

impl Kind {
    pub(super) fn of(address: &str) -> Self {
        match address.split_once('.') {
            Some(("data", _)) => Self::Data,
            Some(("action", _)) => Self::Action,
            _ => Self::Resource,
        }
    }
}

/// The type in an address.
pub(super) fn type_of(address: &str) -> &str {
    let mut parts = address.split('.');
    let first = parts.next().unwrap_or_default();
    if Kind::of(address) == Kind::Resource { first } else { parts.next().unwrap_or_default() }
}

/// Reads a path such as `source.cluster_name` or `hosts[0]`.
fn parse(path: &str) -> Path {
    path.split('.').fold(Path::default(), |parent, piece| {
        let (name, indexes) = piece.split_once('[').unwrap_or((piece, ""));
        let indexes = indexes.split(['[', ']']).filter_map(|index| index.parse().ok());
        indexes.fold(parent.attribute(name), Path::index)
    })
}

/// Makes the value at a path unknown.
fn obscure(body: &mut Json, path: &Path) {
    let mut place = body;
    for step in path.steps() {
        place = match step {
            Step::Attribute(name) | Step::Key(name) => &mut place[name],
            Step::Index(index) => &mut place[usize::try_from(*index).unwrap_or_default()],
        };
    }
    *place = UNKNOWN.into();
}
