//! The examples of the repository: formatted, valid, applied, and what a user who copies one gets. It must not know the
//! provider's rules.

use std::path::{Path, PathBuf};

use atlas_simulator::{Config, Operation, Seed, Stage};
use test_support::terraform::{Feature, Terraform, Workspace};

use crate::configuration::{ADDRESS, GROUP};
use crate::support::{Lab, UNTIL_READY, provider, still, with};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The folders that hold a configuration.
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

/// Copies the files of an example that end as asked into a workspace.
fn copy(folder: &Path, workspace: &Workspace, wanted: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if (name.ends_with(".tf") || name.ends_with(".tfvars")) && wanted(&name) {
            workspace.file(&name, std::fs::read(entry.path()).unwrap());
        }
    }
}

fn is_no_import(name: &str) -> bool {
    !name.starts_with("import")
}

/// A lab with an example in it, and with a service account in the environment, as the examples say.
fn lab_with(terraform: &Terraform, example: &str) -> Lab {
    let lab = Lab::on(terraform);
    for name in ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"] {
        lab.workspace.env(name, "");
    }
    lab.workspace
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)
        .env("TF_VAR_source_password", "not-a-real-password");
    copy(&examples().join(example), &lab.workspace, is_copied);
    lab
}

/// The values of the file of the example that has the provider `mongodbatlas`, which no test has.
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
    is_no_import(name) && name != CLUSTER_FILE.0
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
fn every_example_keeps_its_migrations_from_a_slip() {
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
fn example_of_the_resource_starts_and_is_kept() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let lab = lab_with(&terraform, "resources/atlas_live_migration");
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    lab.run(&["apply", "-auto-approve", "-destroy"]).failure().says("Instance cannot be destroyed");
    lab.run(&["taint", ADDRESS]).success();
    lab.run(&["apply", "-auto-approve"]).failure();
    assert_eq!((lab.addresses(), lab.starts()), (vec![ADDRESS.to_owned()], 1));
}

#[test]
fn import_examples_import() {
    let Some(terraform) = with(Feature::ImportIdentity) else { return };
    let folder = examples().join("resources/atlas_live_migration");
    for name in ["import-by-identity.tf", "import-by-string-id.tf", "import.sh"] {
        let lab = lab_with(&terraform, "resources/atlas_live_migration");
        let id = lab.atlas.seed_migration(Seed::new(GROUP, "orders-atlas", Stage::Working));
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(EXAMPLE_ID), "{text}");
        let text = text.replace(EXAMPLE_ID, &id);
        if name.ends_with(".tf") {
            lab.workspace.file(name, text);
        } else {
            let command = text.lines().find_map(|line| line.strip_prefix("terraform ")).unwrap();
            lab.run(&command.split_whitespace().collect::<Vec<_>>()).success();
        }
        lab.run(&["apply", "-auto-approve"]).success().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((lab.id(ADDRESS), lab.writes()), (id, 0), "{name}");
        lab.workspace.plan_is_empty();
    }
}

/// The id of a migration in the examples of imports.
const EXAMPLE_ID: &str = "6f5902d6e1c1b0a5d4b3c2a1";

#[test]
fn example_of_many_clusters_starts_each_migration_once_in_waves() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let lab = lab_with(&terraform, "many-clusters");
    let passwords = "{ customers = \"one\", orders = \"two\" }";
    lab.workspace.env("TF_VAR_source_passwords", passwords);
    lab.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 0 destroyed");
    lab.workspace.env("TF_VAR_source_passwords", "{}");
    // The first one has a milestone, which the next run waits for.
    lab.run(&["plan", "-detailed-exitcode"]).exit(2).says("0 to add, 1 to change, 0 to destroy");
    lab.atlas.advance(UNTIL_READY);
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    // The wave after it, on the same migration host.
    let migrations = lab.atlas.migrations();
    lab.atlas.fail(&migrations[0].id, "over");
    lab.workspace.env("TF_VAR_source_passwords", passwords);
    lab.run(&["apply", "-auto-approve", "-var=current_wave=2", "-target=atlas_live_migration.this[\"orders\"]"])
        .success();
    assert_eq!(lab.starts(), 2);
}

#[test]
fn example_of_monitoring_warns_and_fails() {
    let lab = lab_with(&Terraform::on_path(), "monitoring");
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    lab.run(&["plan", "-var=require_complete=true"]).failure().says("is not complete yet: NEW");
    lab.atlas.fail(&lab.id(ADDRESS), "the oplog is too short");
    lab.run(&["plan", "-detailed-exitcode"]).says("Check block assertion failed").says("is FAILED");
}

#[test]
fn other_examples_start() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    for example in ["demo", "first-migration", "mongodbatlas", "private-endpoint", "provider", "sharding"] {
        let lab = lab_with(&terraform, example);
        if example == "mongodbatlas" {
            lab.workspace.file(CLUSTER_FILE.0, CLUSTER_FILE.1);
        }
        lab.run(&["apply", "-auto-approve"]).success();
        assert_eq!(lab.starts(), 1, "{example}");
        lab.workspace.plan_is_empty();
    }
}

#[test]
fn example_of_the_single_apply_cuts_over_once() {
    let Some(terraform) = Terraform::newest() else { return };
    let lab = lab_with(&terraform, "actions/single-apply");
    lab.atlas.set_speed(20.0);
    lab.run(&["apply", "-auto-approve"]).success();
    assert_eq!((lab.starts(), lab.atlas.received(Operation::Cutover)), (1, 1));
    lab.workspace.plan_is_empty();
}

#[test]
fn example_of_the_inventory_writes_entries_that_many_clusters_starts() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let lab = lab_with(&terraform, "data-sources/inventory");
    lab.workspace.env("TF_VAR_org_id", "32b6e34b3d91647abb20e7b8");
    // A cluster whose size Cloud Manager does not know.
    lab.run(&["plan", "-var=source_project_id=5d2c7e9a1b3f4d6e8a0c2b4e"]).success().says("reports-atlas");
    lab.run(&["plan", "-var=source_project_id=000000000000000000000000"]).failure().says("is not available");
    lab.run(&["apply", "-auto-approve", "-var=source_project_id=9b43a5b329223c3a1591a678"]).success();
    let inventory = lab.run(&["output", "-json", "inventory"]).success().stdout().to_owned();

    let lab = lab_with(&terraform, "many-clusters");
    lab.workspace.file("inventory.auto.tfvars.json", inventory);
    lab.workspace.env("TF_VAR_source_passwords", "{ exampleClusterA = \"one\" }");
    lab.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 0 destroyed");
    lab.workspace.plan_is_empty();
    // The smallest cluster, which is the first wave.
    assert_eq!(lab.atlas.migrations()[0].cluster_name, "exampleClusterA-atlas");
}

#[test]
fn example_of_the_migration_data_source_fails_until_the_migration_is_complete() {
    let lab = lab_with(&Terraform::on_path(), "data-sources/atlas_live_migration");
    for (stage, is_complete) in [(Stage::Working, false), (Stage::Complete, true)] {
        let id = lab.atlas.seed_migration(Seed::new(GROUP, "orders-atlas", stage));
        lab.workspace.env("TF_VAR_migration_id", id);
        let run = lab.run(&["apply", "-auto-approve"]);
        if is_complete {
            run.success()
        } else {
            run.failure().says("is not complete yet: WORKING")
        };
    }
    lab.workspace.plan_is_empty();
    assert_eq!(lab.writes(), 0);
}

#[test]
fn example_of_available_projects_lists_clusters() {
    let lab = lab_with(&Terraform::on_path(), "data-sources/atlas_live_migration_available_projects");
    lab.run(&["apply", "-auto-approve"]).success().says("\"orders\"").says("vm001.example.com");
    lab.workspace.plan_is_empty();
}

#[test]
fn provider_is_installed_by_init() {
    let terraform = Terraform::on_path();
    let lab = Lab::of(Workspace::with_mirror(&terraform, &provider()), still());
    lab.write(lab.example());
    lab.run(&["init"]).success().says("successfully initialized");
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    lab.run(&["providers"]).success().says("atlas-live-migration/atlas");
}
