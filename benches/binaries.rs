//! The programs that are measured: the provider as `make install` builds it, and a bare process built with the same flags.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Binaries {
    /// The provider's release binary.
    pub(crate) provider: PathBuf,
    /// A process that prints one line.
    pub(crate) bare: PathBuf,
    /// Whether both are linked statically.
    pub(crate) is_static: bool,
}

impl Binaries {
    /// Builds both.
    ///
    /// # Panics
    /// When one of them does not build.
    pub(crate) fn build() -> Self {
        let is_static = can_be_static();
        let build = |package, name| build(package, name, is_static);
        Self {
            provider: build("terraform-provider-atlas", "terraform-provider-atlas"),
            bare: build("benches", "bare"),
            is_static,
        }
    }
}

/// Builds a program into the target directory that this one came from.
fn build(package: &str, name: &str, is_static: bool) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).expect("the workspace is around this package");
    // TARGET/release/deps/figures-HASH.
    let this = env::current_exe().expect("the system tells where this program is");
    let target = this.ancestors().nth(3).expect("cargo runs it from its target directory");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.current_dir(root).args(["rustc", "--quiet", "--release", "--package", package, "--bin", name]);
    cargo.arg("--target-dir").arg(target).arg("--");
    if is_static {
        cargo.args(["-C", "target-feature=+crt-static"]);
    }
    let status = cargo.status().unwrap_or_else(|error| panic!("{cargo:?}: {error}"));
    assert!(status.success(), "{cargo:?}: {status}");
    target.join("release").join(name)
}

/// As scripts/install decides it: where there is a static C library.
fn can_be_static() -> bool {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return false;
    }
    let compiler = env::var_os("CC").unwrap_or_else(|| OsString::from("cc"));
    let found = Command::new(compiler).arg("-print-file-name=libc.a").output();
    // The compiler prints the bare name of a file that it does not find.
    found.is_ok_and(|output| output.stdout.trim_ascii() != b"libc.a")
}
