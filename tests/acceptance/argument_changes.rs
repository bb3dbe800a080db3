//! Effects of changed arguments: an error while the migration is protected, a replacement when it is replaceable, or an
//! update without a request.

use atlas_simulator::Operation;
use serde_json::json;

use crate::configuration::{ADDRESS, CLUSTER, GROUP, OTHER_GROUP, Resource, SHARDING};
use crate::support::{Fixture, error_at, errors, warning_at, warnings, with_status};

const REJECTED: &str = "Argument can't be changed: live migration …";
const DROP_REJECTED: &str = "drop_enabled can't be set: live migration …";

/// A change of every create-only argument, as (block, name, value).
const CREATE_ONLY: [(&str, &str, &str); 9] = [
    ("source", "group_id", "\"5f0000000000000000000001\""),
    ("source", "cluster_name", "\"Z\""),
    ("source", "ssl", "false"),
    ("source", "managed_authentication", "true"),
    ("destination", "group_id", "\"5f0000000000000000000002\""),
    ("destination", "cluster_name", "\"Y\""),
    ("destination", "hostname_schema_type", "\"VPC_PEERING\""),
    ("", "group_id", "\"5f0000000000000000000002\""),
    ("", "migration_hosts", "[\"vm009.example.com\"]"),
];

/// Without a user, so that `managed_authentication` can change.
fn without_user(fixture: &Fixture) -> Resource {
    fixture.example().without_password().without_source("username").with("group_id", &format!("\"{GROUP}\""))
}

fn change(resource: Resource, (block, name, value): (&str, &str, &str)) -> Resource {
    match block {
        "source" => resource.source(name, value),
        "destination" => resource.destination(name, value),
        _ => resource.with(name, value),
    }
}

#[test]
fn rejects_every_create_only_change_of_a_protected_migration() {
    let fixture = Fixture::new();
    let id = fixture.start(without_user(&fixture));
    let before = fixture.writes();
    let changed = CREATE_ONLY.into_iter().fold(without_user(&fixture), change).block(SHARDING);
    let run = fixture.plan(&changed);
    run.failure();
    for (_, name, value) in CREATE_ONLY {
        let text = error_at(&run, REJECTED, &format!("{name} = {value}"));
        for way_out in [
            &*format!("Migration: {id}, NEW, in state"),
            "Cutover: not requested",
            "Writes: keep on the source",
            "1. Restore the old value: ",
            "2. To restart it on purpose: end it in the Atlas UI",
            "terraform destroy -refresh=false",
        ] {
            assert!(text.contains(way_out), "{text}");
        }
    }
    error_at(&run, REJECTED, "sharding {");
    assert_eq!(errors(&run).len(), CREATE_ONLY.len() + 1);

    // With the old values, nothing has changed.
    fixture.write(without_user(&fixture));
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id));
}

#[test]
fn apply_and_destroy_reject_what_the_plan_rejects() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    let line = "cluster_name = \"Y\"";
    let run = fixture.apply(fixture.example().destination("cluster_name", "\"Y\""));
    run.failure();
    error_at(&run, REJECTED, line);

    let run = fixture.run(&["destroy", "-auto-approve"]);
    run.failure();
    error_at(&run, REJECTED, line);
    assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id));

    fixture.run(&["destroy", "-auto-approve", "-refresh=false"]).success();
    assert_eq!((fixture.writes(), fixture.addresses().len()), (before, 0));
}

#[test]
fn starts_another_migration_after_state_rm() {
    let fixture = Fixture::new();
    let first = fixture.start(fixture.example());
    let other =
        fixture.example().destination("cluster_name", "\"Y\"").with("migration_hosts", "[\"vm002.example.com\"]");
    fixture.plan(&other).failure();
    fixture.run(&["state", "rm", ADDRESS]).success();
    let second = fixture.start(&other);
    assert_ne!(first, second);
    assert_eq!((fixture.starts(), fixture.atlas.migration(&first).unwrap().status), (2, "NEW".to_owned()));
}

#[test]
fn rejects_change_of_private_link_id() {
    let fixture = Fixture::new();
    let linked = fixture.example().destination("hostname_schema_type", "\"PRIVATE_LINK\"");
    fixture.start(linked.clone().destination("private_link_id", "\"vpce-1\""));
    let run = fixture.plan(linked.destination("private_link_id", "\"vpce-2\""));
    run.failure();
    error_at(&run, REJECTED, "private_link_id = \"vpce-2\"");
    // The error for an absent argument points at its block.
    let run = fixture.plan(fixture.example());
    run.failure();
    error_at(&run, REJECTED, "destination {");
    assert_eq!(errors(&run).len(), 2);
}

#[test]
fn rejects_removed_sharding_and_ignores_its_order() {
    let fixture = Fixture::new();
    fixture.start(fixture.example().block(SHARDING));
    let entries: Vec<_> = SHARDING.split("  sharding_entries").collect();
    let (head, first, second) = (entries[0], entries[1], entries[2].trim_end().trim_end_matches('}'));
    let reordered = format!("{head}  sharding_entries{second}\n  sharding_entries{first}\n}}");
    fixture.write(fixture.example().block(&reordered));
    fixture.workspace.plan_is_empty();

    let run = fixture.plan(fixture.example().block(SHARDING.replace("customer = \"hashed\"", "customer = \"1\"")));
    run.failure();
    error_at(&run, REJECTED, "sharding {");
    let run = fixture.plan(fixture.example());
    run.failure();
    error_at(&run, REJECTED, "resource \"atlas_live_migration\" \"orders\" {");
}

#[test]
fn absent_hostname_schema_type_equals_public() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    let run = fixture.apply(fixture.example().destination("hostname_schema_type", "\"PUBLIC\""));
    run.success().says("0 added, 1 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();
    fixture.apply(fixture.example()).success().says("0 added, 1 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id));
}

#[test]
fn change_replaces_a_replaceable_migration() {
    let fixture = Fixture::new();
    let first = fixture.start(without_user(&fixture));
    fixture.atlas.fail(&first, "the agent died");
    // The other arguments have their first values again, so that only this one is changed.
    let all = CREATE_ONLY.into_iter().fold(without_user(&fixture), change).block(SHARDING);
    let run = fixture.plan(&all);
    run.success().says("must be replaced").says("Plan: 1 to add, 0 to change, 1 to destroy.");
    let forced = run.count("# forces replacement");
    assert!(forced >= CREATE_ONLY.len(), "{forced} forced replacements in {}", run.stdout());
    assert_eq!(errors(&run), [""; 0]);

    let run = fixture.apply(without_user(&fixture).source("cluster_name", "\"Z\""));
    run.success().says("1 added, 0 changed, 1 destroyed");
    let second = fixture.id(ADDRESS);
    assert_ne!(first, second);
    assert_eq!((fixture.starts(), fixture.atlas.migration(&second).unwrap().source_cluster_name), (2, "Z".to_owned()));
    fixture.workspace.plan_is_empty();
}

#[test]
fn plan_and_apply_warn_about_a_replacement_that_erases_the_destination() {
    let fixture = Fixture::new();
    let first = fixture.start(fixture.example().with("drop_enabled", "true"));
    fixture.atlas.fail(&first, "the agent died");
    let changed = fixture.example().with("drop_enabled", "true").source("ssl", "false");
    let summary = format!("This apply erases {CLUSTER} in {GROUP}");
    let run = fixture.plan(&changed);
    run.success();
    warning_at(&run, &summary, "drop_enabled = true");
    assert_eq!(fixture.atlas.erasures(GROUP, CLUSTER), 1);
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.success();
    warning_at(&run, &summary, "drop_enabled = true");
    assert_eq!((fixture.atlas.erasures(GROUP, CLUSTER), fixture.starts()), (2, 2));
    assert_eq!(warnings(&fixture.workspace.plan_is_empty()), [""; 0], "nothing is erased any more");
}

#[test]
fn plan_warns_about_a_start_that_erases_the_destination() {
    let fixture = Fixture::new();
    let run = fixture.plan(fixture.example().with("drop_enabled", "true"));
    run.success();
    warning_at(&run, &format!("This apply erases {CLUSTER} in {GROUP}"), "drop_enabled = true");
    assert_eq!(warnings(&fixture.plan(fixture.example().with("drop_enabled", "false"))), [""; 0]);
}

#[test]
fn drop_enabled_can_be_set_to_false_at_every_status() {
    for status in ["NEW", "WORKING", "COMPLETE", "FAILED", "A WORD OF TOMORROW"] {
        let fixture = Fixture::new();
        let id = fixture.start(fixture.example().with("drop_enabled", "true"));
        let before = fixture.writes();
        fixture.atlas.override_read(&id, with_status(status));
        let run = fixture.apply(fixture.example());
        run.success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id), "{status}");
        assert_eq!(fixture.stored()["drop_enabled"], false, "{status}");
    }
}

#[test]
fn rejects_drop_enabled_on_a_protected_migration() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    for status in ["WORKING", "COMPLETE"] {
        fixture.atlas.override_read(&id, with_status(status));
        let run = fixture.plan(fixture.example().with("drop_enabled", "true"));
        run.failure();
        let text = error_at(&run, DROP_REJECTED, "drop_enabled = true");
        assert!(text.contains("1. Set drop_enabled = false."), "{text}");
        assert_eq!(errors(&run).len(), 1);
    }
}

#[test]
fn drop_enabled_of_a_replaceable_migration_is_updated_without_a_request() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.fail(&id, "the agent died");
    let before = fixture.writes();
    let run = fixture.apply(fixture.example().with("drop_enabled", "true"));
    run.success().says("0 added, 1 changed, 0 destroyed");
    let summary = format!("A restart erases {CLUSTER} in {GROUP}");
    warning_at(&run, &summary, "drop_enabled = true");
    assert_eq!((fixture.writes(), fixture.id(ADDRESS), fixture.atlas.erasures(GROUP, CLUSTER)), (before, id, 0));
}

#[test]
fn arguments_used_at_start_are_updated_without_a_request() {
    let fixture = Fixture::new();
    let stored = || fixture.example().with_stored_password();
    let id = fixture.start(stored());
    let before = fixture.writes();
    for (name, value) in [
        ("username", "\"another\""),
        ("password", "\"another password\""),
        ("password_wo_version", "2"),
        ("ca_certificate_path", "\"/another/path\""),
    ] {
        let base = if name == "password_wo_version" { fixture.example().without_password() } else { stored() };
        let run = fixture.apply(base.source(name, value));
        run.success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!(warnings(&run), [""; 0], "{name}");
        assert_eq!(fixture.stored()["source"][name].to_string(), value, "{name}");
    }
    fixture.apply(fixture.example().without_password()).success().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(fixture.stored()["source"]["password"], json!(null));
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id));
}

#[test]
fn change_of_an_argument_used_at_start_warns_and_restarts_nothing() {
    let fixture = Fixture::new();
    let stored = || fixture.example().with_stored_password();
    let id = fixture.start(stored());
    fixture.atlas.fail(&id, "wrong password");
    let before = fixture.writes();
    // In a variable, because Terraform prints the line of a warning.
    let variable = "variable \"password\" {\n  default = \"the right one\"\n  sensitive = true\n}\n";
    let run = fixture.apply(format!("{variable}{}", stored().source("password", "var.password")));
    run.success().says("0 added, 1 changed, 0 destroyed").lacks("the right one");
    let summary = format!("This change does not restart live migration {id}");
    let text = warning_at(&run, &summary, "password = var.password");
    assert!(text.contains("terraform apply -replace=<ADDRESS>"), "{text}");
    assert_eq!((fixture.writes(), fixture.id(ADDRESS)), (before, id.clone()));

    fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_ne!(fixture.id(ADDRESS), id);
    let sent: Vec<_> = fixture.atlas.requests().into_iter().filter(|r| r.operation == Operation::Create).collect();
    assert_eq!(sent.last().unwrap().json()["source"]["password"], "the right one");
}

#[test]
fn rejects_replacement_of_a_migration_that_failed_during_cutover() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    // COMPLETE and then FAILED: the destination may have the only current data.
    fixture.atlas.override_read(&id, with_status("COMPLETE"));
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    fixture.atlas.override_read(&id, with_status("FAILED"));
    let changed = fixture.example().destination("group_id", &format!("\"{OTHER_GROUP}\""));
    let run = fixture.plan(changed);
    run.failure();
    let text = error_at(&run, REJECTED, &format!("group_id = \"{OTHER_GROUP}\""));
    assert!(text.contains("failed during cutover") && text.contains("Cutover: requested no later than 2"), "{text}");
    let run = fixture.plan(fixture.example());
    run.success();
    warning_at(&run, &format!("Live migration failed during cutover: {id}"), "");
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn expired_migration_is_replaceable_and_unknown_status_is_not() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let changed = || fixture.example().source("ssl", "false");
    fixture.atlas.override_read(&id, with_status("PAUSED"));
    let run = fixture.plan(changed());
    run.failure();
    let text = error_at(&run, REJECTED, "ssl = false");
    assert!(text.contains(&format!("Migration: {id}, PAUSED, in state")), "{text}");
    fixture.atlas.override_read(&id, with_status("EXPIRED"));
    fixture.plan(changed()).success().says("must be replaced");
}
