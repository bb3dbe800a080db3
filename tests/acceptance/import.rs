//! Migrations that exist already, taken into the state. It must not know how they are started.

use atlas_simulator::{Seed, Stage};
use serde_json::Value;
use test_support::terraform::{Feature, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, OTHER_GROUP, SHARDING};
use crate::support::{Lab, error_at, errors, warning_at, warnings, with};

const UNKNOWN: &str = "6296fb4c7c7aa997cf94e9a8";

fn seeded(lab: &Lab, stage: Stage) -> String {
    lab.atlas.seed_migration(Seed::new(GROUP, CLUSTER, stage))
}

fn import_block(id: &str) -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = \"{id}\"\n}}\n\n")
}

fn identity_block(group_id: &str, id: &str) -> String {
    format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    group_id = \"{group_id}\"\n    id       = \"{id}\"\n  }}\n}}\n\n"
    )
}

/// The first plan after an import takes the arguments from the configuration, and Atlas is only read.
#[track_caller]
fn adopts(lab: &Lab, id: &str) {
    lab.run(&["plan"]).success().says("Plan: 0 to add, 1 to change, 0 to destroy.").lacks("forces replacement");
    lab.run(&["apply", "-auto-approve"]).success().says("0 added, 1 changed, 0 destroyed");
    assert_eq!((lab.id(ADDRESS), lab.writes(), lab.starts()), (id.to_owned(), 0, 0), "{}", lab.atlas.log());
    lab.workspace.plan_is_empty();
}

#[test]
fn import_by_command_takes_both_spellings_of_an_id() {
    for separator in ["-", "/"] {
        let lab = Lab::new();
        let id = seeded(&lab, Stage::Working);
        lab.write(lab.example());
        lab.run(&["import", ADDRESS, &format!("{GROUP}{separator}{id}")]).success();
        let state = lab.stored();
        assert_eq!((&state["id"], &state["group_id"]), (&Value::from(id.as_str()), &Value::from(GROUP)));
        assert_eq!((&state["status"], &state["source"]), (&Value::from("WORKING"), &Value::Null));
        assert_eq!(state["migration_hosts"][0], HOST);
        adopts(&lab, &id);
    }
}

#[test]
fn import_block_adopts_in_one_apply() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Ready);
    lab.write(format!("{}{}", import_block(&format!("{GROUP}-{id}")), lab.example().without_password()));
    let run = lab.run(&["apply", "-auto-approve"]);
    run.success().says("1 imported, 0 added, 1 changed, 0 destroyed");
    let state = lab.stored();
    assert_eq!((&state["ready_for_cutover"], &state["source"]["username"]), (&true.into(), &"example".into()));
    assert!(state["ready_since"].is_string(), "{state:#}");
    assert_eq!((lab.id(ADDRESS), lab.writes()), (id, 0));
    lab.workspace.plan_is_empty();
}

#[test]
fn import_by_identity_is_the_same() {
    let Some(terraform) = with(Feature::ImportIdentity) else { return };
    let lab = Lab::on(&terraform);
    let id = seeded(&lab, Stage::Working);
    lab.apply(format!("{}{}", identity_block(GROUP, &id), lab.example()))
        .success()
        .says("1 imported, 0 added, 1 changed, 0 destroyed");
    assert_eq!((lab.id(ADDRESS), lab.writes()), (id, 0));
    lab.workspace.plan_is_empty();

    let run = lab.plan(format!(
        "{}{}",
        identity_block(GROUP, "nonsense").replace(ADDRESS, "atlas_live_migration.x"),
        lab.example().named("x")
    ));
    run.failure();
    let text = error_at(&run, "Malformed import ID", "");
    assert!(text.contains("id `nonsense`"), "{text}");
}

#[test]
fn any_configuration_is_adopted_at_any_status() {
    for stage in [Stage::New, Stage::CuttingOver, Stage::Complete, Stage::Expired, Stage::Failed("why".to_owned())] {
        let lab = Lab::new();
        let id = seeded(&lab, stage);
        lab.write(
            lab.example()
                .source("cluster_name", "\"Z\"")
                .source("ssl", "false")
                .destination("hostname_schema_type", "\"VPC_PEERING\"")
                .with("drop_enabled", "true")
                .block(SHARDING),
        );
        lab.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
        adopts(&lab, &id);
        assert_eq!(lab.atlas.erasures(GROUP, CLUSTER), 0);
        assert_eq!(lab.stored()["source"]["cluster_name"], "Z");
    }
}

#[test]
fn wishes_wait_for_the_apply_after_the_adoption() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Ready);
    let cut_over = lab.example().with("cutover", "true");
    lab.apply(format!("{}{cut_over}", import_block(&format!("{GROUP}/{id}")))).success();
    assert_eq!(lab.writes(), 0, "{}", lab.atlas.log());
    let run = lab.run(&["plan", "-detailed-exitcode"]);
    run.exit(2).says("0 to add, 1 to change, 0 to destroy");
    let told = format!("This apply cuts over live migration {id}");
    warning_at(&run, &told, "cutover = true");
}

#[test]
fn spent_migration_is_adopted_first_and_replaced_only_when_asked() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Failed("the agent died".to_owned()));
    lab.apply(format!("{}{}", import_block(&format!("{GROUP}/{id}")), lab.example())).success();
    let run = lab.workspace.plan_is_empty();
    assert_eq!(warnings(&run), [format!("Live migration failed: {id}")]);
    lab.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_eq!((lab.starts(), lab.id(ADDRESS) == id), (1, false));
}

#[test]
fn configuration_of_another_project_or_host_is_refused() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Working);
    lab.write(lab.example());
    lab.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();

    let run = lab.plan(lab.example().with("migration_hosts", "[\"vm002.example.com\"]"));
    run.failure();
    let text = error_at(
        &run,
        "Imported migration runs on another migration host",
        "migration_hosts = [\"vm002.example.com\"]",
    );
    assert!(text.contains(&format!("runs on `{HOST}`")), "{text}");

    let other = format!("\"{OTHER_GROUP}\"");
    let run = lab.plan(lab.example().destination("group_id", &other).with("group_id", &other));
    run.failure();
    let text = error_at(&run, "Imported migration is in another project", &format!("group_id = {other}"));
    assert!(text.contains(&format!("was imported from project `{GROUP}`")), "{text}");
    assert_eq!(errors(&run).len(), 2, "at group_id and at destination.group_id");

    // The case of a host name means nothing.
    lab.write(lab.example().with("migration_hosts", &format!("[\"{}\"]", HOST.to_uppercase())));
    adopts(&lab, &id);
}

#[test]
fn imports_migration_whose_host_is_reported_with_a_port() {
    let lab = Lab::new();
    let seed = Seed { migration_hosts: vec![format!("{HOST}.:27017")], ..Seed::new(GROUP, CLUSTER, Stage::Working) };
    let id = lab.atlas.seed_migration(seed);
    lab.write(lab.example());
    lab.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let run = lab.plan(lab.example().with("migration_hosts", "[\"vm002.example.com\"]"));
    let text = error_at(run.failure(), "Imported migration runs on another migration host", "");
    assert!(text.contains(&format!("Set migration_hosts = [\"{HOST}\"].")), "{text}");
    lab.write(lab.example());
    adopts(&lab, &id);
}

#[test]
fn malformed_ids_are_told_before_atlas_is_asked() {
    let lab = Lab::new();
    lab.write(lab.example());
    for id in [
        "6296fb4c7c7aa997cf94e9a8",
        "e01c9427f054fe80745f3f6c:6296fb4c7c7aa997cf94e9a8",
        "E01C9427F054FE80745F3F6C-6296fb4c7c7aa997cf94e9a8",
        "e01c9427f054fe80745f3f6c-6296fb4c7c7aa997cf94e9a8-x",
    ] {
        let run = lab.run(&["import", ADDRESS, id]);
        run.failure();
        let text = error_at(&run, "Malformed import ID", "");
        assert!(text.contains(&format!("`{id}` is not GROUP_ID/MIGRATION_ID")), "{text}");
    }
    assert_eq!((lab.atlas.requests().len(), lab.addresses().len()), (0, 0));
}

#[test]
fn unknown_migration_is_not_imported() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Working);
    lab.write(lab.example());
    for (group, id) in [(GROUP, UNKNOWN), (OTHER_GROUP, id.as_str())] {
        let run = lab.run(&["import", ADDRESS, &format!("{group}-{id}")]);
        run.failure();
        let text = error_at(&run, "Can't import live migration: live migration not found (404)", "");
        for part in
            [format!("The request was for live migration `{id}` in project `{group}`"), "(status 404".to_owned()]
        {
            assert!(text.contains(&part), "{part} in {text}");
        }
        assert!(lab.addresses().is_empty());
    }
}

#[test]
fn imported_migration_may_be_destroyed_before_it_is_adopted() {
    let lab = Lab::new();
    let id = seeded(&lab, Stage::Working);
    lab.write(lab.example());
    lab.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let run = lab.run(&["destroy", "-auto-approve"]);
    run.success();
    assert_eq!(warnings(&run), [format!("Live migration keeps running in Atlas: {id}")]);
    assert_eq!((lab.addresses().len(), lab.writes()), (0, 0));
}

#[test]
fn configuration_that_terraform_generates_itself_lacks_the_blocks() {
    // From 1.14 on, the provider generates it.
    for terraform in [Some(Terraform::on_path()), Terraform::version("1.10")].into_iter().flatten() {
        let lab = Lab::on(&terraform);
        let id = seeded(&lab, Stage::Working);
        lab.write(import_block(&format!("{GROUP}-{id}")));
        let run = lab.run(&["plan", "-generate-config-out=generated.tf"]);
        run.failure().says("A block of type \"source\" is required here.").lacks("crash").lacks("panic");
        let generated = std::fs::read_to_string(lab.workspace.path().join("generated.tf")).unwrap();
        assert!(generated.contains("resource \"atlas_live_migration\" \"orders\""), "{generated}");
        assert!(generated.contains(HOST), "{generated}");
        assert_eq!((lab.writes(), lab.addresses().len()), (0, 0), "{terraform}");

        // What Atlas does not tell is added by hand, and the file is a configuration.
        let head = generated.trim_end().strip_suffix('}').unwrap();
        let example = lab.example().without_password().to_string();
        let (blocks, _) = example.split_at(example.rfind('}').unwrap());
        let blocks = &blocks[blocks.find("  source {").unwrap()..];
        lab.workspace.file("generated.tf", format!("{head}\n{blocks}}}\n"));
        lab.run(&["apply", "-auto-approve"]).success().says("1 imported, 0 added");
        assert_eq!((lab.id(ADDRESS), lab.writes()), (id, 0), "{terraform}");
        lab.workspace.plan_is_empty();
    }
}
