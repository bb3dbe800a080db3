//! The provider or Terraform killed at every step of an apply. In every case there is no second migration, no cutover after
//! the end of Terraform and no process left, and the next apply resumes.

use atlas_simulator::{FaultHandle, Operation};
use serde_json::Value;

use crate::configuration::{ADDRESS, GROUP};
use crate::interruption::{apply_until, assert_resumes, cutting_over, import_and_apply, ready};
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, error_at};
use crate::sync_points::{APPLY, assert_kept, cutovers, finish, hold, hold_response, kill_provider, waiting_apply};

#[test]
fn provider_killed_before_the_start_is_sent_starts_nothing() {
    let fixture = Fixture::new();
    fixture.write(fixture.example());
    let held = hold(&fixture, Operation::Validate);
    let running = apply_until(&fixture, &held);
    kill_provider(&running);
    finish(running).failure();
    held.release();
    assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0));
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn provider_killed_during_the_start_request_starts_no_second_migration() {
    for hold in [hold as fn(&Fixture, Operation) -> FaultHandle, hold_response] {
        let fixture = Fixture::new();
        fixture.write(without_validation(&fixture));
        let held = hold(&fixture, Operation::Create);
        let running = apply_until(&fixture, &held);
        kill_provider(&running);
        finish(running).failure();
        held.release();
        assert!(fixture.atlas.wait_for(crate::sync_points::TIMEOUT, |state| !state.migrations().is_empty()));
        let run = fixture.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains("It may be yours, from an apply that was killed"), "{text}");
        import_and_apply(&fixture);
        assert_eq!(fixture.starts(), 1);
    }
}

#[test]
fn provider_killed_during_a_wait_or_cutover_keeps_the_state() {
    for operation in [Operation::Read, Operation::Cutover] {
        let fixture = ready();
        let held = match operation {
            Operation::Read => fixture
                .atlas
                .fault(atlas_simulator::Fault::new(operation, atlas_simulator::Action::Hold).processed().skip(1)),
            _ => hold_response(&fixture, operation),
        };
        let running = apply_until(&fixture, &held);
        kill_provider(&running);
        finish(running).failure();
        held.release();
        assert_eq!(cutovers(&fixture), usize::from(operation == Operation::Cutover));
        assert_kept(&fixture);
        assert_resumes(&fixture);
    }
}

#[test]
fn terraform_killed_during_the_validation_starts_nothing() {
    for operation in [Operation::Validate, Operation::ValidationStatus] {
        let fixture = Fixture::new();
        fixture.write(fixture.example());
        let held = hold(&fixture, operation);
        let running = apply_until(&fixture, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        assert_exited(&fixture, group);
        assert_eq!((fixture.starts(), fixture.atlas.received(Operation::Create)), (0, 0), "{}", fixture.atlas.log());
        remove_lock_file(&fixture);
        fixture.run(&APPLY).success();
        fixture.workspace.plan_is_empty();
        assert_eq!(fixture.starts(), 1);
    }
}

#[test]
fn terraform_killed_during_the_start_request_starts_no_second_migration() {
    for hold in [hold as fn(&Fixture, Operation) -> FaultHandle, hold_response] {
        let fixture = Fixture::new();
        fixture.write(cutting_over(&fixture));
        let held = hold(&fixture, Operation::Create);
        let running = apply_until(&fixture, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        assert_exited(&fixture, group);
        assert!(fixture.atlas.wait_for(crate::sync_points::TIMEOUT, |state| !state.migrations().is_empty()));
        remove_lock_file(&fixture);
        let run = fixture.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains("It may be yours, from an apply that was killed"), "{text}");
        let id = fixture.atlas.migrations().remove(0).id;
        fixture.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
        fixture.run(&APPLY).success().says("0 added, 1 changed");
        assert_eq!(fixture.atlas.received(Operation::Cutover), 0, "milestones start with the apply after the import");
        fixture.atlas.advance(UNTIL_READY);
        assert_resumes(&fixture);
    }
}

#[test]
fn terraform_killed_during_the_wait_requests_no_cutover() {
    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture));
    fixture.write(cutting_over(&fixture));
    let running = waiting_apply(&fixture);
    running.kill();
    let group = running.group();
    assert_eq!(running.wait().status().code(), None);
    // The migration becomes ready after Terraform was killed.
    fixture.atlas.advance(UNTIL_READY);
    assert_exited(&fixture, group);
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0, "{}", fixture.atlas.log());
    remove_lock_file(&fixture);
    assert_kept(&fixture);
    assert_resumes(&fixture);
}

#[test]
fn terraform_killed_right_before_the_cutover_prevents_it() {
    let fixture = ready();
    let held = fixture
        .atlas
        .fault(atlas_simulator::Fault::new(Operation::Read, atlas_simulator::Action::Hold).processed().skip(1));
    let running = apply_until(&fixture, &held);
    running.kill();
    let group = running.group();
    assert_eq!(running.wait().status().code(), None);
    held.release();
    assert_exited(&fixture, group);
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0, "{}", fixture.atlas.log());
    remove_lock_file(&fixture);
    assert_resumes(&fixture);
}

#[test]
fn apply_after_terraform_was_killed_during_the_cutover_request_completes() {
    for hold in [hold as fn(&Fixture, Operation) -> FaultHandle, hold_response] {
        let fixture = ready();
        let held = hold(&fixture, Operation::Cutover);
        let running = apply_until(&fixture, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        assert_exited(&fixture, group);
        assert_eq!(cutovers(&fixture), 1);
        remove_lock_file(&fixture);
        assert_eq!(fixture.stored()["cutover_requested_at"], Value::Null, "nobody could store it");
        assert_resumes(&fixture);
        assert_eq!(fixture.atlas.received(Operation::Cutover), 1);
    }
}

/// Waits until the orphaned providers have exited.
#[track_caller]
fn assert_exited(fixture: &Fixture, group: test_support::terraform::Group) {
    let left = group.left_after(crate::sync_points::EXIT_TIMEOUT);
    assert!(left.is_empty(), "processes were left behind: {left:?}\n{}", fixture.atlas.log());
}

/// A killed Terraform leaves its lock file; the operating system has released the lock.
fn remove_lock_file(fixture: &Fixture) {
    std::fs::remove_file(fixture.workspace.path().join(".terraform.tfstate.lock.info")).ok();
}
