//! What a change of an argument does: refused while the migration is live, a replacement when it is spent, or an update
//! that calls nothing. It must not know what other resources of a plan do.

use atlas_simulator::Operation;
use serde_json::json;

use crate::configuration::{ADDRESS, CLUSTER, GROUP, OTHER_GROUP, Resource, SHARDING};
use crate::support::{Lab, error_at, errors, said, warning_at, warnings};

const REFUSED: &str = "Argument can't be changed: live migration …";
const DROP_REFUSED: &str = "drop_enabled can't be set: live migration …";

/// Every argument that only a start can give, as (block, name, value): one change each.
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

/// Without a user, so that `managed_authentication` may change.
fn without_user(lab: &Lab) -> Resource {
    lab.example().without_password().without_source("username").with("group_id", &format!("\"{GROUP}\""))
}

fn change(resource: Resource, (block, name, value): (&str, &str, &str)) -> Resource {
    match block {
        "source" => resource.source(name, value),
        "destination" => resource.destination(name, value),
        _ => resource.with(name, value),
    }
}

#[test]
fn every_create_only_change_of_a_live_migration_is_refused_at_its_argument() {
    let lab = Lab::new();
    let id = lab.start(without_user(&lab));
    let before = lab.writes();
    let changed = CREATE_ONLY.into_iter().fold(without_user(&lab), change).block(SHARDING);
    let run = lab.plan(&changed);
    run.failure();
    for (_, name, value) in CREATE_ONLY {
        let text = error_at(&run, REFUSED, &format!("{name} = {value}"));
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
    error_at(&run, REFUSED, "sharding {");
    assert_eq!(errors(&run).len(), CREATE_ONLY.len() + 1);

    // The old values: nothing has happened.
    lab.write(without_user(&lab));
    lab.workspace.plan_is_empty();
    assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id));
}

#[test]
fn apply_refuses_what_plan_refuses_and_destroy_says_how_to_get_out() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let before = lab.writes();
    let line = "cluster_name = \"Y\"";
    let run = lab.apply(lab.example().destination("cluster_name", "\"Y\""));
    run.failure();
    error_at(&run, REFUSED, line);

    let run = lab.run(&["destroy", "-auto-approve"]);
    run.failure();
    error_at(&run, REFUSED, line);
    assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id));

    lab.run(&["destroy", "-auto-approve", "-refresh=false"]).success();
    assert_eq!((lab.writes(), lab.addresses().len()), (before, 0));
}

#[test]
fn state_rm_is_the_way_to_start_another_on_purpose() {
    let lab = Lab::new();
    let first = lab.start(lab.example());
    let other = lab.example().destination("cluster_name", "\"Y\"").with("migration_hosts", "[\"vm002.example.com\"]");
    lab.plan(&other).failure();
    lab.run(&["state", "rm", ADDRESS]).success();
    let second = lab.start(&other);
    assert_ne!(first, second);
    assert_eq!((lab.starts(), lab.atlas.migration(&first).unwrap().status), (2, "NEW".to_owned()));
}

#[test]
fn private_link_id_is_compared_too() {
    let lab = Lab::new();
    let linked = lab.example().destination("hostname_schema_type", "\"PRIVATE_LINK\"");
    lab.start(linked.clone().destination("private_link_id", "\"vpce-1\""));
    let run = lab.plan(linked.destination("private_link_id", "\"vpce-2\""));
    run.failure();
    error_at(&run, REFUSED, "private_link_id = \"vpce-2\"");
    // An argument that is not written points at its block.
    let run = lab.plan(lab.example());
    run.failure();
    error_at(&run, REFUSED, "destination {");
    assert_eq!(errors(&run).len(), 2);
}

#[test]
fn removed_sharding_is_refused_and_its_order_means_nothing() {
    let lab = Lab::new();
    lab.start(lab.example().block(SHARDING));
    let entries: Vec<_> = SHARDING.split("  sharding_entries").collect();
    let (head, first, second) = (entries[0], entries[1], entries[2].trim_end().trim_end_matches('}'));
    let reordered = format!("{head}  sharding_entries{second}\n  sharding_entries{first}\n}}");
    lab.write(lab.example().block(&reordered));
    lab.workspace.plan_is_empty();

    let run = lab.plan(lab.example().block(SHARDING.replace("customer = \"hashed\"", "customer = \"1\"")));
    run.failure();
    error_at(&run, REFUSED, "sharding {");
    let run = lab.plan(lab.example());
    run.failure();
    error_at(&run, REFUSED, "resource \"atlas_live_migration\" \"orders\" {");
}

#[test]
fn absent_and_public_hostname_schema_type_mean_the_same() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let before = lab.writes();
    let run = lab.apply(lab.example().destination("hostname_schema_type", "\"PUBLIC\""));
    run.success().says("0 added, 1 changed, 0 destroyed");
    lab.workspace.plan_is_empty();
    lab.apply(lab.example()).success().says("0 added, 1 changed, 0 destroyed");
    lab.workspace.plan_is_empty();
    assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id));
}

#[test]
fn change_of_a_spent_migration_replaces_it() {
    let lab = Lab::new();
    let first = lab.start(without_user(&lab));
    lab.atlas.fail(&first, "the agent died");
    // `ssl` and what goes with it come back to the first value, so that only this one is applied.
    let all = CREATE_ONLY.into_iter().fold(without_user(&lab), change).block(SHARDING);
    let run = lab.plan(&all);
    run.success().says("must be replaced").says("Plan: 1 to add, 0 to change, 1 to destroy.");
    let forced = run.count("# forces replacement");
    assert!(forced >= CREATE_ONLY.len(), "{forced} forced replacements in {}", run.stdout());
    assert_eq!(errors(&run), [""; 0]);

    let run = lab.apply(without_user(&lab).source("cluster_name", "\"Z\""));
    run.success().says("1 added, 0 changed, 1 destroyed");
    let second = lab.id(ADDRESS);
    assert_ne!(first, second);
    assert_eq!((lab.starts(), lab.atlas.migration(&second).unwrap().source_cluster_name), (2, "Z".to_owned()));
    lab.workspace.plan_is_empty();
}

#[test]
fn replacement_that_erases_the_destination_says_so_before_and_after_the_question() {
    let lab = Lab::new();
    let first = lab.start(lab.example().with("drop_enabled", "true"));
    lab.atlas.fail(&first, "the agent died");
    let changed = lab.example().with("drop_enabled", "true").source("ssl", "false");
    let told = format!("This apply erases {CLUSTER} in {GROUP}");
    let run = lab.plan(&changed);
    run.success();
    warning_at(&run, &told, "drop_enabled = true");
    assert_eq!(lab.atlas.erasures(GROUP, CLUSTER), 1);
    let run = lab.run(&["apply", "-auto-approve"]);
    run.success();
    warning_at(&run, &told, "drop_enabled = true");
    assert_eq!((lab.atlas.erasures(GROUP, CLUSTER), lab.starts()), (2, 2));
    assert_eq!(warnings(&lab.workspace.plan_is_empty()), [""; 0], "nothing is erased any more");
}

#[test]
fn first_start_that_erases_the_destination_says_so() {
    let lab = Lab::new();
    let run = lab.plan(lab.example().with("drop_enabled", "true"));
    run.success();
    warning_at(&run, &format!("This apply erases {CLUSTER} in {GROUP}"), "drop_enabled = true");
    assert_eq!(warnings(&lab.plan(lab.example().with("drop_enabled", "false"))), [""; 0]);
}

#[test]
fn drop_enabled_may_be_taken_back_at_every_status() {
    for status in ["NEW", "WORKING", "COMPLETE", "FAILED", "A WORD OF TOMORROW"] {
        let lab = Lab::new();
        let id = lab.start(lab.example().with("drop_enabled", "true"));
        let before = lab.writes();
        lab.atlas.override_read(&id, said(status));
        let run = lab.apply(lab.example());
        run.success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id), "{status}");
        assert_eq!(lab.stored()["drop_enabled"], false, "{status}");
    }
}

#[test]
fn drop_enabled_of_a_live_migration_is_not_switched_on() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    for status in ["WORKING", "COMPLETE"] {
        lab.atlas.override_read(&id, said(status));
        let run = lab.plan(lab.example().with("drop_enabled", "true"));
        run.failure();
        let text = error_at(&run, DROP_REFUSED, "drop_enabled = true");
        assert!(text.contains("1. Set drop_enabled = false."), "{text}");
        assert_eq!(errors(&run).len(), 1);
    }
}

#[test]
fn drop_enabled_of_a_spent_migration_is_switched_on_without_a_call() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    lab.atlas.fail(&id, "the agent died");
    let before = lab.writes();
    let run = lab.apply(lab.example().with("drop_enabled", "true"));
    run.success().says("0 added, 1 changed, 0 destroyed");
    let summary = format!("A restart erases {CLUSTER} in {GROUP}");
    warning_at(&run, &summary, "drop_enabled = true");
    assert_eq!((lab.writes(), lab.id(ADDRESS), lab.atlas.erasures(GROUP, CLUSTER)), (before, id, 0));
}

#[test]
fn what_is_read_only_at_creation_is_updated_without_a_call() {
    let lab = Lab::new();
    let stored = || lab.example().with_stored_password();
    let id = lab.start(stored());
    let before = lab.writes();
    for (name, value) in [
        ("username", "\"another\""),
        ("password", "\"another password\""),
        ("password_wo_version", "2"),
        ("ca_certificate_path", "\"/another/path\""),
    ] {
        let base = if name == "password_wo_version" { lab.example().without_password() } else { stored() };
        let run = lab.apply(base.source(name, value));
        run.success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!(warnings(&run), [""; 0], "{name}");
        assert_eq!(lab.stored()["source"][name].to_string(), value, "{name}");
    }
    lab.apply(lab.example().without_password()).success().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(lab.stored()["source"]["password"], json!(null));
    lab.workspace.plan_is_empty();
    assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id));
}

#[test]
fn what_is_read_only_at_creation_starts_nothing_anew_and_says_so() {
    let lab = Lab::new();
    let stored = || lab.example().with_stored_password();
    let id = lab.start(stored());
    lab.atlas.fail(&id, "wrong password");
    let before = lab.writes();
    // In a variable, for Terraform itself quotes the line of a warning.
    let variable = "variable \"password\" {\n  default = \"the right one\"\n  sensitive = true\n}\n";
    let run = lab.apply(format!("{variable}{}", stored().source("password", "var.password")));
    run.success().says("0 added, 1 changed, 0 destroyed").lacks("the right one");
    let told = format!("This change does not restart live migration {id}");
    let text = warning_at(&run, &told, "password = var.password");
    assert!(text.contains("terraform apply -replace=<ADDRESS>"), "{text}");
    assert_eq!((lab.writes(), lab.id(ADDRESS)), (before, id.clone()));

    lab.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_ne!(lab.id(ADDRESS), id);
    let sent: Vec<_> = lab.atlas.requests().into_iter().filter(|r| r.operation == Operation::Create).collect();
    assert_eq!(sent.last().unwrap().json()["source"]["password"], "the right one");
}

#[test]
fn migration_that_broke_after_its_cutover_is_not_replaced() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    // Seen as cut over, then as failed: the destination may hold the only current data.
    lab.atlas.override_read(&id, said("COMPLETE"));
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    lab.atlas.override_read(&id, said("FAILED"));
    let changed = lab.example().destination("group_id", &format!("\"{OTHER_GROUP}\""));
    let run = lab.plan(changed);
    run.failure();
    let text = error_at(&run, REFUSED, &format!("group_id = \"{OTHER_GROUP}\""));
    assert!(text.contains("failed during cutover") && text.contains("Cutover: requested at 2"), "{text}");
    let run = lab.plan(lab.example());
    run.success();
    warning_at(&run, &format!("Live migration failed during cutover: {id}"), "");
    assert_eq!(lab.starts(), 1);
}

#[test]
fn expired_migration_is_spent_and_an_unknown_word_is_not() {
    let lab = Lab::new();
    let id = lab.start(lab.example());
    let changed = || lab.example().source("ssl", "false");
    lab.atlas.override_read(&id, said("PAUSED"));
    let run = lab.plan(changed());
    run.failure();
    let text = error_at(&run, REFUSED, "ssl = false");
    assert!(text.contains(&format!("Migration: {id}, PAUSED, in state")), "{text}");
    lab.atlas.override_read(&id, said("EXPIRED"));
    lab.plan(changed()).success().says("must be replaced");
}
