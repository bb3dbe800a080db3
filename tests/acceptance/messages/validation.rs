//! Validations that fail, with the texts that Atlas documents, and validations that can't run.

use atlas_simulator::{Action, Fault, Operation};

use super::assert_snapshot;
use crate::configuration::{GROUP, PASSWORD};
use crate::support::Fixture;

#[track_caller]
fn assert_validation_snapshot(name: &str, text: &str) {
    let fixture = Fixture::new();
    fixture.atlas.fail_next_validation(text);
    let run = fixture.apply(fixture.example());
    run.failure();
    assert_eq!(fixture.starts(), 0);
    assert_snapshot(&format!("validation_{name}"), &format!("The validation job says: {text}"), &run);
}

#[test]
fn validation_reports_cluster_problems() {
    assert_validation_snapshot("disk_space", "Available disk space on the destination needs to be increased");
    assert_validation_snapshot(
        "standalone",
        "The specified source appears to be a standalone. Live Migration only supports replica sets.",
    );
    assert_validation_snapshot(
        "time_series",
        "The source cluster has time-series collections, which cannot be migrated.",
    );
}

#[test]
fn validation_reports_network_problems() {
    assert_validation_snapshot("not_reached", "Could not reach specified source");
    assert_validation_snapshot("not_resolved", "Could not resolve hostname shard00.source.example.com");
    assert_validation_snapshot("ca_file", "Problem reading the certificate authority (CA) file that was provided");
}

#[test]
fn validation_reports_user_problems() {
    assert_validation_snapshot("wrong_user", "Incorrect username or password was specified");
    assert_validation_snapshot(
        "privileges",
        "The specified user is missing the privileges: listDatabases, setFeatureCompatibilityVersion",
    );
}

#[test]
fn validation_reports_unknown_texts() {
    assert_validation_snapshot("unknown", "The moon is in the wrong phase");
    assert_validation_snapshot("empty", "");
    assert_validation_snapshot("echo", &format!("Cannot log in with {PASSWORD}"));
}

#[test]
fn validation_request_fails() {
    let no_project = format!("No group with ID {GROUP} exists.");
    for (name, situation, fault) in [
        (
            "validation_403",
            "The account may not start the job.",
            Fault::new(Operation::Validate, Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized.")),
        ),
        (
            "validation_502_html",
            "A gateway answers the start of the job.",
            Fault::new(Operation::Validate, Action::html(502)),
        ),
        (
            "validation_404_project",
            "Atlas finds no project of the destination.",
            Fault::new(Operation::Validate, Action::error(404, "GROUP_NOT_FOUND", &no_project)),
        ),
        (
            "validation_404",
            "Atlas does not know the job any more.",
            Fault::new(Operation::ValidationStatus, Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find the job.")),
        ),
    ] {
        let fixture = Fixture::new();
        fixture.atlas.fault(fault);
        assert_snapshot(name, situation, fixture.apply(fixture.example()).failure());
        assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0), "{name}");
    }
}

#[test]
fn validation_times_out() {
    let fixture = super::fixture(atlas_simulator::Config {
        validation_for: std::time::Duration::from_secs(600),
        ..crate::support::frozen()
    });
    let resource = fixture.example().block("timeouts {\n  create = \"1s\"\n}");
    assert_snapshot(
        "validation_too_long",
        "The job is still pending at the end of `timeouts.create`.",
        fixture.apply(resource).failure(),
    );
}
