//! What the provider announces, and that nothing malformed brings it down.

use serde_json::json;
use terraform_core::proto::tfplugin5 as proto;
use terraform_core::schema::{Behavior, Block, NestedBlock, Nesting};
use terraform_core::{Core, Provider};

const TYPE: &str = "atlas_live_migration";
/// The gRPC status of a call that a provider does not have.
const UNIMPLEMENTED: i32 = 12;

fn core() -> Core {
    Core::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"))
}

/// Name and behavior of each attribute.
fn attributes(block: &Block) -> Vec<String> {
    let mut lines: Vec<_> = block
        .attributes
        .iter()
        .map(|attribute| {
            let behavior = match attribute.behavior {
                Behavior::Required => "required",
                Behavior::Optional => "optional",
                Behavior::Computed => "computed",
                Behavior::OptionalComputed => "optional computed",
            };
            let sensitive = if attribute.sensitive { " sensitive" } else { "" };
            let write_only = if attribute.write_only { " write-only" } else { "" };
            format!("{}: {behavior}{sensitive}{write_only}", attribute.name)
        })
        .collect();
    lines.sort();
    lines
}

fn nested_block<'a>(block: &'a Block, name: &str) -> &'a NestedBlock {
    block.blocks.iter().find(|nested| nested.name == name).expect("the block")
}

#[test]
fn schema_is_the_one_that_configurations_are_written_for() {
    let schemas = core().schemas();
    let block = &schemas.resources[TYPE].block;
    assert_eq!(
        attributes(block),
        [
            "cutover: optional computed",
            "cutover_requested_at: computed",
            "drop_enabled: optional computed",
            "group_id: optional computed",
            "id: computed",
            "lag_time_seconds: computed",
            "migration_hosts: required",
            "ready_for_cutover: computed",
            "ready_since: computed",
            "status: computed",
            "validate: optional computed",
            "wait_for_ready: optional computed",
        ]
    );
    let nested = |name: &str| nested_block(block, name);
    assert_eq!(
        attributes(&nested("source").block),
        [
            "ca_certificate_path: optional",
            "cluster_name: required",
            "group_id: required",
            "managed_authentication: optional computed",
            "password: optional sensitive",
            "password_wo: optional write-only",
            "password_wo_version: optional",
            "ssl: optional computed",
            "username: optional",
        ]
    );
    assert_eq!(
        attributes(&nested("destination").block),
        ["cluster_name: required", "group_id: required", "hostname_schema_type: optional", "private_link_id: optional"]
    );
    assert_eq!(attributes(&nested("timeouts").block), ["create: optional", "update: optional"]);
    for (name, items) in [("source", 1), ("destination", 1), ("sharding", 0), ("timeouts", 0)] {
        let nested = nested(name);
        assert_eq!((nested.nesting, nested.min_items, nested.max_items), (Nesting::Single, items, items), "{name}");
    }
    let entries = nested_block(&nested("sharding").block, "sharding_entries");
    assert_eq!((entries.nesting, entries.min_items, entries.max_items), (Nesting::List, 0, 0));
    let provider: Vec<_> = attributes(&schemas.provider);
    assert_eq!(
        provider,
        [
            "access_token: optional sensitive",
            "api_version: optional",
            "base_url: optional",
            "client_id: optional",
            "client_secret: optional sensitive",
            "is_mongodbgov_cloud: optional",
            "private_key: optional sensitive",
            "public_key: optional",
        ]
    );
}

#[test]
fn stored_state_of_an_older_version_is_completed() {
    let mut provider = core().start();
    provider.get_schemas();
    let old = json!({"id": "6b054be14bd191ba99d5703d", "group_id": "e01c9427f054fe80745f3f6c", "status": "WORKING"});
    let state = provider.upgrade(TYPE, 0, &old.to_string()).expect("an upgraded state");
    let state = format!("{state:?}");
    for part in ["ready_since", "cutover_requested_at", "migration_hosts"] {
        assert!(state.contains(part), "{part} is missing: {state}");
    }
    provider.shutdown().assert_ok();
}

/// The summaries of diagnostics.
fn summaries(diagnostics: &[proto::Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.clone()).collect()
}

fn garbage() -> Vec<proto::DynamicValue> {
    let msgpack = |bytes: &[u8]| proto::DynamicValue { msgpack: bytes.to_vec().into(), json: Vec::new().into() };
    vec![
        msgpack(b"\x81"),
        msgpack(b"\xc1\xff\x00"),
        msgpack(b"\x90"),
        msgpack(b"\x80"),
        msgpack(b"\x81\xa2id\x01"),
        msgpack(&[0x91; 100_000]),
        msgpack(b"\xdf\xff\xff\xff\xff"),
        proto::DynamicValue { msgpack: Vec::new().into(), json: b"{\"id\":".to_vec().into() },
    ]
}

#[test]
fn malformed_values_are_errors_and_the_provider_lives_on() {
    let provider = core().start();
    let mut client = provider.raw();
    for value in garbage() {
        let value = Some(value);
        let type_name = TYPE.to_owned();
        provider.block_on(async {
            let validate = proto::validate_resource_type_config::Request {
                type_name: type_name.clone(),
                config: value.clone(),
                client_capabilities: None,
            };
            let answer = client.validate_resource_type_config(validate).await.expect("an answer").into_inner();
            assert!(!summaries(&answer.diagnostics).is_empty());
            let read = proto::read_resource::Request {
                type_name: type_name.clone(),
                current_state: value.clone(),
                ..Default::default()
            };
            let answer = client.read_resource(read).await.expect("an answer").into_inner();
            assert!(!summaries(&answer.diagnostics).is_empty());
            let plan = proto::plan_resource_change::Request {
                type_name: type_name.clone(),
                prior_state: value.clone(),
                proposed_new_state: value.clone(),
                config: value.clone(),
                ..Default::default()
            };
            let answer = client.plan_resource_change(plan).await.expect("an answer").into_inner();
            assert!(!summaries(&answer.diagnostics).is_empty());
            let apply = proto::apply_resource_change::Request {
                type_name: type_name.clone(),
                planned_state: value.clone(),
                config: value.clone(),
                ..Default::default()
            };
            let answer = client.apply_resource_change(apply).await.expect("an answer").into_inner();
            assert!(!summaries(&answer.diagnostics).is_empty());
            let configure = proto::configure::Request { config: value.clone(), ..Default::default() };
            let answer = client.configure(configure).await.expect("an answer").into_inner();
            assert!(!summaries(&answer.diagnostics).is_empty());
        });
    }
    still_serves(&provider);
    provider.shutdown();
}

#[test]
fn responds_to_unknown_types_and_unsupported_calls() {
    let provider = core().start();
    let mut client = provider.raw();
    provider.block_on(async {
        let plan = proto::plan_resource_change::Request { type_name: "atlas_cluster".to_owned(), ..Default::default() };
        let answer = client.plan_resource_change(plan).await.expect("an answer").into_inner();
        assert!(!summaries(&answer.diagnostics).is_empty());
        let data = proto::read_data_source::Request { type_name: "atlas_cluster".to_owned(), ..Default::default() };
        let answer = client.read_data_source(data).await.expect("an answer").into_inner();
        assert!(!summaries(&answer.diagnostics).is_empty());
        let function = proto::call_function::Request { name: "atlas_function".to_owned(), ..Default::default() };
        assert_eq!(client.call_function(function).await.expect_err("there is none").code() as i32, UNIMPLEMENTED);
        let functions = client.get_functions(proto::get_functions::Request {}).await.expect("an answer").into_inner();
        assert!(functions.functions.is_empty());
        let metadata = client.get_metadata(proto::get_metadata::Request {}).await.expect("an answer").into_inner();
        assert_eq!(metadata.resources.iter().map(|resource| resource.type_name.as_str()).collect::<Vec<_>>(), [TYPE]);
        assert!(metadata.server_capabilities.is_some_and(|has| has.plan_destroy && has.get_provider_schema_optional));
    });
    still_serves(&provider);
    provider.shutdown();
}

fn still_serves(provider: &Provider) {
    let mut client = provider.raw().max_decoding_message_size(64 << 20);
    let schema = provider.block_on(client.get_schema(proto::get_provider_schema::Request {})).expect("an answer");
    assert!(schema.into_inner().resource_schemas.contains_key(TYPE));
}
