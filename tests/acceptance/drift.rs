//! The job that looks every night whether anything has moved: with an account that may only read, and without the password of
//! the source.

use std::time::Duration;

use atlas_simulator::{Config, Field, Operation, Override};
use serde_json::{Value, json};

use crate::moment::APPLY;
use crate::support::{Lab, UNTIL_READY, error_at, warnings};
use crate::wishes::plain;

const LOOK: [&str; 2] = ["plan", "-detailed-exitcode"];
const LOOK_ONLY: [&str; 3] = ["plan", "-refresh-only", "-detailed-exitcode"];

/// A migration that an owner has started, and a job with the Organization Member's key that does not know the password.
fn nightly() -> (Lab, String) {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    become_member(&lab);
    lab.write(lab.example().without_password());
    (lab, id)
}

fn become_member(lab: &Lab) {
    lab.workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
}

fn become_owner(lab: &Lab) {
    lab.workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY);
}

#[test]
fn job_looks_and_neither_writes_nor_asks_for_more_than_one_read() {
    let (lab, _) = nightly();
    let (writes, state) = (lab.writes(), lab.workspace.state_file());
    for command in [&LOOK[..], &LOOK_ONLY[..]] {
        let reads = lab.atlas.received(Operation::Read);
        let run = lab.run(command);
        assert_eq!(warnings(run.success()), Vec::<String>::new());
        assert_eq!(lab.atlas.received(Operation::Read) - reads, 1);
    }
    assert_eq!((lab.writes(), lab.workspace.state_file() == state), (writes, true));
}

#[test]
fn what_has_moved_is_told_by_refresh_only_and_is_no_change() {
    let (lab, _) = nightly();
    lab.atlas.advance(UNTIL_READY);
    lab.run(&LOOK).success();
    let run = lab.run(&LOOK_ONLY);
    run.exit(2).says("Objects have changed outside of Terraform").says("~ status = \"NEW\" -> \"WORKING\"");
    run.says("~ ready_for_cutover = false -> true");
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = lab.stored();
    assert_eq!((&state["status"], &state["ready_for_cutover"]), (&json!("WORKING"), &json!(true)));
    assert!(state["ready_since"].is_string());
    lab.run(&LOOK_ONLY).success();
    assert_eq!(lab.writes(), 2, "the validation job and the start, by the owner");
}

#[test]
fn lag_that_moves_is_drift_only_for_refresh_only() {
    let (lab, _) = nightly();
    lab.atlas.advance(Duration::from_secs(1));
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert_eq!(lab.stored()["lag_time_seconds"], 600);
    lab.atlas.advance(Duration::from_secs(1));
    lab.run(&LOOK).success();
    lab.run(&LOOK_ONLY).exit(2).says("~ lag_time_seconds = 600 -> 400");
}

#[test]
fn open_wish_is_a_change_until_it_is_reached() {
    let (lab, _) = nightly();
    lab.write(lab.example().without_password().with("wait_for_ready", "true"));
    lab.run(&LOOK).exit(2).says("Plan: 0 to add, 1 to change, 0 to destroy.");
    lab.atlas.advance(UNTIL_READY);
    // Reached by itself: nothing waits any more, and there is only the argument to be stored.
    become_owner(&lab);
    let reads = lab.atlas.received(Operation::Read);
    lab.run(&APPLY).success();
    assert_eq!(lab.atlas.received(Operation::Read) - reads, 1, "an update that calls nothing");
    become_member(&lab);
    lab.run(&LOOK).success();
    assert_eq!(lab.stored()["ready_for_cutover"], true);
}

#[test]
fn member_may_wait_and_not_cut_over() {
    let lab = Lab::new();
    lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    become_member(&lab);
    lab.apply(plain(&lab).without_password().with("wait_for_ready", "true")).success();
    let run = lab.apply(plain(&lab).without_password().with("cutover", "true"));
    let text = error_at(run.failure(), "Cutover was not requested: Atlas denied access (403)", "");
    assert!(text.contains("…mber") && text.contains("Organization Owner"), "{text}");
    assert_eq!(lab.stored()["cutover_requested_at"], Value::Null);
    become_owner(&lab);
    lab.workspace.run(["plan", "-detailed-exitcode"]).exit(2);
}

#[test]
fn words_and_gaps_in_the_answer_are_taken_as_they_are() {
    let (lab, id) = nightly();
    for (shown, stored) in [
        (
            Override { status: Field::Value("PENDING".to_owned()), ..Override::default() },
            json!(["PENDING", false, null]),
        ),
        (
            Override {
                status: Field::Absent,
                ready_for_cutover: Field::Absent,
                lag_time_seconds: Field::Null,
                ..Override::default()
            },
            json!(["PENDING", false, null]),
        ),
        (
            Override {
                status: Field::Value("WORKING".to_owned()),
                ready_for_cutover: Field::Null,
                lag_time_seconds: Field::Value(9_007_199_254_740_993),
                ..Override::default()
            },
            json!(["WORKING", false, 9_007_199_254_740_993_i64]),
        ),
    ] {
        lab.atlas.override_read(&id, shown);
        lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
        let state = lab.stored();
        let told = json!([state["status"], state["ready_for_cutover"], state["lag_time_seconds"]]);
        assert_eq!(told, stored);
        lab.run(&LOOK).success();
    }
}
