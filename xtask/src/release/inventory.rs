//! The crates that are linked into the provider for one target: not those that only build or test it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::PACKAGE;
use crate::command;
use crate::repository::read;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression.
    pub(super) license: String,
    pub(super) repository: Option<String>,
    /// Where its sources are.
    pub(super) folder: PathBuf,
    /// The registry's SHA-256 of its sources; `None` for the crates of this workspace.
    pub(super) checksum: Option<String>,
    /// The linked crates that it depends on, as [`Crate::reference`] names them.
    pub(super) dependencies: BTreeSet<String>,
}

impl Crate {
    /// Its name and version, which together are unique.
    pub(super) fn reference(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether it is someone else's.
    pub(super) fn is_third_party(&self) -> bool {
        self.checksum.is_some()
    }
}

/// The linked crates, sorted by name and version, the provider included.
pub(super) fn linked(root: &Path, target: &str) -> Result<Vec<Crate>, String> {
    let tree = cargo(root, &["tree", "--edges=normal,no-proc-macro", "--prefix=none", "--package", PACKAGE], target)?;
    let metadata = cargo(root, &["metadata", "--format-version=1"], target)?;
    let metadata: Metadata = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let checksums = checksums(&read(&root.join("Cargo.lock"))?);
    select(&names(&tree), metadata, &checksums)
}

fn cargo(root: &Path, arguments: &[&str], target: &str) -> Result<String, String> {
    let filter = if arguments[0] == "tree" { "--target" } else { "--filter-platform" };
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).args(["--locked", filter, target]).current_dir(root);
    command::output(&mut cargo)
}

/// The crates that `cargo tree` lists, one in a line as `name v1.2.3 (path)`.
fn names(tree: &str) -> BTreeSet<String> {
    let line = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        Some(format!("{name}@{}", rest.split(' ').next()?))
    };
    tree.lines().filter_map(line).collect()
}

/// The checksums in a lock file, by crate.
fn checksums(lock: &str) -> BTreeMap<String, String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        line.and_then(|rest| rest.strip_suffix('"')).map(str::to_owned)
    };
    let entry = |block: &str| {
        let reference = format!("{}@{}", value(block, "name")?, value(block, "version")?);
        Some((reference, value(block, "checksum")?))
    };
    lock.split("[[package]]").filter_map(entry).collect()
}

/// What is used of the answer of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

fn select(
    linked: &BTreeSet<String>,
    metadata: Metadata,
    checksums: &BTreeMap<String, String>,
) -> Result<Vec<Crate>, String> {
    let reference = |package: &Package| format!("{}@{}", package.name, package.version);
    let references: BTreeMap<_, _> =
        metadata.packages.iter().map(|package| (package.id.as_str(), reference(package))).collect();
    let edges: BTreeMap<_, _> = metadata.resolve.nodes.iter().map(|node| (&node.id, &node.dependencies)).collect();
    let mut crates = Vec::new();
    for package in &metadata.packages {
        let reference = reference(package);
        if !linked.contains(&reference) {
            continue;
        }
        let license = package.license.clone().ok_or_else(|| format!("{reference} names no license"))?;
        let dependencies = edges.get(&package.id).into_iter().copied().flatten();
        let dependencies = dependencies.filter_map(|id| references.get(id.as_str()));
        crates.push(Crate {
            name: package.name.clone(),
            version: package.version.clone(),
            // The old way to write a choice, which is no SPDX expression.
            license: license.replace('/', " OR "),
            repository: package.repository.clone(),
            folder: package.manifest_path.parent().unwrap_or(&package.manifest_path).to_owned(),
            checksum: checksums.get(&reference).cloned(),
            dependencies: dependencies.filter(|name| linked.contains(*name)).cloned().collect(),
        });
    }
    crates.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    if crates.len() == linked.len() {
        Ok(crates)
    } else {
        Err(format!("cargo tree lists {} crates, and cargo metadata describes {} of them", linked.len(), crates.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_checksums() {
        let tree = "provider v0.1.0 (/home/me/p)\nserde v1.0.2\nserde v1.0.2 (*)\n";
        assert_eq!(names(tree), ["provider@0.1.0", "serde@1.0.2"].map(str::to_owned).into());
        let lock = "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.2\"\nchecksum = \"ab\"\n\n[[package]]\nname = \"p\"\nversion = \"1\"\n";
        assert_eq!(checksums(lock), [("serde@1.0.2".to_owned(), "ab".to_owned())].into());
    }

    #[test]
    fn lists_what_is_linked_and_not_what_only_builds_or_tests() {
        let crates =
            linked(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")), "x86_64-unknown-linux-musl").expect("crates");
        let find = |name: &str| crates.iter().find(|one| one.name == name);
        let provider = find(PACKAGE).expect("the provider");
        assert!(!provider.is_third_party());
        assert!(provider.dependencies.iter().any(|name| name.starts_with("tf-provider@")), "{provider:?}");
        let tokio = find("tokio").expect("a linked crate");
        assert_eq!((tokio.is_third_party(), tokio.license.as_str()), (true, "MIT"));
        // A procedural macro, a build dependency, a dependency of tests, and one of another system.
        for absent in ["serde_derive", "protox", "proptest", "windows-sys"] {
            assert_eq!(find(absent), None);
        }
    }
}
