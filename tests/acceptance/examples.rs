//! The examples of the repository: formatted, valid, and what a user who copies one gets. It must not know the provider's
//! rules.

use std::path::{Path, PathBuf};

use atlas_simulator::{Seed, Stage};
use test_support::terraform::{Feature, Terraform, Workspace};

use crate::configuration::{ADDRESS, CLUSTER, GROUP};
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

/// A lab with an example in it.
fn lab_with(terraform: &Terraform, example: &str) -> Lab {
    let lab = Lab::on(terraform);
    copy(&examples().join(example), &lab.workspace, is_no_import);
    lab
}

#[test]
fn examples_are_formatted() {
    let workspace = Workspace::without_provider(&Terraform::on_path());
    let examples = examples().display().to_string();
    workspace.run(["fmt", "-check", "-recursive", "-diff", &examples]).success();
}

#[test]
fn examples_are_valid() {
    let Some(terraform) = with(Feature::ImportIdentity) else { return };
    let folders = folders();
    assert!(folders.len() >= 4, "{folders:?}");
    for folder in folders {
        let workspace = Workspace::new(&terraform, &provider());
        copy(&folder, &workspace, is_no_import);
        workspace.run(["validate"]).success().says("The configuration is valid");
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
    // Without a password a plan of the start says so, and a plan of what runs needs none.
    lab.run(&["plan"]).failure().says("Missing source password");
    lab.run(&["apply", "-auto-approve", "-var=source_password=secret"]).success();
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
        let id = lab.atlas.seed_migration(Seed::new(GROUP, CLUSTER, Stage::Working));
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
fn example_of_a_pipeline_starts_each_migration_once() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let lab = lab_with(&terraform, "pipeline");
    let passwords = "{ orders = \"one\", customers = \"two\" }";
    lab.workspace.env("TF_VAR_source_passwords", passwords);
    lab.run(&["apply", "-auto-approve"]).success().says("2 added, 0 changed, 0 destroyed");
    lab.workspace.env("TF_VAR_source_passwords", "{}");
    assert_eq!(lab.starts(), 2);
    // One of them has a wish, which the next run pursues.
    lab.run(&["plan", "-detailed-exitcode"]).exit(2).says("0 to add, 1 to change, 0 to destroy");
    lab.atlas.advance(UNTIL_READY);
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 2);
}

#[test]
fn other_examples_start() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    for example in ["demo", "sharding"] {
        let lab = lab_with(&terraform, example);
        lab.workspace.env("TF_VAR_source_password", "secret");
        lab.run(&["apply", "-auto-approve"]).success();
        assert_eq!(lab.starts(), 1, "{example}");
        lab.workspace.plan_is_empty();
    }
    let lab = lab_with(&terraform, "provider");
    lab.workspace
        .env("TF_VAR_atlas_public_key", atlas_simulator::Config::PUBLIC_KEY)
        .env("TF_VAR_atlas_private_key", atlas_simulator::Config::PRIVATE_KEY)
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", "not-this-one")
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", "not-this-one");
    lab.run(&["apply", "-auto-approve"]).success();
    assert_eq!(lab.starts(), 1);
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
