//! Faults of the validation job, before anything is started.

use std::time::Duration;

use atlas_simulator::{Action, Config, Fault, Operation, Response};

use super::fixture::{ADDRESS, Fixture, each, quick, says};

fn fixture() -> Fixture {
    Fixture::new(quick()).with("validate", true)
}

/// No start was asked for, and nothing is stored.
fn nothing_was_started(fixture: &Fixture) {
    assert!(!fixture.state.contains(ADDRESS), "{}", fixture.state.dump());
    assert_eq!(fixture.received(Operation::Create), 0, "{}", fixture.simulator.log());
}

#[test]
fn job_that_cannot_be_started_starts_nothing() {
    let rows = [
        ("500", (Action::error(500, "UNEXPECTED_ERROR", "Unexpected."), "status 500, UNEXPECTED_ERROR")),
        ("reset", (Action::Reset, "The connection was lost after the start of the validation was sent")),
        ("half an answer", (Action::Truncate, "The connection was lost after the start of the validation was sent")),
        ("invalid JSON", (Action::InvalidJson, "can't be read")),
        ("a huge body", (Action::Huge(9 << 20), "can't be read")),
        ("without an id", (Action::WithoutId, "can't be read")),
        ("HTML", (Action::html(200), "can't be read")),
        ("a redirect", (Action::redirect("https://login.example.com/"), "does not follow redirects")),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Owner")),
        ("wait too long", (Action::rate_limited(7200), "Atlas requires a wait of 2 h")),
    ];
    each(&rows, |(action, expected)| {
        let mut fixture = fixture();
        fixture.simulator.fault(Fault::new(Operation::Validate, action.clone()));
        let outcome = fixture.apply();
        says(&outcome.error("Can't run validation").detail, &[expected, "No live migration was started."]);
        nothing_was_started(&fixture);
        assert_eq!(fixture.received(Operation::Validate), 1, "it is sent once:\n{}", fixture.simulator.log());
        fixture.started().assert_settled();
    });
}

#[test]
fn rate_limited_job_is_started_again() {
    let mut fixture = fixture();
    let fault = fixture.simulator.fault(Fault::new(Operation::Validate, Action::rate_limited(1)));
    fixture.apply().assert_silent();
    assert_eq!((fault.hits(), fixture.received(Operation::Validate)), (1, 2));
    fixture.assert_settled();
}

#[test]
fn validation_is_read_again_after_temporary_faults() {
    let rows = [
        ("429", Action::error(429, "RATE_LIMITED", "Too many requests.")),
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("503 of a gateway", Action::html(503)),
        ("reset", Action::Reset),
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("a huge body", Action::Huge(9 << 20)),
        ("HTML", Action::html(200)),
        ("a status that is null", Action::Respond(Response::json(200, r#"{"status":null,"errorMessage":null}"#))),
        ("no status", Action::Respond(Response::json(200, "{}"))),
        ("a new word", Action::Respond(Response::json(200, r#"{"status":"THINKING"}"#))),
    ];
    each(&rows, |action| {
        let mut fixture = fixture();
        let fault = fixture.simulator.fault(Fault::new(Operation::ValidationStatus, action.clone()).times(2));
        fixture.apply().assert_silent();
        assert_eq!(
            (fault.hits(), fixture.received(Operation::Validate), fixture.received(Operation::Create)),
            (2, 1, 1)
        );
        assert_eq!(fixture.id(), fixture.migration().id);
        fixture.assert_settled();
    });
}

#[test]
fn validation_that_cannot_be_read_starts_nothing() {
    let rows = [
        ("404", (Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find it."), "status 404, RESOURCE_NOT_FOUND")),
        ("a gateway's 404", (Action::html(404), "a gateway or proxy, not from Atlas")),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Owner")),
        ("wait too long", (Action::rate_limited(7200), "Atlas requires a wait of 2 h")),
    ];
    each(&rows, |(action, expected)| {
        let mut fixture = fixture();
        fixture.simulator.fault(Fault::new(Operation::ValidationStatus, action.clone()));
        let outcome = fixture.apply();
        says(&outcome.error("Can't run validation").detail, &[expected, "No live migration was started."]);
        nothing_was_started(&fixture);
        fixture.started().assert_settled();
    });
}

#[test]
fn failed_validation_is_reported_with_the_attribute_to_correct() {
    let rows = [
        ("disk", ("Insufficient disk space on the destination.", "destination.cluster_name", "Raise the storage")),
        ("credentials", ("Authentication failed for user reader.", "source.username", "SCRAM user")),
        ("network", ("Cannot connect to the source cluster.", "migration_hosts", "firewalls")),
        ("anything else", ("The moon is full.", "", "Resolve the cause.")),
    ];
    each(&rows, |(reason, path, expected)| {
        let mut fixture = fixture();
        fixture.simulator.fail_next_validation(*reason);
        let outcome = fixture.apply();
        let error = outcome.error("Validation failed");
        says(&error.detail, &[reason, expected, "No live migration was started."]);
        assert_eq!(error.path, *path);
        nothing_was_started(&fixture);
        fixture.started().assert_settled();
    });
}

#[test]
fn job_that_takes_too_long_starts_nothing() {
    let pending = Config { validation_for: Duration::from_secs(60), ..quick() };
    let timeouts = serde_json::json!({"create": "80ms"});
    let mut fixture = Fixture::new(pending).with("validate", true).with("timeouts", timeouts);
    let outcome = fixture.apply();
    let error = outcome.error("Timed out waiting for the validation");
    says(&error.detail, &["is PENDING", "No live migration was started.", "raise timeouts.create"]);
    assert_eq!(error.path, "timeouts.create");
    nothing_was_started(&fixture);
    fixture.set("timeouts", serde_json::json!({"create": "30m"}));
    fixture.set("validate", false);
    fixture.started().assert_settled();
}
