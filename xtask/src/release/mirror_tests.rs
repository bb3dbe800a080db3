//! Real Terraform installs what a release consists of: archives in a mirror, of two platforms.
//!
//! The second platform's archive has no real binary, because Terraform only hashes what it doesn't run.

#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use terraform_provider_atlas::ADDRESS;

use super::archive::{Entry, pack};
use super::{VERSION, name};

const OTHER_PLATFORM: &str = "windows_arm64";

/// A working folder beside a mirror of archives; it is removed at the end.
struct Workspace {
    folder: PathBuf,
    terraform: String,
}

impl Workspace {
    /// `None` on a machine without Terraform.
    fn new(test: &str, binary: &[u8]) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/terraform-path");
        let found = Command::new(script).output().expect("the script runs");
        if !found.status.success() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs Terraform: {found:?}");
            eprintln!("skipped: {}", String::from_utf8_lossy(&found.stderr));
            return None;
        }
        let folder = std::env::temp_dir().join(format!("xtask-mirror-{test}-{}", std::process::id()));
        let this = Self { folder, terraform: String::from_utf8_lossy(&found.stdout).trim().to_owned() };
        this.write_mirror(binary);
        this.write_configuration();
        Some(this)
    }

    /// Puts archives where Terraform looks for them in a mirror, for the default registries of Terraform and OpenTofu.
    fn write_mirror(&self, binary: &[u8]) {
        let (_, address) = ADDRESS.split_once('/').expect("an address with a host");
        let executable = format!("{}_v{VERSION}", name());
        let [first, second] =
            ["registry.terraform.io", "registry.opentofu.org"].map(|host| self.mirror().join(host).join(address));
        fs::create_dir_all(&first).expect("a folder");
        fs::create_dir_all(&second).expect("a folder");
        for (platform, binary) in [(this_platform(), binary), (OTHER_PLATFORM.to_owned(), b"never run")] {
            let file = format!("{}_{VERSION}_{platform}.zip", name());
            pack(&first.join(&file), &[Entry::executable(&executable, binary)]).expect("an archive");
            fs::copy(first.join(&file), second.join(&file)).expect("a copy");
        }
    }

    fn write_configuration(&self) {
        let (_, source) = ADDRESS.split_once('/').expect("an address with a host");
        let mirror = self.mirror();
        let settings = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        fs::write(self.folder.join("terraform.rc"), settings).expect("a file");
        fs::create_dir_all(self.folder.join("work")).expect("a folder");
        let configuration = format!(
            "terraform {{\n  required_providers {{\n    atlas = {{\n      source  = {source:?}\n      version = {VERSION:?}\n    }}\n  }}\n}}\n"
        );
        fs::write(self.folder.join("work/main.tf"), configuration).expect("a file");
    }

    fn mirror(&self) -> PathBuf {
        self.folder.join("mirror")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut terraform = Command::new(&self.terraform);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
            terraform.env_remove(name);
        }
        terraform.args(arguments).current_dir(self.folder.join("work"));
        terraform.env("TF_CLI_CONFIG_FILE", self.folder.join("terraform.rc")).env("CHECKPOINT_DISABLE", "1");
        terraform.output().expect("Terraform runs")
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn lock_file(&self) -> String {
        fs::read_to_string(self.folder.join("work/.terraform.lock.hcl")).expect("a lock file")
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What Terraform calls this machine.
fn this_platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    format!("{os}_{arch}")
}

/// The provider that `cargo test --workspace` builds beside this test.
fn provider() -> Vec<u8> {
    let test = std::env::current_exe().expect("the path of the test");
    let path = test.ancestors().nth(2).expect("target/debug").join(super::PACKAGE);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo build` first", path.display()))
}

#[test]
fn terraform_installs_locks_and_runs_what_the_archives_of_two_platforms_have() {
    let Some(workspace) = Workspace::new("lock", &provider()) else { return };
    let installed = workspace.succeed(&["init", "-no-color"]);
    assert!(installed.contains(&format!("v{VERSION}")), "{installed}");
    let schema = workspace.succeed(&["providers", "schema", "-json"]);
    assert!(schema.contains("\"atlas_live_migration\""), "{schema}");

    let hashes = || workspace.lock_file().matches("\"h1:").count();
    assert_eq!(hashes(), 1, "{}", workspace.lock_file());
    let mirror = format!("-fs-mirror={}", workspace.mirror().display());
    let platforms = [this_platform(), OTHER_PLATFORM.to_owned()].map(|platform| format!("-platform={platform}"));
    workspace.succeed(&["providers", "lock", "-no-color", &mirror, &platforms[0], &platforms[1]]);
    assert_eq!(hashes(), 2, "{}", workspace.lock_file());

    fs::remove_dir_all(workspace.folder.join("work/.terraform")).expect("the installed provider");
    workspace.succeed(&["init", "-no-color", "-lockfile=readonly"]);
}

#[test]
fn terraform_refuses_an_archive_that_differs_from_the_locked_one() {
    let Some(workspace) = Workspace::new("tampered", b"#!/bin/sh\nexit 1\n") else { return };
    workspace.succeed(&["init", "-no-color"]);
    workspace.write_mirror(b"#!/bin/sh\nexit 2\n");
    fs::remove_dir_all(workspace.folder.join("work/.terraform")).expect("the installed provider");
    let refused = workspace.run(&["init", "-no-color"]);
    assert!(!refused.status.success(), "{refused:?}");
}
