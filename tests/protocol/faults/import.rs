//! Faults of the read in an import: nothing is imported by mistake, and the next import goes on.

use atlas_simulator::{Action, Fault, Field, Operation, Override, Seed, Stage};
use serde_json::json;

use super::bench::{ADDRESS, Bench, CLUSTER, GROUP, each, quick, says};

/// A bench whose Atlas has one migration, which no state knows.
fn bench() -> Bench {
    let bench = Bench::new(quick());
    bench.simulator.seed_migration(Seed::new(GROUP, CLUSTER, Stage::Ready));
    bench
}

#[test]
fn import_goes_on_after_passing_trouble() {
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
        let mut bench = bench();
        let fault = bench.simulator.fault(Fault::new(Operation::Read, action.clone()).times(2));
        bench.import().assert_ok();
        assert_eq!((fault.hits(), bench.id()), (2, bench.migration().id));
        assert_eq!(bench.received(Operation::Create), 0);
        bench.assert_settled();
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
    each(&rows, |(action, told)| {
        let mut bench = bench();
        let fault = bench.simulator.fault(Fault::new(Operation::Read, action.clone()).forever());
        let outcome = bench.import();
        let error = outcome.error("Can't import live migration");
        says(&error.detail, &[told, "Nothing was imported", &bench.migration().id, GROUP]);
        assert!(!bench.state.contains(ADDRESS));
        fault.end();
        bench.import().assert_ok();
        bench.assert_settled();
        assert_eq!(bench.received(Operation::Create), 0);
    });
}

#[test]
fn command_that_fails_imports_nothing() {
    let mut bench = bench();
    let id = bench.migration().id;
    bench.simulator.age_out(&id);
    let outcome = bench.core.import(&bench.config(), ADDRESS, &format!("{GROUP}-{id}"), &mut bench.state);
    says(&outcome.error("Can't import live migration").detail, &["Nothing was imported", &id]);
    assert!(bench.state.is_empty());
}

#[test]
fn import_takes_what_is_told_and_the_host_only_where_it_is_told() {
    let host = |host: Field<Vec<String>>| Override { migration_hosts: host, ..Override::default() };
    let rows = [
        ("no host", host(Field::Absent)),
        ("a null host", host(Field::Null)),
        ("no hosts", host(Field::Value(Vec::new()))),
        ("no status", Override { status: Field::Absent, ..Override::default() }),
    ];
    each(&rows, |shown| {
        let mut bench = bench();
        bench.simulator.override_read(&bench.migration().id, shown.clone());
        bench.import().assert_ok();
        assert_eq!(bench.attribute("migration_hosts"), json!(["vm001.example.com"]));
        bench.assert_settled();
    });
}

#[test]
fn migration_of_another_host_is_not_adopted() {
    let mut bench = bench();
    let elsewhere = Field::Value(vec!["vm009.example.com".to_owned()]);
    bench
        .simulator
        .override_read(&bench.migration().id, Override { migration_hosts: elsewhere, ..Override::default() });
    let outcome = bench.import();
    says(
        &outcome.error("Imported migration runs on another migration host").detail,
        &["vm009.example.com", "vm001.example.com"],
    );
    assert!(!bench.state.contains(ADDRESS));
    assert_eq!(bench.received(Operation::Create), 0);
}
