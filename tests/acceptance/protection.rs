//! Protection of a destination against being overwritten: imports that hide it, erasing starts, unreachable milestones,
//! and failures during a cutover. Renamed and replaced resources are in `duplicate_starts`.

use std::time::Duration;

use atlas_simulator::{Action, Fault, Operation, Seed, Stage};
use serde_json::{Value, json};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, Resource, text};
use crate::support::{Fixture, UNTIL_READY, diagnostics, error_at, errors, warning_at, warnings, with_status};

const IMPORT_HIDDEN: &str = "ignore_changes hides an import: live migration";

fn seeded(fixture: &Fixture, stage: Stage) -> String {
    fixture.atlas.seed_migration(Seed::new(GROUP, CLUSTER, stage))
}

fn import_block(id: &str) -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}/{id}\"\n}}\n\n")
}

fn ignoring(fixture: &Fixture, what: &str) -> Resource {
    fixture.example().with("cutover", "true").block(format!("lifecycle {{\n  ignore_changes = {what}\n}}"))
}

/// A resource whose output is unknown in a plan and known at apply.
fn computed(value: &str) -> String {
    format!("resource \"terraform_data\" \"computed\" {{\n  input = {value}\n}}\n\n")
}

#[test]
fn rejects_import_hidden_by_ignore_changes() {
    for (what, blocks) in
        [("all", ["source", "destination"].as_slice()), ("[source]", &["source"]), ("[destination]", &["destination"])]
    {
        let fixture = Fixture::new();
        let id = seeded(&fixture, Stage::Complete);
        let second = fixture.example().named("second").with("drop_enabled", "true").source("cluster_name", "\"Z\"");
        let configuration = format!("{}{second}", ignoring(&fixture, what));

        // With an import block, and with the command, which stores the migration in the state.
        let run = fixture.apply(format!("{}{configuration}", import_block(&id)));
        let summary = format!("{IMPORT_HIDDEN} {id}");
        run.failure();
        let hidden = errors(&run).into_iter().filter(|found| *found == summary).count();
        assert_eq!(hidden, blocks.len(), "{what}: {:?}", errors(&run));
        assert!(fixture.addresses().is_empty());

        fixture.write(&configuration);
        fixture.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
        let run = fixture.run(&["apply", "-auto-approve"]);
        run.failure();
        let text = error_at(&run, &summary, "");
        assert!(text.contains("from ignore_changes, and run terraform apply"), "{text}");
        assert_eq!(
            (fixture.writes(), fixture.starts(), fixture.atlas.erasures(GROUP, CLUSTER)),
            (0, 0, 0),
            "{}",
            fixture.atlas.log()
        );
        assert_ne!(fixture.stored()["cutover"], json!(true), "{what}");

        // Without ignore_changes, the arguments are stored. Then it can be added again.
        fixture.apply(fixture.example()).success();
        fixture.write(fixture.example().block(format!("lifecycle {{\n  ignore_changes = {what}\n}}")));
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn rejects_starts_in_the_project_of_an_import_without_a_destination() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Complete);
    fixture.write(fixture.example());
    fixture.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
    // Without its block, no plan shows its destination.
    let run = fixture.apply(fixture.example().named("second").with("drop_enabled", "true"));
    run.failure();
    let text = error_at(&run, &format!("Unknown destination of live migration {id}"), "");
    assert!(text.contains("Apply the imported one first"), "{text}");
    assert_eq!((fixture.starts(), fixture.addresses()), (0, vec![ADDRESS.to_owned()]));
}

#[test]
fn import_warns_that_the_next_apply_cuts_over() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Ready);
    let run = fixture.apply(format!("{}{}", import_block(&id), fixture.example().with("cutover", "true")));
    run.success();
    let summary = format!("Check the arguments of imported live migration {id}");
    let text = warning_at(&run, &summary, "cutover = true");
    assert!(text.contains("this apply does not cut over. The next terraform apply waits"), "{text}");
    assert_eq!(fixture.writes(), 0);
}

#[test]
fn plan_rejects_drop_enabled_with_an_unknown_destination() {
    let fixture = Fixture::new();
    let dropping = |drop: &str| {
        let destination = fixture.example().destination("cluster_name", "terraform_data.computed.output");
        format!("{}{}", computed(&text(CLUSTER)), destination.with("drop_enabled", drop))
    };
    let run = fixture.plan(dropping("true"));
    run.failure();
    let found = error_at(&run, "drop_enabled requires a known destination", "drop_enabled = true");
    assert!(found.contains("it has nothing to erase: set drop_enabled = false"), "{found}");
    assert!(found.contains("terraform destroy -refresh=false"), "{found}");
    let computed_drop =
        format!("{}{}", computed("true"), fixture.example().with("drop_enabled", "terraform_data.computed.output"));
    let both = computed_drop.replace(&text(CLUSTER), "\"B-${terraform_data.computed.output}\"");
    error_at(&fixture.plan(both), "drop_enabled requires a known destination", "");
    assert_eq!(fixture.starts(), 0);
    fixture.apply(dropping("false")).success();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn does_not_erase_a_complete_destination_that_becomes_known_at_apply() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Complete);
    fixture.apply(format!("{}{}", import_block(&id), fixture.example())).success();
    // The dependent makes Terraform create the new one before it destroys the old one.
    let dependent = "resource \"terraform_data\" \"after\" {\n  input = atlas_live_migration.orders.id\n  lifecycle {\n    \
                     create_before_destroy = true\n  }\n}\n";
    for drop in ["true", "false"] {
        let resource =
            fixture.example().destination("cluster_name", "terraform_data.computed.output").with("drop_enabled", drop);
        fixture.run(&["taint", ADDRESS]).success();
        fixture.write(format!("{}{resource}{dependent}", computed(&text(CLUSTER))));
        fixture.run(&["apply", "-auto-approve"]).failure();
        assert_eq!(fixture.atlas.erasures(GROUP, CLUSTER), 0, "{}", fixture.atlas.log());
    }
}

#[test]
fn rejects_duplicate_start_whose_destination_becomes_known_at_apply() {
    let fixture = Fixture::new();
    let first = fixture.example();
    fixture.start(&first);
    let second = fixture
        .example()
        .named("second")
        .with("migration_hosts", "[\"vm002.example.com\"]")
        .destination("cluster_name", "terraform_data.computed.output");
    let run = fixture.apply(format!("{}{first}{second}", computed(&text(CLUSTER))));
    run.failure();
    assert_eq!((fixture.starts(), fixture.addresses()), (1, vec![ADDRESS.to_owned()]), "{}", run.stdout());
}

#[test]
fn warns_about_drop_enabled_of_a_complete_migration_in_every_plan() {
    let fixture = Fixture::new();
    let dropping = || fixture.example().with("drop_enabled", "true");
    let id = fixture.start(dropping());
    fixture.atlas.override_read(&id, with_status("COMPLETE"));
    fixture.run(&["apply", "-auto-approve"]).success();
    let into = format!("cluster `{CLUSTER}` in project `{GROUP}`");
    let plan = fixture.run(&["plan"]);
    let text =
        warning_at(plan.success(), &format!("Set drop_enabled = false: live migration {id}"), "drop_enabled = true");
    assert!(text.contains(&into), "{text}");
    let destroy = fixture.run(&["plan", "-destroy"]);
    let text = warning_at(destroy.success(), &format!("The next apply would erase {CLUSTER} in {GROUP}"), "");
    assert!(text.contains("a removed block does both"), "{text}");

    let disarmed = fixture.apply(fixture.example().with("drop_enabled", "false"));
    disarmed.success();
    assert_eq!(warnings(&fixture.workspace.plan_is_empty()), [""; 0]);
    assert_eq!(warnings(&fixture.run(&["plan", "-destroy"])), [""; 0]);
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn no_message_recommends_state_rm() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let rejections = [
        (Action::error(401, "USER_UNAUTHORIZED", "No."), "Atlas refused the credentials (401)"),
        (Action::error(403, "USER_UNAUTHORIZED", "No."), "Atlas denied access (403)"),
        (Action::error(404, "GROUP_NOT_FOUND", "No project."), "project not found (404)"),
        (Action::error(406, "INVALID_VERSION", "No."), "API version not supported (406)"),
        (Action::rate_limited(3600), "too many requests (429)"),
        (Action::html(404), "response is not JSON (404)"),
    ];
    for (rejection, cause) in rejections {
        fixture.atlas.fault(Fault::new(Operation::Read, rejection));
        let run = fixture.run(&["plan"]);
        run.failure().lacks("state rm");
        let text = error_at(&run, &format!("Can't read live migration: {cause}"), "");
        assert!(text.contains("The state is unchanged, and the live migration is not affected."), "{text}");
        assert!(text.contains("terraform destroy -refresh=false"), "{text}");
    }
    let changed = fixture.example().source("cluster_name", "\"Z\"");
    for status in ["WORKING", "COMPLETE", "FAILED"] {
        fixture.atlas.override_read(&id, with_status(status));
        let run = fixture.plan(&changed);
        run.lacks("state rm");
        // The next status is then read after COMPLETE.
        fixture.write(fixture.example());
        fixture.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    }
    let run = fixture.plan(&changed);
    run.failure().lacks("state rm").says("use a removed block");
}

#[test]
fn failed_migration_with_stored_cutover_is_replaced_only_after_cutover_is_set_to_false() {
    let fixture = Fixture::new();
    let cutover = fixture.example().with("cutover", "true");
    let id = fixture.start(&cutover);
    fixture.atlas.fail(&id, "the agent died");
    let replace = format!("-replace={ADDRESS}");
    let run = fixture.run(&["apply", "-auto-approve", &replace]);
    run.failure();
    error_at(&run, &format!("Live migration can't be replaced: {id}"), "");
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id.clone(), 1));
    let run = fixture.plan(cutover.source("cluster_name", "\"Z\""));
    error_at(&run, &format!("Argument can't be changed: live migration {id}"), "cluster_name = \"Z\"");

    fixture.apply(fixture.example()).success();
    fixture.run(&["apply", "-auto-approve", &replace]).success();
    assert_eq!((fixture.id(ADDRESS) == id, fixture.starts()), (false, 2));
}

#[test]
fn migration_that_failed_before_its_cutover_was_requested_is_replaceable() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.write(fixture.example().with("cutover", "true"));
    fixture.atlas.advance(Duration::from_secs(2));
    let running = crate::sync_points::waiting_apply(&fixture);
    let reads = fixture.atlas.received(Operation::Read);
    crate::sync_points::wait_until_received(&fixture, Operation::Read, reads + 1);
    fixture.atlas.fail(&id, "the agent died");
    let run = crate::sync_points::finish(running);
    run.failure();
    let text = error_at(&run, &format!("Live migration failed: {id}"), "cutover = true");
    assert!(text.contains("Writes: keep on the source"), "{text}");
    // The next apply fails too.
    fixture.run(&["apply", "-auto-approve"]).failure();
    fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_eq!((fixture.id(ADDRESS) == id, fixture.starts()), (false, 2));
}

#[test]
fn unreachable_milestone_fails_every_apply_until_it_is_removed() {
    for (status, requested) in [("FAILED", false), ("EXPIRED", false), ("FAILED", true), ("not found", false)] {
        let fixture = Fixture::new();
        let id = fixture.start(fixture.example());
        if requested {
            // COMPLETE and then FAILED: a cutover was requested.
            fixture.atlas.override_read(&id, with_status("COMPLETE"));
            fixture.run(&["apply", "-auto-approve", "-refresh-only"]).success();
        }
        match status {
            "not found" => assert!(fixture.atlas.age_out(&id)),
            status => assert!(fixture.atlas.override_read(&id, with_status(status))),
        }
        fixture.write(fixture.example().with("cutover", "true"));
        for _ in 0..2 {
            fixture.run(&["plan", "-detailed-exitcode"]).exit(2).says("can't be reached any more");
            let run = fixture.run(&["apply", "-auto-approve"]);
            run.failure().lacks("Apply complete").says("set cutover = false");
        }
        assert_eq!(
            (fixture.atlas.received(Operation::Cutover), fixture.starts(), fixture.id(ADDRESS)),
            (0, 1, id),
            "{status}"
        );
        fixture.write(fixture.example());
        fixture.run(&["apply", "-auto-approve"]).success();
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn warnings_name_the_destination_in_the_state() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.override_read(&id, with_status("COMPLETE"));
    fixture.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    fixture.atlas.override_read(&id, with_status("FAILED"));
    let run = fixture.plan(fixture.example().destination("cluster_name", "\"other\""));
    let text = warning_at(&run, &format!("Live migration failed during cutover: {id}"), "");
    assert!(
        text.contains(&format!("Compare the source and cluster `{CLUSTER}`")) && !text.contains("other`"),
        "{text}"
    );
}

#[test]
fn warns_about_two_migrations_on_one_migration_host() {
    let fixture = Fixture::new();
    let other = fixture.example().named("other").destination("cluster_name", "\"C\"").source("cluster_name", "\"Z\"");
    let summary = format!("More than one live migration on migration host {HOST}");
    let run = fixture.plan(format!("{}{other}", fixture.example()));
    warning_at(run.success(), &summary, &format!("migration_hosts = [\"{HOST}\"]"));
    let id = fixture.start(fixture.example());
    let upper = other.with("migration_hosts", &format!("[\"{}\"]", HOST.to_uppercase()));
    let run = fixture.plan(format!("{}{upper}", fixture.example()));
    assert_eq!(warnings(run.success()), [summary]);
    // A complete one leaves its migration host to the next, in whichever order Terraform plans the two.
    fixture.atlas.override_read(&id, with_status("COMPLETE"));
    fixture.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    let run = fixture.plan(format!("{}{upper}", fixture.example()));
    assert_eq!(warnings(run.success()), [""; 0]);
}

#[test]
fn destroy_of_a_removed_resource_warns_with_the_refreshed_status() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example().with("drop_enabled", "true"));
    fixture.atlas.override_read(&id, with_status("COMPLETE"));
    let run = fixture.plan("");
    // Terraform 1.9 to 1.11 plan before they read. The read corrects the planned status.
    let shown = diagnostics(run.success());
    let corrected = shown.iter().find(|shown| shown.summary == format!("Live migration is COMPLETE: {id}"));
    let running = shown.iter().any(|shown| shown.summary == format!("Live migration keeps running in Atlas: {id}"));
    assert!(corrected.is_some() || !running, "{}", run.stdout());
    warning_at(&run, &format!("The next apply would erase {CLUSTER} in {GROUP}"), "");
}

#[test]
fn plan_knows_group_id_from_the_destination() {
    let fixture = Fixture::new();
    let run = fixture.plan(fixture.example());
    run.success().says(&format!("+ group_id = \"{GROUP}\"")).lacks("group_id = (known after apply)");
}

#[test]
fn null_in_the_state_equals_the_default() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    let mut state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    let source = &mut state["resources"][0]["instances"][0]["attributes"]["source"];
    for (argument, default) in [("ssl", true), ("managed_authentication", false)] {
        assert_eq!(source[argument].take(), default, "{argument}");
    }
    fixture.workspace.file("terraform.tfstate", state.to_string());
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.success();
    assert_eq!(errors(&run), [""; 0]);
    assert_eq!(fixture.starts(), 1);
    fixture.workspace.plan_is_empty();
}

#[test]
fn does_not_cut_over_unless_the_plan_announced_it() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(fixture.example().with("cutover", "true"));
    // Only the refresh of the plan gets 404.
    fixture.atlas.fault(Fault::new(Operation::Read, Action::error(404, "RESOURCE_NOT_FOUND", "No live migration.")));
    let run = fixture.run(&["apply", "-auto-approve"]);
    let text = error_at(run.failure(), "Cutover was not requested: not announced by the plan", "cutover = true");
    assert!(text.contains("The new plan announces the cutover."), "{text}");
    assert_eq!(fixture.atlas.received(Operation::Cutover), 0);
    let plan = fixture.run(&["plan"]);
    warning_at(plan.success(), &format!("This apply cuts over live migration {id}"), "cutover = true");
}

#[test]
fn reports_unknown_cutover_until_the_migration_is_read() {
    let fixture = Fixture::new();
    fixture.start(fixture.example().with("cutover", "true"));
    fixture.atlas.fault(Fault::new(Operation::Read, Action::error(403, "USER_UNAUTHORIZED", "No.")).forever());
    let run = fixture.run(&["apply", "-auto-approve", "-refresh=false"]);
    let text = error_at(run.failure(), "Can't wait for live migration: Atlas denied access (403)", "");
    assert!(
        text.contains("Cutover: unknown Writes: if they are stopped, keep them stopped on both clusters"),
        "{text}"
    );
}
