//! Stops, deaths and faults at once, while a request that changes something is under way.

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::bench::{ADDRESS, Bench, GROUP, quick, says};

#[test]
fn start_under_way_is_awaited_by_a_stop() {
    let hold = || Fault::new(Operation::Create, Action::Hold);
    for hold in [hold(), hold().processed()] {
        let mut bench = Bench::new(quick());
        let held = bench.simulator.fault(hold);
        let running = bench.start_apply();
        bench.wait_for(Operation::Create, 1);
        running.stop();
        held.release();
        let (_, state) = running.join();
        bench.state = state;
        assert_eq!((bench.id(), bench.state.is_tainted(ADDRESS)), (bench.migration().id, false));
        bench.assert_settled();
    }
}

#[test]
fn start_of_a_provider_that_is_killed_is_found_and_imported() {
    let mut bench = Bench::new(quick());
    let held = bench.simulator.fault(Fault::new(Operation::Create, Action::Hold).processed());
    let running = bench.start_apply();
    bench.wait_for(Operation::Create, 1);
    running.kill_provider();
    let (outcome, state) = running.join();
    held.release();
    bench.state = state;
    assert!(outcome.has_errors() && !bench.state.contains(ADDRESS), "{outcome}");
    let outcome = bench.apply();
    let error = outcome.error("Another live migration is running");
    says(&error.detail, &["an apply that was killed", &format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>")]);
    bench.import().assert_ok();
    assert_eq!(bench.id(), bench.migration().id);
    bench.assert_settled();
}

#[test]
fn stop_between_validation_and_start_starts_nothing() {
    let mut bench = Bench::new(quick()).with("validate", true);
    let held = bench.simulator.fault(Fault::new(Operation::ValidationStatus, Action::Hold));
    let running = bench.start_apply();
    bench.wait_for(Operation::ValidationStatus, 1);
    running.stop();
    held.release();
    let (outcome, state) = running.join();
    bench.state = state;
    says(
        &outcome.error("Interrupted before the live migration was started").detail,
        &["No live migration was started"],
    );
    assert_eq!(bench.received(Operation::Create), 0);
    bench.started().assert_settled();
}

#[test]
fn cutover_under_way_is_awaited_by_a_stop() {
    let mut bench = Bench::new(quick()).started();
    bench.set("cutover", true);
    let held = bench.simulator.fault(Fault::new(Operation::Cutover, Action::Hold).processed());
    let running = bench.start_apply();
    bench.wait_for(Operation::Cutover, 1);
    running.stop();
    held.release();
    let (_, state) = running.join();
    bench.state = state;
    assert_ne!(bench.attribute("cutover_requested_at"), json!(null), "{}", bench.state.dump());
    bench.apply().assert_ok();
    assert_eq!((bench.attribute("status"), bench.received(Operation::Cutover)), (json!("COMPLETE"), 1));
}
