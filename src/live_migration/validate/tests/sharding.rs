//! Mistakes in the `sharding` block.

use std::collections::BTreeMap;

use super::*;

/// Asserts at which elements of a shard key the errors are, and their summary.
#[track_caller]
fn key_is_wrong(key: &[(&str, &str)], elements: &[usize], summary: &str) {
    let key: Vec<_> = key.iter().map(std::slice::from_ref).collect();
    let found = diagnostics(|config| config.sharding = sharding(vec![entry("a", &key)]));
    let paths: Vec<_> = found.iter().map(|diagnostic| diagnostic.path.to_string()).collect();
    let path = "sharding.sharding_entries[0].shard_collection.key";
    assert_eq!(paths, elements.iter().map(|index| format!("{path}[{index}]")).collect::<Vec<_>>(), "{found:?}");
    assert!(found.iter().all(|diagnostic| diagnostic.summary == summary), "{found:?}");
}

#[test]
fn shard_keys_are_fields_of_a_known_kind() {
    key_is_wrong(&[("region", "1"), ("customer", "hashed")], &[], "");
    for kind in ["-1", "2", "", "Hashed", "1 "] {
        key_is_wrong(&[("a", "1"), ("x", kind)], &[1], "Unknown kind of shard key field");
    }
    wrong(
        |config| config.sharding = sharding(vec![entry("a", &[]), entry("b", &[&[("x", "1"), ("y", "1")]])]),
        &["sharding.sharding_entries[0].shard_collection.key", "sharding.sharding_entries[1].shard_collection.key[0]"],
    );
}

#[test]
fn shard_key_has_each_field_once_and_one_hashed_field() {
    const TWICE: &str = "Shard key has a field twice";
    const HASHED: &str = "Shard key has two hashed fields";
    key_is_wrong(&[("a", "1"), ("b", "1"), ("a", "1")], &[2], TWICE);
    key_is_wrong(&[("a", "1"), ("a", "hashed")], &[1], TWICE);
    key_is_wrong(&[("a", "hashed"), ("a", "hashed")], &[1], TWICE);
    key_is_wrong(&[("a", "1"), ("A", "1"), ("a.b", "hashed")], &[], "");
    key_is_wrong(&[("a", "hashed"), ("b", "1"), ("c", "hashed")], &[2], HASHED);
    // In two keys, nothing is twice. An unknown kind passes, and its field still counts.
    let unknown = Attr::Known(BTreeMap::from([("a".to_owned(), Attr::Unknown)]));
    let hashed = Attr::Known(BTreeMap::from([("b".to_owned(), known("hashed"))]));
    let with_key = |collection, fields| ShardingEntry {
        shard_collection: Attr::Known(ShardCollection { key: Attr::Known(fields) }),
        ..entry(collection, &[])
    };
    let two = vec![with_key("a", vec![unknown.clone(), hashed.clone()]), with_key("b", vec![Attr::Unknown, hashed])];
    wrong(|config| config.sharding = sharding(two), &[]);
    wrong(
        |config| config.sharding = sharding(vec![with_key("a", vec![unknown.clone(), unknown])]),
        &["sharding.sharding_entries[0].shard_collection.key[1]"],
    );
}

#[test]
fn shard_key_has_at_most_32_fields() {
    let names: Vec<_> = (0..33).map(|index| format!("f{index}")).collect();
    let fields: Vec<_> = names.iter().map(|name| [(name.as_str(), "1")]).collect();
    let key: Vec<&[_]> = fields.iter().map(|field| &field[..]).collect();
    wrong(|config| config.sharding = sharding(vec![entry("a", &key[..32])]), &[]);
    wrong(
        |config| config.sharding = sharding(vec![entry("a", &key)]),
        &["sharding.sharding_entries[0].shard_collection.key"],
    );
}

#[test]
fn collections_are_sharded_once() {
    let key: &[&[_]] = &[&[("x", "1")]];
    let other = ShardingEntry { database: known("stock"), ..entry("a", key) };
    wrong(|config| config.sharding = sharding(vec![entry("a", key), other, entry("b", key)]), &[]);
    wrong(
        |config| config.sharding = sharding(vec![entry("a", key), entry("b", key), entry("a", key)]),
        &["sharding.sharding_entries[2].collection"],
    );
    wrong(
        |config| config.sharding = sharding(vec![entry("", key), entry("", key)]),
        &["sharding.sharding_entries[0].collection", "sharding.sharding_entries[1].collection"],
    );
}
