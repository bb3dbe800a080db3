//! Faults of the read while an apply waits. An update never taints, stores what was seen last, and is resumed by the next apply.

use std::time::Duration;

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, each, quick, says, slow};

/// A read of the apply: the first one belongs to the refresh of the plan, the second begins the apply.
fn read(action: Action) -> Fault {
    Fault::new(Operation::Read, action).skip(2)
}

#[test]
fn wait_retries_temporary_faults() {
    let rows = [
        ("429", Action::error(429, "RATE_LIMITED", "Too many requests.")),
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("503 of a gateway", Action::html(503)),
        ("reset", Action::Reset),
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("a huge body", Action::Huge(9 << 20)),
        ("HTML with status 200", Action::html(200)),
        ("without an id", Action::WithoutId),
    ];
    each(&rows, |action| {
        let mut fixture = Fixture::new(slow()).with("wait_for_ready", true).started();
        let fault = fixture.simulator.fault(read(action.clone()).times(2));
        let running = fixture.start_apply();
        fixture.wait_for(Operation::Read, 6);
        fixture.simulator.advance(Duration::from_secs(60));
        let (outcome, state) = running.join();
        fixture.state = state;
        outcome.assert_ok();
        assert_eq!((fault.hits(), fixture.attribute("ready_for_cutover")), (2, json!(true)));
        fixture.assert_settled();
    });
}

#[test]
fn wait_that_fails_is_resumed() {
    let rows = [
        ("wait too long", (Action::rate_limited(30 * 3600), "Atlas requires a wait of 30 h")),
        ("a gateway's 404", (Action::html(404), "a gateway or proxy, not from Atlas")),
        ("another project", (Action::error(404, "GROUP_NOT_FOUND", "No group."), "Check the project ID")),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Member")),
        ("401", (Action::error(401, "UNAUTHORIZED", "No."), "Atlas refused the credentials")),
        ("a redirect", (Action::redirect("https://login.example.com/"), "does not follow redirects")),
    ];
    each(&rows, |(action, expected)| {
        let mut fixture = Fixture::new(slow()).with("wait_for_ready", true).started();
        let id = fixture.id();
        let fault = fixture.simulator.fault(read(action.clone()).forever());
        let outcome = fixture.apply();
        let error = outcome.error("Can't wait for live migration");
        says(
            &error.detail,
            &[
                expected,
                &id,
                "WORKING, lag",
                "in state",
                "keeps running in Atlas",
                "Run terraform apply again. It resumes from here.",
            ],
        );
        assert!(!fixture.state.is_tainted(ADDRESS));
        assert_eq!((fixture.id(), fixture.attribute("wait_for_ready")), (id, json!(true)));
        fault.end();
        fixture.simulator.advance(Duration::from_secs(60));
        fixture.apply().assert_ok();
        fixture.assert_settled();
    });
}

#[test]
fn migration_that_vanishes_while_it_is_awaited_is_not_awaited_again() {
    let mut fixture = Fixture::new(slow()).with("cutover", true).started();
    let id = fixture.id();
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Read, 3);
    fixture.simulator.age_out(&id);
    let (outcome, state) = running.join();
    fixture.state = state;
    let error = outcome.error("is unknown to Atlas");
    says(&error.summary, &[&id]);
    says(&error.detail, &["`cutover = true` can't be reached any more", "set cutover = false"]);
    assert!(!fixture.state.is_tainted(ADDRESS));
    let outcome = fixture.apply();
    says(&outcome.error("is unknown to Atlas").summary, &[&id]);
    assert_eq!((fixture.id(), fixture.received(Operation::Cutover)), (id, 0));
}

#[test]
fn timeout_ends_a_wait_and_the_next_apply_resumes() {
    let rows = [
        ("Atlas answers", None),
        ("Atlas is silent", Some(read(Action::Silence).forever())),
        ("Atlas has fault", Some(read(Action::html(503)).forever())),
    ];
    each(&rows, |fault| {
        let mut fixture = Fixture::new(slow()).with("wait_for_ready", true).started();
        fixture.set("timeouts", json!({"update": "150ms"}));
        let fault = fault.clone().map(|fault| fixture.simulator.fault(fault));
        let outcome = fixture.apply();
        let error = outcome.error("Timed out waiting for live migration");
        says(&error.detail, &["The apply waited", "WORKING, lag", "in state", "timeouts.update"]);
        assert_eq!(error.path, "timeouts.update");
        assert!(!fixture.state.is_tainted(ADDRESS));
        fault.inspect(atlas_simulator::FaultHandle::end);
        fixture.simulator.advance(Duration::from_secs(60));
        fixture.set("timeouts", json!({"update": "1h"}));
        fixture.apply().assert_ok();
        fixture.assert_settled();
    });
}

#[test]
fn migration_that_fails_while_it_is_awaited_is_replaced_only_on_request() {
    let mut fixture = Fixture::new(slow()).with("cutover", true).started();
    let id = fixture.id();
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Read, 3);
    assert!(fixture.simulator.fail(&id, "the host caught fire"));
    let (outcome, state) = running.join();
    fixture.state = state;
    let error = outcome.error("Live migration failed: ");
    says(&error.summary, &[&id]);
    says(&error.detail, &["terraform apply -replace=<ADDRESS>"]);
    assert_eq!((fixture.attribute("status"), fixture.state.is_tainted(ADDRESS)), (json!("FAILED"), false));
    let outcome = fixture.apply();
    outcome.error(&format!("Live migration failed: {id}"));
    assert_eq!((fixture.id(), fixture.received(Operation::Create)), (id.clone(), 1));
    let replace = terraform_core::PlanOptions::replace(ADDRESS);
    let outcome = fixture.core.apply_with(&fixture.config(), &mut fixture.state, replace);
    outcome.assert_ok();
    assert_ne!(fixture.id(), id);
    assert_eq!(fixture.received(Operation::Cutover), 0);
}

#[test]
fn readiness_that_is_lost_again_is_awaited_again() {
    let mut fixture = Fixture::new(quick()).with("cutover", true).started();
    // Ready when the plan is made, and not when the apply looks right before the cutover.
    let lagging = atlas_simulator::Response::json(
        200,
        json!({"_id": fixture.id(), "status": "WORKING", "readyForCutover": false, "lagTimeSeconds": 30}).to_string(),
    );
    let fault = fixture.simulator.fault(Fault::new(Operation::Read, Action::Respond(lagging)).skip(1).times(2));
    fixture.apply().assert_ok();
    assert_eq!((fault.hits(), fixture.received(Operation::Cutover)), (2, 1));
    assert_eq!(fixture.attribute("status"), json!("COMPLETE"));
    fixture.assert_settled();
}
