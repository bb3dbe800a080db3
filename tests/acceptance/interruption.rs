//! Interruptions at every moment of an apply: Ctrl-C, SIGTERM, the provider killed, Terraform killed. Atlas holds the request that
//! makes the moment, so that it is exact. Whatever happens: no second migration, no cutover that nobody asks for any more, no
//! process left behind, and the next apply goes on.

use atlas_simulator::{FaultHandle, Operation};
use serde_json::Value;
use test_support::terraform::{Run, Running};

use crate::configuration::{ADDRESS, GROUP, Resource};
use crate::moment::{
    APPLY, assert_kept, cutovers, finished, hold, hold_answer, kill_provider, until_held, until_received, waiting_apply,
};
use crate::support::{Lab, UNTIL_READY, error_at, errors};
use crate::wishes::plain;

/// What Terraform itself says of an interrupted run, beside what the provider says.
const HALTED: &str = "execution halted";

/// The ways in which a user, an orchestrator or an ending session asks an apply to stop.
const STOPS: [fn(&Running); 3] = [Running::interrupt, Running::terminate, Running::terminate_group];

/// The example with the wish to cut over.
fn cutting_over(lab: &Lab) -> Resource {
    plain(lab).with("cutover", "true")
}

/// A migration that is ready for a cutover which the configuration wishes for.
fn ready() -> Lab {
    let lab = Lab::new();
    lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    lab.write(cutting_over(&lab));
    lab
}

/// Starts an apply and returns at the moment when Atlas holds its request.
#[track_caller]
fn apply_until(lab: &Lab, held: &FaultHandle) -> Running {
    let running = lab.workspace.start(APPLY);
    until_held(lab, held);
    running
}

/// Stops an apply as `stop` does, and returns when Terraform has taken notice.
#[track_caller]
fn stop_by(running: &Running, stop: fn(&Running)) {
    stop(running);
    running.until_says("Interrupt received.");
}

/// Takes the one migration that Atlas has into the state, as the error of an interrupted start says.
#[track_caller]
fn adopt(lab: &Lab) {
    let id = lab.atlas.migrations().remove(0).id;
    lab.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_kept(lab);
}

/// The next apply of a ready migration: it is cut over, once, and nothing is left to do.
#[track_caller]
fn goes_on(lab: &Lab) {
    let running = lab.workspace.start(APPLY);
    // Either it asks for the cutover now, or it waits for the one that was asked for.
    let before = lab.atlas.received(Operation::Read);
    let moved = lab.atlas.wait_for(crate::moment::PATIENCE, |state| {
        state.received(Operation::Cutover) > 0 && state.received(Operation::Read) > before + 2
    });
    assert!(moved, "{}", lab.atlas.log());
    lab.atlas.advance(UNTIL_READY);
    finished(running).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.stored()["status"], "COMPLETE");
    assert_eq!((lab.starts(), cutovers(lab)), (1, 1), "{}", lab.atlas.log());
    assert_kept(lab);
}

#[test]
fn stop_during_the_validation_job_starts_nothing() {
    for (operation, stop) in [
        (Operation::Validate, STOPS[0]),
        (Operation::ValidationStatus, STOPS[1]),
        (Operation::ValidationStatus, STOPS[2]),
    ] {
        let lab = Lab::new();
        lab.write(lab.example());
        let held = hold(&lab, operation);
        let running = apply_until(&lab, &held);
        stop_by(&running, stop);
        // A read is given up at once; the start of the job is awaited.
        if operation == Operation::Validate {
            held.release();
        }
        let run = finished(running);
        held.release();
        assert!(errors(run.failure()).contains(&"Interrupted before the live migration was started".to_owned()));
        assert_eq!((lab.starts(), lab.addresses().len()), (0, 0));

        lab.run(&APPLY).success();
        lab.workspace.plan_is_empty();
        assert_eq!(lab.starts(), 1);
        assert_kept(&lab);
    }
}

#[test]
fn stop_while_a_start_is_under_way_keeps_the_id() {
    for (hold, stop) in
        [(hold as fn(&Lab, Operation) -> FaultHandle, STOPS[0]), (hold_answer, STOPS[1]), (hold, STOPS[2])]
    {
        let lab = Lab::new();
        lab.write(cutting_over(&lab));
        let held = hold(&lab, Operation::Create);
        let running = apply_until(&lab, &held);
        stop_by(&running, stop);
        held.release();
        let run = finished(running);
        let errors = errors(run.failure());
        assert!(errors.iter().all(|summary| summary == HALTED), "the start itself went well: {errors:?}");
        assert_eq!(lab.starts(), 1);
        assert_kept(&lab);
        lab.atlas.advance(UNTIL_READY);
        goes_on(&lab);
    }
}

#[test]
fn stop_ends_a_wait_at_once_and_no_cutover_follows() {
    for stop in STOPS {
        let lab = Lab::new();
        lab.start(plain(&lab));
        lab.write(cutting_over(&lab));
        let running = waiting_apply(&lab);
        stop_by(&running, stop);
        let run = finished(running);
        let text = error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert!(
            text.contains("Cutover: not requested Writes: keep on the source Next: 1. Run terraform apply again."),
            "{text}"
        );
        lab.atlas.advance(UNTIL_READY);
        assert_eq!(cutovers(&lab), 0);
        assert_kept(&lab);
        goes_on(&lab);
    }
}

#[test]
fn stop_between_the_look_at_the_readiness_and_the_cutover_prevents_it() {
    for stop in STOPS {
        let lab = ready();
        // The first read is that of the plan, the second the one right before the cutover.
        let held = lab
            .atlas
            .fault(atlas_simulator::Fault::new(Operation::Read, atlas_simulator::Action::Hold).processed().skip(1));
        let running = apply_until(&lab, &held);
        stop_by(&running, stop);
        let run = finished(running);
        held.release();
        error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert_eq!(lab.atlas.received(Operation::Cutover), 0);
        assert_kept(&lab);
        goes_on(&lab);
    }
}

#[test]
fn stop_while_a_cutover_is_under_way_stores_that_it_was_requested() {
    for (hold, stop) in
        [(hold as fn(&Lab, Operation) -> FaultHandle, STOPS[0]), (hold_answer, STOPS[1]), (hold, STOPS[2])]
    {
        let lab = ready();
        let held = hold(&lab, Operation::Cutover);
        let running = apply_until(&lab, &held);
        stop_by(&running, stop);
        held.release();
        let run = finished(running);
        let text = error_at(run.failure(), "Interrupted while waiting for live migration …", "");
        assert!(
            text.contains("Cutover: requested at 2") && text.contains("Writes: keep stopped on both clusters"),
            "{text}"
        );
        assert!(lab.stored()["cutover_requested_at"].is_string());
        assert_eq!(cutovers(&lab), 1);
        goes_on(&lab);
    }
}

#[test]
fn stop_during_a_refresh_or_an_import_changes_nothing() {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    let state = lab.workspace.state_file();
    let held = hold(&lab, Operation::Read);
    let running = lab.workspace.start(["plan"]);
    until_held(&lab, &held);
    running.interrupt();
    finished(running).failure();
    held.release();
    assert_eq!(lab.workspace.state_file(), state);

    // `terraform import` takes no notice of an interrupt; a SIGTERM to the group reaches the provider.
    std::fs::remove_file(lab.workspace.path().join("terraform.tfstate")).unwrap();
    let import = ["import".to_owned(), ADDRESS.to_owned(), format!("{GROUP}/{id}")];
    let held = hold(&lab, Operation::Read);
    let running = lab.workspace.start(&import);
    until_held(&lab, &held);
    running.terminate_group();
    finished(running).failure();
    held.release();
    lab.run(&["import", ADDRESS, &import[2]]).success();
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
}

#[test]
fn second_interrupt_loses_the_answer_and_the_next_apply_says_how_to_adopt() {
    let lab = Lab::new();
    lab.write(plain(&lab));
    let held = hold(&lab, Operation::Create);
    let running = apply_until(&lab, &held);
    stop_by(&running, STOPS[0]);
    running.interrupt();
    finished(running).failure().says("Two interrupts received.");
    held.release();
    assert!(lab.atlas.wait_for(crate::moment::PATIENCE, |state| !state.migrations().is_empty()));
    if lab.addresses().is_empty() {
        let run = lab.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains(&format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>")), "{text}");
        adopt(&lab);
    }
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
}

#[test]
fn provider_killed_before_the_start_is_sent_starts_nothing() {
    let lab = Lab::new();
    lab.write(lab.example());
    let held = hold(&lab, Operation::Validate);
    let running = apply_until(&lab, &held);
    kill_provider(&running);
    finished(running).failure();
    held.release();
    assert_eq!((lab.starts(), lab.addresses().len()), (0, 0));
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
}

#[test]
fn provider_killed_while_a_start_is_under_way_makes_no_second_one() {
    for hold in [hold as fn(&Lab, Operation) -> FaultHandle, hold_answer] {
        let lab = Lab::new();
        lab.write(plain(&lab));
        let held = hold(&lab, Operation::Create);
        let running = apply_until(&lab, &held);
        kill_provider(&running);
        finished(running).failure();
        held.release();
        assert!(lab.atlas.wait_for(crate::moment::PATIENCE, |state| !state.migrations().is_empty()));
        let run = lab.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains("It may be yours, from an apply that was killed"), "{text}");
        adopt(&lab);
        assert_eq!(lab.starts(), 1);
    }
}

#[test]
fn provider_killed_while_it_waits_or_cuts_over_loses_nothing() {
    for operation in [Operation::Read, Operation::Cutover] {
        let lab = ready();
        let held = match operation {
            Operation::Read => lab
                .atlas
                .fault(atlas_simulator::Fault::new(operation, atlas_simulator::Action::Hold).processed().skip(1)),
            _ => hold_answer(&lab, operation),
        };
        let running = apply_until(&lab, &held);
        kill_provider(&running);
        finished(running).failure();
        held.release();
        assert_eq!(cutovers(&lab), usize::from(operation == Operation::Cutover));
        assert_kept(&lab);
        goes_on(&lab);
    }
}

#[test]
fn terraform_killed_during_the_validation_job_starts_nothing() {
    for operation in [Operation::Validate, Operation::ValidationStatus] {
        let lab = Lab::new();
        lab.write(lab.example());
        let held = hold(&lab, operation);
        let running = apply_until(&lab, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        gone(&lab, group);
        assert_eq!((lab.starts(), lab.atlas.received(Operation::Create)), (0, 0), "{}", lab.atlas.log());
        unlock(&lab);
        lab.run(&APPLY).success();
        lab.workspace.plan_is_empty();
        assert_eq!(lab.starts(), 1);
    }
}

#[test]
fn terraform_killed_while_a_start_is_under_way_makes_no_second_one() {
    for hold in [hold as fn(&Lab, Operation) -> FaultHandle, hold_answer] {
        let lab = Lab::new();
        lab.write(cutting_over(&lab));
        let held = hold(&lab, Operation::Create);
        let running = apply_until(&lab, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        gone(&lab, group);
        assert!(lab.atlas.wait_for(crate::moment::PATIENCE, |state| !state.migrations().is_empty()));
        unlock(&lab);
        let run = lab.run(&APPLY);
        let text = error_at(run.failure(), "Another live migration is running", "");
        assert!(text.contains("It may be yours, from an apply that was killed"), "{text}");
        let id = lab.atlas.migrations().remove(0).id;
        lab.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
        lab.run(&APPLY).success().says("0 added, 1 changed");
        assert_eq!(lab.atlas.received(Operation::Cutover), 0, "wishes wait for the apply after the adoption");
        lab.atlas.advance(UNTIL_READY);
        goes_on(&lab);
    }
}

#[test]
fn terraform_killed_while_it_waits_requests_no_cutover_ever() {
    let lab = Lab::new();
    lab.start(plain(&lab));
    lab.write(cutting_over(&lab));
    let running = waiting_apply(&lab);
    running.kill();
    let group = running.group();
    assert_eq!(running.wait().status().code(), None);
    // Nobody asks any more; the migration becomes ready at this very moment.
    lab.atlas.advance(UNTIL_READY);
    gone(&lab, group);
    assert_eq!(lab.atlas.received(Operation::Cutover), 0, "{}", lab.atlas.log());
    unlock(&lab);
    assert_kept(&lab);
    goes_on(&lab);
}

#[test]
fn terraform_killed_right_before_the_cutover_prevents_it() {
    let lab = ready();
    let held = lab
        .atlas
        .fault(atlas_simulator::Fault::new(Operation::Read, atlas_simulator::Action::Hold).processed().skip(1));
    let running = apply_until(&lab, &held);
    running.kill();
    let group = running.group();
    assert_eq!(running.wait().status().code(), None);
    held.release();
    gone(&lab, group);
    assert_eq!(lab.atlas.received(Operation::Cutover), 0, "{}", lab.atlas.log());
    unlock(&lab);
    goes_on(&lab);
}

#[test]
fn terraform_killed_while_a_cutover_is_under_way_is_found_by_the_next_apply() {
    for hold in [hold as fn(&Lab, Operation) -> FaultHandle, hold_answer] {
        let lab = ready();
        let held = hold(&lab, Operation::Cutover);
        let running = apply_until(&lab, &held);
        running.kill();
        let group = running.group();
        assert_eq!(running.wait().status().code(), None);
        held.release();
        gone(&lab, group);
        assert_eq!(cutovers(&lab), 1);
        unlock(&lab);
        assert_eq!(lab.stored()["cutover_requested_at"], Value::Null, "nobody could store it");
        goes_on(&lab);
        assert_eq!(lab.atlas.received(Operation::Cutover), 1);
    }
}

#[test]
fn stop_with_several_resources_keeps_each_where_it_was() {
    let lab = Lab::new();
    let first = lab.start(plain(&lab));
    let second = plain(&lab)
        .named("invoices")
        .destination("cluster_name", "\"exampleClusterC\"")
        .with("migration_hosts", "[\"vm002.example.com\"]");
    lab.write(format!("{}\n{second}", cutting_over(&lab)));
    let held = hold(&lab, Operation::Create);
    let running = apply_until(&lab, &held);
    // One waits, the other is being started.
    until_received(&lab, Operation::Read, lab.atlas.received(Operation::Read) + 2);
    stop_by(&running, Running::interrupt);
    held.release();
    let run: Run = finished(running);
    error_at(run.failure(), "Interrupted while waiting for live migration …", "");
    assert_eq!(lab.id(ADDRESS), first);
    assert!(lab.atlas.migration(&lab.id("atlas_live_migration.invoices")).is_some());
    assert_eq!((lab.starts(), cutovers(&lab)), (2, 0));
    lab.write(format!("{}\n{second}", plain(&lab)));
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
}

/// Waits until the orphaned providers have ended by themselves.
#[track_caller]
fn gone(lab: &Lab, group: test_support::terraform::Group) {
    let left = group.left_after(crate::moment::LINGER);
    assert!(left.is_empty(), "processes were left behind: {left:?}\n{}", lab.atlas.log());
}

/// A killed Terraform leaves its lock of the local state behind only as a file; the system has freed the lock itself.
fn unlock(lab: &Lab) {
    std::fs::remove_file(lab.workspace.path().join(".terraform.tfstate.lock.info")).ok();
}
