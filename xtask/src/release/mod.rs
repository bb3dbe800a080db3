//! Release archives, named and packed as the registries of Terraform and OpenTofu require.
//!
//! `cargo xtask release` builds one platform. `cargo xtask release --sums FOLDER` runs once, over the archives of every
//! platform, and signs.

mod archive;
mod build;
mod inventory;
#[cfg(test)]
mod mirror_tests;
mod notes;
mod notices;
mod platform;
mod preconditions;
mod provenance;
mod sbom;
mod sums;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use terraform_provider_atlas::ADDRESS;

use crate::repository::Repository;
use archive::Entry;
use build::Build;
use platform::Platform;
use provenance::Provenance;

pub(crate) use sums::run as sums;

const PACKAGE: &str = "terraform-provider-atlas";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `cargo xtask release` was called with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The target triple; by default this machine's, on Linux with musl.
    pub(crate) target: Option<String>,
    /// Packs whatever is in the working tree. Such an archive is marked and is never part of a release.
    pub(crate) snapshot: bool,
    /// Builds a second time, in other folders, and compares.
    pub(crate) verify: bool,
}

/// Builds for one target, and writes the archive and its SBOM into `dist` of the target folder.
///
/// # Errors
/// When the working tree isn't what a release is made of, when the build fails, or when a second build differs.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<(), String> {
    let host = platform::release_target(&platform::host()?);
    let target = options.target.as_deref().unwrap_or(&host);
    let platform = Platform::of(target)?;
    platform::require_standard_library(target)?;
    if !options.snapshot {
        preconditions::check(repository)?;
    }
    if options.verify {
        verify::check_working_tree(repository)?;
    }
    let provenance = Provenance::of(repository, target, options.snapshot)?;
    let build = Build::here(repository, target)?;
    let dist = repository.target().join("dist");
    let files = produce(&build, &platform, &provenance, &dist)?;
    if target == host {
        build.run_version(platform.suffix)?;
    }
    if options.verify {
        verify::compare_with_second_build(repository, &platform, &provenance, &files)?;
    }
    for file in files {
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}

/// Builds, and writes what belongs to one platform into a folder.
fn produce(build: &Build, platform: &Platform, provenance: &Provenance, folder: &Path) -> Result<Vec<PathBuf>, String> {
    fs::create_dir_all(folder).map_err(in_file(folder))?;
    let binary = build.run(platform.suffix)?;
    let crates = inventory::linked(build.root(), &provenance.target)?;
    let notices = notices::write(&crates, &provenance.target)?;
    let library_notices = notices::of_standard_library()?;
    let license = read_bytes(&build.root().join("LICENSE"))?;

    let stem = folder.join(format!("{}_{}_{}", stem(), platform.os, platform.arch));
    let archive = with_extension(&stem, "zip");
    let executable = format!("{}_v{VERSION}{}", name(), platform.suffix);
    archive::pack(
        &archive,
        &[
            Entry::executable(&executable, &binary),
            Entry::text("LICENSE", &license),
            Entry::text("THIRD-PARTY-NOTICES.txt", notices.as_bytes()),
            Entry::text("RUST-STANDARD-LIBRARY-NOTICES.html", &library_notices),
        ],
    )?;
    let sbom = with_extension(&stem, sbom::EXTENSION);
    fs::write(&sbom, sbom::write(&crates, provenance, &binary)?).map_err(in_file(&sbom))?;
    Ok(vec![archive, sbom])
}

/// The provider's name, from its address.
fn name() -> String {
    format!("terraform-provider-{}", ADDRESS.rsplit('/').next().unwrap_or_default())
}

/// What the name of every file of this version begins with.
fn stem() -> String {
    format!("{}_{VERSION}", name())
}

/// Appends an extension. [`Path::with_extension`] would cut the version at its last dot.
fn with_extension(stem: &Path, extension: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(in_file(path))
}

fn in_file(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
