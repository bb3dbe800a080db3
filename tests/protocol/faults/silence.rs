//! The one slow test: no answer at all. An attempt takes 30 s, and nothing shortens it, so everything that needs it runs at once.

use std::time::{Duration, Instant};

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, GROUP, each, quick, says};

/// The limit of an attempt, and of a stop for a write that is under way.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn silence_ends_after_half_a_minute() {
    let rows: [(&str, fn()); 5] = [
        ("start", start),
        ("start that took effect", start_that_took_effect),
        ("start and a stop", start_and_a_stop),
        ("cutover that took effect", cutover_that_took_effect),
        ("read", read),
    ];
    each(&rows, |row| row());
}

fn start() {
    let mut fixture = Fixture::new(quick());
    fixture.simulator.fault(Fault::new(Operation::Create, Action::Silence));
    let outcome = fixture.apply();
    says(
        &outcome.error("Live migration may have been started").detail,
        &["did not respond", "within 30 s", "run terraform apply"],
    );
    assert_eq!((fixture.received(Operation::Create), fixture.simulator.migrations().len()), (1, 0));
    fixture.started().assert_settled();
}

fn start_that_took_effect() {
    let mut fixture = Fixture::new(quick());
    fixture.simulator.fault(Fault::new(Operation::Create, Action::Silence).processed());
    let outcome = fixture.apply();
    let import = format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>");
    says(&outcome.error("Live migration may have been started").detail, &["did not respond", &import]);
    assert!(!fixture.state.contains(ADDRESS));
    fixture.import().assert_ok();
    fixture.assert_settled();
}

fn start_and_a_stop() {
    let mut fixture = Fixture::new(quick());
    fixture.simulator.fault(Fault::new(Operation::Create, Action::Silence).processed());
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Create, 1);
    let begin = Instant::now();
    running.stop();
    let (outcome, state) = running.join();
    fixture.state = state;
    assert!(begin.elapsed() < LIMIT + Duration::from_secs(5), "{:?}", begin.elapsed());
    outcome.error("Live migration may have been started");
    assert!(!fixture.state.contains(ADDRESS));
    fixture.import().assert_ok();
}

fn cutover_that_took_effect() {
    let mut fixture = Fixture::new(quick()).started();
    fixture.set("cutover", true);
    fixture.simulator.fault(Fault::new(Operation::Cutover, Action::Silence).processed());
    fixture.apply().assert_ok();
    assert_eq!((fixture.attribute("status"), fixture.received(Operation::Cutover)), (json!("COMPLETE"), 1));
}

fn read() {
    let mut fixture = Fixture::new(quick()).started();
    let fault = fixture.simulator.fault(Fault::new(Operation::Read, Action::Silence));
    fixture.refresh().assert_silent();
    assert_eq!((fault.hits(), fixture.attribute("ready_for_cutover")), (1, json!(true)));
}
