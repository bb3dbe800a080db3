//! Refreshes with complete, incomplete, invalid, missing and rejected responses.

use atlas_simulator::{Action, Config, Fault, Field, Operation, Override};
use serde_json::{Value, json};

use crate::configuration::{ADDRESS, GROUP};
use crate::support::{Fixture, UNTIL_READY, error_at, errors, warnings, with_status};

#[test]
fn refresh_updates_computed_attributes_only() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    let started = fixture.stored();
    let refresh =
        || fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success().count("have changed outside of");
    fixture.atlas.advance(UNTIL_READY / 2);
    assert!(refresh() > 0);
    let working = fixture.stored();
    assert_eq!((&working["status"], &working["ready_for_cutover"]), (&json!("WORKING"), &json!(false)));
    assert!(working["lag_time_seconds"].as_u64().is_some_and(|lag| lag > 0), "{working:#}");
    fixture.atlas.advance(UNTIL_READY);
    refresh();
    let ready = fixture.stored();
    assert_eq!((&ready["ready_for_cutover"], &ready["lag_time_seconds"]), (&json!(true), &json!(0)));
    assert!(ready["ready_since"].is_string(), "{ready:#}");
    for argument in ["source", "destination", "migration_hosts", "drop_enabled", "validate", "timeouts", "group_id"] {
        assert_eq!(started[argument], ready[argument], "{argument}");
    }
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn accepts_responses_with_missing_or_null_fields() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let bare = Override {
        id: Field::Absent,
        status: Field::Null,
        migration_hosts: Field::Absent,
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Absent,
    };
    let nulls = Override {
        id: Field::Null,
        migration_hosts: Field::Null,
        ready_for_cutover: Field::Null,
        lag_time_seconds: Field::Null,
        ..bare.clone()
    };
    for shown in [bare, nulls] {
        fixture.atlas.override_read(&id, shown);
        fixture.run(&["apply", "-auto-approve"]).success().says("0 added, 0 changed, 0 destroyed");
        let state = fixture.stored();
        // Without a status in the response, the last status is kept.
        assert_eq!((&state["status"], &state["id"]), (&json!("NEW"), &json!(id)));
        assert_eq!((&state["ready_for_cutover"], &state["lag_time_seconds"]), (&json!(false), &Value::Null));
    }
}

#[test]
fn response_not_from_atlas_is_an_error_and_keeps_the_state() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    for (action, cause) in [
        (Action::html(404), "response is not JSON (404)"),
        (Action::redirect("http://127.0.0.1:1/"), "response is a redirect (307)"),
    ] {
        let fault = fixture.atlas.fault(Fault::new(Operation::Read, action.clone()).forever());
        let run = fixture.run(&["apply", "-auto-approve"]);
        run.failure().lacks("<html>");
        error_at(&run, &format!("Can't read live migration: {cause}"), "");
        assert_eq!((errors(&run).len(), fixture.id(ADDRESS)), (1, id.clone()), "{action:?}");
        fault.end();
    }
    fixture.workspace.plan_is_empty();
}

#[test]
fn revoked_key_is_an_error_and_keeps_the_state() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.revoke(Config::PUBLIC_KEY);
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    let text = error_at(&run, "Can't read live migration: Atlas refused the credentials (401)", "");
    assert!(text.contains("API key pair …blic"), "{text}");
    assert_eq!(fixture.id(ADDRESS), id);
    // An error of the refresh fails a destroy too.
    fixture.run(&["destroy", "-auto-approve"]).failure();
    fixture.run(&["destroy", "-auto-approve", "-refresh=false"]).success();
}

#[test]
fn every_plan_warns_about_a_failed_migration_and_changes_nothing() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.fail(&id, "the agent died");
    let plan = fixture.workspace.plan_is_empty();
    assert_eq!(warnings(&plan), [format!("Live migration failed: {id}")]);
    plan.says("terraform apply -replace=<ADDRESS>");
    assert_eq!(errors(&plan), [""; 0]);
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.stored()["status"].clone(), fixture.starts()), (json!("FAILED"), 1));
}

#[test]
fn migration_that_atlas_removed_stays_in_the_state_with_a_warning() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example().with("wait_for_ready", "true"));
    fixture.atlas.age_out(&id);
    for _ in 0..2 {
        let plan = fixture.run(&["plan", "-detailed-exitcode"]);
        plan.exit(2);
        assert_eq!(warnings(&plan), [format!("Live migration is unknown to Atlas: {id}")]);
        let run = fixture.run(&["apply", "-auto-approve"]);
        let text =
            error_at(run.failure(), &format!("Live migration is unknown to Atlas: {id}"), "wait_for_ready = true");
        assert!(text.contains("last status NEW, in state") && text.contains("set wait_for_ready = false"), "{text}");
    }
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id, 1));
}

#[test]
fn keeps_the_final_status_after_atlas_removed_the_migration() {
    for status in ["COMPLETE", "FAILED"] {
        let fixture = Fixture::new();
        let id = fixture.start(fixture.example());
        if status == "FAILED" {
            fixture.atlas.fail(&id, "the agent died");
        } else {
            fixture.atlas.override_read(&id, with_status(status));
        }
        fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
        fixture.atlas.age_out(&id);
        let run = fixture.run(&["apply", "-auto-approve"]);
        run.success().lacks("is unknown to Atlas");
        assert_eq!((fixture.stored()["status"].clone(), fixture.starts()), (json!(status), 1));
        assert_eq!(warnings(&fixture.run(&["destroy", "-auto-approve"])), [""; 0]);
    }
}

#[test]
fn unknown_project_is_an_error_and_keeps_the_state() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let not_found = Action::error(404, "GROUP_NOT_FOUND", &format!("No group with ID {GROUP} exists."));
    fixture.atlas.fault(Fault::new(Operation::Read, not_found).forever());
    let run = fixture.run(&["plan"]);
    run.failure();
    let text = error_at(&run, "Can't read live migration: project not found (404)", "");
    assert!(text.contains("(status 404, GROUP_NOT_FOUND)"), "{text}");
    assert_eq!(fixture.id(ADDRESS), id);
}
