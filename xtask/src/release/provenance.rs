//! From which commit, with which compiler and for which target a build is made.

use std::path::PathBuf;
use std::process::Command;

use super::preconditions::git;
use crate::command;
use crate::repository::Repository;

/// The origin of a build. The SBOM carries it, and the release notes list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Provenance {
    pub(super) commit: String,
    /// When the commit was made, in UTC as RFC 3339. It stands for the time of the build, which would make builds differ.
    pub(super) time: String,
    /// The line that `rustc --version` prints.
    pub(super) rustc: String,
    pub(super) target: String,
    /// Whether the checks of a release were left out.
    pub(super) snapshot: bool,
}

impl Provenance {
    pub(super) fn of(repository: &Repository, target: &str, snapshot: bool) -> Result<Self, String> {
        let mut show = Command::new("git");
        show.args(["show", "--no-patch", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "HEAD"]);
        Ok(Self {
            commit: head(repository)?,
            time: command::output(show.env("TZ", "UTC").current_dir(repository.root()))?,
            rustc: command::output(Command::new("rustc").arg("--version"))?,
            target: target.to_owned(),
            snapshot,
        })
    }
}

/// The commit that is checked out.
pub(super) fn head(repository: &Repository) -> Result<String, String> {
    git(repository, &["rev-parse", "HEAD"])
}

/// The folder of the Rust toolchain.
pub(super) fn sysroot() -> Result<PathBuf, String> {
    command::output(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}
