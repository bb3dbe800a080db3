//! Milestones that are not reached.

use atlas_simulator::{Action, Fault, Operation};

use super::assert_snapshot;
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY};
use crate::sync_points::{APPLY, finish, waiting_apply};

/// A started migration, ready or not, and both milestones in the configuration.
fn waiting(is_ready: bool) -> (Fixture, String) {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    if is_ready {
        fixture.atlas.advance(UNTIL_READY);
    }
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true").with("cutover", "true"));
    (fixture, id)
}

#[test]
fn wait_times_out() {
    let (fixture, _) = waiting(false);
    fixture.atlas.advance(std::time::Duration::from_secs(2));
    fixture
        .write(without_validation(&fixture).with("wait_for_ready", "true").block("timeouts {\n  update = \"1s\"\n}"));
    assert_snapshot(
        "milestone_too_long",
        "It is not ready at the end of `timeouts.update`.",
        fixture.run(&APPLY).failure(),
    );

    // The read of the plan succeeds, those of the wait fail.
    fixture.atlas.fault(Fault::new(Operation::Read, Action::html(502)).skip(1).forever());
    assert_snapshot("milestone_too_long_502", "A gateway answers all the time.", fixture.run(&APPLY).failure());
}

#[test]
fn cutover_times_out() {
    let (fixture, _) = waiting(true);
    fixture.write(without_validation(&fixture).with("cutover", "true").block("timeouts {\n  update = \"1s\"\n}"));
    assert_snapshot(
        "milestone_too_long_cutover",
        "It is not complete at the end of `timeouts.update`.",
        fixture.run(&APPLY).failure(),
    );
}

#[test]
fn migration_fails_during_the_wait() {
    let (fixture, id) = waiting(false);
    let running = waiting_apply(&fixture);
    fixture.atlas.fail(&id, "The oplog rolled over.");
    assert_snapshot("milestone_failed", "It fails while it is waited for.", finish(running).failure());
}

#[test]
fn migration_expires_during_the_wait() {
    let (fixture, _) = waiting(false);
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    fixture.atlas.advance(UNTIL_READY + crate::support::frozen().expires_after);
    assert_snapshot("milestone_expired", "It expires while it is waited for.", finish(running).failure());
}

#[test]
fn migration_fails_after_the_cutover() {
    let (fixture, id) = waiting(true);
    let running = fixture.workspace.start(APPLY);
    crate::sync_points::wait_until_cut_over(&fixture);
    fixture.atlas.fail(&id, "The cutover did not succeed.");
    assert_snapshot(
        "milestone_failed_after_cutover",
        "It fails after its cutover was requested.",
        finish(running).failure(),
    );
}

#[test]
fn migration_is_not_found_during_the_wait() {
    let (fixture, id) = waiting(false);
    let running = waiting_apply(&fixture);
    fixture.atlas.age_out(&id);
    assert_snapshot("milestone_404", "Atlas forgets it while it is waited for.", finish(running).failure());
}

#[test]
fn wait_is_interrupted() {
    let (fixture, _) = waiting(false);
    let running = waiting_apply(&fixture);
    running.interrupt();
    assert_snapshot("milestone_interrupted", "Ctrl-C while it is waited for.", finish(running).failure());
}

#[test]
fn start_is_interrupted() {
    let fixture = Fixture::new();
    fixture.write(fixture.example());
    let held = crate::sync_points::hold(&fixture, Operation::ValidationStatus);
    let running = fixture.workspace.start(APPLY);
    crate::sync_points::wait_until_held(&fixture, &held);
    running.interrupt();
    assert_snapshot("start_interrupted", "Ctrl-C during the validation job.", finish(running).failure());
}

#[test]
fn cutover_is_rejected() {
    let (fixture, _) = waiting(true);
    let rejection = Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized to cut over.");
    fixture.atlas.fault(Fault::new(Operation::Cutover, rejection));
    assert_snapshot("milestone_cutover_403", "The account may not cut over.", fixture.run(&APPLY).failure());
    let rejection = Action::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", "The migration is not ready.");
    fixture.atlas.fault(Fault::new(Operation::Cutover, rejection).forever());
    assert_snapshot(
        "milestone_cutover_409",
        "Atlas refuses the cutover again and again.",
        fixture.run(&APPLY).failure(),
    );
}

#[test]
fn cutover_outcome_is_unknown() {
    let (fixture, _) = waiting(true);
    fixture.atlas.fault(Fault::new(Operation::Cutover, Action::Reset).processed());
    let lost = fixture.atlas.fault(Fault::new(Operation::Read, Action::error(403, "USER_UNAUTHORIZED", "No.")).skip(2));
    let run = fixture.run(&APPLY);
    assert_eq!(lost.hits(), 1);
    assert_snapshot(
        "milestone_cutover_outcome_unknown",
        "The answer to the cutover is lost, and Atlas says no more.",
        run.failure(),
    );
}
