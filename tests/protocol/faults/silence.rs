//! The one slow test: no answer at all. An attempt takes 30 s, and nothing shortens it, so everything that needs it runs at once.

use std::time::{Duration, Instant};

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::bench::{ADDRESS, Bench, GROUP, each, quick, says};

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
    let mut bench = Bench::new(quick());
    bench.simulator.fault(Fault::new(Operation::Create, Action::Silence));
    let outcome = bench.apply();
    says(
        &outcome.error("Live migration may have been started").detail,
        &["did not respond", "within 30 s", "run terraform apply"],
    );
    assert_eq!((bench.received(Operation::Create), bench.simulator.migrations().len()), (1, 0));
    bench.started().assert_settled();
}

fn start_that_took_effect() {
    let mut bench = Bench::new(quick());
    bench.simulator.fault(Fault::new(Operation::Create, Action::Silence).processed());
    let outcome = bench.apply();
    let import = format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>");
    says(&outcome.error("Live migration may have been started").detail, &["did not respond", &import]);
    assert!(!bench.state.contains(ADDRESS));
    bench.import().assert_ok();
    bench.assert_settled();
}

fn start_and_a_stop() {
    let mut bench = Bench::new(quick());
    bench.simulator.fault(Fault::new(Operation::Create, Action::Silence).processed());
    let running = bench.start_apply();
    bench.wait_for(Operation::Create, 1);
    let begin = Instant::now();
    running.stop();
    let (outcome, state) = running.join();
    bench.state = state;
    assert!(begin.elapsed() < LIMIT + Duration::from_secs(5), "{:?}", begin.elapsed());
    outcome.error("Live migration may have been started");
    assert!(!bench.state.contains(ADDRESS));
    bench.import().assert_ok();
}

fn cutover_that_took_effect() {
    let mut bench = Bench::new(quick()).started();
    bench.set("cutover", true);
    bench.simulator.fault(Fault::new(Operation::Cutover, Action::Silence).processed());
    bench.apply().assert_ok();
    assert_eq!((bench.attribute("status"), bench.received(Operation::Cutover)), (json!("COMPLETE"), 1));
}

fn read() {
    let mut bench = Bench::new(quick()).started();
    let fault = bench.simulator.fault(Fault::new(Operation::Read, Action::Silence));
    bench.refresh().assert_silent();
    assert_eq!((fault.hits(), bench.attribute("ready_for_cutover")), (1, json!(true)));
}
