//! Faults of the validation job, before anything is started.

use std::time::Duration;

use atlas_simulator::{Action, Config, Fault, Operation, Response};

use super::bench::{ADDRESS, Bench, each, quick, says};

fn bench() -> Bench {
    Bench::new(quick()).with("validate", true)
}

/// No start was asked for, and nothing is stored.
fn nothing_was_started(bench: &Bench) {
    assert!(!bench.state.contains(ADDRESS), "{}", bench.state.dump());
    assert_eq!(bench.received(Operation::Create), 0, "{}", bench.simulator.log());
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
    each(&rows, |(action, told)| {
        let mut bench = bench();
        bench.simulator.fault(Fault::new(Operation::Validate, action.clone()));
        let outcome = bench.apply();
        says(&outcome.error("Can't run validation").detail, &[told, "No live migration was started."]);
        nothing_was_started(&bench);
        assert_eq!(bench.received(Operation::Validate), 1, "it is sent once:\n{}", bench.simulator.log());
        bench.started().assert_settled();
    });
}

#[test]
fn rate_limited_job_is_started_again() {
    let mut bench = bench();
    let fault = bench.simulator.fault(Fault::new(Operation::Validate, Action::rate_limited(1)));
    bench.apply().assert_silent();
    assert_eq!((fault.hits(), bench.received(Operation::Validate)), (1, 2));
    bench.assert_settled();
}

#[test]
fn job_is_asked_again_after_passing_trouble() {
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
        let mut bench = bench();
        let fault = bench.simulator.fault(Fault::new(Operation::ValidationStatus, action.clone()).times(2));
        bench.apply().assert_silent();
        assert_eq!((fault.hits(), bench.received(Operation::Validate), bench.received(Operation::Create)), (2, 1, 1));
        assert_eq!(bench.id(), bench.migration().id);
        bench.assert_settled();
    });
}

#[test]
fn job_that_cannot_be_asked_for_starts_nothing() {
    let rows = [
        ("404", (Action::error(404, "RESOURCE_NOT_FOUND", "Cannot find it."), "status 404, RESOURCE_NOT_FOUND")),
        ("a gateway's 404", (Action::html(404), "a gateway or proxy, not from Atlas")),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Owner")),
        ("wait too long", (Action::rate_limited(7200), "Atlas requires a wait of 2 h")),
    ];
    each(&rows, |(action, told)| {
        let mut bench = bench();
        bench.simulator.fault(Fault::new(Operation::ValidationStatus, action.clone()));
        let outcome = bench.apply();
        says(&outcome.error("Can't run validation").detail, &[told, "No live migration was started."]);
        nothing_was_started(&bench);
        bench.started().assert_settled();
    });
}

#[test]
fn failed_job_is_told_with_the_place_to_mend() {
    let rows = [
        ("disk", ("Insufficient disk space on the destination.", "destination.cluster_name", "Raise the storage")),
        ("credentials", ("Authentication failed for user reader.", "source.username", "SCRAM user")),
        ("network", ("Cannot connect to the source cluster.", "migration_hosts", "firewalls")),
        ("anything else", ("The moon is full.", "", "Resolve the cause.")),
    ];
    each(&rows, |(reason, path, told)| {
        let mut bench = bench();
        bench.simulator.fail_next_validation(*reason);
        let outcome = bench.apply();
        let error = outcome.error("Validation failed");
        says(&error.detail, &[reason, told, "No live migration was started."]);
        assert_eq!(error.path, *path);
        nothing_was_started(&bench);
        bench.started().assert_settled();
    });
}

#[test]
fn job_that_takes_too_long_starts_nothing() {
    let pending = Config { validation_for: Duration::from_secs(60), ..quick() };
    let timeouts = serde_json::json!({"create": "80ms"});
    let mut bench = Bench::new(pending).with("validate", true).with("timeouts", timeouts);
    let outcome = bench.apply();
    let error = outcome.error("Timed out waiting for the validation");
    says(&error.detail, &["is PENDING", "No live migration was started.", "raise timeouts.create"]);
    assert_eq!(error.path, "timeouts.create");
    nothing_was_started(&bench);
    bench.set("timeouts", serde_json::json!({"create": "30m"}));
    bench.set("validate", false);
    bench.started().assert_settled();
}
