//! A configuration as a test writes it: a provider block, resources by address, and the meta-arguments of Terraform's language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::value::{Path, Step, UNKNOWN};

/// What the user wrote. Every setting for an address replaces the one before.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) provider: Json,
    pub(super) resources: BTreeMap<String, ResourceConfig>,
    pub(super) imports: BTreeMap<String, ImportTarget>,
}

/// One resource block.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceConfig {
    pub(super) body: Json,
    pub(super) unknown: Vec<Path>,
    /// The paths of `ignore_changes`; the root stands for `all`.
    pub(super) ignored: Vec<Path>,
    pub(super) depends_on: BTreeSet<String>,
    pub(super) create_before_destroy: bool,
    pub(super) prevent_destroy: bool,
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
        Self { provider: json!({}), resources: BTreeMap::new(), imports: BTreeMap::new() }
    }

    /// The provider block. Without one, or with an empty one, PrepareProviderConfig is not called by validate.
    pub fn provider(mut self, body: Json) -> Self {
        self.provider = body;
        self
    }

    /// A resource at `type.name` (or `type.name["key"]`).
    pub fn resource(mut self, address: &str, body: Json) -> Self {
        self.entry(address).body = body;
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

/// The resource type of an address.
pub(super) fn type_of(address: &str) -> &str {
    address.split_once('.').map_or(address, |(name, _)| name)
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
