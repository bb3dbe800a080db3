//! Features of Terraform around a migration: modules, aliases, count, lifecycle settings, older states, outputs, JSON.

use atlas_simulator::{Config, Operation};
use serde_json::Value;
use test_support::terraform::Terraform;

use crate::configuration::{ADDRESS, CLUSTER, HEAD, text};
use crate::support::{Fixture, error_at, errors, frozen, is_summary, warnings};

const REJECTED: &str = "Argument can't be changed: live migration …";
const DUPLICATE: &str = "Destination has a live migration already: …";

#[test]
fn moves_into_a_module_only_with_a_moved_block() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    fixture.workspace.file("inner/main.tf", format!("{HEAD}{}", fixture.example()));
    let module = "module \"inner\" {\n  source = \"./inner\"\n}\n";
    fixture.write(module);
    fixture.run(&["get"]).success();
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    assert!(errors(&run).iter().all(|summary| is_summary(summary, DUPLICATE)), "{:?}", errors(&run));

    let moved = format!("moved {{\n  from = {ADDRESS}\n  to   = module.inner.{ADDRESS}\n}}\n");
    fixture.apply(format!("{module}{moved}")).success().says("0 added, 0 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
}

#[test]
fn aliases_have_their_own_credentials_and_api_version() {
    let legacy = atlas_simulator::Simulator::start(frozen()).unwrap();
    let fixture = Fixture::new();
    let providers = format!(
        "provider \"atlas\" {{}}\n\nprovider \"atlas\" {{\n  alias = \"legacy\"\n  api_version = \"v1.0\"\n  base_url = \"{}\"\n  \
         public_key = \"{}\"\n  private_key = \"{}\"\n}}\n\n",
        legacy.url(),
        Config::PUBLIC_KEY,
        Config::PRIVATE_KEY
    );
    let other = fixture.example().named("customers").with("provider", "atlas.legacy");
    fixture.apply(format!("{providers}{}{other}", fixture.example())).success().says("2 added");
    assert!(fixture.only_request(Operation::Create).path.starts_with("/api/atlas/v2/"));
    let paths: Vec<_> = legacy.requests().into_iter().map(|request| request.path).collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| path.starts_with("/api/atlas/v1.0/")), "{paths:?}");
    fixture.workspace.plan_is_empty();
}

#[test]
fn rejects_removal_of_an_element_in_the_middle_of_a_count() {
    let fixture = Fixture::new();
    let counted = |names: &str| {
        let resource = fixture
            .example()
            .with("count", "length(local.names)")
            .with("migration_hosts", "[\"${local.names[count.index]}.example.com\"]")
            .destination("cluster_name", "local.names[count.index]");
        format!("locals {{\n  names = {names}\n}}\n\n{resource}")
    };
    fixture.apply(counted("[\"a\", \"b\"]")).success();
    let before = (fixture.addresses(), fixture.writes());
    let run = fixture.apply(counted("[\"b\"]"));
    run.failure();
    error_at(&run, REJECTED, "cluster_name = local.names[count.index]");
    error_at(&run, REJECTED, "migration_hosts = [\"${local.names[count.index]}.example.com\"]");
    assert_eq!((fixture.addresses(), fixture.writes()), before);
    // The last element can be removed.
    let run = fixture.apply(counted("[\"a\"]"));
    run.success().says("0 added, 0 changed, 1 destroyed");
    assert_eq!((fixture.addresses().len(), fixture.writes(), warnings(&run).len()), (1, before.1, 1));
}

#[test]
fn replaceable_migrations_can_swap_destinations() {
    let fixture = Fixture::new();
    let two = |first: &str, second: &str| {
        let host = "[\"vm002.example.com\"]";
        let other = fixture.example().named("customers").with("migration_hosts", host);
        let first = fixture.example().destination("cluster_name", &text(first));
        format!("{first}{}", other.destination("cluster_name", &text(second)))
    };
    fixture.apply(two("A", "B")).success();
    let ids: Vec<_> = fixture.atlas.migrations().into_iter().map(|migration| migration.id).collect();
    fixture.atlas.fail(&ids[0], "one");
    // The other one is still protected.
    let run = fixture.apply(two("B", "A"));
    run.failure();
    assert_eq!(fixture.starts(), 2);
    fixture.atlas.fail(&ids[1], "two");
    fixture.apply(two("B", "A")).success().says("2 added, 0 changed, 2 destroyed");
    assert_eq!(fixture.starts(), 4);
    fixture.workspace.plan_is_empty();
}

#[test]
fn ignore_changes_suppresses_changes() {
    let fixture = Fixture::new();
    let ignoring = |what: &str| fixture.example().block(format!("lifecycle {{\n  ignore_changes = {what}\n}}"));
    fixture.start(ignoring("[source, drop_enabled]"));
    fixture.write(ignoring("[source, drop_enabled]").source("cluster_name", "\"Z\"").with("drop_enabled", "true"));
    fixture.workspace.plan_is_empty();
    // Only the change that isn't ignored is rejected.
    let run = fixture.plan(ignoring("[source]").source("cluster_name", "\"Z\"").destination("cluster_name", "\"Y\""));
    run.failure();
    error_at(&run, REJECTED, "cluster_name = \"Y\"");
    assert_eq!(errors(&run).len(), 1);
    fixture.write(ignoring("all").destination("cluster_name", "\"Y\""));
    fixture.workspace.plan_is_empty();
}

#[test]
fn start_with_ignored_changes_sends_the_password() {
    let fixture = Fixture::new();
    fixture.start(fixture.example().block("lifecycle {\n  ignore_changes = all\n}"));
    let body = fixture.only_request(Operation::Create).json();
    assert_eq!(
        (&body["source"]["password"], &body["destination"]["clusterName"]),
        (&Value::from(crate::configuration::PASSWORD), &Value::from(CLUSTER))
    );
    fixture.workspace.plan_is_empty();
}

#[test]
fn reads_state_with_missing_and_unknown_attributes() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let mut state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    let attributes = state.pointer_mut("/resources/0/instances/0/attributes").and_then(Value::as_object_mut).unwrap();
    for name in ["ready_since", "cutover_requested_at", "timeouts", "sharding", "lag_time_seconds"] {
        attributes.remove(name).unwrap();
    }
    attributes.insert("an_attribute_of_tomorrow".to_owned(), Value::from("x"));
    fixture.workspace.file("terraform.tfstate", state.to_string());
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id, 1));
}

#[test]
fn supports_targets_and_outputs() {
    let fixture = Fixture::new();
    let outputs = "output \"id\" {\n  value = atlas_live_migration.orders.id\n}\n\noutput \"ready\" {\n  value = atlas_live_migration.orders.ready_for_cutover\n}\n";
    let id = fixture.start(format!("{}{outputs}", fixture.example()));
    fixture.run(&["output", "-raw", "id"]).success().shows(&id);
    fixture.workspace.plan_is_empty();
    // A changed attribute changes only the output.
    fixture.atlas.advance(crate::support::UNTIL_READY);
    fixture.run(&["plan", "-detailed-exitcode"]).exit(2).says("ready = false -> true");
    let other = fixture.example().named("customers").destination("cluster_name", "\"C\"");
    fixture.write(format!("{}{}", fixture.example(), other.with("migration_hosts", "[\"vm002.example.com\"]")));
    fixture.run(&["apply", "-auto-approve", "-target=atlas_live_migration.customers"]).success().says("1 added");
    assert_eq!(fixture.starts(), 2);
}

#[test]
fn accepts_json_configuration() {
    let fixture = Fixture::with(&Terraform::on_path(), frozen());
    let resource = serde_json::json!({
        "terraform": { "required_providers": { "atlas": { "source": crate::support::SOURCE_ADDRESS } } },
        "resource": { "atlas_live_migration": { "orders": {
            "source": { "group_id": crate::configuration::SOURCE_GROUP, "cluster_name": "A", "managed_authentication": true },
            "destination": [{ "group_id": crate::configuration::GROUP, "cluster_name": CLUSTER }],
            "migration_hosts": ["vm001.example.com"],
        } } },
    });
    fixture.workspace.file("main.tf.json", resource.to_string());
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
}
