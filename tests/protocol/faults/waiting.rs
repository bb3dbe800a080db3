//! Faults of the read while an apply waits. An update never taints, stores what was seen last, and is resumed by the next apply.

use std::time::Duration;

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::bench::{ADDRESS, Bench, each, quick, says, slow};

/// A read of the apply: the first one belongs to the refresh of the plan, the second begins the apply.
fn read(action: Action) -> Fault {
    Fault::new(Operation::Read, action).skip(2)
}

#[test]
fn wait_goes_on_after_passing_trouble() {
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
        let mut bench = Bench::new(slow()).with("wait_for_ready", true).started();
        let fault = bench.simulator.fault(read(action.clone()).times(2));
        let running = bench.start_apply();
        bench.wait_for(Operation::Read, 6);
        bench.simulator.advance(Duration::from_secs(60));
        let (outcome, state) = running.join();
        bench.state = state;
        outcome.assert_ok();
        assert_eq!((fault.hits(), bench.attribute("ready_for_cutover")), (2, json!(true)));
        bench.assert_settled();
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
    each(&rows, |(action, told)| {
        let mut bench = Bench::new(slow()).with("wait_for_ready", true).started();
        let id = bench.id();
        let fault = bench.simulator.fault(read(action.clone()).forever());
        let outcome = bench.apply();
        let error = outcome.error("Can't wait for live migration");
        says(
            &error.detail,
            &[
                told,
                &id,
                "WORKING, lag",
                "in state",
                "keeps running in Atlas",
                "Run terraform apply again. It resumes from here.",
            ],
        );
        assert!(!bench.state.is_tainted(ADDRESS));
        assert_eq!((bench.id(), bench.attribute("wait_for_ready")), (id, json!(true)));
        fault.end();
        bench.simulator.advance(Duration::from_secs(60));
        bench.apply().assert_ok();
        bench.assert_settled();
    });
}

#[test]
fn migration_that_vanishes_while_it_is_awaited_is_not_awaited_again() {
    let mut bench = Bench::new(slow()).with("cutover", true).started();
    let id = bench.id();
    let running = bench.start_apply();
    bench.wait_for(Operation::Read, 3);
    bench.simulator.age_out(&id);
    let (outcome, state) = running.join();
    bench.state = state;
    let error = outcome.error("is unknown to Atlas");
    says(&error.summary, &[&id]);
    says(&error.detail, &["`cutover = true` can't be reached any more", "set cutover = false"]);
    assert!(!bench.state.is_tainted(ADDRESS));
    let outcome = bench.apply();
    says(&outcome.error("is unknown to Atlas").summary, &[&id]);
    assert_eq!((bench.id(), bench.received(Operation::Cutover)), (id, 0));
}

#[test]
fn time_limit_ends_a_wait_and_the_next_apply_goes_on() {
    let rows = [
        ("Atlas answers", None),
        ("Atlas is silent", Some(read(Action::Silence).forever())),
        ("Atlas has trouble", Some(read(Action::html(503)).forever())),
    ];
    each(&rows, |fault| {
        let mut bench = Bench::new(slow()).with("wait_for_ready", true).started();
        bench.set("timeouts", json!({"update": "150ms"}));
        let fault = fault.clone().map(|fault| bench.simulator.fault(fault));
        let outcome = bench.apply();
        let error = outcome.error("Timed out waiting for live migration");
        says(&error.detail, &["The apply waited", "WORKING, lag", "in state", "timeouts.update"]);
        assert_eq!(error.path, "timeouts.update");
        assert!(!bench.state.is_tainted(ADDRESS));
        fault.inspect(atlas_simulator::FaultHandle::end);
        bench.simulator.advance(Duration::from_secs(60));
        bench.set("timeouts", json!({"update": "1h"}));
        bench.apply().assert_ok();
        bench.assert_settled();
    });
}

#[test]
fn migration_that_fails_while_it_is_awaited_is_replaced_only_on_request() {
    let mut bench = Bench::new(slow()).with("cutover", true).started();
    let id = bench.id();
    let running = bench.start_apply();
    bench.wait_for(Operation::Read, 3);
    assert!(bench.simulator.fail(&id, "the host caught fire"));
    let (outcome, state) = running.join();
    bench.state = state;
    let error = outcome.error("Live migration failed: ");
    says(&error.summary, &[&id]);
    says(&error.detail, &["terraform apply -replace=<ADDRESS>"]);
    assert_eq!((bench.attribute("status"), bench.state.is_tainted(ADDRESS)), (json!("FAILED"), false));
    let outcome = bench.apply();
    outcome.error(&format!("Live migration failed: {id}"));
    assert_eq!((bench.id(), bench.received(Operation::Create)), (id.clone(), 1));
    let replace = terraform_core::PlanOptions::replace(ADDRESS);
    let outcome = bench.core.apply_with(&bench.config(), &mut bench.state, replace);
    outcome.assert_ok();
    assert_ne!(bench.id(), id);
    assert_eq!(bench.received(Operation::Cutover), 0);
}

#[test]
fn readiness_that_is_lost_again_is_awaited_again() {
    let mut bench = Bench::new(quick()).with("cutover", true).started();
    // Ready when the plan is made, and not when the apply looks right before the cutover.
    let lagging = atlas_simulator::Response::json(
        200,
        json!({"_id": bench.id(), "status": "WORKING", "readyForCutover": false, "lagTimeSeconds": 30}).to_string(),
    );
    let fault = bench.simulator.fault(Fault::new(Operation::Read, Action::Respond(lagging)).skip(1).times(2));
    bench.apply().assert_ok();
    assert_eq!((fault.hits(), bench.received(Operation::Cutover)), (2, 1));
    assert_eq!(bench.attribute("status"), json!("COMPLETE"));
    bench.assert_settled();
}
