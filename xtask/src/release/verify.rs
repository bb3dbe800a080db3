//! Builds a commit a second time, in other folders, and compares the files byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::{Build, cargo_home};
use super::platform::Platform;
use super::preconditions::changes;
use super::provenance::Provenance;
use super::{in_file, produce, read_bytes};
use crate::command;
use crate::repository::Repository;

/// Fails when a second build would not be of what is built first.
pub(super) fn check_working_tree(repository: &Repository) -> Result<(), String> {
    if changes(repository)?.is_empty() {
        Ok(())
    } else {
        Err("--verify builds the commit a second time, so the working tree must have no changes".to_owned())
    }
}

/// Fails when a build of the same commit in other folders makes other files.
pub(super) fn compare_with_second_build(
    repository: &Repository,
    platform: &Platform,
    provenance: &Provenance,
    files: &[PathBuf],
) -> Result<(), String> {
    // Deeper than the first build, so that no path of it has the same length.
    let scratch = repository.target().join("verify").join("a-folder-with-another-name");
    remove(&scratch)?;
    fs::create_dir_all(&scratch).map_err(in_file(&scratch))?;
    let sources = scratch.join("sources");
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(repository.root()).arg(&sources);
    command::run(&mut clone)?;
    let build = Build::at(&provenance.target, sources, scratch.join("target"), second_cargo_home(&scratch)?);
    let again = produce(&build, platform, provenance, &scratch.join("dist"))?;
    for (first, second) in files.iter().zip(&again) {
        compare(first, second)?;
    }
    remove(&scratch)?;
    eprintln!("a second build in other folders made the same bytes");
    Ok(())
}

fn compare(first: &Path, second: &Path) -> Result<(), String> {
    let (one, two) = (read_bytes(first)?, read_bytes(second)?);
    if one == two {
        return Ok(());
    }
    let position = one.iter().zip(&two).position(|(one, two)| one != two).unwrap_or(one.len().min(two.len()));
    Err(format!(
        "{} and {} differ from byte {position} on ({} and {} bytes)",
        first.display(),
        second.display(),
        one.len(),
        two.len()
    ))
}

/// The same crates by another path.
#[cfg(unix)]
fn second_cargo_home(scratch: &Path) -> Result<PathBuf, String> {
    let (home, second) = (cargo_home()?, scratch.join("cargo-home"));
    fs::create_dir_all(&second).map_err(in_file(&second))?;
    for entry in fs::read_dir(&home).map_err(in_file(&home))? {
        let entry = entry.map_err(in_file(&home))?;
        std::os::unix::fs::symlink(entry.path(), second.join(entry.file_name())).map_err(in_file(&second))?;
    }
    Ok(second)
}

/// Symbolic links need a privilege on Windows: there both builds read the crates from one folder.
#[cfg(not(unix))]
fn second_cargo_home(_scratch: &Path) -> Result<PathBuf, String> {
    cargo_home()
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(in_file(folder)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_first_byte_that_differs() {
        let folder = std::env::temp_dir().join(format!("xtask-verify-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let [one, two, three] = [("one", "abcd"), ("two", "abXd"), ("three", "abcd")].map(|(name, content)| {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            path
        });
        assert_eq!(compare(&one, &three), Ok(()));
        let difference = compare(&one, &two).expect_err("they differ");
        assert!(difference.ends_with("differ from byte 2 on (4 and 4 bytes)"), "{difference}");
        fs::remove_dir_all(&folder).expect("the folder is removed");
    }
}
