//! A scheduled plan that detects drift, with an Organization Member's key and without the password of the source.

use std::time::Duration;

use atlas_simulator::{Config, Field, Operation, Override};
use serde_json::{Value, json};

use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, error_at, warnings};
use crate::sync_points::APPLY;

const PLAN: [&str; 2] = ["plan", "-detailed-exitcode"];
const PLAN_REFRESH_ONLY: [&str; 3] = ["plan", "-refresh-only", "-detailed-exitcode"];

/// A migration started by an owner, and then the environment and the configuration of the scheduled job.
fn scheduled_job() -> (Fixture, String) {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    become_member(&fixture);
    fixture.write(fixture.example().in_later_run());
    (fixture, id)
}

fn become_member(fixture: &Fixture) {
    fixture
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
}

fn become_owner(fixture: &Fixture) {
    fixture
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY);
}

#[test]
fn scheduled_plan_sends_one_read_and_writes_nothing() {
    let (fixture, _) = scheduled_job();
    let (writes, state) = (fixture.writes(), fixture.workspace.state_file());
    for command in [&PLAN[..], &PLAN_REFRESH_ONLY[..]] {
        let reads = fixture.atlas.received(Operation::Read);
        let run = fixture.run(command);
        assert_eq!(warnings(run.success()), Vec::<String>::new());
        assert_eq!(fixture.atlas.received(Operation::Read) - reads, 1);
    }
    assert_eq!((fixture.writes(), fixture.workspace.state_file() == state), (writes, true));
}

#[test]
fn refresh_only_reports_drift_and_plan_has_no_changes() {
    let (fixture, _) = scheduled_job();
    fixture.atlas.advance(UNTIL_READY);
    fixture.run(&PLAN).success();
    let run = fixture.run(&PLAN_REFRESH_ONLY);
    run.exit(2).says("Objects have changed outside of").says("~ status = \"NEW\" -> \"WORKING\"");
    run.says("~ ready_for_cutover = false -> true");
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = fixture.stored();
    assert_eq!((&state["status"], &state["ready_for_cutover"]), (&json!("WORKING"), &json!(true)));
    assert!(state["ready_since"].is_string());
    fixture.run(&PLAN_REFRESH_ONLY).success();
    assert_eq!(fixture.writes(), 2, "the validation and the start, by the owner");
}

#[test]
fn changed_lag_is_drift_only_for_refresh_only() {
    let (fixture, _) = scheduled_job();
    fixture.atlas.advance(Duration::from_secs(1));
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert_eq!(fixture.stored()["lag_time_seconds"], 600);
    fixture.atlas.advance(Duration::from_secs(1));
    fixture.run(&PLAN).success();
    fixture.run(&PLAN_REFRESH_ONLY).exit(2).says("~ lag_time_seconds = 600 -> 400");
}

#[test]
fn pending_milestone_is_a_change_until_it_is_reached() {
    let (fixture, _) = scheduled_job();
    fixture.write(fixture.example().in_later_run().with("wait_for_ready", "true"));
    fixture.run(&PLAN).exit(2).says("Plan: 0 to add, 1 to change, 0 to destroy.");
    fixture.atlas.advance(UNTIL_READY);
    // The milestone was reached in between: only the argument remains to be stored.
    become_owner(&fixture);
    let reads = fixture.atlas.received(Operation::Read);
    fixture.run(&APPLY).success();
    assert_eq!(fixture.atlas.received(Operation::Read) - reads, 1, "an update that calls nothing");
    become_member(&fixture);
    fixture.run(&PLAN).success();
    assert_eq!(fixture.stored()["ready_for_cutover"], true);
}

#[test]
fn member_can_wait_but_not_cut_over() {
    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    become_member(&fixture);
    fixture.apply(without_validation(&fixture).in_later_run().with("wait_for_ready", "true")).success();
    let run = fixture.apply(without_validation(&fixture).in_later_run().with("cutover", "true"));
    let text = error_at(run.failure(), "Cutover was not requested: Atlas denied access (403)", "");
    assert!(text.contains("…mber") && text.contains("Organization Owner"), "{text}");
    assert_eq!(fixture.stored()["cutover_requested_at"], Value::Null);
    become_owner(&fixture);
    fixture.workspace.run(["plan", "-detailed-exitcode"]).exit(2);
}

#[test]
fn stores_unknown_statuses_and_missing_fields_as_reported() {
    let (fixture, id) = scheduled_job();
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
        fixture.atlas.override_read(&id, shown);
        fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
        let state = fixture.stored();
        let reported = json!([state["status"], state["ready_for_cutover"], state["lag_time_seconds"]]);
        assert_eq!(reported, stored);
        fixture.run(&PLAN).success();
    }
}
