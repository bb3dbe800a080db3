//! Target triples, and what Terraform calls the same platforms.

use std::path::Path;
use std::process::Command;

use crate::command;

/// What Terraform calls a platform.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    pub(super) os: &'static str,
    pub(super) arch: &'static str,
    /// Of an executable, with its dot.
    pub(super) suffix: &'static str,
}

/// What a release has an archive for, sorted.
pub(super) const PLATFORMS: [&str; 5] = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64"];

impl Platform {
    pub(super) fn of(triple: &str) -> Result<Self, String> {
        let unknown = || format!("the release has no platform name for {triple}");
        if triple.contains("-linux-") && !triple.ends_with("-linux-musl") {
            return Err(format!("a release for Linux is built for musl: use --target {}", release_target(triple)));
        }
        let arch = match triple.split('-').next() {
            Some("x86_64") => "amd64",
            Some("aarch64") => "arm64",
            _ => return Err(unknown()),
        };
        let (os, suffix) = match triple {
            triple if triple.contains("-linux-") => ("linux", ""),
            triple if triple.ends_with("-apple-darwin") => ("darwin", ""),
            triple if triple.contains("-windows-") => ("windows", ".exe"),
            triple if triple.ends_with("-freebsd") => ("freebsd", ""),
            _ => return Err(unknown()),
        };
        Ok(Self { os, arch, suffix })
    }
}

/// The triple of this machine's compiler.
pub(super) fn host() -> Result<String, String> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc names no host".to_owned())
}

/// The target of a release that runs on such a machine: on Linux musl, whose static binaries need no C library. Terraform's
/// container image has no glibc.
pub(super) fn release_target(host: &str) -> String {
    match host.split_once("-linux-") {
        Some((machine, _)) => format!("{machine}-linux-musl"),
        None => host.to_owned(),
    }
}

pub(super) fn require_standard_library(target: &str) -> Result<(), String> {
    let folder = command::output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(&folder).is_dir() {
        return Ok(());
    }
    Err(format!("Rust's standard library for {target} is missing. Install it with: rustup target add {target}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_triples_as_terraform_does() {
        for (triple, os, arch, suffix) in [
            ("x86_64-unknown-linux-musl", "linux", "amd64", ""),
            ("aarch64-unknown-linux-musl", "linux", "arm64", ""),
            ("aarch64-apple-darwin", "darwin", "arm64", ""),
            ("x86_64-pc-windows-msvc", "windows", "amd64", ".exe"),
            ("x86_64-unknown-freebsd", "freebsd", "amd64", ""),
        ] {
            assert_eq!(Platform::of(triple), Ok(Platform { os, arch, suffix }), "{triple}");
        }
        assert!(Platform::of("riscv64gc-unknown-linux-musl").is_err());
        assert!(Platform::of("x86_64-unknown-illumos").is_err());
    }

    #[test]
    fn builds_releases_for_linux_with_musl() {
        assert_eq!(release_target("x86_64-unknown-linux-gnu"), "x86_64-unknown-linux-musl");
        assert_eq!(release_target("x86_64-unknown-linux-musl"), "x86_64-unknown-linux-musl");
        assert_eq!(release_target("aarch64-apple-darwin"), "aarch64-apple-darwin");
        let refused = Platform::of("aarch64-unknown-linux-gnu").expect_err("no release is linked against glibc");
        assert!(refused.ends_with("--target aarch64-unknown-linux-musl"), "{refused}");
    }

    #[test]
    fn reports_missing_standard_library_with_the_command_that_installs_it() {
        // A target that rustc knows and for which no standard library is distributed.
        let missing = require_standard_library("x86_64-unknown-linux-none").expect_err("it has none");
        assert!(missing.ends_with("rustup target add x86_64-unknown-linux-none"), "{missing}");
    }
}
