//! What differs between a state and a plan, compared by meaning: after defaults, sharding entries as a set.

use std::fmt::Display;

use tf_provider::path::Step;
use tf_provider::{Attr, IntoValue, Path, Value};

use super::model::{Migration, Sharding};
use super::schema::DEFAULT_HOSTNAME_SCHEMA_TYPE;

/// A difference in an argument that only a start can give to a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: Path,
    /// The old value as it is written in a configuration; null where there was none.
    pub(super) old: Attr<String>,
    /// The new value; null where there is none any more, unknown while it is not known.
    pub(super) new: Attr<String>,
}

impl Change {
    /// Whether the values differ for certain.
    pub(super) fn is_certain(&self) -> bool {
        !self.new.is_unknown()
    }

    /// Where Terraform shows a message about it at the right lines: a path that ends at a block is shown at the header of
    /// the resource, and a path into the block at the block.
    pub(super) fn message_path(&self) -> Path {
        match self.path.to_string().as_str() {
            "sharding" => "sharding.sharding_entries".into(),
            "source" => "source.cluster_name".into(),
            "destination" => "destination.cluster_name".into(),
            _ => self.path.clone(),
        }
    }
}

/// The create-only arguments that differ, or may differ once they are known. `candidates` are those that the schema says
/// differ: all that mean something else.
pub(super) fn create_only(prior: &Migration, planned: &Migration, candidates: &[Path]) -> Vec<Change> {
    let (before, after) = (prior.clone().into_value(), planned.clone().into_value());
    let change = |path: &Path| {
        let (old, new) = if *path == Path::root("sharding") {
            if same_sharding(&prior.sharding, &planned.sharding) {
                return None;
            }
            (sharding(prior.sharding.clone()), sharding(planned.sharding.clone()))
        } else {
            (text(path, at(&before, path)), text(path, at(&after, path)))
        };
        (old != new).then(|| Change { path: path.clone(), old, new })
    };
    candidates.iter().filter_map(change).collect()
}

fn at<'a>(value: &'a Value, path: &Path) -> &'a Value {
    path.steps().iter().fold(value, |value, step| match step {
        Step::Attribute(name) => value.attribute(name).unwrap_or(&Value::Null),
        Step::Index(_) | Step::Key(_) => value,
    })
}

/// A value as it is written in a configuration.
fn text(path: &Path, value: &Value) -> Attr<String> {
    match value {
        Value::Null if *path == Path::from("destination.hostname_schema_type") => {
            Attr::Known(format!("{DEFAULT_HOSTNAME_SCHEMA_TYPE:?}"))
        }
        Value::Null => Attr::Null,
        Value::String(text) => Attr::Known(format!("{text:?}")),
        Value::Bool(flag) => Attr::Known(flag.to_string()),
        Value::List(elements) if !value.has_unknown() => {
            let elements: Vec<_> = elements.iter().map(|element| written(text(path, element))).collect();
            Attr::Known(format!("[{}]", elements.join(", ")))
        }
        Value::Map(_) => Attr::Known("the block as it was".to_owned()),
        _ => Attr::Unknown,
    }
}

/// Whether two sharding blocks mean the same for certain.
pub(super) fn same_sharding(a: &Attr<Sharding>, b: &Attr<Sharding>) -> bool {
    let sorted = |block: &Attr<Sharding>| {
        block.clone().map(|mut block| {
            if let Attr::Known(entries) = &mut block.sharding_entries {
                entries.sort();
            }
            block
        })
    };
    let unknown = |block: &Attr<Sharding>| block.clone().into_value().has_unknown();
    !unknown(a) && !unknown(b) && sorted(a) == sorted(b)
}

/// The arguments, used only when a migration starts, that differ or may differ once they are known.
pub(super) fn used_at_start(prior: &Migration, planned: &Migration) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let mut compare = |path, differs: bool| {
        if differs {
            changed.push(path);
        }
    };
    compare("source.username", prior.source_attr(|s| &s.username) != planned.source_attr(|s| &s.username));
    compare("source.password", prior.source_attr(|s| &s.password) != planned.source_attr(|s| &s.password));
    compare(
        "source.password_wo_version",
        prior.source_attr(|s| &s.password_wo_version) != planned.source_attr(|s| &s.password_wo_version),
    );
    compare(
        "source.ca_certificate_path",
        prior.source_attr(|s| &s.ca_certificate_path) != planned.source_attr(|s| &s.ca_certificate_path),
    );
    changed
}

fn written(value: Attr<String>) -> String {
    value.into_known().unwrap_or_else(|| "not set".to_owned())
}

fn plain<T: Display>(value: Attr<T>) -> Attr<String> {
    value.map(|value| value.to_string())
}

/// A block as lines for a message; unknown where anything in it is.
fn sharding(block: Attr<Sharding>) -> Attr<String> {
    block.and_then(|block| {
        if block.clone().into_value().has_unknown() {
            return Attr::Unknown;
        }
        let mut entries = block.sharding_entries.into_known().unwrap_or_default();
        entries.sort();
        let entries: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                let key = entry.shard_collection.and_then(|shard| shard.key).into_known().unwrap_or_default();
                let fields: Vec<_> = key
                    .into_iter()
                    .flat_map(|field| field.into_known().unwrap_or_default())
                    .map(|(name, kind)| format!("{{ {name} = {} }}", written(kind.map(|kind| format!("{kind:?}")))))
                    .collect();
                format!("\n  {}.{}: key = [{}]", written(entry.database), written(entry.collection), fields.join(", "))
            })
            .collect();
        let indexes = written(plain(block.create_supporting_indexes));
        Attr::Known(format!("  create_supporting_indexes = {indexes}{}", entries.concat()))
    })
}
