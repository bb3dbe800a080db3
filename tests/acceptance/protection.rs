//! What keeps a destination from being overwritten: imports that hide it, erasing starts, milestones that can't be reached,
//! and failures that may have happened during a cutover. It must not know renamed or replaced resources.

use std::time::Duration;

use atlas_simulator::{Action, Fault, Operation, Seed, Stage};
use serde_json::json;

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, Resource, text};
use crate::support::{Lab, UNTIL_READY, diagnostics, error_at, errors, said, warning_at, warnings};

const IMPORT_HIDDEN: &str = "ignore_changes hides an import: live migration";

fn seeded(lab: &Lab, stage: Stage) -> String {
    lab.atlas.seed_migration(Seed::new(GROUP, CLUSTER, stage))
}

fn import_block(id: &str) -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}/{id}\"\n}}\n\n")
}

fn ignoring(lab: &Lab, what: &str) -> Resource {
    lab.example().with("cutover", "true").block(format!("lifecycle {{\n  ignore_changes = {what}\n}}"))
}

/// A resource whose output is unknown in a plan and known at apply.
fn late(value: &str) -> String {
    format!("resource \"terraform_data\" \"late\" {{\n  input = {value}\n}}\n\n")
}

#[test]
fn import_hidden_by_ignore_changes_is_refused_and_starts_nothing() {
    for (what, blocks) in
        [("all", ["source", "destination"].as_slice()), ("[source]", &["source"]), ("[destination]", &["destination"])]
    {
        let lab = Lab::new();
        let id = seeded(&lab, Stage::Complete);
        let second = lab.example().named("second").with("drop_enabled", "true").source("cluster_name", "\"Z\"");
        let configuration = format!("{}{second}", ignoring(&lab, what));

        // By block, and by command, after which the migration is in the state.
        let run = lab.apply(format!("{}{configuration}", import_block(&id)));
        let summary = format!("{IMPORT_HIDDEN} {id}");
        run.failure();
        let hidden = errors(&run).into_iter().filter(|found| *found == summary).count();
        assert_eq!(hidden, blocks.len(), "{what}: {:?}", errors(&run));
        assert!(lab.addresses().is_empty());

        lab.write(&configuration);
        lab.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
        let run = lab.run(&["apply", "-auto-approve"]);
        run.failure();
        let text = error_at(&run, &summary, "");
        assert!(text.contains("from ignore_changes, and run terraform apply"), "{text}");
        assert_eq!((lab.writes(), lab.starts(), lab.atlas.erasures(GROUP, CLUSTER)), (0, 0, 0), "{}", lab.atlas.log());
        assert_ne!(lab.stored()["cutover"], json!(true), "{what}");

        // Without ignore_changes the arguments are taken, and then it may come back.
        lab.apply(lab.example()).success();
        lab.write(lab.example().block(format!("lifecycle {{\n  ignore_changes = {what}\n}}")));
        lab.workspace.plan_is_empty();
    }
}

#[test]
fn import_without_a_destination_blocks_starts_in_its_project() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Complete);
    lab.write(lab.example());
    lab.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
    // Its block is gone, so no plan will ever show its destination.
    let run = lab.apply(lab.example().named("second").with("drop_enabled", "true"));
    run.failure();
    let text = error_at(&run, &format!("Unknown destination of live migration {id}"), "");
    assert!(text.contains("Apply the imported one first"), "{text}");
    assert_eq!((lab.starts(), lab.addresses()), (0, vec![ADDRESS.to_owned()]));
}

#[test]
fn import_says_what_the_next_apply_does() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Ready);
    let run = lab.apply(format!("{}{}", import_block(&id), lab.example().with("cutover", "true")));
    run.success();
    let summary = format!("Check the arguments of imported live migration {id}");
    let text = warning_at(&run, &summary, "cutover = true");
    assert!(text.contains("this apply does not cut over. The next terraform apply waits"), "{text}");
    assert_eq!(lab.writes(), 0);
}

#[test]
fn erasing_start_into_an_unknown_destination_is_refused_at_plan() {
    let lab = Lab::new();
    let dropping = |drop: &str| {
        let destination = lab.example().destination("cluster_name", "terraform_data.late.output");
        format!("{}{}", late(&text(CLUSTER)), destination.with("drop_enabled", drop))
    };
    let run = lab.plan(dropping("true"));
    run.failure();
    let found = error_at(&run, "drop_enabled requires a known destination", "drop_enabled = true");
    assert!(found.contains("it has nothing to erase: set drop_enabled = false"), "{found}");
    assert!(found.contains("terraform destroy -refresh=false"), "{found}");
    let late_drop = format!("{}{}", late("true"), lab.example().with("drop_enabled", "terraform_data.late.output"));
    let both = late_drop.replace(&text(CLUSTER), "\"B-${terraform_data.late.output}\"");
    error_at(&lab.plan(both), "drop_enabled requires a known destination", "");
    assert_eq!(lab.starts(), 0);
    lab.apply(dropping("false")).success();
    assert_eq!(lab.starts(), 1);
}

#[test]
fn complete_destination_is_not_erased_by_a_start_that_names_it_late() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Complete);
    lab.apply(format!("{}{}", import_block(&id), lab.example())).success();
    // The dependent makes Terraform create first and destroy afterwards.
    let dependent = "resource \"terraform_data\" \"after\" {\n  input = atlas_live_migration.orders.id\n  lifecycle {\n    \
                     create_before_destroy = true\n  }\n}\n";
    for drop in ["true", "false"] {
        let resource =
            lab.example().destination("cluster_name", "terraform_data.late.output").with("drop_enabled", drop);
        lab.run(&["taint", ADDRESS]).success();
        lab.write(format!("{}{resource}{dependent}", late(&text(CLUSTER))));
        lab.run(&["apply", "-auto-approve"]).failure();
        assert_eq!(lab.atlas.erasures(GROUP, CLUSTER), 0, "{}", lab.atlas.log());
    }
}

#[test]
fn start_that_learns_its_destination_at_apply_is_compared_again() {
    let lab = Lab::new();
    let first = lab.example();
    lab.start(&first);
    let second = lab
        .example()
        .named("second")
        .with("migration_hosts", "[\"vm002.example.com\"]")
        .destination("cluster_name", "terraform_data.late.output");
    let run = lab.apply(format!("{}{first}{second}", late(&text(CLUSTER))));
    run.failure();
    assert_eq!((lab.starts(), lab.addresses()), (1, vec![ADDRESS.to_owned()]), "{}", run.stdout());
}

#[test]
fn complete_migration_that_would_erase_says_so_in_every_plan_and_at_its_destroy() {
    let lab = Lab::new();
    let dropping = || lab.example().with("drop_enabled", "true");
    let id = lab.start(dropping());
    lab.atlas.override_read(&id, said("COMPLETE"));
    lab.run(&["apply", "-auto-approve"]).success();
    let into = format!("cluster `{CLUSTER}` in project `{GROUP}`");
    let plan = lab.run(&["plan"]);
    let text =
        warning_at(plan.success(), &format!("Set drop_enabled = false: live migration {id}"), "drop_enabled = true");
    assert!(text.contains(&into), "{text}");
    let destroy = lab.run(&["plan", "-destroy"]);
    let text = warning_at(destroy.success(), &format!("The next apply would erase {into}"), "");
    assert!(text.contains("a removed block does both"), "{text}");

    let disarmed = lab.apply(lab.example().with("drop_enabled", "false"));
    disarmed.success();
    assert_eq!(warnings(&lab.workspace.plan_is_empty()), [""; 0]);
    assert_eq!(warnings(&lab.run(&["plan", "-destroy"])), [""; 0]);
    assert_eq!(lab.starts(), 1);
}

#[test]
fn no_message_offers_to_take_a_migration_out_of_the_state() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let refusals = [
        Action::error(401, "USER_UNAUTHORIZED", "No."),
        Action::error(403, "USER_UNAUTHORIZED", "No."),
        Action::error(404, "GROUP_NOT_FOUND", "No project."),
        Action::error(406, "INVALID_VERSION", "No."),
        Action::rate_limited(3600),
        Action::html(404),
    ];
    for refusal in refusals {
        lab.atlas.fault(Fault::new(Operation::Read, refusal));
        let run = lab.run(&["plan"]);
        run.failure().lacks("state rm");
        let text = error_at(&run, "Live migration could not be read", "");
        assert!(text.contains("The state is unchanged, and the live migration is not affected."), "{text}");
        assert!(text.contains("terraform destroy -refresh=false"), "{text}");
    }
    let changed = lab.example().source("cluster_name", "\"Z\"");
    for status in ["WORKING", "COMPLETE", "FAILED"] {
        lab.atlas.override_read(&id, said(status));
        let run = lab.plan(&changed);
        run.lacks("state rm");
        // The next status is seen after a cutover.
        lab.write(lab.example());
        lab.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    }
    let run = lab.plan(&changed);
    run.failure().lacks("state rm").says("use a removed block");
}

#[test]
fn failure_beside_a_stored_cutover_is_replaced_only_after_the_cutover_was_set_to_false() {
    let lab = Lab::new();
    let cutover = lab.example().with("cutover", "true");
    let id = lab.start(&cutover);
    lab.atlas.fail(&id, "the agent died");
    let replace = format!("-replace={ADDRESS}");
    let run = lab.run(&["apply", "-auto-approve", &replace]);
    run.failure();
    error_at(&run, &format!("Live migration can't be replaced: {id}"), "");
    assert_eq!((lab.id(ADDRESS), lab.starts()), (id.clone(), 1));
    let run = lab.plan(cutover.source("cluster_name", "\"Z\""));
    error_at(&run, &format!("Argument can't be changed: live migration {id}"), "cluster_name = \"Z\"");

    lab.apply(lab.example()).success();
    lab.run(&["apply", "-auto-approve", &replace]).success();
    assert_eq!((lab.id(ADDRESS) == id, lab.starts()), (false, 2));
}

#[test]
fn failure_that_the_update_saw_before_its_cutover_is_replaceable() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    lab.write(lab.example().with("cutover", "true"));
    lab.atlas.advance(Duration::from_secs(2));
    let running = crate::moment::waiting_apply(&lab);
    let reads = lab.atlas.received(Operation::Read);
    crate::moment::until_received(&lab, Operation::Read, reads + 1);
    lab.atlas.fail(&id, "the agent died");
    let run = crate::moment::finished(running);
    run.failure();
    let text = error_at(&run, &format!("Live migration failed: {id}"), "cutover = true");
    assert!(text.contains("Writes: keep on the source"), "{text}");
    // It stays so, also where the status is not read again.
    lab.run(&["apply", "-auto-approve"]).failure();
    lab.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_eq!((lab.id(ADDRESS) == id, lab.starts()), (false, 2));
}

#[test]
fn milestone_that_cannot_be_reached_fails_every_apply_until_it_is_taken_back() {
    for (status, requested) in [("FAILED", false), ("EXPIRED", false), ("FAILED", true), ("gone", false)] {
        let lab = Lab::new();
        let id = lab.start(lab.example());
        if requested {
            // Seen as complete, then as failed: a cutover was requested.
            lab.atlas.override_read(&id, said("COMPLETE"));
            lab.run(&["apply", "-auto-approve", "-refresh-only"]).success();
        }
        match status {
            "gone" => assert!(lab.atlas.age_out(&id)),
            status => assert!(lab.atlas.override_read(&id, said(status))),
        }
        lab.write(lab.example().with("cutover", "true"));
        for _ in 0..2 {
            lab.run(&["plan", "-detailed-exitcode"]).exit(2).says("can't be reached any more");
            let run = lab.run(&["apply", "-auto-approve"]);
            run.failure().lacks("Apply complete").says("set cutover = false");
        }
        assert_eq!((lab.atlas.received(Operation::Cutover), lab.starts(), lab.id(ADDRESS)), (0, 1, id), "{status}");
        lab.write(lab.example());
        lab.run(&["apply", "-auto-approve"]).success();
        lab.workspace.plan_is_empty();
    }
}

#[test]
fn warnings_name_the_destination_that_holds_the_data() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    lab.atlas.override_read(&id, said("COMPLETE"));
    lab.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    lab.atlas.override_read(&id, said("FAILED"));
    let run = lab.plan(lab.example().destination("cluster_name", "\"other\""));
    let text = warning_at(&run, &format!("Live migration failed during cutover: {id}"), "");
    assert!(
        text.contains(&format!("Compare the source and cluster `{CLUSTER}`")) && !text.contains("other`"),
        "{text}"
    );
}

#[test]
fn second_migration_on_one_migration_host_is_warned_about() {
    let lab = Lab::new();
    let other = lab.example().named("other").destination("cluster_name", "\"C\"").source("cluster_name", "\"Z\"");
    let summary = format!("More than one live migration on migration host {HOST}");
    let run = lab.plan(format!("{}{other}", lab.example()));
    warning_at(run.success(), &summary, &format!("migration_hosts = [\"{HOST}\"]"));
    lab.start(lab.example());
    let upper = other.with("migration_hosts", &format!("[\"{}\"]", HOST.to_uppercase()));
    let run = lab.plan(format!("{}{upper}", lab.example()));
    assert_eq!(warnings(run.success()), [summary]);
}

#[test]
fn destroy_of_a_removed_block_warns_with_the_status_that_was_just_read() {
    let lab = Lab::new();
    let id = lab.start(lab.example().with("drop_enabled", "true"));
    lab.atlas.override_read(&id, said("COMPLETE"));
    let run = lab.plan("");
    // Terraform 1.9 to 1.11 plan before they read; what they planned with is corrected by the read.
    let shown = diagnostics(run.success());
    let corrected = shown.iter().find(|shown| shown.summary == format!("Live migration {id} is COMPLETE"));
    let running = shown.iter().any(|shown| shown.summary == format!("Live migration keeps running in Atlas: {id}"));
    assert!(corrected.is_some() || !running, "{}", run.stdout());
    warning_at(&run, &format!("The next apply would erase cluster `{CLUSTER}` in project `{GROUP}`"), "");
}

#[test]
fn project_is_known_in_the_plan_where_the_destination_names_it() {
    let lab = Lab::new();
    let run = lab.plan(lab.example());
    run.success().says(&format!("+ group_id = \"{GROUP}\"")).lacks("group_id = (known after apply)");
}

#[test]
fn state_without_a_defaulted_argument_is_not_a_change() {
    let lab = Lab::new();
    lab.start(lab.example());
    let state = String::from_utf8(lab.workspace.state_file()).unwrap();
    let older = state
        .replace("\"ssl\": true", "\"ssl\": null")
        .replace("\"managed_authentication\": false", "\"managed_authentication\": null");
    assert_ne!(state, older);
    lab.workspace.file("terraform.tfstate", older);
    let run = lab.run(&["apply", "-auto-approve"]);
    run.success();
    assert_eq!(errors(&run), [""; 0]);
    assert_eq!(lab.starts(), 1);
    lab.workspace.plan_is_empty();
}

#[test]
fn cutover_that_the_plan_did_not_announce_waits_for_the_next_plan() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    lab.atlas.advance(UNTIL_READY);
    lab.write(lab.example().with("cutover", "true"));
    // The plan's refresh alone is answered with 404.
    lab.atlas.fault(Fault::new(Operation::Read, Action::error(404, "RESOURCE_NOT_FOUND", "No live migration.")));
    let run = lab.run(&["apply", "-auto-approve"]);
    let text = error_at(run.failure(), &format!("Cutover was not requested: {id}"), "cutover = true");
    assert!(text.contains("The new plan announces the cutover."), "{text}");
    assert_eq!(lab.atlas.received(Operation::Cutover), 0);
    let plan = lab.run(&["plan"]);
    let into = format!("cluster `{CLUSTER}` in project `{GROUP}`");
    warning_at(plan.success(), &format!("This apply cuts over live migration {id} into {into}"), "cutover = true");
}

#[test]
fn stored_cutover_is_unknown_until_atlas_is_read() {
    let lab = Lab::new();
    let id = lab.start(lab.example().with("cutover", "true"));
    lab.atlas.fault(Fault::new(Operation::Read, Action::error(403, "USER_UNAUTHORIZED", "No.")).forever());
    let run = lab.run(&["apply", "-auto-approve", "-refresh=false"]);
    let text = error_at(run.failure(), &format!("Live migration could not be read while waiting: {id}"), "");
    assert!(
        text.contains("Cutover: unknown Writes: if they are stopped, keep them stopped on both clusters"),
        "{text}"
    );
}
