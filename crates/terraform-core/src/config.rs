//! A configuration as a test writes it: a provider block, resources by address, and what Terraform's language would say about them.
//! Knows no schemas and no calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::value::{Path, UNKNOWN};

/// What the user wrote. Every setting for an address replaces the one before.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) provider: Json,
    pub(super) provider_unknown: Vec<Path>,
    pub(super) resources: BTreeMap<String, ResourceConfig>,
    pub(super) imports: BTreeMap<String, ImportTarget>,
    pub(super) validate_unknown: bool,
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
    /// The walk of `validate`, where every variable is unknown.
    Validate,
    /// Planning, where results of other resources are unknown.
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
        Self {
            provider: json!({}),
            provider_unknown: Vec::new(),
            resources: BTreeMap::new(),
            imports: BTreeMap::new(),
            validate_unknown: false,
        }
    }

    /// The provider block. Without one, or with an empty one, PrepareProviderConfig is not called by validate.
    pub fn provider(mut self, body: Json) -> Self {
        self.provider = body;
        self
    }

    /// Makes a value of the provider block unknown while planning; what is given there counts at apply.
    ///
    /// # Panics
    /// When the path is malformed.
    pub fn provider_unknown_at_plan(mut self, path: &str) -> Self {
        self.provider_unknown.push(parse(path));
        self
    }

    /// A resource at `type.name` (or `type.name["key"]`).
    pub fn resource(mut self, address: &str, body: Json) -> Self {
        self.entry(address).body = body;
        self
    }

    /// Makes a value of a resource unknown while planning, as a reference to another resource would; what is given there counts at
    /// apply.
    ///
    /// # Panics
    /// When the path is malformed.
    pub fn unknown_at_plan(mut self, address: &str, path: &str) -> Self {
        self.entry(address).unknown.push(parse(path));
        self
    }

    /// Makes every given value unknown in the validate walk, as if all of them were variables.
    pub fn unknown_at_validate(mut self) -> Self {
        self.validate_unknown = true;
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
        self.entry(address).ignored.push(Path::root());
        self
    }

    /// `lifecycle { ignore_changes = [path] }`.
    ///
    /// # Panics
    /// When the path is malformed.
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

    /// The provider block as it is known at a moment.
    pub(super) fn provider_at(&self, moment: Moment) -> Json {
        let mut body = self.provider.clone();
        obscure(&mut body, &self.provider_unknown, moment, self.validate_unknown);
        body
    }

    /// A resource block as it is known at a moment.
    pub(super) fn body_at(&self, address: &str, moment: Moment) -> Option<Json> {
        let resource = self.resources.get(address)?;
        let mut body = resource.body.clone();
        obscure(&mut body, &resource.unknown, moment, self.validate_unknown);
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

fn parse(path: &str) -> Path {
    Path::parse(path).unwrap_or_else(|| panic!("{path:?} is no attribute path"))
}

fn obscure(body: &mut Json, unknown: &[Path], moment: Moment, all: bool) {
    if moment == Moment::Validate && all {
        obscure_all(body);
    }
    if moment != Moment::Apply {
        for path in unknown {
            obscure_at(body, path);
        }
    }
}

/// Every value that is no block: the blocks themselves are written, only what stands in them may be a variable.
fn obscure_all(body: &mut Json) {
    match body {
        Json::Object(attributes) => attributes.values_mut().for_each(obscure_all),
        Json::Array(elements) if elements.iter().any(Json::is_object) => elements.iter_mut().for_each(obscure_all),
        Json::Null => {}
        leaf => *leaf = UNKNOWN.into(),
    }
}

fn obscure_at(body: &mut Json, path: &Path) {
    use super::value::Step;
    let mut place = body;
    for step in path.steps() {
        let next = match step {
            Step::Attribute(name) | Step::Key(name) => match place {
                Json::Object(attributes) => Some(attributes.entry(name.clone()).or_insert(Json::Null)),
                _ => None,
            },
            Step::Index(index) => place.get_mut(*index),
        };
        match next {
            Some(next) => place = next,
            None => panic!("the configuration has nothing at {path}"),
        }
    }
    *place = UNKNOWN.into();
}

#[cfg(test)]
mod tests {
    use super::super::value::unknown;
    use super::*;

    #[test]
    fn values_are_unknown_until_apply() {
        let config = Config::new()
            .resource("thing.a", json!({"source": {"name": "x"}, "hosts": ["h"]}))
            .unknown_at_plan("thing.a", "source.name")
            .unknown_at_plan("thing.a", "hosts[0]");
        let planned = json!({"source": {"name": unknown()}, "hosts": [unknown()]});
        assert_eq!(config.body_at("thing.a", Moment::Plan), Some(planned));
        assert_eq!(config.body_at("thing.a", Moment::Apply), Some(json!({"source": {"name": "x"}, "hosts": ["h"]})));
        assert_eq!(config.body_at("thing.b", Moment::Plan), None);
    }

    #[test]
    fn validate_may_see_nothing_but_unknowns() {
        let config = Config::new()
            .provider(json!({"key": "k"}))
            .resource("thing.a", json!({"rule": [{"key": "x"}], "hosts": ["h"], "none": null}))
            .unknown_at_validate();
        let expected = json!({"rule": [{"key": unknown()}], "hosts": unknown(), "none": null});
        assert_eq!(config.body_at("thing.a", Moment::Validate), Some(expected));
        assert_eq!(config.provider_at(Moment::Validate), json!({"key": unknown()}));
        assert_eq!(config.provider_at(Moment::Plan), json!({"key": "k"}));
    }

    #[test]
    fn create_before_destroy_counts_for_dependencies() {
        let config = Config::new()
            .resource("thing.a", json!({}))
            .depends_on("thing.b", "thing.a")
            .depends_on("thing.c", "thing.b")
            .create_before_destroy("thing.c")
            .resource("thing.d", json!({}));
        let first = ["thing.a", "thing.b", "thing.c", "thing.d"].map(|address| config.creates_first(address));
        assert_eq!(first, [true, true, true, false]);
    }

    #[test]
    fn address_begins_with_its_type() {
        assert_eq!(type_of("thing.a[\"x.y\"]"), "thing");
    }
}
