//! What an action must not do or claim: when the process has not seen the state, beside an update of the same migration, with
//! a saved or partial plan, and when a process is killed.

use std::fs;

use atlas_simulator::{Action, Fault, Operation};
use test_support::terraform::{Run, Running};

use crate::actions::{
    CUTOVER, action, fixture, invoke, migration, on_create, resumed, running, start_invoking, started, trigger,
};
use crate::configuration::{ADDRESS, GROUP, OTHER_GROUP};
use crate::support::{Fixture, UNTIL_READY, error_at, errors, frozen, one_line, with_status};
use crate::sync_points::{
    APPLY, cutovers, finish, hold, kill_provider, wait_until_cut_over, wait_until_held, wait_until_received,
    waiting_apply,
};

const WAIT: &str = "action.atlas_live_migration_wait.orders";

/// Both actions, started by a resource that does not depend on the milestones.
fn both(event: &str) -> String {
    action("wait", "") + &action("cutover", "") + &trigger("input = 1", event, &["wait", "cutover"])
}

/// The cutover action with the ID as text, so that Terraform does not know what it belongs to.
fn cutover_of(id: &str) -> String {
    action("cutover", "")
        .replace(&format!("{ADDRESS}.group_id"), &format!("\"{GROUP}\""))
        .replace(&format!("{ADDRESS}.id"), &format!("\"{id}\""))
}

fn output(run: &Run) -> String {
    one_line(&format!("{}{}", run.stdout(), run.stderr()))
}

/// A cutover was requested by an action, which could not store that.
fn cut_over_by_an_interrupted_action() -> Option<(Fixture, String)> {
    let (fixture, id) = started(frozen(), true)?;
    fixture.atlas.advance(UNTIL_READY);
    let running = start_invoking(&fixture);
    wait_until_cut_over(&fixture);
    running.interrupt();
    finish(running).failure();
    Some((fixture, id))
}

#[test]
fn action_that_does_not_see_the_state_claims_nothing_about_the_cutover() {
    let Some((fixture, id)) = cut_over_by_an_interrupted_action() else { return };
    fixture
        .write(migration(&fixture, true).to_string() + &action("wait", "until = \"complete\"\n    timeout = \"2s\""));
    let wait = ["apply", "-auto-approve", &format!("-invoke={WAIT}")];
    let run = fixture.run(&wait);
    run.failure().says(&format!("Timed out waiting for live migration {id}"));
    run.says("Cutover:     unknown");
    fixture.atlas.fail(&id, "the agent died");
    let run = fixture.run(&wait);
    run.failure().says(&format!("Live migration has ended: {id}"));
    run.says("Run terraform plan.");
    assert!(!output(&run).contains("-replace") && !output(&run).contains("No cutover was requested"), "{run:?}");
}

#[test]
fn interrupted_apply_does_not_deny_the_cutover_of_an_action() {
    let Some((fixture, _)) = cut_over_by_an_interrupted_action() else { return };
    let running = waiting_apply(&fixture);
    running.interrupt();
    let run = finish(running);
    run.failure().says("Cutover:     unknown");
    assert!(!output(&run).contains("Writes: keep on the source"), "{run:?}");
    resumed(&fixture);
}

#[test]
fn migration_that_failed_in_an_action_is_as_protected_as_the_next_plan_says() {
    let Some(fixture) = fixture(frozen()) else { return };
    fixture.write(migration(&fixture, true).to_string() + &on_create());
    let running = fixture.workspace.start(APPLY);
    running.until_says("to recover it: terraform import");
    // Now a response has shown a lag, so that no cutover was requested until then.
    fixture.atlas.advance(UNTIL_READY / 2);
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    let id = fixture.id(ADDRESS);
    fixture.atlas.fail(&id, "the agent died");
    let run = finish(running);
    run.failure().says(&format!("Live migration may have failed during cutover: {id}"));
    assert!(!output(&run).contains("-replace"), "{run:?}");
    fixture.run(&["plan"]).success().says(&format!("Live migration may have failed during cutover: {id}"));
}

#[test]
fn interrupt_ends_an_action_that_waits_for_its_turn() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    let go = fixture.workspace.path().join("go");
    let later = format!(
        "action \"atlas_live_migration_wait\" \"orders\" {{\n  config {{\n    group_id = \"{GROUP}\"\n    id       = \"{id}\"\n  }}\n}}\n\n\
         resource \"terraform_data\" \"later\" {{\n  provisioner \"local-exec\" {{\n    command = \"until [ -e {} ]; do sleep \
         0.05; done\"\n  }}\n}}\n",
        go.display()
    );
    fixture.write(
        migration(&fixture, true).to_string()
            + &later
            + &trigger("depends_on = [terraform_data.later]", "after_create", &["wait"]),
    );
    let held = hold(&fixture, Operation::Cutover);
    let running = fixture.workspace.start(APPLY);
    wait_until_held(&fixture, &held);
    fs::write(go, "").unwrap();
    running.until_says("to recover it: terraform import");
    let reads = fixture.atlas.received(Operation::Read);
    running.terminate();
    running.until_says("Action failed");
    // The update frozen awaits the response to its request, which a read follows.
    assert_eq!(fixture.atlas.received(Operation::Read), reads);
    held.release();
    finish(running).failure().says(&format!("Interrupted while waiting for live migration {id}"));
    resumed(&fixture);
}

#[test]
fn killed_provider_leaves_a_migration_that_a_plain_apply_resumes() {
    for sync_points in ["before the request", "with the request in flight", "after the response"] {
        let Some((fixture, _)) = started(frozen(), true) else { return };
        let running = match sync_points {
            "before the request" => {
                let running = start_invoking(&fixture);
                running.until_says("to recover it: terraform import");
                running
            }
            "with the request in flight" => {
                fixture.atlas.advance(UNTIL_READY);
                let held = fixture.atlas.fault(Fault::new(Operation::Cutover, Action::Hold).processed());
                let running = start_invoking(&fixture);
                wait_until_held(&fixture, &held);
                running
            }
            _ => {
                fixture.atlas.advance(UNTIL_READY);
                let running = start_invoking(&fixture);
                wait_until_cut_over(&fixture);
                running
            }
        };
        kill_provider(&running);
        finish(running).failure();
        fixture.write(migration(&fixture, true));
        resumed(&fixture);
    }
}

#[test]
fn killed_provider_starts_no_later_action() {
    let Some(fixture) = fixture(frozen()) else { return };
    fixture.write(migration(&fixture, true).to_string() + &on_create());
    let running = fixture.workspace.start(APPLY);
    running.until_says("to recover it: terraform import");
    kill_provider(&running);
    fixture.atlas.advance(UNTIL_READY);
    finish(running).failure();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));
    fixture.write(migration(&fixture, true));
    resumed(&fixture);
}

#[test]
fn complete_migration_beside_new_ones_needs_no_cutover() {
    let Some(fixture) = fixture(running()) else { return };
    let all = |keys: &str, input: &str| {
        migration(&fixture, true)
            .with("for_each", keys)
            .destination("cluster_name", "each.key")
            .with("migration_hosts", "[\"${each.key}.example.com\"]")
            .to_string()
            + &format!(
                "\naction \"atlas_live_migration_cutover\" \"orders\" {{\n  for_each = {ADDRESS}\n  config {{\n    group_id = \
                 each.value.group_id\n    id       = each.value.id\n  }}\n}}\n\nresource \"terraform_data\" \"orders\" {{\n  for_each = \
                 {ADDRESS}\n  input    = \"{input}\"\n  lifecycle {{\n    action_trigger {{\n      events  = [after_create, \
                 after_update]\n      actions = [{CUTOVER}[each.key]]\n    }}\n  }}\n}}\n"
            )
    };
    fixture.apply(all("toset([\"a\"])", "1")).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    // The apply does not show the complete migration to the provider: nothing about it changes.
    fixture.apply(all("toset([\"a\", \"b\", \"c\"])", "2")).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (3, 3));
    fixture.workspace.plan_is_empty();
}

#[test]
fn update_and_actions_in_one_apply_request_one_cutover() {
    for event in ["after_create", "before_create"] {
        let Some((fixture, _)) = started(running(), false) else { return };
        fixture.apply(migration(&fixture, true).to_string() + &both(event)).success();
        assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1), "{event}");
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn action_before_the_update_of_its_own_resource_requests_the_one_cutover() {
    let Some((fixture, id)) = started(running(), true) else { return };
    let trigger = "lifecycle {\n  action_trigger {\n    events  = [before_update]\n    actions = \
                   [action.atlas_live_migration_cutover.orders]\n  }\n}";
    fixture.apply(migration(&fixture, true).block(trigger).to_string() + &cutover_of(&id)).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn saved_plan_starts_waits_and_cuts_over() {
    let Some(fixture) = fixture(running()) else { return };
    fixture.write(migration(&fixture, true).to_string() + &on_create());
    fixture.run(&["plan", "-out=saved"]).success();
    fixture.run(&["apply", "saved"]).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn saved_cutover_is_stale_once_the_milestone_is_withdrawn() {
    let Some((fixture, _)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(migration(&fixture, true).to_string() + &both("after_create"));
    fixture.run(&["plan", "-out=saved"]).success();
    fixture.apply(migration(&fixture, false)).success();
    let run = fixture.run(&["apply", "saved"]);
    assert_eq!(errors(run.failure()), ["Saved plan is stale"]);
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn partial_plans_cut_over_once() {
    for arguments in [
        &["apply", "-auto-approve", "-refresh=false", "-target=terraform_data.orders"][..],
        &["apply", "-auto-approve", "-target=terraform_data.orders"],
        &["apply", "-auto-approve", "-refresh=false"],
    ] {
        let Some((fixture, _)) = started(running(), true) else { return };
        fixture.write(migration(&fixture, true).to_string() + &both("after_create"));
        fixture.run(arguments).success();
        assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1), "{arguments:?}");
        fixture.workspace.plan_is_empty();
    }
    let Some((fixture, _)) = started(running(), true) else { return };
    fixture.run(&["apply", "-auto-approve", "-refresh=false", &format!("-invoke={CUTOVER}")]).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn invoking_applies_no_pending_milestone() {
    let Some((fixture, id)) = started(frozen(), false) else { return };
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(migration(&fixture, true).to_string() + &action("cutover", ""));
    invoke(&fixture).failure().says(&format!("cutover is not set: live migration {id}"));
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn withdrawn_milestone_counts_in_whichever_order_the_plans_are_made() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    // Nothing orders the two, and what depends on nothing is planned first.
    let cutover = cutover_of(&id) + &trigger("input = 1", "after_create", &["cutover"]);
    let first = "resource \"terraform_data\" \"first\" {\n}\n\n".to_owned();
    let late = first.clone() + &migration(&fixture, false).block("depends_on = [terraform_data.first]").to_string();
    for configuration in [late + &cutover, migration(&fixture, false).to_string() + &cutover, first + &cutover] {
        let run = fixture.apply(configuration);
        run.failure();
        let refused =
            [format!("cutover is not set: live migration {id}"), format!("Live migration is not in this state: {id}")];
        assert!(refused.iter().any(|summary| output(&run).contains(summary)), "{run:?}");
        assert_eq!(fixture.addresses(), [ADDRESS]);
    }
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn plan_says_that_an_ended_migration_is_not_cut_over() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.atlas.fail(&id, "the agent died");
    let run = invoke(&fixture);
    run.failure().says(&format!("Live migration may have failed during cutover: {id}"));
    assert!(!output(&run).contains("This action cuts over"), "{run:?}");
}

#[test]
fn cutover_in_flight_of_an_action_is_never_repeated() {
    for signal in [Running::terminate, Running::terminate_group, Running::interrupt, Running::kill] {
        let Some((fixture, _)) = started(frozen(), true) else { return };
        fixture.atlas.advance(UNTIL_READY);
        let held = fixture.atlas.fault(Fault::new(Operation::Cutover, Action::Hold).processed());
        let running = start_invoking(&fixture);
        wait_until_held(&fixture, &held);
        signal(&running);
        held.release();
        finish(running);
        resumed(&fixture);
        assert_eq!(fixture.atlas.received(Operation::Cutover), 1, "{}", fixture.atlas.log());
    }
}

#[test]
fn two_actions_for_one_migration_request_one_cutover() {
    let Some((fixture, _)) = started(running(), true) else { return };
    let second = trigger("input = 2", "after_create", &["cutover"])
        .replace("\"terraform_data\" \"orders\"", "\"terraform_data\" \"second\"");
    fixture.apply(migration(&fixture, true).to_string() + &both("after_create") + &second).success();
    assert_eq!((fixture.starts(), fixture.atlas.received(Operation::Cutover)), (1, 1), "{}", fixture.atlas.log());
    fixture.workspace.plan_is_empty();
}

#[test]
fn tainted_migration_is_not_replaced_for_its_actions() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.run(&["taint", ADDRESS]).success();
    let run = fixture.apply(migration(&fixture, true).to_string() + &on_create());
    assert_eq!(errors(run.failure()), [format!("Destination has a live migration already: {id}")]);
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));
}

#[test]
fn index_of_a_count_moves_a_migration_and_its_actions() {
    let Some((fixture, _)) = started(running(), true) else { return };
    let indexed = on_create().replace(&format!("{ADDRESS}."), &format!("{ADDRESS}[0]."));
    fixture.apply(migration(&fixture, true).with("count", "1").to_string() + &indexed).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn other_project_than_that_of_the_migration_is_an_error_in_the_plan() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    for kind in ["wait", "cutover"] {
        let other = action(kind, "").replace(&format!("{ADDRESS}.group_id"), &format!("\"{OTHER_GROUP}\""));
        fixture.write(migration(&fixture, true).to_string() + &other);
        let run =
            fixture.run(&["apply", "-auto-approve", &format!("-invoke=action.atlas_live_migration_{kind}.orders")]);
        let text =
            error_at(&run, "Project differs from that of the destination", &format!("group_id = \"{OTHER_GROUP}\""));
        assert!(text.contains(&format!("live migration {id} is in project `{GROUP}`")), "{text}");
    }
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn wait_until_complete_does_not_keep_the_cutover_from_its_turn() {
    let Some((fixture, id)) = started(running(), true) else { return };
    // Nothing orders the two, so the action begins first.
    let wait = cutover_of(&id)
        .replace("migration_cutover", "migration_wait")
        .replace("config {", "config {\n    until = \"complete\"");
    let wait = wait.replace("config {", "config {\n    timeout = \"30s\"");
    fixture
        .apply(migration(&fixture, true).to_string() + &wait + &trigger("input = 1", "after_create", &["wait"]))
        .success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn lag_that_is_gone_leaves_the_cutover_unknown() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(migration(&fixture, true).to_string() + &action("wait", "until = \"complete\""));
    let invoke = format!("-invoke={WAIT}");
    let running = fixture.workspace.start(["apply", "-auto-approve", &invoke]);
    running.until_says("to recover it: terraform import");
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    // As after a cutover that something else requested.
    fixture.atlas.override_read(&id, with_status("WORKING"));
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    running.interrupt();
    finish(running).failure().says("Cutover:     unknown");
}
