//! Imports of existing migrations.

use atlas_simulator::{Seed, Stage};
use serde_json::Value;
use test_support::terraform::{Feature, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, HOST, OTHER_GROUP, SHARDING};
use crate::support::{Fixture, error_at, errors, warning_at, warnings, with};

const UNKNOWN: &str = "6296fb4c7c7aa997cf94e9a8";

fn seeded(fixture: &Fixture, stage: Stage) -> String {
    fixture.atlas.seed_migration(Seed::new(GROUP, CLUSTER, stage))
}

fn import_block(id: &str) -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = \"{id}\"\n}}\n\n")
}

fn identity_block(group_id: &str, id: &str) -> String {
    format!(
        "import {{\n  to = {ADDRESS}\n  identity = {{\n    group_id = \"{group_id}\"\n    id       = \"{id}\"\n  }}\n}}\n\n"
    )
}

/// Asserts that the first apply after an import stores the arguments, and only reads the migration.
#[track_caller]
fn assert_first_apply_only_reads(fixture: &Fixture, id: &str) {
    fixture.run(&["plan"]).success().says("Plan: 0 to add, 1 to change, 0 to destroy.").lacks("forces replacement");
    fixture.run(&["apply", "-auto-approve"]).success().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(
        (fixture.id(ADDRESS), fixture.writes(), fixture.starts()),
        (id.to_owned(), 0, 0),
        "{}",
        fixture.atlas.log()
    );
    fixture.workspace.plan_is_empty();
}

#[test]
fn import_command_accepts_both_separators() {
    for separator in ["-", "/"] {
        let fixture = Fixture::new();
        let id = seeded(&fixture, Stage::Working);
        fixture.write(fixture.example());
        fixture.run(&["import", ADDRESS, &format!("{GROUP}{separator}{id}")]).success();
        let state = fixture.stored();
        assert_eq!((&state["id"], &state["group_id"]), (&Value::from(id.as_str()), &Value::from(GROUP)));
        assert_eq!((&state["status"], &state["source"]), (&Value::from("WORKING"), &Value::Null));
        assert_eq!(state["migration_hosts"][0], HOST);
        assert_first_apply_only_reads(&fixture, &id);
    }
}

#[test]
fn import_block_needs_one_apply() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Ready);
    fixture.write(format!("{}{}", import_block(&format!("{GROUP}-{id}")), fixture.example().without_password()));
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.success().says("1 imported, 0 added, 1 changed, 0 destroyed");
    let state = fixture.stored();
    assert_eq!((&state["ready_for_cutover"], &state["source"]["username"]), (&true.into(), &"example".into()));
    assert!(state["ready_since"].is_string(), "{state:#}");
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, 0));
    fixture.workspace.plan_is_empty();
}

#[test]
fn import_by_identity_needs_one_apply() {
    let Some(terraform) = with(Feature::ImportIdentity) else { return };
    let fixture = Fixture::on(&terraform);
    let id = seeded(&fixture, Stage::Working);
    fixture
        .apply(format!("{}{}", identity_block(GROUP, &id), fixture.example()))
        .success()
        .says("1 imported, 0 added, 1 changed, 0 destroyed");
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, 0));
    fixture.workspace.plan_is_empty();

    let run = fixture.plan(format!(
        "{}{}",
        identity_block(GROUP, "nonsense").replace(ADDRESS, "atlas_live_migration.x"),
        fixture.example().named("x")
    ));
    run.failure();
    let text = error_at(&run, "Malformed import ID", "");
    assert!(text.contains("id `nonsense`"), "{text}");
}

#[test]
fn imports_any_configuration_at_any_status() {
    for stage in [Stage::New, Stage::CuttingOver, Stage::Complete, Stage::Expired, Stage::Failed("why".to_owned())] {
        let fixture = Fixture::new();
        let id = seeded(&fixture, stage);
        fixture.write(
            fixture
                .example()
                .source("cluster_name", "\"Z\"")
                .source("ssl", "false")
                .destination("hostname_schema_type", "\"VPC_PEERING\"")
                .with("drop_enabled", "true")
                .block(SHARDING),
        );
        fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
        assert_first_apply_only_reads(&fixture, &id);
        assert_eq!(fixture.atlas.erasures(GROUP, CLUSTER), 0);
        assert_eq!(fixture.stored()["source"]["cluster_name"], "Z");
    }
}

#[test]
fn milestones_start_with_the_apply_after_the_import() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Ready);
    let cut_over = fixture.example().with("cutover", "true");
    fixture.apply(format!("{}{cut_over}", import_block(&format!("{GROUP}/{id}")))).success();
    assert_eq!(fixture.writes(), 0, "{}", fixture.atlas.log());
    let run = fixture.run(&["plan", "-detailed-exitcode"]);
    run.exit(2).says("0 to add, 1 to change, 0 to destroy");
    let summary = format!("This apply cuts over live migration {id}");
    warning_at(&run, &summary, "cutover = true");
}

#[test]
fn imported_replaceable_migration_is_replaced_only_on_request() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Failed("the agent died".to_owned()));
    fixture.apply(format!("{}{}", import_block(&format!("{GROUP}/{id}")), fixture.example())).success();
    let run = fixture.workspace.plan_is_empty();
    assert_eq!(warnings(&run), [format!("Live migration failed: {id}")]);
    fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]).success();
    assert_eq!((fixture.starts(), fixture.id(ADDRESS) == id), (1, false));
}

#[test]
fn rejects_import_with_another_project_or_migration_host() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Working);
    fixture.write(fixture.example());
    fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();

    let run = fixture.plan(fixture.example().with("migration_hosts", "[\"vm002.example.com\"]"));
    run.failure();
    let text = error_at(
        &run,
        "Imported migration runs on another migration host",
        "migration_hosts = [\"vm002.example.com\"]",
    );
    assert!(text.contains(&format!("runs on `{HOST}`")), "{text}");

    let other = format!("\"{OTHER_GROUP}\"");
    let run = fixture.plan(fixture.example().destination("group_id", &other).with("group_id", &other));
    run.failure();
    let text = error_at(&run, "Imported migration is in another project", &format!("group_id = {other}"));
    assert!(text.contains(&format!("was imported from project `{GROUP}`")), "{text}");
    assert_eq!(errors(&run).len(), 2, "at group_id and at destination.group_id");

    // Host names are compared without case.
    fixture.write(fixture.example().with("migration_hosts", &format!("[\"{}\"]", HOST.to_uppercase())));
    assert_first_apply_only_reads(&fixture, &id);
}

#[test]
fn imports_migration_whose_migration_host_is_reported_with_a_port() {
    let fixture = Fixture::new();
    let seed = Seed { migration_hosts: vec![format!("{HOST}.:27017")], ..Seed::new(GROUP, CLUSTER, Stage::Working) };
    let id = fixture.atlas.seed_migration(seed);
    fixture.write(fixture.example());
    fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let run = fixture.plan(fixture.example().with("migration_hosts", "[\"vm002.example.com\"]"));
    let text = error_at(run.failure(), "Imported migration runs on another migration host", "");
    assert!(text.contains(&format!("Set migration_hosts = [\"{HOST}\"].")), "{text}");
    fixture.write(fixture.example());
    assert_first_apply_only_reads(&fixture, &id);
}

#[test]
fn rejects_malformed_import_ids_before_any_request() {
    let fixture = Fixture::new();
    fixture.write(fixture.example());
    for id in [
        "6296fb4c7c7aa997cf94e9a8",
        "e01c9427f054fe80745f3f6c:6296fb4c7c7aa997cf94e9a8",
        "E01C9427F054FE80745F3F6C-6296fb4c7c7aa997cf94e9a8",
        "e01c9427f054fe80745f3f6c-6296fb4c7c7aa997cf94e9a8-x",
    ] {
        let run = fixture.run(&["import", ADDRESS, id]);
        run.failure();
        let text = error_at(&run, "Malformed import ID", "");
        assert!(text.contains(&format!("`{id}` is not GROUP_ID/MIGRATION_ID")), "{text}");
    }
    assert_eq!((fixture.atlas.requests().len(), fixture.addresses().len()), (0, 0));
}

#[test]
fn rejects_import_of_an_unknown_migration() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Working);
    fixture.write(fixture.example());
    for (group, id) in [(GROUP, UNKNOWN), (OTHER_GROUP, id.as_str())] {
        let run = fixture.run(&["import", ADDRESS, &format!("{group}-{id}")]);
        run.failure();
        let text = error_at(&run, "Can't import live migration: live migration not found (404)", "");
        for part in
            [format!("The request was for live migration `{id}` in project `{group}`"), "(status 404".to_owned()]
        {
            assert!(text.contains(&part), "{part} in {text}");
        }
        assert!(fixture.addresses().is_empty());
    }
}

#[test]
fn imported_migration_can_be_destroyed_before_the_first_apply() {
    let fixture = Fixture::new();
    let id = seeded(&fixture, Stage::Working);
    fixture.write(fixture.example());
    fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let run = fixture.run(&["destroy", "-auto-approve"]);
    run.success();
    assert_eq!(warnings(&run), [format!("Live migration keeps running in Atlas: {id}")]);
    assert_eq!((fixture.addresses().len(), fixture.writes()), (0, 0));
}

#[test]
fn configuration_generated_by_terraform_can_be_completed_by_hand() {
    let candidates = [Some(Terraform::on_path()), Terraform::version("1.10")].into_iter().flatten();
    for terraform in candidates.filter(|terraform| !terraform.supports(Feature::GeneratedConfig)) {
        let fixture = Fixture::on(&terraform);
        let id = seeded(&fixture, Stage::Working);
        fixture.write(import_block(&format!("{GROUP}-{id}")));
        let run = fixture.run(&["plan", "-generate-config-out=generated.tf"]);
        run.failure().says("A block of type \"source\" is required here.").lacks("crash").lacks("panic");
        let generated = std::fs::read_to_string(fixture.workspace.path().join("generated.tf")).unwrap();
        assert!(generated.contains("resource \"atlas_live_migration\" \"orders\""), "{generated}");
        assert!(generated.contains(HOST), "{generated}");
        assert_eq!((fixture.writes(), fixture.addresses().len()), (0, 0), "{terraform}");

        // The blocks that Atlas doesn't return are added by hand.
        let head = generated.trim_end().strip_suffix('}').unwrap();
        let example = fixture.example().without_password().to_string();
        let (blocks, _) = example.split_at(example.rfind('}').unwrap());
        let blocks = &blocks[blocks.find("  source {").unwrap()..];
        fixture.workspace.file("generated.tf", format!("{head}\n{blocks}}}\n"));
        fixture.run(&["apply", "-auto-approve"]).success().says("1 imported, 0 added");
        assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, 0), "{terraform}");
        fixture.workspace.plan_is_empty();
    }
}
