//! Values that are unknown in the plan and known at apply.

use atlas_simulator::Operation;
use serde_json::json;

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, PASSWORD, SHARDING, SOURCE_CLUSTER, SOURCE_GROUP, text};
use crate::support::{Fixture, error_at, errors, warning_at, warnings};

/// A resource whose output is unknown in a plan that changes its round.
fn computed(name: &str, value: &str, round: u32) -> String {
    format!(
        "resource \"terraform_data\" \"{name}\" {{\n  input            = {value}\n  triggers_replace = {round}\n}}\n\n"
    )
}

fn output(name: &str) -> String {
    format!("terraform_data.{name}.output")
}

#[test]
fn starts_from_values_unknown_in_the_plan() {
    let fixture = Fixture::new();
    let password = if fixture.example().to_string().contains("password_wo") { "password_wo" } else { "password" };
    let resource = fixture
        .example()
        .source("group_id", &output("source_group"))
        .source("cluster_name", &output("source"))
        .source("username", &output("user"))
        .source(password, &output("password"))
        .source("ssl", &output("ssl"))
        .destination("group_id", &output("group"))
        .destination("cluster_name", &output("cluster"))
        .with("migration_hosts", &format!("[{}]", output("host")));
    let values: String = [
        ("source_group", text(SOURCE_GROUP)),
        ("source", text(SOURCE_CLUSTER)),
        ("user", text("example")),
        ("password", text(PASSWORD)),
        ("ssl", "false".to_owned()),
        ("group", text(GROUP)),
        ("cluster", text(CLUSTER)),
        ("host", text(HOST)),
    ]
    .iter()
    .map(|(name, value)| computed(name, value, 1))
    .collect();
    fixture.write(format!("{values}{resource}"));
    fixture.run(&["validate"]).success();
    fixture.run(&["plan"]).success().says("(known after apply)");
    fixture.run(&["apply", "-auto-approve"]).success();

    let body = fixture.only_request(Operation::Create).json();
    assert_eq!((&body["source"]["groupId"], &body["source"]["ssl"]), (&json!(SOURCE_GROUP), &json!(false)));
    assert_eq!((&body["source"]["username"], &body["source"]["password"]), (&json!("example"), &json!(PASSWORD)));
    assert_eq!((&body["destination"]["groupId"], &body["migrationHosts"]), (&json!(GROUP), &json!([HOST])));
    assert_eq!(fixture.stored()["group_id"], GROUP);
    fixture.workspace.plan_is_empty();
}

#[test]
fn apply_reports_invalid_values_unknown_in_the_plan_before_any_request() {
    let fixture = Fixture::new();
    let resource = fixture
        .example()
        .source("group_id", &output("group"))
        .with("migration_hosts", &output("hosts"))
        .destination("hostname_schema_type", &output("network"));
    let values = [
        computed("group", "\"not an id\"", 1),
        computed("hosts", "tolist([\"a.example.com\", \"b.example.com\"])", 1),
        computed("network", "\"PRIVATE\"", 1),
    ];
    fixture.write(format!("{}{resource}", values.concat()));
    fixture.run(&["plan"]).success();
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    error_at(&run, "Malformed project ID", "group_id = terraform_data.group.output");
    error_at(&run, "Exactly one migration host is needed", "migration_hosts = terraform_data.hosts.output");
    let line = "hostname_schema_type = terraform_data.network.output";
    error_at(&run, "Unknown hostname schema type", line);
    assert_eq!((errors(&run).len(), fixture.atlas.requests().len(), fixture.addresses().len()), (3, 0, 0));
}

#[test]
fn sends_sharding_entries_unknown_in_the_plan() {
    let fixture = Fixture::new();
    let dynamic = |round| {
        let entries = computed("names", "[\"orders\", \"customers\"]", round);
        let resource = fixture.example().block(
            r#"sharding {
  create_supporting_indexes = false
  dynamic "sharding_entries" {
    for_each = terraform_data.names.output
    content {
      database   = "shop"
      collection = sharding_entries.value
      shard_collection {
        key = [{ _id = "hashed" }]
      }
    }
  }
}"#,
        );
        format!("{entries}{resource}")
    };
    let id = fixture.start(dynamic(1));
    let entries = fixture.only_request(Operation::Create).json()["sharding"]["shardingEntries"].clone();
    assert_eq!((&entries[0]["collection"], &entries[1]["collection"]), (&json!("orders"), &json!("customers")));
    fixture.workspace.plan_is_empty();

    // Unknown again, with the same value.
    let before = fixture.writes();
    fixture.apply(dynamic(2)).success();
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
    fixture.workspace.plan_is_empty();
}

#[test]
fn unknown_value_that_turns_out_equal_changes_nothing() {
    let fixture = Fixture::new();
    let round = |round| {
        let resource = fixture
            .example()
            .source("cluster_name", &output("source"))
            .destination("group_id", &output("group"))
            .with("migration_hosts", &format!("[{}]", output("host")));
        let values = [
            computed("source", &text(SOURCE_CLUSTER), round),
            computed("group", &text(GROUP), round),
            computed("host", &text(HOST), round),
        ];
        format!("{}{resource}", values.concat())
    };
    let id = fixture.start(round(1));
    let before = fixture.writes();
    let run = fixture.plan(round(2));
    run.success().says("will be updated in-place").lacks("forces replacement");
    assert_eq!(warnings(&run), [""; 0]);
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
    fixture.workspace.plan_is_empty();
}

#[test]
fn apply_rejects_unknown_value_that_turns_out_different() {
    let fixture = Fixture::new();
    let named = |name: &str, round| {
        let resource = fixture.example().destination("cluster_name", &output("name"));
        format!("{}{resource}", computed("name", &text(name), round))
    };
    let id = fixture.start(named(CLUSTER, 1));
    let before = fixture.writes();
    fixture.plan(named("Y", 2)).success().says("will be updated in-place");
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    let text =
        error_at(&run, "Argument can't be changed: live migration …", "cluster_name = terraform_data.name.output");
    assert!(text.contains("the configuration says \"Y\"."), "{text}");
    assert_eq!((errors(&run).len(), fixture.id(ADDRESS), fixture.writes()), (1, id, before));
    // Now the value is known, and the plan rejects it.
    error_at(
        &fixture.run(&["plan"]),
        "Argument can't be changed: live migration …",
        "cluster_name = terraform_data.name.output",
    );
    fixture.apply(named(CLUSTER, 3)).success();
    fixture.workspace.plan_is_empty();
}

#[test]
fn unknown_value_of_a_replaceable_migration_replaces_it() {
    for name in [SOURCE_CLUSTER, "Z"] {
        let fixture = Fixture::new();
        let named = |name: &str, round| {
            let resource = fixture.example().source("cluster_name", &output("name"));
            format!("{}{resource}", computed("name", &text(name), round))
        };
        let id = fixture.start(named(SOURCE_CLUSTER, 1));
        fixture.atlas.fail(&id, "the agent died");
        fixture.plan(named(name, 2)).success().says("must be replaced").says("# forces replacement");
        fixture.run(&["apply", "-auto-approve"]).success().says("2 added, 0 changed, 2 destroyed");
        assert_eq!((fixture.starts(), fixture.id(ADDRESS) == id), (2, false), "{name}");
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn checks_an_unknown_sharding_block_at_apply() {
    let fixture = Fixture::new();
    let maybe = |names: &str, round| {
        let content = SHARDING.replacen("sharding {", "content {", 1);
        let block = format!("dynamic \"sharding\" {{\n  for_each = terraform_data.names.output\n  {content}\n}}");
        format!("{}{}", computed("names", names, round), fixture.example().block(block))
    };
    fixture.apply(computed("names", "[]", 1)).success();
    let id = fixture.start(maybe("[]", 1));
    assert_eq!(fixture.only_request(Operation::Create).json()["sharding"], json!(null));
    fixture.plan(maybe("[\"one\"]", 2)).success();
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    error_at(&run, "Argument can't be changed: live migration …", "");
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id, 1));

    fixture.run(&["state", "rm", ADDRESS]).success();
    fixture.atlas.fail(&fixture.atlas.migrations()[0].id, "not wanted");
    fixture.apply(maybe("[\"one\"]", 3)).success();
    assert_eq!(fixture.stored()["sharding"]["create_supporting_indexes"], true);
    fixture.workspace.plan_is_empty();
}

#[test]
fn warns_about_unknown_drop_enabled() {
    let fixture = Fixture::new();
    let dropping = |value: &str, round| {
        let resource = fixture.example().with("drop_enabled", &output("drop"));
        format!("{}{resource}", computed("drop", value, round))
    };
    let run = fixture.plan(dropping("true", 1));
    run.success();
    let summary = format!("This apply may erase {CLUSTER} in {GROUP}");
    warning_at(&run, &summary, "drop_enabled = terraform_data.drop.output");
    let id = fixture.start(dropping("false", 1));
    assert_eq!(fixture.atlas.erasures(GROUP, CLUSTER), 0);

    let run = fixture.apply(dropping("true", 2));
    run.failure();
    error_at(&run, "drop_enabled can't be set: live migration …", "drop_enabled = terraform_data.drop.output");
    assert_eq!((fixture.id(ADDRESS), fixture.starts(), fixture.atlas.erasures(GROUP, CLUSTER)), (id, 1, 0));
}

#[test]
fn provider_configuration_can_become_known_at_apply() {
    let fixture = Fixture::new();
    let round = |round| {
        let provider = format!("provider \"atlas\" {{\n  base_url = {}\n}}\n\n", output("url"));
        format!("{provider}{}{}", computed("url", &text(&fixture.atlas.url()), round), fixture.example())
    };
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "");
    let id = fixture.start(round(1));
    fixture.workspace.plan_is_empty();

    // When a migration must be read, the error names the unknown argument.
    let run = fixture.plan(round(2));
    run.failure();
    let text = error_at(&run, "Provider configuration is not known yet", "");
    assert!(text.contains("`base_url` of the provider block"), "{text}");
    fixture.run(&["apply", "-auto-approve", "-target=terraform_data.url"]).success();
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id, 1));
}
