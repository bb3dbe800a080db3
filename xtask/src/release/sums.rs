//! `cargo xtask release --sums FOLDER`: what a release has once, over the archives of every platform.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::notes::{self, Archive};
use super::platform::PLATFORMS;
use super::provenance::{Provenance, head};
use super::{VERSION, archive, in_file, name, preconditions, sbom, stem, with_extension};
use crate::command;
use crate::repository::{Repository, read};

/// Declares which plugin protocol the binary speaks; the registry reads it.
const MANIFEST: &str = "terraform-registry-manifest.json";
/// Names the key to sign with, where gpg has several.
const KEY_VARIABLE: &str = "GPG_FINGERPRINT";

/// Writes manifest, checksums, signature and notes for the archives in a folder.
///
/// # Errors
/// When the archives don't belong together or to the commit that is checked out, when one of a platform or the public key is
/// missing, or when they can't be signed.
pub(crate) fn run(repository: &Repository, folder: &Path, snapshot: bool) -> Result<(), String> {
    if !snapshot {
        preconditions::check(repository)?;
        if !repository.join(notes::PUBLIC_KEY).exists() {
            return Err(format!("{} is missing: RELEASING.md says how to make it", notes::PUBLIC_KEY));
        }
    }
    let archives = archives(folder)?;
    check(&archives, &head(repository)?, snapshot)?;
    let manifest = format!("{}_manifest.json", stem());
    fs::copy(repository.join(MANIFEST), folder.join(&manifest)).map_err(in_file(folder))?;

    let mut names: Vec<_> = archives.iter().map(|archive| archive.name.clone()).collect();
    names.push(manifest);
    let sums = folder.join(format!("{}_SHA256SUMS", stem()));
    // One of an earlier run would not fit.
    let _ = fs::remove_file(with_extension(&sums, "sig"));
    fs::write(&sums, archive::checksums(folder, &names)?).map_err(in_file(&sums))?;
    let notes = folder.join("RELEASE-NOTES.md");
    let changelog = read(&repository.join("CHANGELOG.md"))?;
    fs::write(&notes, notes::write(&changelog, VERSION, &archives)).map_err(in_file(&notes))?;
    match sign(&sums, None)? {
        Some(signature) => eprintln!("wrote {} and {}", sums.display(), signature.display()),
        None if snapshot => eprintln!("wrote {}; it is NOT signed: there is no gpg on PATH", sums.display()),
        None => return Err(format!("{} is not signed: there is no gpg on PATH", sums.display())),
    }
    Ok(())
}

/// The archives in a folder, sorted, with what their SBOMs say.
fn archives(folder: &Path) -> Result<Vec<Archive>, String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(in_file(folder))? {
        let name = entry.map_err(in_file(folder))?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".zip") {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(format!("{} has no archive", folder.display()));
    }
    names.sort();
    names.into_iter().map(|name| read_archive(folder, name)).collect()
}

/// Reads what is known about one archive, and checks that it all belongs together.
fn read_archive(folder: &Path, name: String) -> Result<Archive, String> {
    let Some(platform) = name.strip_prefix(&format!("{}_", stem())).and_then(|rest| rest.strip_suffix(".zip")) else {
        return Err(format!("{name} is not an archive of version {VERSION}"));
    };
    let path = with_extension(&folder.join(format!("{}_{platform}", stem())), sbom::EXTENSION);
    let build = sbom::read(&read(&path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    let binary = archive::unpack(&folder.join(&name), &executable())?;
    if build.version != VERSION || build.binary_sha256 != archive::sha256(&binary) {
        return Err(format!("{} describes another build than {name} has", path.display()));
    }
    Ok(Archive { name, provenance: build.provenance, binary_sha256: build.binary_sha256 })
}

/// How the name of the binary in an archive begins.
fn executable() -> String {
    format!("{}_v{VERSION}", name())
}

/// Checks that there is one of each platform, and that all were built from the commit that is checked out. A snapshot may have
/// fewer platforms.
fn check(archives: &[Archive], commit: &str, snapshot: bool) -> Result<(), String> {
    let is_missing =
        |platform: &&str| !archives.iter().any(|archive| archive.name.ends_with(&format!("_{platform}.zip")));
    let missing: Vec<_> = PLATFORMS.into_iter().filter(is_missing).collect();
    if !missing.is_empty() && !snapshot {
        return Err(format!("these platforms have no archive: {}", missing.join(", ")));
    }
    for Archive { name, provenance: Provenance { commit: built_from, snapshot: is_snapshot, .. }, .. } in archives {
        if built_from != commit {
            return Err(format!("{name} was built from commit {built_from}, and {commit} is checked out"));
        }
        if *is_snapshot && !snapshot {
            return Err(format!("{name} is a snapshot, which is never part of a release"));
        }
    }
    Ok(())
}

/// Signs with gpg and verifies the signature; `None` where there is no gpg.
fn sign(sums: &Path, home: Option<&Path>) -> Result<Option<PathBuf>, String> {
    let gpg = || {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--yes"]);
        home.map(|home| gpg.env("GNUPGHOME", home));
        gpg
    };
    if Command::new("gpg").arg("--version").output().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let signature = with_extension(sums, "sig");
    let mut signing = gpg();
    if let Some(key) = std::env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty()) {
        signing.arg("--local-user").arg(key);
    }
    command::output(signing.arg("--output").arg(&signature).arg("--detach-sign").arg(sums))?;
    command::output(gpg().arg("--verify").arg(&signature).arg(sums))?;
    // RFC 4880 numbers RSA as 1.
    let packets = command::output(gpg().arg("--list-packets").arg(&signature))?;
    if packets.contains(":signature packet: algo 1,") {
        Ok(Some(signature))
    } else {
        Err("the key that signed is not an RSA key, and the registries accept no other".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sbom::tests::provenance;
    use super::*;

    /// A folder in the style of `dist`, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            // Short: gpg puts a socket into it.
            let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            Self(folder)
        }

        fn with_every_platform(name: &str) -> Self {
            let folder = Self::new(name);
            for platform in PLATFORMS {
                folder.pack(platform, b"one", b"one");
            }
            folder
        }

        fn pack(&self, platform: &str, binary: &[u8], described: &[u8]) {
            let file = self.0.join(format!("{}_{platform}", stem()));
            let archive = with_extension(&file, "zip");
            archive::pack(&archive, &[archive::Entry::executable(&executable(), binary)]).expect("an archive");
            let sbom = sbom::write(&[], &provenance(), described).expect("an SBOM");
            fs::write(with_extension(&file, sbom::EXTENSION), sbom).expect("a file");
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn collects_archives_with_their_builds() {
        let folder = Folder::with_every_platform("collects");
        let mut archives = archives(&folder.0).expect("archives");
        let names: Vec<_> = archives.iter().map(|archive| archive.name.clone()).collect();
        assert_eq!(names, PLATFORMS.map(|platform| format!("{}_{platform}.zip", stem())));
        assert_eq!(check(&archives, &provenance().commit, false), Ok(()));
        archives.remove(0);
        let refused = Err("these platforms have no archive: darwin_amd64".to_owned());
        assert_eq!(check(&archives, &provenance().commit, false), refused);
        assert!(check(&archives, "another", true).is_err_and(|why| why.ends_with("and another is checked out")));
    }

    #[test]
    fn refuses_a_snapshot_in_a_release() {
        let folder = Folder::with_every_platform("snapshot");
        let mut found = archives(&folder.0).expect("archives");
        found[0].provenance.snapshot = true;
        assert!(check(&found, &provenance().commit, false).is_err_and(|why| why.contains("is a snapshot")));
        assert_eq!(check(&found, &provenance().commit, true), Ok(()));
    }

    #[test]
    fn refuses_an_sbom_of_another_binary() {
        let folder = Folder::new("other-sbom");
        folder.pack("linux_arm64", b"one", b"two");
        let refused = archives(&folder.0).err().expect("they differ");
        assert!(refused.contains("describes another build"), "{refused}");
    }

    #[test]
    fn refuses_archives_of_another_version() {
        let folder = Folder::new("foreign");
        fs::write(folder.0.join("terraform-provider-atlas_0.0.1_linux_amd64.zip"), "").expect("a file");
        let refused = archives(&folder.0).err().expect("another version");
        assert!(refused.contains("is not an archive of version"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn signs_with_an_rsa_key_and_with_no_other() {
        use std::os::unix::fs::PermissionsExt as _;

        if Command::new("gpg").arg("--version").output().is_err() {
            eprintln!("skipped: there is no gpg on PATH");
            return;
        }
        for (algorithm, accepted) in [("rsa2048", true), ("ed25519", false)] {
            let home = Folder::new(algorithm);
            fs::set_permissions(&home.0, fs::Permissions::from_mode(0o700)).expect("a private folder");
            let mut generate = Command::new("gpg");
            generate.args(["--batch", "--passphrase", "", "--quick-generate-key", "test@example.invalid", algorithm]);
            command::output(generate.args(["sign", "never"]).env("GNUPGHOME", &home.0)).expect("a key");
            let sums = home.0.join("SHA256SUMS");
            fs::write(&sums, "ab  file\n").expect("a file");
            let signed = sign(&sums, Some(&home.0));
            let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", &home.0).status();
            assert_eq!(signed.is_ok(), accepted, "{algorithm}: {signed:?}");
        }
    }
}
