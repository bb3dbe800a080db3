//! The wishes `wait_for_ready` and `cutover`: pursued by updates in place, resumed by the next apply, and empty plans when they
//! are reached.

use std::time::{Duration, SystemTime};

use atlas_simulator::{Action, Fault, Field, Operation, Override};
use serde_json::{Value, json};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::{ADDRESS, Resource};
use crate::moment::{APPLY, assert_kept, cutovers, finished, until_cut_over, until_received, waiting_apply};
use crate::support::{Lab, UNTIL_READY, error_at, errors, provider, still, warning_at, warnings};

/// The example without the validation job, which is another subject.
pub(crate) fn plain(lab: &Lab) -> Resource {
    lab.example().with("validate", "false")
}

/// The example with both wishes.
fn both(lab: &Lab) -> Resource {
    plain(lab).with("wait_for_ready", "true").with("cutover", "true")
}

/// A started migration, and both wishes in the configuration.
fn started() -> (Lab, String) {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    lab.write(both(&lab));
    (lab, id)
}

/// The same, ready for its cutover.
fn ready() -> (Lab, String) {
    let (lab, id) = started();
    lab.atlas.advance(UNTIL_READY);
    (lab, id)
}

fn age(stored: &Value) -> Duration {
    let time = humantime::parse_rfc3339(stored.as_str().unwrap()).unwrap();
    SystemTime::now().duration_since(time).unwrap()
}

#[test]
fn wishes_are_pursued_by_updates_and_reached_with_an_empty_plan() {
    let lab = Lab::new();
    let started = lab.apply(plain(&lab).with("wait_for_ready", "true"));
    let id = lab.id(ADDRESS);
    warning_at(started.success(), &format!("Live migration started; next apply waits: {id}"), "wait_for_ready = true");
    let plan = lab.workspace.run(["plan", "-detailed-exitcode"]);
    plan.exit(2).says("will be updated in-place").says("~ status = \"NEW\" -> (known after apply)");
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.");

    let running = waiting_apply(&lab);
    lab.atlas.advance(UNTIL_READY);
    finished(running).success().says("0 added, 1 changed, 0 destroyed");
    let state = lab.stored();
    assert_eq!(state["status"], "WORKING");
    assert_eq!((&state["ready_for_cutover"], &state["lag_time_seconds"]), (&json!(true), &json!(0)));
    assert!(age(&state["ready_since"]) < Duration::from_secs(120));
    assert_eq!(state["cutover_requested_at"], Value::Null);
    lab.workspace.plan_is_empty();
    assert_eq!((lab.starts(), cutovers(&lab)), (1, 0));

    lab.write(both(&lab));
    let running = waiting_apply(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success().says("0 added, 1 changed, 0 destroyed");
    let state = lab.stored();
    assert_eq!((&state["status"], &state["ready_for_cutover"]), (&json!("COMPLETE"), &json!(false)));
    assert!(age(&state["cutover_requested_at"]) < Duration::from_secs(120));
    lab.workspace.plan_is_empty();
    assert_eq!((lab.starts(), cutovers(&lab)), (1, 1));
    assert_kept(&lab);

    // The wishes may go when they are reached; that asks nothing of Atlas.
    lab.write(plain(&lab));
    lab.workspace.run(APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.atlas.received(Operation::Cutover), 1);
}

#[test]
fn one_apply_waits_cuts_over_and_waits_again_in_the_legacy_dialect_too() {
    for lab in [Lab::new(), Lab::new().legacy()] {
        lab.start(plain(&lab));
        lab.write(both(&lab));
        let running = waiting_apply(&lab);
        lab.atlas.advance(UNTIL_READY);
        until_cut_over(&lab);
        until_received(&lab, Operation::Read, lab.atlas.received(Operation::Read) + 2);
        lab.atlas.advance(Duration::from_secs(1));
        finished(running).success();
        assert_eq!(lab.stored()["status"], "COMPLETE");
        lab.workspace.plan_is_empty();
        assert_eq!(cutovers(&lab), 1);
    }
}

#[test]
fn plan_warns_of_the_cutover_with_id_and_lag() {
    let (lab, id) = started();
    lab.atlas.advance(Duration::from_secs(2));
    let plan = lab.run(&["plan"]);
    let summary = format!("This apply cuts over live migration {id}");
    let text = warning_at(plan.success(), &summary, "cutover = true");
    assert!(text.contains("The last known lag is 400 s. Stop writes to the source"), "{text}");
    // A milestone that only waits says so, and one that is reached warns about nothing.
    let waiting = lab.plan(plain(&lab).with("wait_for_ready", "true"));
    assert_eq!(warnings(&waiting), [format!("This apply waits until ready for cutover: {id}")]);
    lab.write(both(&lab));
    lab.atlas.advance(UNTIL_READY);
    let running = waiting_apply(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert_eq!(warnings(&lab.workspace.plan_is_empty()), Vec::<String>::new());
}

#[test]
fn time_limit_ends_the_wait_with_the_state_so_far_and_the_next_apply_goes_on() {
    let (lab, _) = started();
    lab.write(both(&lab).block("timeouts {\n  update = \"1s\"\n}"));
    lab.atlas.advance(Duration::from_secs(2));
    let run = lab.run(&APPLY);
    let text = error_at(run.failure(), "Timed out waiting for live migration …", "");
    assert!(text.contains("WORKING, lag 400 s, in state Cutover: not requested"), "{text}");
    let state = lab.stored();
    assert_eq!((&state["status"], &state["lag_time_seconds"]), (&json!("WORKING"), &json!(400)));
    assert_eq!(state["timeouts"]["update"], "1s");
    assert_kept(&lab);

    // It becomes ready meanwhile, and the cutover takes longer than this apply has.
    lab.atlas.advance(Duration::from_secs(2));
    let text = error_at(lab.run(&APPLY).failure(), "Timed out waiting for live migration …", "");
    assert!(text.contains("Cutover: requested at 2"), "{text}");
    assert!(age(&lab.stored()["cutover_requested_at"]) < Duration::from_secs(120));
    lab.atlas.advance(Duration::from_secs(1));
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!((lab.starts(), cutovers(&lab)), (1, 1));
}

#[test]
fn cutover_is_taken_back_before_it_is_requested_and_never_after() {
    let (lab, id) = started();
    lab.write(both(&lab).block("timeouts {\n  update = \"1s\"\n}"));
    lab.run(&APPLY).failure();
    lab.apply(plain(&lab)).success().says("0 added, 1 changed, 0 destroyed");
    lab.atlas.advance(UNTIL_READY);
    lab.workspace.plan_is_empty();
    assert_eq!(lab.atlas.received(Operation::Cutover), 0);

    lab.apply(both(&lab).block("timeouts {\n  update = \"1s\"\n}")).failure();
    let requests = lab.writes();
    let text = error_at(
        lab.plan(plain(&lab).with("cutover", "false")).failure(),
        "Requested cutover can't be undone: …",
        "cutover = false",
    );
    assert!(text.contains(&id), "{text}");
    assert_eq!(lab.writes(), requests);
}

#[test]
fn migration_that_is_over_ends_the_wait_and_leaves_a_state_to_judge_it_by() {
    for (reason, status) in [(Some("disk full"), "FAILED"), (None, "EXPIRED")] {
        let (lab, id) = started();
        lab.write(plain(&lab).with("wait_for_ready", "true"));
        let running = waiting_apply(&lab);
        match reason {
            Some(reason) => assert!(lab.atlas.fail(&id, reason)),
            None => lab.atlas.advance(UNTIL_READY + Duration::from_secs(120 * 3600)),
        }
        let run = finished(running);
        let summary = format!("Live migration {}: {id}", status.to_lowercase());
        let text = error_at(run.failure(), &summary, "wait_for_ready = true");
        assert!(text.contains("terraform apply -replace=<ADDRESS>"), "{text}");
        assert_eq!(lab.stored()["status"], status);
        assert_kept(&lab);
        // The milestone can't be reached any more: the plan warns, and stays non-empty until it is set to false.
        let plan = lab.run(&["plan", "-detailed-exitcode"]);
        warning_at(plan.exit(2), &summary, "");
        lab.write(plain(&lab));
        lab.run(&["apply", "-auto-approve"]).success();
        warning_at(&lab.workspace.plan_is_empty(), &summary, "");
        assert_eq!(lab.starts(), 1);
    }
}

#[test]
fn readiness_that_is_lost_in_between_puts_the_cutover_off() {
    let (lab, id) = ready();
    let unready =
        Override { ready_for_cutover: Field::Value(false), lag_time_seconds: Field::Value(30), ..Override::default() };
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert_eq!(lab.stored()["ready_for_cutover"], true);
    lab.atlas.override_read(&id, unready);
    let running = waiting_apply(&lab);
    assert_eq!(lab.atlas.received(Operation::Cutover), 0);
    lab.atlas.override_read(&id, Override::default());
    until_cut_over(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert_eq!(cutovers(&lab), 1);
}

#[test]
fn cutover_whose_answer_is_lost_is_looked_for_and_not_sent_again() {
    for action in [Action::Reset, Action::html(502)] {
        let (lab, _) = ready();
        let lost = lab.atlas.fault(Fault::new(Operation::Cutover, action).processed());
        let running = lab.workspace.start(APPLY);
        until_cut_over(&lab);
        lab.atlas.advance(Duration::from_secs(1));
        finished(running).success();
        assert_eq!((lost.hits(), lab.atlas.received(Operation::Cutover), cutovers(&lab)), (1, 1, 1));
        assert_eq!(lab.stored()["status"], "COMPLETE");
        lab.workspace.plan_is_empty();
    }
}

#[test]
fn cutover_that_is_refused_is_read_before_anything_else_and_told() {
    let (lab, _) = ready();
    let refusal = Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized.");
    let refused = lab.atlas.fault(Fault::new(Operation::Cutover, refusal));
    let text = error_at(lab.run(&APPLY).failure(), "Cutover was not requested: Atlas denied access (403)", "");
    assert!(text.contains("Organization Owner"), "{text}");
    let asked: Vec<_> = lab.atlas.requests().iter().filter(|r| r.authenticated).map(|r| r.operation).collect();
    assert_eq!(asked[asked.len() - 2..], [Operation::Cutover, Operation::Read]);
    assert_eq!((refused.hits(), cutovers(&lab)), (1, 0));
    assert_kept(&lab);
}

#[test]
fn cutover_by_somebody_else_is_found_and_no_second_one_requested() {
    let (lab, id) = ready();
    let saved = lab.workspace.plan_json();
    assert_eq!(saved["resource_changes"][0]["change"]["actions"], json!(["update"]));
    let elsewhere = Override {
        status: Field::Value("COMPLETE".to_owned()),
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Absent,
        ..Override::default()
    };
    lab.atlas.override_read(&id, elsewhere);
    lab.run(&["apply", "test.tfplan"]).success();
    let state = lab.stored();
    assert_eq!(state["status"], "COMPLETE");
    assert!(age(&state["cutover_requested_at"]) < Duration::from_secs(120));
    lab.workspace.plan_is_empty();
    assert_eq!(lab.atlas.received(Operation::Cutover), 0);
}

/// The same folder on another machine: state, configuration and plan, and nothing else.
fn elsewhere(lab: Lab) -> Lab {
    let files = ["terraform.tfstate", "main.tf", "test.tfplan"]
        .map(|name| (name, std::fs::read(lab.workspace.path().join(name)).unwrap()));
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    for (name, contents) in &files {
        workspace.file(name, contents);
    }
    for (name, value) in [
        ("MONGODB_ATLAS_BASE_URL", lab.atlas.url().as_str()),
        ("MONGODB_ATLAS_PUBLIC_API_KEY", atlas_simulator::Config::PUBLIC_KEY),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", atlas_simulator::Config::PRIVATE_KEY),
        ("ATLAS_POLL_INTERVAL", "20ms"),
    ] {
        workspace.env(name, value);
    }
    Lab { workspace, ..lab }
}

#[test]
fn plan_saved_on_one_machine_is_applied_on_another_though_the_status_has_moved() {
    let (lab, _) = started();
    lab.run(&["plan", "-out=test.tfplan"]).success();
    let lab = elsewhere(lab);
    // Hours later: ready by now, planned as NEW.
    lab.atlas.advance(Duration::from_secs(6 * 3600));
    let running = lab.workspace.start(["apply", "test.tfplan"]);
    until_cut_over(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert_eq!(lab.stored()["status"], "COMPLETE");
    lab.workspace.plan_is_empty();
    assert_eq!((lab.starts(), cutovers(&lab)), (1, 1));
}

#[test]
fn saved_plan_meets_a_migration_that_has_failed_meanwhile() {
    let (lab, id) = started();
    lab.run(&["plan", "-out=test.tfplan"]).success();
    let lab = elsewhere(lab);
    lab.atlas.fail(&id, "the oplog rolled over");
    let run = lab.run(&["apply", "test.tfplan"]);
    assert_eq!(errors(run.failure()), [format!("Live migration may have failed during cutover: {id}")]);
    assert_eq!(lab.stored()["status"], "FAILED");
    assert_kept(&lab);
    assert_eq!((lab.starts(), cutovers(&lab)), (1, 0));
}

#[test]
fn saved_plan_starts_a_migration_on_another_machine() {
    let lab = Lab::new();
    lab.write(both(&lab));
    lab.run(&["plan", "-out=test.tfplan"]).success();
    lab.workspace.file("terraform.tfstate", "");
    let lab = elsewhere(lab);
    std::fs::remove_file(lab.workspace.path().join("terraform.tfstate")).unwrap();
    lab.run(&["apply", "test.tfplan"]).success();
    assert_kept(&lab);
    assert_eq!(lab.starts(), 1);
}

/// Moves a time of the state into the past, as a state is that was last applied then.
fn age_state(lab: &Lab, attribute: &str, by: Duration) {
    let mut state: Value = serde_json::from_slice(&lab.workspace.state_file()).unwrap();
    let time = humantime::format_rfc3339_seconds(SystemTime::now() - by).to_string();
    *state.pointer_mut(&format!("/resources/0/instances/0/attributes/{attribute}")).unwrap() = Value::from(time);
    lab.workspace.file("terraform.tfstate", state.to_string());
}

#[test]
fn countdown_is_told_in_the_last_day_before_a_ready_migration_expires() {
    let (lab, id) = ready();
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    lab.run(&APPLY).success();
    age_state(&lab, "ready_since", Duration::from_secs(95 * 3600));
    assert_eq!(warnings(&lab.workspace.plan_is_empty()), Vec::<String>::new());
    age_state(&lab, "ready_since", Duration::from_secs(100 * 3600 + 60));
    let plan = lab.workspace.plan_is_empty();
    let text = warning_at(&plan, &format!("Live migration expires in 19 h 58 min: {id}"), "");
    assert!(text.contains("Atlas keeps it for 120 hours"), "{text}");
    // What is cut over has no such clock.
    lab.write(both(&lab));
    let running = waiting_apply(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert_eq!(warnings(&lab.workspace.plan_is_empty()), Vec::<String>::new());
}

#[test]
fn time_since_when_it_is_ready_is_forgotten_with_the_readiness() {
    let mut config = still();
    config.expires_after = Duration::from_secs(3600);
    let lab = Lab::with(&Terraform::on_path(), config);
    let id = lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert!(lab.stored()["ready_since"].is_string());
    let unready =
        Override { ready_for_cutover: Field::Absent, lag_time_seconds: Field::Value(7), ..Override::default() };
    lab.atlas.override_read(&id, unready);
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = lab.stored();
    assert_eq!((&state["ready_since"], &state["ready_for_cutover"]), (&Value::Null, &json!(false)));
    // Expired is over without a cutover: the time stays, to tell how long it was ready.
    lab.atlas.override_read(&id, Override::default());
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    lab.atlas.advance(Duration::from_secs(3600));
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = lab.stored();
    assert_eq!((&state["status"], state["ready_since"].is_string()), (&json!("EXPIRED"), true));
}
