//! Interruptions at every step of an apply: Ctrl-C and SIGTERM. The simulator holds the request of the step. In every case
//! there is no second migration, no cutover after the interruption and no process left, and the next apply resumes.

use atlas_simulator::{FaultHandle, Operation};
use test_support::terraform::{Run, Running};

use crate::configuration::{ADDRESS, GROUP, Resource};
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, error_at, errors};
use crate::sync_points::{
    APPLY, assert_kept, cutovers, finish, hold, hold_response, wait_until_held, wait_until_received, waiting_apply,
};

/// Terraform's own error after an interrupt.
const HALTED: &str = "execution halted";

/// The signals of a user, an orchestrator and an ending session.
const STOP_SIGNALS: [fn(&Running); 3] = [Running::interrupt, Running::terminate, Running::terminate_group];

/// The example with `cutover = true`.
pub(crate) fn cutting_over(fixture: &Fixture) -> Resource {
    without_validation(fixture).with("cutover", "true")
}

/// A migration that is ready, and `cutover = true` in the configuration.
pub(crate) fn ready() -> Fixture {
    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(cutting_over(&fixture));
    fixture
}

/// Starts an apply, and returns when the simulator holds its request.
#[track_caller]
pub(crate) fn apply_until(fixture: &Fixture, held: &FaultHandle) -> Running {
    let running = fixture.workspace.start(APPLY);
    wait_until_held(fixture, held);
    running
}

/// Stops an apply, and returns when Terraform has received the signal. It can end without saying so, if the provider, which
/// receives the signal too, is faster.
fn stop_with(running: &Running, stop: fn(&Running)) {
    stop(running);
    running.until_says_or_ends("Interrupt received.");
}

/// Imports the only migration, as the error of an interrupted start recommends.
#[track_caller]
pub(crate) fn import_and_apply(fixture: &Fixture) {
    let id = fixture.atlas.migrations().remove(0).id;
    fixture.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_kept(fixture);
}

/// Asserts that the next apply completes the cutover, which is requested once.
#[track_caller]
pub(crate) fn assert_resumes(fixture: &Fixture) {
    let running = fixture.workspace.start(APPLY);
    // It requests the cutover now, or waits for the one that was requested.
    let before = fixture.atlas.received(Operation::Read);
    let moved = fixture.atlas.wait_for(crate::sync_points::TIMEOUT, |state| {
        state.received(Operation::Cutover) > 0 && state.received(Operation::Read) > before + 2
    });
    assert!(moved, "{}", fixture.atlas.log());
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.stored()["status"], "COMPLETE");
    assert_eq!((fixture.starts(), cutovers(fixture)), (1, 1), "{}", fixture.atlas.log());
    assert_kept(fixture);
}

#[test]
fn stop_during_the_validation_starts_nothing() {
    for (operation, stop) in [
        (Operation::Validate, STOP_SIGNALS[0]),
        (Operation::ValidationStatus, STOP_SIGNALS[1]),
        (Operation::ValidationStatus, STOP_SIGNALS[2]),
    ] {
        let fixture = Fixture::new();
        fixture.write(fixture.example());
        let held = hold(&fixture, operation);
        let running = apply_until(&fixture, &held);
        stop_with(&running, stop);
        // A read is canceled at once; the start of the validation is awaited.
        if operation == Operation::Validate {
            held.release();
        }
        let run = finish(running);
        held.release();
        assert!(errors(run.failure()).contains(&"Interrupted before the live migration was started".to_owned()));
        assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0));

        fixture.run(&APPLY).success();
        fixture.workspace.plan_is_empty();
        assert_eq!(fixture.starts(), 1);
        assert_kept(&fixture);
    }
}

#[test]
fn stop_during_the_start_request_keeps_the_id() {
    for (hold, stop) in [
        (hold as fn(&Fixture, Operation) -> FaultHandle, STOP_SIGNALS[0]),
        (hold_response, STOP_SIGNALS[1]),
        (hold, STOP_SIGNALS[2]),
    ] {
        let fixture = Fixture::new();
        fixture.write(cutting_over(&fixture));
        let held = hold(&fixture, Operation::Create);
        let running = apply_until(&fixture, &held);
        stop_with(&running, stop);
        held.release();
        let run = finish(running);
        let errors = errors(run.failure());
        assert!(errors.iter().all(|summary| summary == HALTED), "the start itself went well: {errors:?}");
        assert_eq!(fixture.starts(), 1);
        assert_kept(&fixture);
        fixture.atlas.advance(UNTIL_READY);
        assert_resumes(&fixture);
    }
}

#[test]
fn stop_ends_the_wait_without_a_cutover() {
    for stop in STOP_SIGNALS {
        let fixture = Fixture::new();
        fixture.start(without_validation(&fixture));
        fixture.write(cutting_over(&fixture));
        let running = waiting_apply(&fixture);
        stop_with(&running, stop);
        let run = finish(running);
        let text = error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert!(
            text.contains("Cutover: not requested Writes: keep on the source Next: 1. Run terraform apply again."),
            "{text}"
        );
        fixture.atlas.advance(UNTIL_READY);
        assert_eq!(cutovers(&fixture), 0);
        assert_kept(&fixture);
        assert_resumes(&fixture);
    }
}

#[test]
fn stop_between_the_read_and_the_cutover_prevents_the_cutover() {
    for stop in STOP_SIGNALS {
        let fixture = ready();
        // The first read is that of the plan, the second is right before the cutover.
        let held = fixture
            .atlas
            .fault(atlas_simulator::Fault::new(Operation::Read, atlas_simulator::Action::Hold).processed().skip(1));
        let running = apply_until(&fixture, &held);
        stop_with(&running, stop);
        let run = finish(running);
        held.release();
        error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert_eq!(fixture.atlas.received(Operation::Cutover), 0);
        assert_kept(&fixture);
        assert_resumes(&fixture);
    }
}

#[test]
fn stop_during_the_cutover_request_stores_that_it_was_requested() {
    for (hold, stop) in [
        (hold as fn(&Fixture, Operation) -> FaultHandle, STOP_SIGNALS[0]),
        (hold_response, STOP_SIGNALS[1]),
        (hold, STOP_SIGNALS[2]),
    ] {
        let fixture = ready();
        let held = hold(&fixture, Operation::Cutover);
        let running = apply_until(&fixture, &held);
        stop_with(&running, stop);
        held.release();
        let run = finish(running);
        let text = error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert!(
            text.contains("Cutover: requested no later than 2")
                && text.contains("Writes: keep stopped on both clusters"),
            "{text}"
        );
        assert!(fixture.stored()["cutover_requested_at"].is_string());
        assert_eq!(cutovers(&fixture), 1);
        assert_resumes(&fixture);
    }
}

#[test]
fn stop_during_a_refresh_or_an_import_changes_nothing() {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    let state = fixture.workspace.state_file();
    let held = hold(&fixture, Operation::Read);
    let running = fixture.workspace.start(["plan"]);
    wait_until_held(&fixture, &held);
    running.interrupt();
    finish(running).failure();
    held.release();
    assert_eq!(fixture.workspace.state_file(), state);

    // `terraform import` ignores an interrupt; a SIGTERM to the process group reaches the provider.
    std::fs::remove_file(fixture.workspace.path().join("terraform.tfstate")).unwrap();
    let import = ["import".to_owned(), ADDRESS.to_owned(), format!("{GROUP}/{id}")];
    let held = hold(&fixture, Operation::Read);
    let running = fixture.workspace.start(&import);
    wait_until_held(&fixture, &held);
    running.terminate_group();
    finish(running).failure();
    held.release();
    fixture.run(&["import", ADDRESS, &import[2]]).success();
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn apply_after_a_second_interrupt_names_the_import_command() {
    let fixture = Fixture::new();
    fixture.write(without_validation(&fixture));
    let held = hold(&fixture, Operation::Create);
    let running = apply_until(&fixture, &held);
    stop_with(&running, STOP_SIGNALS[0]);
    running.interrupt();
    finish(running).failure().says("Two interrupts received.");
    held.release();
    assert!(fixture.atlas.wait_for(crate::sync_points::TIMEOUT, |state| !state.migrations().is_empty()));
    if fixture.addresses().is_empty() {
        let run = fixture.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains(&format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>")), "{text}");
        import_and_apply(&fixture);
    }
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn stop_with_two_resources_keeps_both() {
    let fixture = Fixture::new();
    let first = fixture.start(without_validation(&fixture));
    let second = without_validation(&fixture)
        .named("invoices")
        .destination("cluster_name", "\"exampleClusterC\"")
        .with("migration_hosts", "[\"vm002.example.com\"]");
    fixture.write(format!("{}\n{second}", cutting_over(&fixture)));
    let held = hold(&fixture, Operation::Create);
    let running = apply_until(&fixture, &held);
    // One waits while the other is being started.
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    stop_with(&running, Running::interrupt);
    held.release();
    let run: Run = finish(running);
    error_at(run.failure(), "Interrupted while waiting for live migration …", "");
    assert_eq!(fixture.id(ADDRESS), first);
    assert!(fixture.atlas.migration(&fixture.id("atlas_live_migration.invoices")).is_some());
    assert_eq!((fixture.starts(), cutovers(&fixture)), (2, 0));
    fixture.write(format!("{}\n{second}", without_validation(&fixture)));
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
}
