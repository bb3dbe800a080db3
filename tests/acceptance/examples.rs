//! The examples of the repository are formatted and valid, and can be applied.

use std::path::{Path, PathBuf};

use atlas_simulator::{Seed, Stage};
use test_support::terraform::{Feature, Terraform, Workspace};

use crate::configuration::{ADDRESS, CLUSTER, GROUP};
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

/// A fixture with the files of an example.
fn fixture_with(terraform: &Terraform, example: &str) -> Fixture {
    let fixture = Fixture::on(terraform);
    copy(&examples().join(example), &fixture.workspace, is_not_import);
    fixture
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
        copy(&folder, &workspace, is_not_import);
        workspace.run(["validate"]).success().says("The configuration is valid");
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
    // Only the start needs a password.
    fixture.run(&["plan"]).failure().says("Missing source password");
    fixture.run(&["apply", "-auto-approve", "-var=source_password=secret"]).success();
    fixture.workspace.plan_is_empty();
    fixture.run(&["apply", "-auto-approve", "-destroy"]).failure().says("Instance cannot be destroyed");
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
        let id = fixture.atlas.seed_migration(Seed::new(GROUP, CLUSTER, Stage::Working));
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
fn pipeline_example_starts_each_migration_once() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = fixture_with(&terraform, "pipeline");
    let passwords = "{ orders = \"one\", customers = \"two\" }";
    fixture.workspace.env("TF_VAR_source_passwords", passwords);
    fixture.run(&["apply", "-auto-approve"]).success().says("2 added, 0 changed, 0 destroyed");
    fixture.workspace.env("TF_VAR_source_passwords", "{}");
    assert_eq!(fixture.starts(), 2);
    // One of them has a milestone, for which the next apply waits.
    fixture.run(&["plan", "-detailed-exitcode"]).exit(2).says("0 to add, 1 to change, 0 to destroy");
    fixture.atlas.advance(UNTIL_READY);
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 2);
}

#[test]
fn other_examples_start() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    for example in ["demo", "sharding"] {
        let fixture = fixture_with(&terraform, example);
        fixture.workspace.env("TF_VAR_source_password", "secret");
        fixture.run(&["apply", "-auto-approve"]).success();
        assert_eq!(fixture.starts(), 1, "{example}");
        fixture.workspace.plan_is_empty();
    }
    let fixture = fixture_with(&terraform, "provider");
    fixture
        .workspace
        .env("TF_VAR_atlas_public_key", atlas_simulator::Config::PUBLIC_KEY)
        .env("TF_VAR_atlas_private_key", atlas_simulator::Config::PRIVATE_KEY)
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", "not-this-one")
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", "not-this-one");
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!(fixture.starts(), 1);
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
