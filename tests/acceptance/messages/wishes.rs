//! Wishes that are not reached.

use atlas_simulator::{Action, Fault, Operation};

use super::shows;
use crate::moment::{APPLY, finished, waiting_apply};
use crate::support::{Lab, UNTIL_READY};
use crate::wishes::plain;

/// A migration that stands there, ready or not, and an open wish for its cutover.
fn wishing(is_ready: bool) -> (Lab, String) {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    if is_ready {
        lab.atlas.advance(UNTIL_READY);
    }
    lab.write(plain(&lab).with("wait_for_ready", "true").with("cutover", "true"));
    (lab, id)
}

#[test]
fn waiting_takes_too_long() {
    let (lab, _) = wishing(false);
    lab.atlas.advance(std::time::Duration::from_secs(2));
    lab.write(plain(&lab).with("wait_for_ready", "true").block("timeouts {\n  update = \"1s\"\n}"));
    shows("wish_too_long", "It is not ready at the end of `timeouts.update`.", lab.run(&APPLY).failure());

    // The read of the plan is answered, those of the wait are not.
    lab.atlas.fault(Fault::new(Operation::Read, Action::html(502)).skip(1).forever());
    shows("wish_too_long_502", "A gateway answers all the time.", lab.run(&APPLY).failure());
}

#[test]
fn cutover_takes_too_long() {
    let (lab, _) = wishing(true);
    lab.write(plain(&lab).with("cutover", "true").block("timeouts {\n  update = \"1s\"\n}"));
    shows("wish_too_long_cutover", "It is not complete at the end of `timeouts.update`.", lab.run(&APPLY).failure());
}

#[test]
fn migration_fails_while_it_is_waited_for() {
    let (lab, id) = wishing(false);
    let running = waiting_apply(&lab);
    lab.atlas.fail(&id, "The oplog rolled over.");
    shows("wish_failed", "It fails while it is waited for.", finished(running).failure());
}

#[test]
fn migration_expires_while_it_is_waited_for() {
    let (lab, _) = wishing(false);
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    let running = waiting_apply(&lab);
    lab.atlas.advance(UNTIL_READY + crate::support::still().expires_after);
    shows("wish_expired", "It expires while it is waited for.", finished(running).failure());
}

#[test]
fn migration_fails_after_the_cutover() {
    let (lab, id) = wishing(true);
    let running = lab.workspace.start(APPLY);
    crate::moment::until_cut_over(&lab);
    lab.atlas.fail(&id, "The cutover did not succeed.");
    shows("wish_failed_after_cutover", "It fails after its cutover was requested.", finished(running).failure());
}

#[test]
fn migration_vanishes_while_it_is_waited_for() {
    let (lab, id) = wishing(false);
    let running = waiting_apply(&lab);
    lab.atlas.age_out(&id);
    shows("wish_404", "Atlas forgets it while it is waited for.", finished(running).failure());
}

#[test]
fn wait_is_interrupted() {
    let (lab, _) = wishing(false);
    let running = waiting_apply(&lab);
    running.interrupt();
    shows("wish_interrupted", "Ctrl-C while it is waited for.", finished(running).failure());
}

#[test]
fn start_is_interrupted() {
    let lab = Lab::new();
    lab.write(lab.example());
    let held = crate::moment::hold(&lab, Operation::ValidationStatus);
    let running = lab.workspace.start(APPLY);
    crate::moment::until_held(&lab, &held);
    running.interrupt();
    shows("start_interrupted", "Ctrl-C during the validation job.", finished(running).failure());
}

#[test]
fn cutover_is_refused() {
    let (lab, _) = wishing(true);
    let refusal = Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized to cut over.");
    lab.atlas.fault(Fault::new(Operation::Cutover, refusal));
    shows("wish_cutover_403", "The account may not cut over.", lab.run(&APPLY).failure());
    let refusal = Action::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", "The migration is not ready.");
    lab.atlas.fault(Fault::new(Operation::Cutover, refusal).forever());
    shows("wish_cutover_409", "Atlas refuses the cutover again and again.", lab.run(&APPLY).failure());
}

#[test]
fn cutover_was_perhaps_requested() {
    let (lab, _) = wishing(true);
    lab.atlas.fault(Fault::new(Operation::Cutover, Action::Reset).processed());
    let lost = lab.atlas.fault(Fault::new(Operation::Read, Action::error(403, "USER_UNAUTHORIZED", "No.")).skip(2));
    let run = lab.run(&APPLY);
    assert_eq!(lost.hits(), 1);
    shows("wish_perhaps_cut_over", "The answer to the cutover is lost, and Atlas says no more.", run.failure());
}
