//! The actions `atlas_live_migration_wait` and `atlas_live_migration_cutover`, on Terraform 1.14 and newer: one apply starts a
//! migration, waits for it and cuts it over; and everything that a cutover action must reject.

use std::time::Duration;

use atlas_simulator::{Action, Config, Fault, Operation};
use test_support::terraform::{Run, Running, Terraform};

use crate::configuration::{ADDRESS, GROUP, Resource};
use crate::support::{Fixture, UNTIL_READY, error_at, errors, frozen};
use crate::sync_points::{APPLY, cutovers, finish, hold, wait_until_cut_over, wait_until_held};

pub(crate) const CUTOVER: &str = "action.atlas_live_migration_cutover.orders";

/// The Terraforms with actions.
pub(crate) fn terraforms() -> Vec<Terraform> {
    ["1.14", "newest"].into_iter().filter_map(Terraform::version).collect()
}

/// A simulator and the newest Terraform; `None` where that cannot be had.
pub(crate) fn fixture(config: Config) -> Option<Fixture> {
    Terraform::newest().map(|terraform| Fixture::with(&terraform, config))
}

/// A simulator whose clock runs, so that one apply can do everything.
pub(crate) fn running() -> Config {
    Config { speed: 20.0, validation_for: Duration::ZERO, ..Config::default() }
}

/// The example with `cutover`.
pub(crate) fn migration(fixture: &Fixture, cutover: bool) -> Resource {
    fixture.example().with("validate", "false").with("cutover", if cutover { "true" } else { "false" })
}

/// An action for the migration with these arguments beside its ID.
pub(crate) fn action(kind: &str, arguments: &str) -> String {
    format!(
        "\naction \"atlas_live_migration_{kind}\" \"orders\" {{\n  config {{\n    group_id = {ADDRESS}.group_id\n    id       = \
         {ADDRESS}.id\n    {arguments}\n  }}\n}}\n"
    )
}

/// A resource that invokes actions on an event.
pub(crate) fn trigger(input: &str, event: &str, actions: &[&str]) -> String {
    let actions: Vec<_> = actions.iter().map(|kind| format!("action.atlas_live_migration_{kind}.orders")).collect();
    format!(
        "\nresource \"terraform_data\" \"orders\" {{\n  {input}\n  lifecycle {{\n    action_trigger {{\n      events  = \
         [{event}]\n      actions = [{}]\n    }}\n  }}\n}}\n",
        actions.join(", ")
    )
}

/// Waits and cuts over when the migration is created.
pub(crate) fn on_create() -> String {
    let replaced = format!("triggers_replace = {ADDRESS}.id");
    action("wait", "") + &action("cutover", "") + &trigger(&replaced, "after_create", &["wait", "cutover"])
}

/// A running migration with `cutover` in its state, and the cutover action in the configuration.
pub(crate) fn started(config: Config, cutover: bool) -> Option<(Fixture, String)> {
    let fixture = fixture(config)?;
    let id = fixture.start(migration(&fixture, cutover));
    fixture.write(migration(&fixture, cutover).to_string() + &action("cutover", ""));
    Some((fixture, id))
}

pub(crate) fn invoke(fixture: &Fixture) -> Run {
    fixture.run(&["apply", "-auto-approve", &format!("-invoke={CUTOVER}")])
}

pub(crate) fn start_invoking(fixture: &Fixture) -> Running {
    let invoke = format!("-invoke={CUTOVER}");
    let running = fixture.workspace.start(["apply", "-auto-approve", invoke.as_str()]);
    // Up to Terraform 1.15, an event that crosses an interrupt crashes Terraform: the first line must be there before one.
    running.until_says("to recover it: terraform import");
    running
}

/// Moves the clock until a migration that is being cut over is complete.
pub(crate) fn complete(fixture: &Fixture) {
    wait_until_cut_over(fixture);
    fixture.atlas.advance(UNTIL_READY);
}

#[test]
fn one_apply_starts_waits_and_cuts_over() {
    for terraform in terraforms() {
        let fixture = Fixture::with(&terraform, running());
        let run = fixture.apply(migration(&fixture, true).to_string() + &on_create());
        run.success();
        let id = fixture.id(ADDRESS);
        run.says(&format!("live migration {id}; to recover it: terraform import <ADDRESS> {GROUP}/{id}"));
        run.says("This apply cuts over the live migration that it starts");
        assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1), "{}", fixture.atlas.log());
        fixture.workspace.plan_is_empty();
        assert_eq!(
            fixture.atlas.migration(&id).map(|migration| migration.status.to_string()).as_deref(),
            Some("COMPLETE")
        );
    }
}

#[test]
fn cutover_without_its_milestone_is_rejected_in_the_plan() {
    let Some(fixture) = fixture(frozen()) else { return };
    let id = fixture.start(migration(&fixture, false));
    let trigger = |input: &str| action("cutover", "") + &trigger(input, "after_create, after_update", &["cutover"]);
    let run = fixture.apply(migration(&fixture, false).to_string() + &trigger("input = 1"));
    run.failure();
    run.says(&format!("cutover is not set: live migration {id}"));
    // The planned value counts, and an unrelated update triggers it then.
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(migration(&fixture, true).to_string() + &trigger("input = 2"));
    let running = fixture.workspace.start(APPLY);
    complete(&fixture);
    finish(running).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn cutover_of_a_new_migration_without_the_milestone_is_rejected_at_apply() {
    let Some(fixture) = fixture(running()) else { return };
    let replaced = format!("triggers_replace = {ADDRESS}.id");
    let cutover = action("cutover", "") + &trigger(&replaced, "after_create", &["cutover"]);
    let run = fixture.apply(migration(&fixture, false).to_string() + &cutover);
    run.failure();
    let id = fixture.id(ADDRESS);
    run.says(&format!("cutover is not set: live migration {id}"));
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));
}

#[test]
fn cutover_from_another_state_is_rejected() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    let other = Fixture::on(fixture.workspace.terraform());
    other.workspace.env("MONGODB_ATLAS_BASE_URL", fixture.atlas.url());
    let elsewhere = format!(
        "action \"atlas_live_migration_cutover\" \"orders\" {{\n  config {{\n    group_id = \"{GROUP}\"\n    id       = \
         \"{id}\"\n  }}\n}}\n"
    );
    other.write(&elsewhere);
    let run = invoke(&other);
    run.failure();
    run.says(&format!("Live migration is not in this state: {id}"));
    // Nor where the ID is known only at apply.
    let unknown = elsewhere.replace(&format!("\"{id}\""), "terraform_data.id.output")
        + &format!("\nresource \"terraform_data\" \"id\" {{\n  input = \"{id}\"\n}}\n")
        + &migration(&fixture, true)
            .destination("cluster_name", "\"another\"")
            .with("migration_hosts", "[\"vm002.example.com\"]")
            .named("another")
            .to_string()
        + &trigger("depends_on = [atlas_live_migration.another]", "after_create", &["cutover"]);
    let run = other.apply(unknown);
    run.failure();
    run.says(&format!("Live migration is not in this state: {id}"));
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn apply_that_imports_cuts_nothing_over_and_the_next_one_does() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.run(&["state", "rm", ADDRESS]).success();
    fixture.atlas.advance(UNTIL_READY);
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}/{id}\"\n}}\n\n");
    let run = fixture.apply(import.clone() + &migration(&fixture, true).to_string() + &on_create());
    run.failure();
    run.says(&format!("Import and cutover in one apply: live migration {id}"));
    fixture.apply(import + &migration(&fixture, true).to_string()).success();
    assert_eq!(cutovers(&fixture), 0);
    fixture.write(migration(&fixture, true));
    let running = fixture.workspace.start(APPLY);
    complete(&fixture);
    finish(running).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn failed_cutover_of_an_action_is_not_started_again() {
    let Some(fixture) = fixture(frozen()) else { return };
    let erasing = migration(&fixture, true).with("drop_enabled", "true");
    let id = fixture.start(&erasing);
    fixture.write(erasing.to_string() + &action("cutover", ""));
    fixture.atlas.advance(UNTIL_READY);
    let running = start_invoking(&fixture);
    wait_until_cut_over(&fixture);
    fixture.atlas.fail(&id, "the agent died");
    let run = finish(running);
    run.failure();
    run.says(&format!("Live migration failed during cutover: {id}"));
    let run = fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]);
    run.failure();
    assert!(errors(&run).iter().any(|summary| summary.starts_with("Live migration can't be replaced")), "{run:?}");
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn invoking_cuts_over_once_and_a_complete_migration_never_again() {
    let Some((fixture, id)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    let running = start_invoking(&fixture);
    complete(&fixture);
    let run = finish(running);
    run.success();
    run.says(&format!("This action cuts over live migration {id}"));
    fixture.workspace.plan_is_empty();
    invoke(&fixture).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
}

#[test]
fn waiting_for_completion_requests_no_cutover_and_times_out() {
    let Some(fixture) = fixture(frozen()) else { return };
    let id = fixture.start(migration(&fixture, true));
    fixture.atlas.advance(UNTIL_READY);
    fixture
        .write(migration(&fixture, true).to_string() + &action("wait", "until = \"complete\"\n    timeout = \"2s\""));
    let run = fixture.run(&["apply", "-auto-approve", "-invoke=action.atlas_live_migration_wait.orders"]);
    run.failure();
    run.says(&format!("Timed out waiting for live migration {id}"));
    assert_eq!(cutovers(&fixture), 0);
}

#[test]
fn interrupt_ends_the_wait_and_a_plain_apply_resumes() {
    let Some(fixture) = fixture(frozen()) else { return };
    fixture.write(migration(&fixture, true).to_string() + &on_create());
    let running = fixture.workspace.start(APPLY);
    running.until_says("to recover it: terraform import");
    running.interrupt();
    running.until_says("Interrupt received.");
    let run = finish(running);
    run.failure();
    let id = fixture.id(ADDRESS);
    run.says(&format!("Interrupted while waiting for live migration {id}"));
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 0));
    resumed(&fixture);
}

#[test]
fn cutover_in_flight_is_awaited_after_an_interrupt() {
    let Some((fixture, _)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    let held = hold(&fixture, Operation::Cutover);
    let running = start_invoking(&fixture);
    wait_until_held(&fixture, &held);
    running.interrupt();
    running.until_says("Interrupt received.");
    held.release();
    finish(running).failure();
    resumed(&fixture);
}

#[test]
fn killed_terraform_leaves_a_migration_that_a_plain_apply_resumes() {
    let Some((fixture, _)) = started(frozen(), true) else { return };
    let running = start_invoking(&fixture);
    running.kill();
    finish(running);
    fixture.atlas.advance(UNTIL_READY);
    resumed(&fixture);
}

/// The next apply cuts over, once in all.
#[track_caller]
pub(crate) fn resumed(fixture: &Fixture) {
    fixture.atlas.advance(UNTIL_READY);
    let running = fixture.workspace.start(["apply", "-auto-approve", "-lock=false"]);
    complete(fixture);
    finish(running).success();
    assert_eq!((fixture.starts(), cutovers(fixture)), (1, 1), "{}", fixture.atlas.log());
    fixture.workspace.plan_is_empty();
}

#[test]
fn lost_response_to_the_cutover_is_followed_by_a_read() {
    let Some((fixture, _)) = started(frozen(), true) else { return };
    fixture.atlas.advance(UNTIL_READY);
    let _fault = fixture.atlas.fault(Fault::new(Operation::Cutover, Action::Reset).processed());
    let running = start_invoking(&fixture);
    complete(&fixture);
    finish(running).success();
    assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn mistakes_are_errors_at_their_place() {
    let Some(fixture) = fixture(frozen()) else { return };
    let wrong = "action \"atlas_live_migration_wait\" \"orders\" {\n  config {\n    group_id = \"x\"\n    id = \
                 \"6B091334DA4B2F42B931C320\"\n    until = \"done\"\n    timeout = \"1 day\"\n  }\n}\n";
    fixture.write(wrong);
    let run = fixture.run(&["validate"]);
    run.failure();
    error_at(&run, "Malformed project ID", "group_id = \"x\"");
    error_at(&run, "Malformed live migration ID", "id = \"6B091334DA4B2F42B931C320\"");
    error_at(&run, "Unknown value of until", "until = \"done\"");
    error_at(&run, "Malformed duration", "timeout = \"1 day\"");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn mistakes_that_are_known_late_are_errors_as_soon_as_they_are_known() {
    let Some(fixture) = fixture(frozen()) else { return };
    let wrong = |id: &str, timeout: &str| {
        format!(
            "resource \"terraform_data\" \"late\" {{\n  input = \"1 day\"\n}}\n\nvariable \"timeout\" {{\n  default = \"1 \
             day\"\n}}\n\naction \"atlas_live_migration_wait\" \"orders\" {{\n  config {{\n    group_id = \"{GROUP}\"\n    id       = \
             {id}\n    timeout  = {timeout}\n  }}\n}}\n"
        ) + &trigger("", "after_create", &["wait"])
    };
    let known = "\"6b091334da4b2f42b931c320\"";
    let null = format!("terraform_data.late.id == \"\" ? {known} : null");
    fixture.plan(wrong(known, "var.timeout")).failure().says("Malformed duration");
    for (configuration, summary) in [
        (wrong(known, "terraform_data.late.output"), "Malformed duration"),
        (wrong("terraform_data.late.output", "\"1h\""), "Malformed live migration ID"),
        (wrong(&null, "\"1h\""), "Missing required argument"),
    ] {
        let fixture = Fixture::on(fixture.workspace.terraform());
        fixture.apply(configuration).failure().says(summary);
        assert_eq!(fixture.atlas.requests().len(), 0);
    }
}
