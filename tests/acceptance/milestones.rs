//! The milestones `wait_for_ready` and `cutover`: updates in place wait for them, the next apply resumes, and the plan
//! is empty when they are reached.

use std::time::{Duration, SystemTime};

use atlas_simulator::{Action, Fault, Field, Operation, Override};
use serde_json::{Value, json};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::{ADDRESS, Resource};
use crate::support::{Fixture, UNTIL_READY, error_at, errors, frozen, provider, warning_at, warnings};
use crate::sync_points::{
    APPLY, assert_kept, cutovers, finish, wait_until_cut_over, wait_until_received, waiting_apply,
};

/// The example without the validation.
pub(crate) fn without_validation(fixture: &Fixture) -> Resource {
    fixture.example().with("validate", "false")
}

/// The example with both milestones.
fn with_both_milestones(fixture: &Fixture) -> Resource {
    without_validation(fixture).with("wait_for_ready", "true").with("cutover", "true")
}

/// A started migration, and both milestones in the configuration.
fn started() -> (Fixture, String) {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    fixture.write(with_both_milestones(&fixture));
    (fixture, id)
}

/// The same, ready for its cutover.
fn ready() -> (Fixture, String) {
    let (fixture, id) = started();
    fixture.atlas.advance(UNTIL_READY);
    (fixture, id)
}

fn age(stored: &Value) -> Duration {
    let time = humantime::parse_rfc3339(stored.as_str().unwrap()).unwrap();
    SystemTime::now().duration_since(time).unwrap()
}

#[test]
fn cutover_is_requested_once_while_atlas_still_shows_the_migration_as_ready() {
    let fixture = crate::interruption::ready();
    let id = fixture.id(ADDRESS);
    let stale = Override {
        status: Field::Value("WORKING".to_owned()),
        ready_for_cutover: Field::Value(true),
        ..Override::default()
    };
    fixture.atlas.override_read(&id, stale);
    let running = fixture.workspace.start(APPLY);
    wait_until_cut_over(&fixture);
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 3);
    fixture.atlas.override_read(&id, Override::default());
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success();
    assert_eq!(fixture.atlas.received(Operation::Cutover), 1, "{}", fixture.atlas.log());
}

#[test]
fn milestones_are_reached_by_updates_and_then_the_plan_is_empty() {
    let fixture = Fixture::new();
    let started = fixture.apply(without_validation(&fixture).with("wait_for_ready", "true"));
    let id = fixture.id(ADDRESS);
    warning_at(started.success(), &format!("Live migration started; next apply waits: {id}"), "wait_for_ready = true");
    let plan = fixture.workspace.run(["plan", "-detailed-exitcode"]);
    plan.exit(2).says("will be updated in-place").says("~ status = \"NEW\" -> (known after apply)");
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.");

    let running = waiting_apply(&fixture);
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success().says("0 added, 1 changed, 0 destroyed");
    let state = fixture.stored();
    assert_eq!(state["status"], "WORKING");
    assert_eq!((&state["ready_for_cutover"], &state["lag_time_seconds"]), (&json!(true), &json!(0)));
    assert!(age(&state["ready_since"]) < Duration::from_secs(120));
    assert_eq!(state["cutover_requested_at"], Value::Null);
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));

    fixture.write(with_both_milestones(&fixture));
    let running = waiting_apply(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success().says("0 added, 1 changed, 0 destroyed");
    let state = fixture.stored();
    assert_eq!((&state["status"], &state["ready_for_cutover"]), (&json!("COMPLETE"), &json!(false)));
    assert!(age(&state["cutover_requested_at"]) < Duration::from_secs(120));
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    assert_kept(&fixture);

    // Reached milestones can be removed without a request.
    fixture.write(without_validation(&fixture));
    fixture.workspace.run(APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.received(Operation::Cutover), 1);
}

#[test]
fn one_apply_waits_and_cuts_over_in_both_api_versions() {
    for fixture in [Fixture::new(), Fixture::new().legacy()] {
        fixture.start(without_validation(&fixture));
        fixture.write(with_both_milestones(&fixture));
        let running = waiting_apply(&fixture);
        fixture.atlas.advance(UNTIL_READY);
        wait_until_cut_over(&fixture);
        wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
        fixture.atlas.advance(Duration::from_secs(1));
        finish(running).success();
        assert_eq!(fixture.stored()["status"], "COMPLETE");
        fixture.workspace.plan_is_empty();
        assert_eq!(cutovers(&fixture), 1);
    }
}

#[test]
fn plan_warns_about_the_cutover_with_id_and_lag() {
    let (fixture, id) = started();
    fixture.atlas.advance(Duration::from_secs(2));
    let plan = fixture.run(&["plan"]);
    let summary = format!("This apply cuts over live migration {id}");
    let text = warning_at(plan.success(), &summary, "cutover = true");
    assert!(text.contains("The last known lag is 400 s. Stop writes to the source"), "{text}");
    // `wait_for_ready` has its own warning, and a reached milestone has none.
    let waiting = fixture.plan(without_validation(&fixture).with("wait_for_ready", "true"));
    assert_eq!(warnings(&waiting), [format!("This apply waits until ready for cutover: {id}")]);
    fixture.write(with_both_milestones(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    let running = waiting_apply(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert_eq!(warnings(&fixture.workspace.plan_is_empty()), Vec::<String>::new());
}

#[test]
fn timeout_keeps_the_state_and_the_next_apply_resumes() {
    let (fixture, _) = started();
    fixture.write(with_both_milestones(&fixture).block("timeouts {\n  update = \"1s\"\n}"));
    fixture.atlas.advance(Duration::from_secs(2));
    let run = fixture.run(&APPLY);
    let text = error_at(run.failure(), "Timed out waiting for live migration …", "");
    assert!(text.contains("WORKING, lag 400 s, in state Cutover: not requested"), "{text}");
    let state = fixture.stored();
    assert_eq!((&state["status"], &state["lag_time_seconds"]), (&json!("WORKING"), &json!(400)));
    assert_eq!(state["timeouts"]["update"], "1s");
    assert_kept(&fixture);

    // It becomes ready, and the cutover takes longer than the timeout.
    fixture.atlas.advance(Duration::from_secs(2));
    let text = error_at(fixture.run(&APPLY).failure(), "Timed out waiting for live migration …", "");
    assert!(text.contains("Cutover: requested no later than 2"), "{text}");
    assert!(age(&fixture.stored()["cutover_requested_at"]) < Duration::from_secs(120));
    fixture.atlas.advance(Duration::from_secs(1));
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn cutover_can_be_unset_only_before_it_is_requested() {
    let (fixture, id) = started();
    fixture.write(with_both_milestones(&fixture).block("timeouts {\n  update = \"1s\"\n}"));
    fixture.run(&APPLY).failure();
    fixture.apply(without_validation(&fixture)).success().says("0 added, 1 changed, 0 destroyed");
    fixture.atlas.advance(UNTIL_READY);
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0);

    fixture.apply(with_both_milestones(&fixture).block("timeouts {\n  update = \"1s\"\n}")).failure();
    let requests = fixture.writes();
    let text = error_at(
        fixture.plan(without_validation(&fixture).with("cutover", "false")).failure(),
        "Requested cutover can't be undone: …",
        "cutover = false",
    );
    assert!(text.contains(&id), "{text}");
    assert_eq!(fixture.writes(), requests);
}

#[test]
fn failed_or_expired_migration_ends_the_wait_and_stores_its_status() {
    for (reason, status) in [(Some("disk full"), "FAILED"), (None, "EXPIRED")] {
        let (fixture, id) = started();
        fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
        let running = waiting_apply(&fixture);
        match reason {
            Some(reason) => assert!(fixture.atlas.fail(&id, reason)),
            None => fixture.atlas.advance(UNTIL_READY + Duration::from_secs(120 * 3600)),
        }
        let run = finish(running);
        let summary = format!("Live migration {}: {id}", status.to_lowercase());
        let text = error_at(run.failure(), &summary, "wait_for_ready = true");
        assert!(text.contains("terraform apply -replace=<ADDRESS>"), "{text}");
        assert_eq!(fixture.stored()["status"], status);
        assert_kept(&fixture);
        // The milestone can't be reached any more: the plan warns, and stays non-empty until it is set to false.
        let plan = fixture.run(&["plan", "-detailed-exitcode"]);
        warning_at(plan.exit(2), &summary, "");
        fixture.write(without_validation(&fixture));
        fixture.run(&["apply", "-auto-approve"]).success();
        warning_at(&fixture.workspace.plan_is_empty(), &summary, "");
        assert_eq!(fixture.starts(), 1);
    }
}

#[test]
fn does_not_cut_over_while_readiness_is_lost() {
    let (fixture, id) = ready();
    let unready =
        Override { ready_for_cutover: Field::Value(false), lag_time_seconds: Field::Value(30), ..Override::default() };
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert_eq!(fixture.stored()["ready_for_cutover"], true);
    fixture.atlas.override_read(&id, unready);
    let running = waiting_apply(&fixture);
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0);
    fixture.atlas.override_read(&id, Override::default());
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert_eq!(cutovers(&fixture), 1);
}

#[test]
fn cutover_with_lost_response_is_confirmed_and_not_sent_again() {
    for action in [Action::Reset, Action::html(502)] {
        let (fixture, _) = ready();
        let lost = fixture.atlas.fault(Fault::new(Operation::Cutover, action).processed());
        let running = fixture.workspace.start(APPLY);
        wait_until_cut_over(&fixture);
        fixture.atlas.advance(Duration::from_secs(1));
        finish(running).success();
        assert_eq!((lost.hits(), fixture.atlas.received(Operation::Cutover), cutovers(&fixture)), (1, 1, 1));
        assert_eq!(fixture.stored()["status"], "COMPLETE");
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn rejected_cutover_is_followed_by_a_read_and_reported() {
    let (fixture, _) = ready();
    let rejection = Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized.");
    let rejected = fixture.atlas.fault(Fault::new(Operation::Cutover, rejection));
    let text = error_at(fixture.run(&APPLY).failure(), "Cutover was not requested: Atlas denied access (403)", "");
    assert!(text.contains("Organization Owner"), "{text}");
    let requests: Vec<_> = fixture.atlas.requests().iter().filter(|r| r.authenticated).map(|r| r.operation).collect();
    assert_eq!(requests[requests.len() - 2..], [Operation::Cutover, Operation::Read]);
    assert_eq!((rejected.hits(), cutovers(&fixture)), (1, 0));
    assert_kept(&fixture);
}

#[test]
fn cutover_requested_elsewhere_is_not_requested_again() {
    let (fixture, id) = ready();
    let saved = fixture.workspace.plan_json();
    assert_eq!(saved["resource_changes"][0]["change"]["actions"], json!(["update"]));
    let elsewhere = Override {
        status: Field::Value("COMPLETE".to_owned()),
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Absent,
        ..Override::default()
    };
    fixture.atlas.override_read(&id, elsewhere);
    fixture.run(&["apply", "test.tfplan"]).success();
    let state = fixture.stored();
    assert_eq!(state["status"], "COMPLETE");
    assert!(age(&state["cutover_requested_at"]) < Duration::from_secs(120));
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0);
}

/// A new workspace with only the state, the configuration and the saved plan.
fn on_another_machine(fixture: Fixture) -> Fixture {
    let files = ["terraform.tfstate", "main.tf", "test.tfplan"]
        .map(|name| (name, std::fs::read(fixture.workspace.path().join(name)).unwrap()));
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    for (name, contents) in &files {
        workspace.file(name, contents);
    }
    for (name, value) in [
        ("MONGODB_ATLAS_BASE_URL", fixture.atlas.url().as_str()),
        ("MONGODB_ATLAS_PUBLIC_API_KEY", atlas_simulator::Config::PUBLIC_KEY),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", atlas_simulator::Config::PRIVATE_KEY),
        ("ATLAS_POLL_INTERVAL", "20ms"),
    ] {
        workspace.env(name, value);
    }
    Fixture { workspace, ..fixture }
}

#[test]
fn saved_plan_is_applied_on_another_machine_after_the_status_changed() {
    let (fixture, _) = started();
    fixture.run(&["plan", "-out=test.tfplan"]).success();
    let fixture = on_another_machine(fixture);
    // Hours later it is ready; the plan has NEW.
    fixture.atlas.advance(Duration::from_secs(6 * 3600));
    let running = fixture.workspace.start(["apply", "test.tfplan"]);
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert_eq!(fixture.stored()["status"], "COMPLETE");
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn saved_plan_reports_a_migration_that_failed_since() {
    let (fixture, id) = started();
    fixture.run(&["plan", "-out=test.tfplan"]).success();
    let fixture = on_another_machine(fixture);
    fixture.atlas.fail(&id, "the oplog rolled over");
    let run = fixture.run(&["apply", "test.tfplan"]);
    assert_eq!(errors(run.failure()), [format!("Live migration may have failed during cutover: {id}")]);
    assert_eq!(fixture.stored()["status"], "FAILED");
    assert_kept(&fixture);
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));
}

#[test]
fn saved_plan_starts_a_migration_on_another_machine() {
    let fixture = Fixture::new();
    fixture.write(with_both_milestones(&fixture));
    fixture.run(&["plan", "-out=test.tfplan"]).success();
    fixture.workspace.file("terraform.tfstate", "");
    let fixture = on_another_machine(fixture);
    std::fs::remove_file(fixture.workspace.path().join("terraform.tfstate")).unwrap();
    fixture.run(&["apply", "test.tfplan"]).success();
    assert_kept(&fixture);
    assert_eq!(fixture.starts(), 1);
}

/// Moves a time in the state into the past.
fn age_state(fixture: &Fixture, attribute: &str, by: Duration) {
    let mut state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    let time = humantime::format_rfc3339_seconds(SystemTime::now() - by).to_string();
    *state.pointer_mut(&format!("/resources/0/instances/0/attributes/{attribute}")).unwrap() = Value::from(time);
    fixture.workspace.file("terraform.tfstate", state.to_string());
}

#[test]
fn warns_in_the_last_day_before_a_ready_migration_expires() {
    let (fixture, id) = ready();
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    fixture.run(&APPLY).success();
    age_state(&fixture, "ready_since", Duration::from_secs(95 * 3600));
    assert_eq!(warnings(&fixture.workspace.plan_is_empty()), Vec::<String>::new());
    age_state(&fixture, "ready_since", Duration::from_secs(100 * 3600 + 60));
    let plan = fixture.workspace.plan_is_empty();
    let text = warning_at(&plan, &format!("Live migration expires in 19 h 58 min: {id}"), "");
    assert!(text.contains("Atlas keeps it for 120 hours"), "{text}");
    // A complete migration doesn't expire.
    fixture.write(with_both_milestones(&fixture));
    let running = waiting_apply(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert_eq!(warnings(&fixture.workspace.plan_is_empty()), Vec::<String>::new());
}

#[test]
fn ready_since_is_cleared_when_readiness_is_lost() {
    let mut config = frozen();
    config.expires_after = Duration::from_secs(3600);
    let fixture = Fixture::with(&Terraform::on_path(), config);
    let id = fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    assert!(fixture.stored()["ready_since"].is_string());
    let unready =
        Override { ready_for_cutover: Field::Absent, lag_time_seconds: Field::Value(7), ..Override::default() };
    fixture.atlas.override_read(&id, unready);
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = fixture.stored();
    assert_eq!((&state["ready_since"], &state["ready_for_cutover"]), (&Value::Null, &json!(false)));
    // An expired migration keeps the time.
    fixture.atlas.override_read(&id, Override::default());
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    fixture.atlas.advance(Duration::from_secs(3600));
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let state = fixture.stored();
    assert_eq!((&state["status"], state["ready_since"].is_string()), (&json!("EXPIRED"), true));
}
