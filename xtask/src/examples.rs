//! Whether real Terraform takes every example with the provider as it is built now.
//!
//! It must not start anything: `terraform validate` asks no remote system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use terraform_provider_atlas::ADDRESS;

use crate::command;
use crate::repository::Repository;

/// A configuration to validate: its name, and the files of it.
struct Example {
    name: String,
    files: Vec<PathBuf>,
}

/// Builds the provider and validates each example.
///
/// # Errors
/// When one is not valid, or there is no Terraform.
pub(crate) fn run(repository: &Repository) -> Result<(), String> {
    let package = ["--package", "terraform-provider-atlas", "--bin", "terraform-provider-atlas"];
    command::run(Command::new("cargo").args(["build", "--quiet"]).args(package).current_dir(repository.root()))?;
    // The newest, for import by identity needs 1.12.
    let terraform = command::output(Command::new(repository.join("scripts/terraform-path")).arg("newest"))?;
    let work = repository.target().join("examples-validated");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let settings = work.join("terraform.rc");
    write(&settings, &overrides(&repository.target().join("debug")))?;
    for example in examples(repository)? {
        let folder = copy(&example, &work)?;
        let mut validate = Command::new(&terraform);
        validate.arg(format!("-chdir={}", folder.display())).args(["validate", "-no-color"]);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TF_")) {
            validate.env_remove(name);
        }
        command::output(validate.env("TF_CLI_CONFIG_FILE", &settings).env("CHECKPOINT_DISABLE", "1"))
            .map_err(|why| format!("{} is not valid: {why}", example.name))?;
        eprintln!("valid: {}", example.name);
    }
    Ok(())
}

/// Each folder with configuration. Beside a `resource.tf` each further file is an alternative: two imports of one resource exclude each other.
fn examples(repository: &Repository) -> Result<Vec<Example>, String> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in repository.files("examples", "tf")? {
        folders.extend(file.parent().filter(|folder| !folders.iter().any(|known| known == folder)).map(Path::to_owned));
    }
    let mut examples = Vec::new();
    for folder in folders {
        let name = repository.name(&folder);
        let mut files = repository.files(&name, "tf")?;
        let resource = folder.join("resource.tf");
        if files.contains(&resource) {
            files.retain(|file| *file != resource);
            let alternatives = files
                .into_iter()
                .map(|file| Example { name: repository.name(&file), files: vec![resource.clone(), file] });
            examples.extend(alternatives);
            examples.push(Example { name, files: vec![resource] });
        } else {
            files.extend(repository.files(&name, "tfvars")?);
            examples.push(Example { name, files });
        }
    }
    if examples.is_empty() { Err("there are no examples".to_owned()) } else { Ok(examples) }
}

fn copy(example: &Example, work: &Path) -> Result<PathBuf, String> {
    let folder = work.join(example.name.replace(['/', '\\'], "-"));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for file in &example.files {
        let name = file.file_name().unwrap_or_default();
        fs::copy(file, folder.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(folder)
}

fn overrides(binaries: &Path) -> String {
    format!(
        "provider_installation {{\n  dev_overrides {{\n    \"{ADDRESS}\" = {:?}\n  }}\n  direct {{}}\n}}\n",
        binaries
    )
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
