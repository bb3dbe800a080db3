//! Stops, deaths and faults at once, while a request that changes something is under way.

use atlas_simulator::{Action, Fault, Operation};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, GROUP, quick, says};

#[test]
fn start_under_way_is_awaited_by_a_stop() {
    let hold = || Fault::new(Operation::Create, Action::Hold);
    for hold in [hold(), hold().processed()] {
        let mut fixture = Fixture::new(quick());
        let held = fixture.simulator.fault(hold);
        let running = fixture.start_apply();
        fixture.wait_for(Operation::Create, 1);
        running.stop();
        held.release();
        let (_, state) = running.join();
        fixture.state = state;
        assert_eq!((fixture.id(), fixture.state.is_tainted(ADDRESS)), (fixture.migration().id, false));
        fixture.assert_settled();
    }
}

#[test]
fn start_of_a_provider_that_is_killed_is_found_and_imported() {
    let mut fixture = Fixture::new(quick());
    let held = fixture.simulator.fault(Fault::new(Operation::Create, Action::Hold).processed());
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Create, 1);
    running.kill_provider();
    let (outcome, state) = running.join();
    held.release();
    fixture.state = state;
    assert!(outcome.has_errors() && !fixture.state.contains(ADDRESS), "{outcome}");
    let outcome = fixture.apply();
    let error = outcome.error("Another live migration is running");
    says(&error.detail, &["an apply that was killed", &format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>")]);
    fixture.import().assert_ok();
    assert_eq!(fixture.id(), fixture.migration().id);
    fixture.assert_settled();
}

#[test]
fn stop_between_validation_and_start_starts_nothing() {
    let mut fixture = Fixture::new(quick()).with("validate", true);
    let held = fixture.simulator.fault(Fault::new(Operation::ValidationStatus, Action::Hold));
    let running = fixture.start_apply();
    fixture.wait_for(Operation::ValidationStatus, 1);
    running.stop();
    held.release();
    let (outcome, state) = running.join();
    fixture.state = state;
    says(
        &outcome.error("Interrupted before the live migration was started").detail,
        &["No live migration was started"],
    );
    assert_eq!(fixture.received(Operation::Create), 0);
    fixture.started().assert_settled();
}

#[test]
fn cutover_under_way_is_awaited_by_a_stop() {
    let mut fixture = Fixture::new(quick()).started();
    fixture.set("cutover", true);
    let held = fixture.simulator.fault(Fault::new(Operation::Cutover, Action::Hold).processed());
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Cutover, 1);
    running.stop();
    held.release();
    let (_, state) = running.join();
    fixture.state = state;
    assert_ne!(fixture.attribute("cutover_requested_at"), json!(null), "{}", fixture.state.dump());
    fixture.apply().assert_ok();
    assert_eq!((fixture.attribute("status"), fixture.received(Operation::Cutover)), (json!("COMPLETE"), 1));
}
