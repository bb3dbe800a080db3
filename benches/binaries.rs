//! The programs that are measured: the provider as `make install` builds it, and a bare process built with the same flags.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Binaries {
    pub(crate) provider: PathBuf,
    /// A process that prints one line.
    pub(crate) bare: PathBuf,
}

impl Binaries {
    /// Builds both.
    ///
    /// # Panics
    /// When one of them does not build.
    pub(crate) fn build() -> Self {
        Self { provider: build("terraform-provider-atlas", "terraform-provider-atlas"), bare: build("benches", "bare") }
    }
}

/// Builds a program into the target directory that this one came from.
fn build(package: &str, name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).expect("the workspace is around this package");
    // TARGET/release/deps/figures-HASH.
    let this = env::current_exe().expect("the system tells where this program is");
    let target = this.ancestors().nth(3).expect("cargo runs it from its target directory");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.current_dir(root).args(["build", "--quiet", "--release", "--package", package, "--bin", name]);
    cargo.arg("--target-dir").arg(target);
    let status = cargo.status().unwrap_or_else(|error| panic!("{cargo:?}: {error}"));
    assert!(status.success(), "{cargo:?}: {status}");
    target.join("release").join(name)
}
