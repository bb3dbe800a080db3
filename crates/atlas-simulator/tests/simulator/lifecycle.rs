//! The lifecycle of a migration and of a validation, as a client sees it.

use crate::http::{Client, GROUP, body, frozen, path};
use atlas_simulator::{Config, EventKind, Field, Override, Seed, Simulator, Stage};
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_migration_goes_from_new_to_complete() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let created = client.create(&body("B", "vm"));
    assert_eq!(created.status, 201);
    let id = created.id();
    let new = json!({"_id": id, "status": "NEW", "readyForCutover": false, "migrationHosts": ["vm"]});
    assert_eq!(created.json(), new);
    let rest = format!("/{id}");
    assert_eq!(client.get(&rest).json(), new);

    simulator.advance(SECOND);
    let working = client.get(&rest).json();
    assert_eq!((&working["status"], &working["lagTimeSeconds"]), (&json!("WORKING"), &json!(600)));
    simulator.advance(SECOND);
    assert_eq!(client.get(&rest).json()["lagTimeSeconds"], 400);
    assert_eq!(client.cut_over(&id).status, 409);

    simulator.advance(2 * SECOND);
    let ready = client.get(&rest).json();
    assert_eq!((&ready["readyForCutover"], &ready["lagTimeSeconds"]), (&json!(true), &json!(0)));
    let accepted = client.cut_over(&id);
    assert_eq!((accepted.status, accepted.body.len()), (202, 0));
    let again = client.cut_over(&id);
    assert_eq!((again.status, again.code().as_str()), (409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER"));
    let cutting = client.get(&rest).json();
    assert_eq!(cutting, json!({"_id": id, "status": "WORKING", "readyForCutover": false, "migrationHosts": ["vm"]}));

    simulator.advance(SECOND);
    assert_eq!(client.get(&rest).json()["status"], "COMPLETE");
    let kinds: Vec<EventKind> = simulator.events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Created { id: id.clone() }, EventKind::CutoverRequested { id: id.clone() }]);
    assert_eq!(simulator.migration(&id).unwrap().reads, 6);
}

#[test]
fn the_legacy_api_has_the_same_lifecycle_and_a_body_after_cutover() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let json = ("accept", "application/json");
    let mut legacy = body("B", "vm");
    legacy["dropEnabled"] = Value::Bool(false);
    legacy["destination"].as_object_mut().unwrap().remove("hostnameSchemaType");
    let collection = format!("/api/atlas/v1.0/groups/{GROUP}/liveMigrations");
    let headers = [json, ("content-type", "application/json")];
    let created = client.signed("POST", &collection, &headers, &legacy.to_string()).unwrap();
    assert_eq!((created.status, created.header("content-type")), (201, Some("application/json")));
    let one = format!("{collection}/{}", created.id());
    simulator.advance(4 * SECOND);
    assert_eq!(client.signed("GET", &one, &[json], "").unwrap().json()["readyForCutover"], true);
    let accepted = client.signed("PUT", &format!("{one}/cutover"), &[json], "").unwrap();
    assert_eq!((accepted.status, accepted.id()), (202, created.id()));
    let validation = client.signed("POST", &format!("{collection}/validate"), &headers, &legacy.to_string()).unwrap();
    let status = client.signed("GET", &format!("{collection}/validate/{}", validation.id()), &[json], "").unwrap();
    assert_eq!((validation.status, status.json()["status"].as_str()), (200, Some("PENDING")));
}

#[test]
fn a_migration_expires_after_120_hours_without_cutover() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = client.create(&body("B", "vm")).id();
    simulator.advance(4 * SECOND + Duration::from_secs(120 * 3600) - SECOND);
    assert_eq!(client.get(&format!("/{id}")).json()["readyForCutover"], true);
    simulator.advance(SECOND);
    assert_eq!(client.get(&format!("/{id}")).json()["status"], "EXPIRED");
    assert_eq!(client.cut_over(&id).status, 409);
}

#[test]
fn rejects_a_second_migration_for_a_destination_or_migration_host() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let first = client.create(&body("B", "vm1")).id();
    for (cluster, host) in [("B", "vm2"), ("C", "vm1")] {
        let rejected = client.create(&body(cluster, host));
        assert_eq!((rejected.status, rejected.code().as_str()), (409, "LIVE_MIGRATION_ALREADY_RUNNING"));
        assert!(rejected.json()["detail"].as_str().unwrap().contains("already running"));
    }
    assert_eq!(client.create(&body("C", "vm2")).status, 201);
    assert!(simulator.fail(&first, "the disk is full"));
    assert!(!simulator.fail(&first, "twice"));
    assert_eq!(client.get(&format!("/{first}")).json()["status"], "FAILED");
    assert_eq!(client.create(&body("B", "vm1")).status, 201);
    assert_eq!(simulator.migrations().len(), 3);
}

#[test]
fn only_a_create_with_drop_erases_the_destination() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.create(&body("B", "vm1"));
    assert_eq!(simulator.erasures(GROUP, "B"), 0);
    let mut dropping = body("C", "vm2");
    dropping["dropDestinationData"] = json!(true);
    client.validate(&dropping);
    assert_eq!(simulator.erasures(GROUP, "C"), 0);
    client.create(&dropping);
    assert_eq!(client.create(&dropping).status, 409);
    assert_eq!((simulator.erasures(GROUP, "B"), simulator.erasures(GROUP, "C")), (0, 1));
}

#[test]
fn a_validation_is_pending_then_ended() {
    let config = Config { speed: 0.0, validation_null_for: SECOND, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let mut client = Client::new(&simulator);
    simulator.fail_next_validation("not enough disk space");
    simulator.fail_validations_of("C", "no such user");
    let started = client.validate(&body("B", "vm"));
    let id = started.id();
    let expected = |status: Value, message: Value| {
        json!({
            "_id": id, "groupId": GROUP, "sourceGroupId": "9b43a5b329223c3a1591a678",
            "status": status, "errorMessage": message,
        })
    };
    assert_eq!((started.status, started.json()), (200, expected(json!("PENDING"), Value::Null)));
    let rest = format!("/validate/{id}");
    assert_eq!(client.get(&rest).json(), expected(Value::Null, Value::Null));
    simulator.advance(SECOND);
    assert_eq!(client.get(&rest).json()["status"], "PENDING");
    simulator.advance(SECOND);
    assert_eq!(client.get(&rest).json(), expected(json!("FAILED"), json!("not enough disk space")));

    let (second, third) = (client.validate(&body("B", "vm")).id(), client.validate(&body("C", "vm")).id());
    simulator.advance(2 * SECOND);
    assert_eq!(client.get(&format!("/validate/{second}")).json()["status"], "SUCCESS");
    assert_eq!(client.get(&format!("/validate/{third}")).json()["errorMessage"], "no such user");
    assert!(simulator.migrations().is_empty());
}

#[test]
fn an_override_changes_reads_and_no_rule() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = simulator.seed_migration(Seed::new(GROUP, "B", Stage::Ready));
    let shown = Override {
        status: Field::Value("PENDING".to_owned()),
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Null,
        migration_hosts: Field::Absent,
        ..Override::default()
    };
    assert!(simulator.override_read(&id, shown));
    assert!(!simulator.override_read("6296fb4c7c7aa997cf94e9a8", Override::default()));
    assert_eq!(client.get(&format!("/{id}")).json(), json!({"_id": id, "status": "PENDING", "lagTimeSeconds": null}));
    assert_eq!(client.cut_over(&id).status, 202);
}

#[test]
fn an_aged_out_migration_gets_404_and_frees_its_destination() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = simulator.seed_migration(Seed::new(GROUP, "B", Stage::Complete));
    assert_eq!(client.get(&format!("/{id}")).json()["status"], "COMPLETE");
    assert!(simulator.age_out(&id));
    let not_found = client.get(&format!("/{id}"));
    assert_eq!((not_found.status, not_found.code().as_str()), (404, "RESOURCE_NOT_FOUND"));
    assert_eq!(client.create(&body("B", "vm001.example.com")).status, 201);
}

#[test]
fn a_migration_of_another_project_is_not_found() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = simulator.seed_migration(Seed::new("ffffffffffffffffffffffff", "B", Stage::Ready));
    assert_eq!(client.get(&format!("/{id}")).status, 404);
    assert_eq!(client.cut_over(&id).status, 404);
    assert_eq!(client.get("/validate/507f1f77bcf86cd799439011").status, 404);
    assert_eq!(simulator.migration(&id).unwrap().cutover_requested_at, None);
}

#[test]
fn time_passes_at_the_configured_speed() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = client.create(&body("B", "vm")).id();
    simulator.set_speed(1000.0);
    let ready = simulator.wait_for(crate::http::LONG, |state| state.migration(&id).unwrap().ready_for_cutover);
    assert!(ready, "{}", simulator.log());
    simulator.freeze();
    let now = simulator.now();
    assert_eq!(client.signed("GET", &path(&format!("/{id}")), &[], "").unwrap().status, 406);
    assert_eq!(simulator.now(), now);
}
