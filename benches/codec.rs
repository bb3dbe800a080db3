//! The codecs of the framework, with a typical and a large state of a migration.

use criterion::{Criterion, Throughput};
use serde_json::{Value as Json, json};
use terraform_provider_atlas::{AtlasProvider, Environment};
use tf_provider::fuzzing::{decode_json, decode_msgpack, encode_msgpack};
use tf_provider::{Provider, Type};

/// Measures both states in both formats.
pub(crate) fn measure(criterion: &mut Criterion) {
    let r#type = state_type();
    let mut group = criterion.benchmark_group("codec");
    for (name, entries) in [("small", 0), ("large", 1000)] {
        let text = state(entries).to_string();
        let value = decode_json(text.as_bytes(), &r#type).expect("the state conforms to the schema");
        let bytes = encode_msgpack(&value, &r#type).expect("the state conforms to the schema");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name} state, decode JSON"), |bencher| {
            bencher.iter(|| decode_json(text.as_bytes(), &r#type));
        });
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{name} state, decode MessagePack"), |bencher| {
            bencher.iter(|| decode_msgpack(&bytes, &r#type));
        });
        group.bench_function(format!("{name} state, encode MessagePack"), |bencher| {
            bencher.iter(|| encode_msgpack(&value, &r#type));
        });
    }
    group.finish();
}

fn state_type() -> Type {
    let resources = AtlasProvider::new(Environment::default()).resources();
    let (_, schema, _) = resources.schemas().next().expect("the provider has a resource");
    schema.implied_type()
}

/// A state with this many sharded collections.
fn state(entries: usize) -> Json {
    let entry = |number: usize| {
        json!({
            "database": "shop",
            "collection": format!("orders{number}"),
            "shard_collection": {"key": [{"region": "1"}, {"customer": "hashed"}]},
        })
    };
    let sharding = json!({
        "create_supporting_indexes": true,
        "sharding_entries": (0..entries).map(entry).collect::<Vec<_>>(),
    });
    json!({
        "id": "6f5902d6e1c1b0a5d4b3c2a1",
        "group_id": "e01c9427f054fe80745f3f6c",
        "status": "WORKING",
        "ready_for_cutover": false,
        "lag_time_seconds": 300,
        "source": {
            "group_id": "9b43a5b329223c3a1591a678",
            "cluster_name": "exampleClusterA",
            "username": "example",
            "ssl": true,
            "ca_certificate_path": "/path/to/ca",
            "managed_authentication": false,
        },
        "destination": {"group_id": "e01c9427f054fe80745f3f6c", "cluster_name": "exampleClusterB"},
        "migration_hosts": ["vm001.example.com"],
        "drop_enabled": false,
        "sharding": if entries > 0 { sharding } else { Json::Null },
        "validate": true,
        "wait_for_ready": true,
        "cutover": false,
        "timeouts": {"create": "30m", "update": "24h"},
    })
}
