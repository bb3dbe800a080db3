//! The lifecycle of a migration: start, empty plan, refresh, destroy; and the requests of each.

use atlas_simulator::{Config, Operation};
use serde_json::{Value, json};
use test_support::terraform::{Feature, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, PASSWORD, SHARDING, SOURCE_CLUSTER, SOURCE_GROUP};
use crate::support::{Fixture, error_at, warning_at, warnings, with};

#[test]
fn start_stores_the_migration_and_the_next_plan_is_empty() {
    let fixture = Fixture::new();
    fixture.apply(fixture.example()).success().says("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");

    let migration = fixture.atlas.migrations().remove(0);
    let state = fixture.workspace.resource(ADDRESS);
    assert_eq!(state["id"], migration.id);
    for (name, value) in [
        ("status", json!("NEW")),
        ("group_id", json!(GROUP)),
        ("ready_for_cutover", json!(false)),
        ("lag_time_seconds", Value::Null),
        ("ready_since", Value::Null),
        ("cutover_requested_at", Value::Null),
        ("drop_enabled", json!(false)),
        ("validate", json!(true)),
        ("wait_for_ready", json!(false)),
        ("cutover", json!(false)),
        ("migration_hosts", json!([HOST])),
        ("sharding", Value::Null),
        ("timeouts", Value::Null),
    ] {
        assert_eq!(state[name], value, "{name} in {state:#}");
    }
    assert_eq!((&state["source"]["ssl"], &state["source"]["managed_authentication"]), (&json!(true), &json!(false)));
    assert_eq!(state["destination"]["hostname_schema_type"], Value::Null);

    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.starts(), fixture.atlas.erasures(GROUP, CLUSTER)), (1, 0));
}

#[test]
fn v2_start_has_the_documented_body() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    let body = json!({
        "source": {
            "groupId": SOURCE_GROUP,
            "clusterName": SOURCE_CLUSTER,
            "username": "example",
            "password": PASSWORD,
            "ssl": true,
            "caCertificatePath": "/path/to/ca",
            "managedAuthentication": false,
        },
        "destination": { "groupId": GROUP, "clusterName": CLUSTER, "hostnameSchemaType": "PUBLIC" },
        "migrationHosts": [HOST],
        "dropDestinationData": false,
    });
    let (create, validate) = (fixture.only_request(Operation::Create), fixture.only_request(Operation::Validate));
    assert_eq!(create.path, format!("/api/atlas/v2/groups/{GROUP}/liveMigrations"));
    assert_eq!(create.json(), body);
    assert_eq!(validate.json(), body, "the validation checks the request of the start");
    assert!(validate.number < create.number);
}

#[test]
fn legacy_start_has_the_documented_body_and_supports_the_full_lifecycle() {
    let fixture = Fixture::new().legacy();
    let id = fixture.start(fixture.example());
    let create = fixture.only_request(Operation::Create);
    assert_eq!(create.path, format!("/api/atlas/v1.0/groups/{GROUP}/liveMigrations"));
    assert_eq!(
        create.json(),
        json!({
            "source": {
                "clusterName": SOURCE_CLUSTER,
                "groupId": SOURCE_GROUP,
                "username": "example",
                "password": PASSWORD,
                "ssl": true,
                "caCertificatePath": "/path/to/ca",
                "managedAuthentication": false,
            },
            "destination": { "groupId": GROUP, "clusterName": CLUSTER },
            "migrationHosts": [HOST],
            "dropEnabled": false,
        })
    );
    fixture.workspace.plan_is_empty();
    fixture.run(&["state", "rm", ADDRESS]).success();
    fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["destroy", "-auto-approve"]).success();
    assert_eq!((fixture.writes(), fixture.starts()), (2, 1));
}

#[test]
fn sends_every_argument_in_its_field() {
    let fixture = Fixture::new();
    fixture.start(
        fixture
            .example()
            .with("group_id", &format!("\"{GROUP}\""))
            .with("drop_enabled", "true")
            .source("ssl", "false")
            .destination("hostname_schema_type", "\"PRIVATE_LINK\"")
            .destination("private_link_id", "\"vpce-1\""),
    );
    let body = fixture.only_request(Operation::Create).json();
    assert_eq!(body["source"]["ssl"], false);
    assert_eq!(body["destination"]["hostnameSchemaType"], "PRIVATE_LINK");
    assert_eq!(body["destination"]["privateLinkId"], "vpce-1");
    assert_eq!(body["dropDestinationData"], true);
    assert_eq!(fixture.atlas.erasures(GROUP, CLUSTER), 1);
    fixture.workspace.plan_is_empty();
}

#[test]
fn managed_authentication_sends_no_user() {
    let fixture = Fixture::new();
    let managed = fixture.example().without_password().without_source("username").without_source("ca_certificate_path");
    fixture.start(managed.source("managed_authentication", "true"));
    let source = fixture.only_request(Operation::Create).json()["source"].clone();
    let expected =
        json!({"groupId": SOURCE_GROUP, "clusterName": SOURCE_CLUSTER, "ssl": true, "managedAuthentication": true});
    assert_eq!(source, expected);
    fixture.workspace.plan_is_empty();
}

#[test]
fn sends_shard_keys_in_the_documented_form() {
    let fixture = Fixture::new();
    fixture.start(fixture.example().block(SHARDING));
    let body = fixture.only_request(Operation::Create).json();
    assert_eq!(
        body["sharding"],
        json!({
            "createSupportingIndexes": true,
            "shardingEntries": [
                {
                    "database": "shop",
                    "collection": "orders",
                    "shardCollection": { "key": [{ "region": 1 }, { "customer": "hashed" }] },
                },
                { "database": "shop", "collection": "customers", "shardCollection": { "key": [{ "_id": "hashed" }] } },
            ],
        })
    );
    fixture.workspace.plan_is_empty();
}

#[test]
fn start_without_validation_sends_one_request() {
    let fixture = Fixture::new();
    fixture.start(fixture.example().with("validate", "false"));
    assert_eq!(fixture.atlas.received(Operation::Any), 1, "{}", fixture.atlas.log());
    assert_eq!(fixture.only_request(Operation::Create).json()["destination"]["clusterName"], CLUSTER);
}

#[test]
fn polls_the_validation_until_it_succeeds() {
    let config = Config { validation_for: std::time::Duration::from_millis(300), speed: 1.0, ..Config::default() };
    let fixture = Fixture::with(&Terraform::on_path(), config);
    fixture.start(fixture.example());
    assert!(fixture.atlas.received(Operation::ValidationStatus) > 1, "{}", fixture.atlas.log());
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn failed_validation_starts_nothing_and_the_next_apply_succeeds() {
    let fixture = Fixture::new();
    fixture.atlas.fail_next_validation("Authentication to the source cluster failed: wrong user or password.");
    let run = fixture.apply(fixture.example());
    run.failure();
    let text = error_at(
        &run,
        "Validation failed: Authentication to the source cluster failed: wrong…",
        "username = \"example\"",
    );
    assert!(text.contains("Atlas reports: Authentication to the source cluster failed"), "{text}");
    assert!(text.contains("No live migration was started."), "{text}");
    assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0));

    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.starts(), fixture.atlas.received(Operation::Validate)), (1, 2));
    fixture.workspace.plan_is_empty();
}

#[test]
fn later_runs_need_no_password() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = Fixture::on(&terraform);
    fixture.start(fixture.example());
    fixture.write(fixture.example().without_password());
    fixture.workspace.plan_is_empty();
}

#[test]
fn start_with_a_username_requires_a_password() {
    let fixture = Fixture::new();
    let run = fixture.plan(fixture.example().without_password());
    run.failure();
    error_at(&run, "Missing source password", "username = \"example\"");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn destroy_of_a_running_migration_warns_and_sends_only_reads() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.atlas.received(Operation::Any);
    let plan = fixture.run(&["plan", "-destroy"]);
    plan.success();
    let summary = format!("Live migration keeps running in Atlas: {id}");
    assert_eq!(warnings(&plan), [summary.as_str()]);
    let text = warning_at(&plan, &summary, "");
    let occupied =
        format!("Until it ends, it occupies cluster `{CLUSTER}` in project `{GROUP}` and its migration host.");
    assert!(text.contains(&occupied), "{text}");

    let run = fixture.run(&["destroy", "-auto-approve"]);
    run.success().says("Destroy complete! Resources: 1 destroyed.");
    assert_eq!(warnings(&run), [summary]);
    assert_eq!(fixture.addresses(), [""; 0]);
    // Two refreshes, and no other request.
    assert_eq!(fixture.atlas.received(Operation::Any) - before, 2, "{}", fixture.atlas.log());
    assert_eq!(fixture.atlas.migration(&id).unwrap().status, "NEW");
}

#[test]
fn destroy_without_refresh_sends_nothing() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    let before = fixture.atlas.requests().len();
    fixture.run(&["destroy", "-auto-approve", "-refresh=false"]).success();
    assert_eq!(fixture.atlas.requests().len(), before, "{}", fixture.atlas.log());
    assert_eq!(fixture.addresses(), [""; 0]);
}

#[test]
fn destroy_of_an_ended_migration_does_not_warn() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.fail(&id, "the agent died");
    let run = fixture.run(&["destroy", "-auto-approve"]);
    run.success();
    assert_eq!(warnings(&run), [""; 0]);
    assert_eq!(fixture.addresses(), [""; 0]);
}

#[test]
fn ten_starts_send_one_challenge_and_one_request_each() {
    let fixture = Fixture::new();
    let ten = fixture
        .example()
        .with("for_each", "toset([for n in range(10) : tostring(n)])")
        .with("migration_hosts", "[\"vm00${each.key}.example.com\"]")
        .with("validate", "false")
        .destination("cluster_name", "\"B${each.key}\"");
    fixture.apply(ten).success();
    assert_eq!(fixture.starts(), 10);
    let (requests, challenges) = (fixture.atlas.requests().len(), fixture.atlas.challenges());
    assert_eq!((requests, challenges), (11, 1), "{}", fixture.atlas.log());
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.requests().len() - requests, 11, "{}", fixture.atlas.log());
    assert_eq!(fixture.atlas.challenges() - challenges, 1, "{}", fixture.atlas.log());
}
