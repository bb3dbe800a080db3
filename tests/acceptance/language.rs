//! What Terraform's language adds around a migration: modules, aliases, lists, lifecycle settings, older states. It must not
//! know more of a migration than whether it was started again.

use atlas_simulator::{Config, Operation};
use serde_json::Value;
use test_support::terraform::Terraform;

use crate::configuration::{ADDRESS, CLUSTER, HEAD, text};
use crate::support::{Lab, error_at, errors, is_summary, still, warnings};

const REFUSED: &str = "Argument can't be changed: live migration …";
const DUPLICATE: &str = "Destination has a live migration already: …";

#[test]
fn migration_moves_into_a_module_with_a_moved_block_only() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let before = lab.writes();
    lab.workspace.file("inner/main.tf", format!("{HEAD}{}", lab.example()));
    let module = "module \"inner\" {\n  source = \"./inner\"\n}\n";
    lab.write(module);
    lab.run(&["get"]).success();
    let run = lab.run(&["apply", "-auto-approve"]);
    run.failure();
    assert!(errors(&run).iter().all(|summary| is_summary(summary, DUPLICATE)), "{:?}", errors(&run));

    let moved = format!("moved {{\n  from = {ADDRESS}\n  to   = module.inner.{ADDRESS}\n}}\n");
    lab.apply(format!("{module}{moved}")).success().says("0 added, 0 changed, 0 destroyed");
    lab.workspace.plan_is_empty();
    assert_eq!((lab.id(ADDRESS), lab.writes()), (id, before));
}

#[test]
fn aliases_have_accounts_and_dialects_of_their_own() {
    let legacy = atlas_simulator::Simulator::start(still()).unwrap();
    let lab = Lab::new();
    let providers = format!(
        "provider \"atlas\" {{}}\n\nprovider \"atlas\" {{\n  alias = \"legacy\"\n  api_version = \"v1.0\"\n  base_url = \"{}\"\n  \
         public_key = \"{}\"\n  private_key = \"{}\"\n}}\n\n",
        legacy.url(),
        Config::PUBLIC_KEY,
        Config::PRIVATE_KEY
    );
    let other = lab.example().named("customers").with("provider", "atlas.legacy");
    lab.apply(format!("{providers}{}{other}", lab.example())).success().says("2 added");
    assert!(lab.only(Operation::Create).path.starts_with("/api/atlas/v2/"));
    let paths: Vec<_> = legacy.requests().into_iter().map(|request| request.path).collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| path.starts_with("/api/atlas/v1.0/")), "{paths:?}");
    lab.workspace.plan_is_empty();
}

#[test]
fn element_taken_out_of_a_counted_list_starts_nothing_again() {
    let lab = Lab::new();
    let counted = |names: &str| {
        let resource = lab
            .example()
            .with("count", "length(local.names)")
            .with("migration_hosts", "[\"${local.names[count.index]}.example.com\"]")
            .destination("cluster_name", "local.names[count.index]");
        format!("locals {{\n  names = {names}\n}}\n\n{resource}")
    };
    lab.apply(counted("[\"a\", \"b\"]")).success();
    let before = (lab.addresses(), lab.writes());
    let run = lab.apply(counted("[\"b\"]"));
    run.failure();
    error_at(&run, REFUSED, "cluster_name = local.names[count.index]");
    error_at(&run, REFUSED, "migration_hosts = [\"${local.names[count.index]}.example.com\"]");
    assert_eq!((lab.addresses(), lab.writes()), before);
    // The last one may go.
    let run = lab.apply(counted("[\"a\"]"));
    run.success().says("0 added, 0 changed, 1 destroyed");
    assert_eq!((lab.addresses().len(), lab.writes(), warnings(&run).len()), (1, before.1, 1));
}

#[test]
fn spent_migrations_may_change_places() {
    let lab = Lab::new();
    let two = |first: &str, second: &str| {
        let host = "[\"vm002.example.com\"]";
        let other = lab.example().named("customers").with("migration_hosts", host);
        let first = lab.example().destination("cluster_name", &text(first));
        format!("{first}{}", other.destination("cluster_name", &text(second)))
    };
    lab.apply(two("A", "B")).success();
    let ids: Vec<_> = lab.atlas.migrations().into_iter().map(|migration| migration.id).collect();
    lab.atlas.fail(&ids[0], "one");
    // The other one is live still.
    let run = lab.apply(two("B", "A"));
    run.failure();
    assert_eq!(lab.starts(), 2);
    lab.atlas.fail(&ids[1], "two");
    lab.apply(two("B", "A")).success().says("2 added, 0 changed, 2 destroyed");
    assert_eq!(lab.starts(), 4);
    lab.workspace.plan_is_empty();
}

#[test]
fn ignored_changes_are_no_changes() {
    let lab = Lab::new();
    let ignoring = |what: &str| lab.example().block(format!("lifecycle {{\n  ignore_changes = {what}\n}}"));
    lab.start(ignoring("[source, drop_enabled]"));
    lab.write(ignoring("[source, drop_enabled]").source("cluster_name", "\"Z\"").with("drop_enabled", "true"));
    lab.workspace.plan_is_empty();
    // What is not ignored is still refused, and alone.
    let run = lab.plan(ignoring("[source]").source("cluster_name", "\"Z\"").destination("cluster_name", "\"Y\""));
    run.failure();
    error_at(&run, REFUSED, "cluster_name = \"Y\"");
    assert_eq!(errors(&run).len(), 1);
    lab.write(ignoring("all").destination("cluster_name", "\"Y\""));
    lab.workspace.plan_is_empty();
}

#[test]
fn start_with_ignored_changes_sends_the_password() {
    let lab = Lab::new();
    lab.start(lab.example().block("lifecycle {\n  ignore_changes = all\n}"));
    let body = lab.only(Operation::Create).json();
    assert_eq!(
        (&body["source"]["password"], &body["destination"]["clusterName"]),
        (&Value::from(crate::configuration::PASSWORD), &Value::from(CLUSTER))
    );
    lab.workspace.plan_is_empty();
}

#[test]
fn state_of_another_build_is_read() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let mut state: Value = serde_json::from_slice(&lab.workspace.state_file()).unwrap();
    let attributes = state.pointer_mut("/resources/0/instances/0/attributes").and_then(Value::as_object_mut).unwrap();
    for name in ["ready_since", "cutover_requested_at", "timeouts", "sharding", "lag_time_seconds"] {
        attributes.remove(name).unwrap();
    }
    attributes.insert("an_attribute_of_tomorrow".to_owned(), Value::from("x"));
    lab.workspace.file("terraform.tfstate", state.to_string());
    lab.workspace.plan_is_empty();
    assert_eq!((lab.id(ADDRESS), lab.starts()), (id, 1));
}

#[test]
fn targets_and_outputs_work_as_with_any_resource() {
    let lab = Lab::new();
    let outputs = "output \"id\" {\n  value = atlas_live_migration.orders.id\n}\n\noutput \"ready\" {\n  value = atlas_live_migration.orders.ready_for_cutover\n}\n";
    let id = lab.start(format!("{}{outputs}", lab.example()));
    lab.run(&["output", "-raw", "id"]).success().shows(&id);
    lab.workspace.plan_is_empty();
    // A value that moves makes a plan a change of outputs, and of nothing else.
    lab.atlas.advance(crate::support::UNTIL_READY);
    lab.run(&["plan", "-detailed-exitcode"]).exit(2).says("ready = false -> true");
    let other = lab.example().named("customers").destination("cluster_name", "\"C\"");
    lab.write(format!("{}{}", lab.example(), other.with("migration_hosts", "[\"vm002.example.com\"]")));
    lab.run(&["apply", "-auto-approve", "-target=atlas_live_migration.customers"]).success().says("1 added");
    assert_eq!(lab.starts(), 2);
}

#[test]
fn configuration_in_json_is_the_same() {
    let lab = Lab::with(&Terraform::on_path(), still());
    let resource = serde_json::json!({
        "terraform": { "required_providers": { "atlas": { "source": crate::support::SOURCE_ADDRESS } } },
        "resource": { "atlas_live_migration": { "orders": {
            "source": { "group_id": crate::configuration::SOURCE_GROUP, "cluster_name": "A", "managed_authentication": true },
            "destination": [{ "group_id": crate::configuration::GROUP, "cluster_name": CLUSTER }],
            "migration_hosts": ["vm001.example.com"],
        } } },
    });
    lab.workspace.file("main.tf.json", resource.to_string());
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
}
