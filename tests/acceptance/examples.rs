//! The examples of the repository are formatted and valid, and can be applied.

use std::path::{Path, PathBuf};

use atlas_simulator::{Config, Operation, Seed, Stage};
use test_support::terraform::{Feature, Terraform, Workspace};

use crate::configuration::{ADDRESS, GROUP};
use crate::support::{Fixture, UNTIL_READY, frozen, provider, with};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The folders with a configuration.
fn folders() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![examples()];
    while let Some(folder) = open.pop() {
        let entries: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        if entries.iter().any(|path| path.extension().is_some_and(|end| end == "tf")) {
            found.push(folder);
        }
        open.extend(entries.into_iter().filter(|path| path.is_dir() && !path.ends_with(".terraform")));
    }
    found.sort();
    found
}

/// Copies the selected files of an example into a workspace.
fn copy(folder: &Path, workspace: &Workspace, wanted: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if (name.ends_with(".tf") || name.ends_with(".tfvars")) && wanted(&name) {
            workspace.file(&name, std::fs::read(entry.path()).unwrap());
        }
    }
}

fn is_not_import(name: &str) -> bool {
    !name.starts_with("import")
}

/// A fixture with the files of an example, and with a service account in the environment, as the examples document.
fn fixture_with(terraform: &Terraform, example: &str) -> Fixture {
    let fixture = Fixture::on(terraform);
    for name in ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"] {
        fixture.workspace.env(name, "");
    }
    fixture
        .workspace
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)
        .env("TF_VAR_source_password", "not-a-real-password");
    copy(&examples().join(example), &fixture.workspace, is_copied);
    fixture
}

/// Replaces the file of the example that needs the provider `mongodbatlas`, which no test has.
const CLUSTER_FILE: (&str, &str) = (
    "cluster.tf",
    r#"locals {
  destination = {
    project_id        = "e01c9427f054fe80745f3f6c"
    cluster_name      = "orders-atlas"
    connection_string = "mongodb+srv://orders-atlas.example.com"
    access_list       = []
  }
}
"#,
);

fn is_copied(name: &str) -> bool {
    is_not_import(name) && name != CLUSTER_FILE.0
}

#[test]
fn examples_are_formatted() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    let examples = examples().display().to_string();
    workspace.run(["fmt", "-check", "-recursive", "-diff", &examples]).success();
}

#[test]
fn examples_are_valid() {
    let Some(terraform) = Terraform::newest() else { return };
    let folders = folders();
    assert!(folders.len() >= 12, "{folders:?}");
    for folder in folders {
        let workspace = Workspace::new(&terraform, &provider());
        copy(&folder, &workspace, is_copied);
        if folder.ends_with("mongodbatlas") {
            workspace.file(CLUSTER_FILE.0, CLUSTER_FILE.1);
        }
        if folder.starts_with(examples().join("actions")) && !folder.ends_with("single-apply") {
            copy(&examples().join("resources/atlas_live_migration"), &workspace, is_copied);
        }
        workspace.run(["validate"]).success().says("The configuration is valid");
    }
}

#[test]
fn every_example_names_the_version_of_the_provider() {
    for folder in folders() {
        let texts = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let texts = texts.filter(|path| path.extension().is_some_and(|end| end == "tf"));
        let text: String = texts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let sources = text.matches("source  = \"atlas-live-migration/atlas\"\n      version = \"~> 0.1\"").count();
        assert_eq!(sources, text.matches("atlas-live-migration/atlas").count(), "{}", folder.display());
    }
}

#[test]
fn every_example_sets_prevent_destroy() {
    for folder in folders() {
        let texts = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let texts = texts.filter(|path| path.extension().is_some_and(|end| end == "tf"));
        let text: String = texts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let resources = text.matches("resource \"atlas_live_migration\"").count();
        let kept = text.matches("prevent_destroy = true").count();
        assert_eq!(resources, kept, "{}", folder.display());
    }
}

#[test]
fn resource_example_starts_and_rejects_destroy() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = fixture_with(&terraform, "resources/atlas_live_migration");
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["apply", "-auto-approve", "-destroy"]).failure().says("nstance cannot be destroyed");
    fixture.run(&["taint", ADDRESS]).success();
    fixture.run(&["apply", "-auto-approve"]).failure();
    assert_eq!((fixture.addresses(), fixture.starts()), (vec![ADDRESS.to_owned()], 1));
}

#[test]
fn import_examples_import() {
    let Some(terraform) = with(Feature::ImportIdentity) else { return };
    let folder = examples().join("resources/atlas_live_migration");
    for name in ["import-by-identity.tf", "import-by-string-id.tf", "import.sh"] {
        let fixture = fixture_with(&terraform, "resources/atlas_live_migration");
        let id = fixture.atlas.seed_migration(Seed::new(GROUP, "orders-atlas", Stage::Working));
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(EXAMPLE_ID), "{text}");
        let text = text.replace(EXAMPLE_ID, &id);
        if name.ends_with(".tf") {
            fixture.workspace.file(name, text);
        } else {
            let command = text.lines().find_map(|line| line.strip_prefix("terraform ")).unwrap();
            fixture.run(&command.split_whitespace().collect::<Vec<_>>()).success();
        }
        fixture.run(&["apply", "-auto-approve"]).success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, 0), "{name}");
        fixture.workspace.plan_is_empty();
    }
}

/// The ID in the import examples.
const EXAMPLE_ID: &str = "6f5902d6e1c1b0a5d4b3c2a1";

#[test]
fn many_clusters_example_starts_each_migration_once_in_waves() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = fixture_with(&terraform, "many-clusters");
    let passwords = "{ customers = \"one\", orders = \"two\" }";
    fixture.workspace.env("TF_VAR_source_passwords", passwords);
    fixture.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 0 destroyed");
    fixture.workspace.env("TF_VAR_source_passwords", "{}");
    // The first one has a milestone, which the next apply waits for.
    fixture.run(&["plan", "-detailed-exitcode"]).exit(2).says("0 to add, 1 to change, 0 to destroy");
    fixture.atlas.advance(UNTIL_READY);
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    // The next wave, on the same migration host.
    let migrations = fixture.atlas.migrations();
    fixture.atlas.fail(&migrations[0].id, "over");
    fixture.workspace.env("TF_VAR_source_passwords", passwords);
    fixture
        .run(&["apply", "-auto-approve", "-var=current_wave=2", "-target=atlas_live_migration.this[\"orders\"]"])
        .success();
    assert_eq!(fixture.starts(), 2);
}

#[test]
fn monitoring_example_warns_and_fails() {
    let fixture = fixture_with(&Terraform::on_path(), "monitoring");
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["plan", "-var=require_complete=true"]).failure().says("is not complete yet: NEW");
    fixture.atlas.fail(&fixture.id(ADDRESS), "the oplog is too short");
    fixture.run(&["plan", "-detailed-exitcode"]).says("Check block assertion failed").says("is FAILED");
}

#[test]
fn other_examples_start() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    for example in ["demo", "first-migration", "mongodbatlas", "private-endpoint", "provider", "sharding"] {
        let fixture = fixture_with(&terraform, example);
        if example == "mongodbatlas" {
            fixture.workspace.file(CLUSTER_FILE.0, CLUSTER_FILE.1);
        }
        fixture.run(&["apply", "-auto-approve"]).success();
        assert_eq!(fixture.starts(), 1, "{example}");
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn single_apply_example_cuts_over_once() {
    let Some(terraform) = Terraform::newest() else { return };
    let fixture = fixture_with(&terraform, "actions/single-apply");
    fixture.atlas.set_speed(20.0);
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.starts(), fixture.atlas.received(Operation::Cutover)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn example_of_the_inventory_writes_entries_that_many_clusters_starts() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = fixture_with(&terraform, "data-sources/inventory");
    fixture.workspace.env("TF_VAR_org_id", "32b6e34b3d91647abb20e7b8");
    // A cluster whose size Cloud Manager does not know.
    fixture.run(&["plan", "-var=source_project_id=5d2c7e9a1b3f4d6e8a0c2b4e"]).success().says("reports-atlas");
    fixture.run(&["plan", "-var=source_project_id=000000000000000000000000"]).failure().says("is not available");
    fixture.run(&["apply", "-auto-approve", "-var=source_project_id=9b43a5b329223c3a1591a678"]).success();
    let inventory = fixture.run(&["output", "-json", "inventory"]).success().stdout().to_owned();

    let fixture = fixture_with(&terraform, "many-clusters");
    fixture.workspace.file("inventory.auto.tfvars.json", inventory);
    fixture.workspace.env("TF_VAR_source_passwords", "{ exampleClusterA = \"one\" }");
    fixture.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();
    // The smallest cluster, which is the first wave.
    assert_eq!(fixture.atlas.migrations()[0].cluster_name, "exampleClusterA-atlas");
}

#[test]
fn example_of_the_migration_data_source_fails_until_the_migration_is_complete() {
    let fixture = fixture_with(&Terraform::on_path(), "data-sources/atlas_live_migration");
    for (stage, is_complete) in [(Stage::Working, false), (Stage::Complete, true)] {
        let id = fixture.atlas.seed_migration(Seed::new(GROUP, "orders-atlas", stage));
        fixture.workspace.env("TF_VAR_migration_id", id);
        let run = fixture.run(&["apply", "-auto-approve"]);
        if is_complete {
            run.success()
        } else {
            run.failure().says("is not complete yet: WORKING")
        };
    }
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.writes(), 0);
}

#[test]
fn example_of_available_projects_lists_clusters() {
    let fixture = fixture_with(&Terraform::on_path(), "data-sources/atlas_live_migration_available_projects");
    fixture.run(&["apply", "-auto-approve"]).success().says("\"orders\"").says("vm001.example.com");
    fixture.workspace.plan_is_empty();
}

#[test]
fn provider_is_installed_by_init() {
    let terraform = Terraform::on_path();
    let fixture = Fixture::of(Workspace::with_mirror(&terraform, &provider()), frozen());
    fixture.write(fixture.example());
    fixture.run(&["init"]).success().says("successfully initialized");
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["providers"]).success().says("atlas-live-migration/atlas");
}
