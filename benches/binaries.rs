//! The measured programs: the release binary of the provider, and a baseline process that is built with the same flags.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Binaries {
    pub(crate) provider: PathBuf,
    /// A process that prints one line.
    pub(crate) baseline: PathBuf,
}

impl Binaries {
    /// Builds both programs.
    ///
    /// # Panics
    /// When a build fails.
    pub(crate) fn build() -> Self {
        Self {
            provider: build("terraform-provider-atlas", "terraform-provider-atlas"),
            baseline: build("benches", "baseline"),
        }
    }
}

/// Builds a program into the target directory of this program.
fn build(package: &str, name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).expect("the package is in the workspace");
    // TARGET/release/deps/figures-HASH.
    let this = env::current_exe().expect("the path of this program is available");
    let target = this.ancestors().nth(3).expect("cargo runs it from its target directory");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.current_dir(root).args(["build", "--quiet", "--release", "--package", package, "--bin", name]);
    cargo.arg("--target-dir").arg(target);
    let status = cargo.status().unwrap_or_else(|error| panic!("{cargo:?}: {error}"));
    assert!(status.success(), "{cargo:?}: {status}");
    target.join("release").join(name)
}
