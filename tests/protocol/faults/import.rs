//! Faults of the read in an import: nothing is imported by mistake, and the next import succeeds.

use atlas_simulator::{Action, Fault, Field, Operation, Override, Seed, Stage};
use serde_json::json;

use super::fixture::{ADDRESS, CLUSTER, Fixture, GROUP, each, quick, says};

/// A fixture whose Atlas has one migration, which no state knows.
fn fixture() -> Fixture {
    let fixture = Fixture::new(quick());
    fixture.simulator.seed_migration(Seed::new(GROUP, CLUSTER, Stage::Ready));
    fixture
}

#[test]
fn import_retries_temporary_faults() {
    let rows = [
        ("429", Action::error(429, "RATE_LIMITED", "Too many requests.")),
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("502 of a gateway", Action::html(502)),
        ("reset", Action::Reset),
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("a huge body", Action::Huge(9 << 20)),
        ("HTML with status 200", Action::html(200)),
        ("without an id", Action::WithoutId),
    ];
    each(&rows, |action| {
        let mut fixture = fixture();
        let fault = fixture.simulator.fault(Fault::new(Operation::Read, action.clone()).times(2));
        fixture.import().assert_ok();
        assert_eq!((fault.hits(), fixture.id()), (2, fixture.migration().id));
        assert_eq!(fixture.received(Operation::Create), 0);
        fixture.assert_settled();
    });
}

#[test]
fn failed_import_imports_nothing() {
    let rows = [
        ("404", (Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find it."), "RESOURCE_NOT_FOUND")),
        ("another project", (Action::error(404, "GROUP_NOT_FOUND", "No group."), "Check the project ID")),
        ("a gateway's 404", (Action::html(404), "a gateway or proxy, not from Atlas")),
        ("401", (Action::error(401, "UNAUTHORIZED", "No."), "Atlas refused the credentials")),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Member")),
        ("wait too long", (Action::rate_limited(3600), "Atlas requires a wait of 1 h")),
    ];
    each(&rows, |(action, expected)| {
        let mut fixture = fixture();
        let fault = fixture.simulator.fault(Fault::new(Operation::Read, action.clone()).forever());
        let outcome = fixture.import();
        let error = outcome.error("Can't import live migration");
        says(&error.detail, &[expected, "Nothing was imported", &fixture.migration().id, GROUP]);
        assert!(!fixture.state.contains(ADDRESS));
        fault.end();
        fixture.import().assert_ok();
        fixture.assert_settled();
        assert_eq!(fixture.received(Operation::Create), 0);
    });
}

#[test]
fn command_that_fails_imports_nothing() {
    let mut fixture = fixture();
    let id = fixture.migration().id;
    fixture.simulator.age_out(&id);
    let outcome = fixture.core.import(&fixture.config(), ADDRESS, &format!("{GROUP}-{id}"), &mut fixture.state);
    says(&outcome.error("Can't import live migration").detail, &["Nothing was imported", &id]);
    assert!(fixture.state.is_empty());
}

#[test]
fn import_takes_what_is_returned_and_the_host_only_where_it_is_returned() {
    let host = |host: Field<Vec<String>>| Override { migration_hosts: host, ..Override::default() };
    let rows = [
        ("no host", host(Field::Absent)),
        ("a null host", host(Field::Null)),
        ("no hosts", host(Field::Value(Vec::new()))),
        ("no status", Override { status: Field::Absent, ..Override::default() }),
    ];
    each(&rows, |shown| {
        let mut fixture = fixture();
        fixture.simulator.override_read(&fixture.migration().id, shown.clone());
        fixture.import().assert_ok();
        assert_eq!(fixture.attribute("migration_hosts"), json!(["vm001.example.com"]));
        fixture.assert_settled();
    });
}

#[test]
fn rejects_an_import_from_another_migration_host() {
    let mut fixture = fixture();
    let elsewhere = Field::Value(vec!["vm009.example.com".to_owned()]);
    fixture
        .simulator
        .override_read(&fixture.migration().id, Override { migration_hosts: elsewhere, ..Override::default() });
    let outcome = fixture.import();
    says(
        &outcome.error("Imported migration runs on another migration host").detail,
        &["vm009.example.com", "vm001.example.com"],
    );
    assert!(!fixture.state.contains(ADDRESS));
    assert_eq!(fixture.received(Operation::Create), 0);
}
