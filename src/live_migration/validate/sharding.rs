//! The `sharding` block: collections once each, with shard keys that MongoDB can have.

use std::collections::{BTreeMap, BTreeSet};

use tf_provider::Attr;
use tf_provider::path::Path;

use super::{Check, name};
use crate::live_migration::model::{Migration, ShardingEntry};
use crate::summary;

const EXAMPLE: &str = "Write each field as a map of its own: `key = [{ region = \"1\" }, { customer = \"hashed\" }]`.";

/// The most fields of a compound index, and so of a shard key.
const MAX_FIELDS: usize = 32;

impl Check<'_> {
    pub(super) fn sharding_entries(&mut self, config: &Migration) {
        let entries = config.sharding.as_ref().and_then(|sharding| sharding.sharding_entries.as_ref()).into_known();
        let mut first = BTreeMap::new();
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            let path = Path::from("sharding.sharding_entries").index(index);
            self.shard_key(&path, entry);
            let (Some(database), Some(collection)) = (entry.database.as_str(), entry.collection.as_str()) else {
                continue;
            };
            if [database, collection].into_iter().all(|text| name::check("", text).is_none())
                && let Some(other) = first.insert((database, collection), index)
            {
                self.wrong(
                    path.attribute("collection"),
                    summary::collection_is_sharded_twice(),
                    format!(
                        "Both `sharding_entries[{other}]` and `sharding_entries[{index}]` name the collection \
                         `{database}.{collection}`. Remove one of them."
                    ),
                );
            }
        }
    }

    fn shard_key(&mut self, entry_path: &Path, entry: &ShardingEntry) {
        let Some(elements) = entry.shard_collection.as_ref().and_then(|shard| shard.key.as_ref()).into_known() else {
            return;
        };
        let path = entry_path.clone().attribute("shard_collection").attribute("key");
        if elements.is_empty() {
            self.wrong(
                path.clone(),
                summary::shard_key_is_empty(),
                format!("A shard key has at least one field. {EXAMPLE}"),
            );
        }
        if elements.len() > MAX_FIELDS {
            let detail = format!("It has {} fields, and MongoDB accepts at most {MAX_FIELDS}.", elements.len());
            self.wrong(path.clone(), summary::shard_key_has_too_many_fields(), detail);
        }
        let mut fields = Fields::default();
        for (index, element) in elements.iter().enumerate() {
            let path = path.clone().index(index);
            let Some(element) = element.known() else {
                if element.is_null() {
                    self.wrong(path, summary::shard_key_field_is_null(), EXAMPLE);
                }
                continue;
            };
            match element.first_key_value() {
                Some((name, kind)) if element.len() == 1 => self.shard_key_field(path, name, kind, &mut fields),
                _ => self.wrong(
                    path,
                    summary::shard_key_element_has_not_exactly_one_field(),
                    format!("It has {}. {EXAMPLE}", element.len()),
                ),
            }
        }
    }

    fn shard_key_field<'a>(&mut self, path: Path, name: &'a str, kind: &Attr<String>, before: &mut Fields<'a>) {
        if let Some(diagnostic) = name::check("The field name", name) {
            self.diagnostics.push(diagnostic.at(path));
            return;
        }
        if !before.names.insert(name) {
            self.wrong(
                path,
                summary::shard_key_has_a_field_twice(),
                format!("The field `{name}` is in this shard key already. Remove one of the two."),
            );
            return;
        }
        let found = match kind {
            Attr::Unknown => return,
            Attr::Null => "null".to_owned(),
            Attr::Known(kind) if kind == "1" => return,
            Attr::Known(kind) if kind == "hashed" => {
                if let Some(other) = before.hashed.replace(name) {
                    self.wrong(
                        path,
                        summary::shard_key_has_two_hashed_fields(),
                        format!(
                            "The fields `{other}` and `{name}` are both `\"hashed\"`, and MongoDB accepts one hashed \
                             field in a shard key. Set one of them to `\"1\"`."
                        ),
                    );
                }
                return;
            }
            Attr::Known(kind) => format!("{kind:?}"),
        };
        let detail = format!(
            "The kind of the field `{name}` is {found}. Accepted are `\"1\"` (ranged) and `\"hashed\"`. {EXAMPLE}"
        );
        self.wrong(path, summary::unknown_kind_of_shard_key_field(), detail);
    }
}

/// The fields of a shard key so far.
#[derive(Default)]
struct Fields<'a> {
    names: BTreeSet<&'a str>,
    hashed: Option<&'a str>,
}
