//! Compiles the provider so that two builders get the same bytes: no folder of either is in the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::provenance::sysroot;
use super::{PACKAGE, VERSION, read_bytes};
use crate::command;
use crate::repository::Repository;

/// Separates flags in `CARGO_ENCODED_RUSTFLAGS`, where a flag may contain spaces.
const FLAG_SEPARATOR: &str = "\x1f";

/// One compilation: what it reads, and where it writes.
pub(super) struct Build {
    target: String,
    root: PathBuf,
    target_folder: PathBuf,
    cargo_home: PathBuf,
}

impl Build {
    /// A build of the repository in place.
    pub(super) fn here(repository: &Repository, target: &str) -> Result<Self, String> {
        Ok(Self::at(target, repository.root().to_owned(), repository.target(), cargo_home()?))
    }

    /// A build of sources in `root` into `target_folder`, with the registry's sources below `cargo_home`.
    pub(super) fn at(target: &str, root: PathBuf, target_folder: PathBuf, cargo_home: PathBuf) -> Self {
        Self { target: target.to_owned(), root, target_folder, cargo_home }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Compiles, and returns the binary.
    pub(super) fn run(&self, suffix: &str) -> Result<Vec<u8>, String> {
        let maps = self.maps()?;
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--release", "--locked", "--package", PACKAGE, "--target", &self.target])
            .current_dir(&self.root)
            .env("CARGO_HOME", &self.cargo_home)
            .env("CARGO_TARGET_DIR", &self.target_folder)
            // It replaces RUSTFLAGS and every flag of a configuration file: a user's `target-cpu=native` is not for others.
            .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(&self.target, &maps).join(FLAG_SEPARATOR));
        let name = format!("CFLAGS_{}", self.target.replace('-', "_"));
        let given = std::env::var(&name).unwrap_or_default();
        cargo.env(name, format!("{given} {}", c_flags(&self.target, &maps)).trim_start());
        cargo.env("CC_SHELL_ESCAPED_FLAGS", "1");
        command::run(&mut cargo).map_err(|why| {
            let needs_musl = self.target.ends_with("-linux-musl");
            let hint = if needs_musl { "\nIt needs a C compiler for musl (package musl-tools)." } else { "" };
            format!("{why}{hint}")
        })?;
        let binary = read_bytes(&self.binary(suffix))?;
        self.check_for_paths(&binary)?;
        Ok(binary)
    }

    /// Checks that what was built runs here and reports the version that the archive is named for.
    pub(super) fn run_version(&self, suffix: &str) -> Result<(), String> {
        let reported = command::output(Command::new(self.binary(suffix)).arg("--version"))?;
        let expected = format!("{PACKAGE} {VERSION}");
        if reported == expected {
            Ok(())
        } else {
            Err(format!("the binary reports \"{reported}\" and not \"{expected}\""))
        }
    }

    fn binary(&self, suffix: &str) -> PathBuf {
        self.target_folder.join(&self.target).join("release").join(format!("{PACKAGE}{suffix}"))
    }

    /// Folders of this machine, each with the name that it gets in the binary. The last one that fits wins, so the more
    /// specific ones come later.
    fn maps(&self) -> Result<Vec<(PathBuf, String)>, String> {
        let mut maps = vec![
            (self.root.clone(), "/src".to_owned()),
            (self.target_folder.clone(), "/target".to_owned()),
            (self.cargo_home.clone(), "/cargo".to_owned()),
            (sysroot()?, "/rust".to_owned()),
        ];
        // Their names have a hash of the registry's address, which is another one behind a mirror.
        let registries = self.cargo_home.join("registry").join("src");
        if let Ok(entries) = fs::read_dir(registries) {
            maps.extend(entries.flatten().map(|entry| (entry.path(), "/crates".to_owned())));
        }
        Ok(maps)
    }

    fn check_for_paths(&self, binary: &[u8]) -> Result<(), String> {
        for folder in [&self.root, &self.target_folder, &self.cargo_home] {
            let folder = folder.display().to_string();
            if binary.windows(folder.len()).any(|window| window == folder.as_bytes()) {
                return Err(format!("the binary contains {folder}, so a build in another folder would differ"));
            }
        }
        Ok(())
    }
}

/// Where cargo keeps the sources of crates.
pub(super) fn cargo_home() -> Result<PathBuf, String> {
    let set = std::env::var_os("CARGO_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    set.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .ok_or_else(|| "neither CARGO_HOME nor a home folder is set".to_owned())
}

fn rust_flags(target: &str, maps: &[(PathBuf, String)]) -> Vec<String> {
    let mut flags: Vec<_> =
        maps.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    if target.ends_with("-windows-msvc") {
        // Static, or the user needs Visual C++'s runtime. /Brepro replaces the time of the link by a hash.
        flags.extend(["-Ctarget-feature=+crt-static".to_owned(), "-Clink-arg=/Brepro".to_owned()]);
    }
    flags
}

fn c_flags(target: &str, maps: &[(PathBuf, String)]) -> String {
    let flag = |(from, to): &(PathBuf, String)| {
        let from = from.display();
        // Visual C++ can't replace a folder, only leave it out.
        if target.ends_with("-msvc") {
            format!("'/d1trimfile:{from}\\'")
        } else {
            format!("'-ffile-prefix-map={from}={to}'")
        }
    };
    maps.iter().map(flag).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps() -> Vec<(PathBuf, String)> {
        vec![
            (PathBuf::from("/home/a b/p"), "/src".to_owned()),
            (PathBuf::from("/home/a b/p/target"), "/target".to_owned()),
        ]
    }

    #[test]
    fn maps_folders_from_general_to_specific() {
        assert_eq!(
            rust_flags("x86_64-unknown-linux-musl", &maps()),
            ["--remap-path-prefix=/home/a b/p=/src", "--remap-path-prefix=/home/a b/p/target=/target"]
        );
        assert_eq!(
            c_flags("x86_64-unknown-linux-musl", &maps()),
            "'-ffile-prefix-map=/home/a b/p=/src' '-ffile-prefix-map=/home/a b/p/target=/target'"
        );
        let windows = [(PathBuf::from(r"C:\a b\p"), "/src".to_owned())];
        assert_eq!(c_flags("x86_64-pc-windows-msvc", &windows), r"'/d1trimfile:C:\a b\p\'");
    }

    #[test]
    fn links_the_c_runtime_statically_on_windows() {
        let flags = rust_flags("x86_64-pc-windows-msvc", &[]);
        assert_eq!(flags, ["-Ctarget-feature=+crt-static", "-Clink-arg=/Brepro"]);
    }

    #[test]
    fn finds_a_folder_of_the_builder_in_a_binary() {
        let build = Build::at("t", "/home/me/p".into(), "/home/me/p/target".into(), "/home/me/.cargo".into());
        assert_eq!(build.check_for_paths(b"\0/src/lib.rs\0/cargo/x"), Ok(()));
        let found = build.check_for_paths(b"\0/home/me/.cargo/registry").expect_err("it is there");
        assert!(found.starts_with("the binary contains /home/me/.cargo"), "{found}");
    }
}
