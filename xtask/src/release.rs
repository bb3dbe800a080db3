//! The release archives, named and packed as the Terraform registry wants them.
//!
//! It must not sign: the key belongs to whoever publishes the provider.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use terraform_provider_atlas::ADDRESS;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::command;
use crate::repository::Repository;

const PACKAGE: &str = "terraform-provider-atlas";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Says which plugin protocol the binary speaks; the registry reads it.
const MANIFEST: &str = "terraform-registry-manifest.json";

/// Builds for a target, by default that of this machine, and packs it into `dist` of the target folder, beside what was packed for other
/// targets.
///
/// # Errors
/// When it cannot be built or packed.
pub(crate) fn run(repository: &Repository, target: Option<&str>) -> Result<(), String> {
    let own = release_target(&host()?);
    let target = target.unwrap_or(&own);
    let platform = Platform::of(target)?;
    needs_standard_library(target)?;
    let binary = build(repository, target, platform.suffix)?;
    if target == own {
        prove(&binary)?;
    }

    let dist = repository.target().join("dist");
    let name = name();
    fs::create_dir_all(&dist).map_err(told(&dist))?;
    let archive = dist.join(format!("{name}_{VERSION}_{}_{}.zip", platform.os, platform.arch));
    let packed = format!("{name}_v{VERSION}{}", platform.suffix);
    pack(&archive, &[(&binary, &packed, 0o755), (&repository.join("LICENSE"), "LICENSE", 0o644)])?;
    let manifest = dist.join(format!("{name}_{VERSION}_manifest.json"));
    fs::copy(repository.join(MANIFEST), &manifest).map_err(told(&manifest))?;
    let sums = sum(&dist, &format!("{name}_{VERSION}_"))?;
    for file in [&archive, &manifest, &sums] {
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}

/// What Terraform calls a system.
#[derive(Debug, PartialEq, Eq)]
struct Platform {
    os: &'static str,
    arch: &'static str,
    /// Of an executable.
    suffix: &'static str,
}

impl Platform {
    fn of(triple: &str) -> Result<Self, String> {
        let unknown = || format!("what Terraform calls {triple} is not known here");
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

fn host() -> Result<String, String> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc names no host".to_owned())
}

/// The target of a release that runs on such a machine: on Linux musl, whose static binaries need no C library. Terraform's container
/// image has no glibc.
fn release_target(host: &str) -> String {
    match host.split_once("-linux-") {
        Some((machine, _)) => format!("{machine}-linux-musl"),
        None => host.to_owned(),
    }
}

fn needs_standard_library(target: &str) -> Result<(), String> {
    let folder = command::output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(&folder).is_dir() {
        return Ok(());
    }
    Err(format!("Rust's standard library for {target} is missing. Install it with: rustup target add {target}"))
}

/// The provider's name, out of its address.
fn name() -> String {
    format!("terraform-provider-{}", ADDRESS.rsplit('/').next().unwrap_or_default())
}

fn build(repository: &Repository, target: &str, suffix: &str) -> Result<PathBuf, String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--package", PACKAGE, "--target", target]);
    command::run(cargo.current_dir(repository.root())).map_err(|why| {
        let hint =
            if target.ends_with("-linux-musl") { "\nIt needs a C compiler for musl (package musl-tools)." } else { "" };
        format!("{why}{hint}")
    })?;
    Ok(repository.target().join(target).join("release").join(format!("{PACKAGE}{suffix}")))
}

/// Whether what was built runs here and is the version that the archive will be named for.
fn prove(binary: &Path) -> Result<(), String> {
    let told = command::output(Command::new(binary).arg("--version"))?;
    let expected = format!("{PACKAGE} {VERSION}");
    if told == expected { Ok(()) } else { Err(format!("the binary says `{told}`, not `{expected}`")) }
}

/// Packs files under these names with these modes. The same files make the same archive: no time is kept.
fn pack(archive: &Path, files: &[(&Path, &str, u32)]) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", archive.display());
    let mut zip = ZipWriter::new(File::create(archive).map_err(|error| told(&error))?);
    for (file, name, mode) in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(*mode);
        let content = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        zip.start_file(*name, options).map_err(|error| told(&error))?;
        zip.write_all(&content).map_err(|error| told(&error))?;
    }
    zip.finish().map_err(|error| told(&error))?;
    Ok(())
}

/// Writes the checksums of every file of this version, those of other targets included.
fn sum(dist: &Path, prefix: &str) -> Result<PathBuf, String> {
    let mut names: Vec<String> = fs::read_dir(dist)
        .map_err(told(dist))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix) && (name.ends_with(".zip") || name.ends_with("manifest.json")))
        .collect();
    names.sort();
    let mut sums = String::new();
    for name in names {
        let path = dist.join(&name);
        let digest = Sha256::digest(fs::read(&path).map_err(told(&path))?);
        digest.iter().for_each(|byte| {
            let _ = write!(sums, "{byte:02x}");
        });
        let _ = writeln!(sums, "  {name}");
    }
    let path = dist.join(format!("{prefix}SHA256SUMS"));
    fs::write(&path, sums).map_err(told(&path))?;
    Ok(path)
}

fn told(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_are_named_as_terraform_names_them() {
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
    fn releases_for_linux_are_built_for_musl() {
        assert_eq!(release_target("x86_64-unknown-linux-gnu"), "x86_64-unknown-linux-musl");
        assert_eq!(release_target("x86_64-unknown-linux-musl"), "x86_64-unknown-linux-musl");
        assert_eq!(release_target("aarch64-apple-darwin"), "aarch64-apple-darwin");
        let refused = Platform::of("aarch64-unknown-linux-gnu").expect_err("no release is linked against glibc");
        assert!(refused.ends_with("--target aarch64-unknown-linux-musl"), "{refused}");
    }

    #[test]
    fn missing_standard_library_is_reported_with_the_command_that_installs_it() {
        // A target that rustc knows and for which no standard library is distributed.
        let missing = needs_standard_library("x86_64-unknown-linux-none").expect_err("it has none");
        assert!(missing.ends_with("rustup target add x86_64-unknown-linux-none"), "{missing}");
    }

    #[test]
    fn archive_holds_what_was_packed_and_the_sums_are_of_it() {
        let folder = std::env::temp_dir().join(format!("xtask-release-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let archive = folder.join("p_1_linux_amd64.zip");
        let content = folder.join("content");
        fs::write(&content, "abc").expect("a file");
        pack(&archive, &[(&content, "inside", 0o755)]).expect("an archive");
        let mut read = zip::ZipArchive::new(File::open(&archive).expect("an archive")).expect("a zip");
        let inside = read.by_name("inside").expect("the file");
        assert_eq!((inside.size(), inside.unix_mode().map(|mode| mode & 0o777)), (3, Some(0o755)));
        fs::write(folder.join("p_1_manifest.json"), "abc").expect("a file");
        fs::write(folder.join("p_2_manifest.json"), "of another version").expect("a file");
        let sums = fs::read_to_string(sum(&folder, "p_1_").expect("sums")).expect("sums");
        let lines: Vec<_> = sums.lines().collect();
        assert_eq!(lines.len(), 2, "{sums}");
        assert_eq!(lines[1], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  p_1_manifest.json");
        fs::remove_dir_all(&folder).expect("the folder is removed");
    }
}
