//! Zip files that depend on nothing but their content, and checksums.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, System, ZipArchive, ZipWriter};

use super::in_file;

/// One file of an archive.
pub(super) struct Entry<'a> {
    name: &'a str,
    content: &'a [u8],
    mode: u32,
}

impl<'a> Entry<'a> {
    pub(super) fn executable(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content, mode: 0o755 }
    }

    pub(super) fn text(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content, mode: 0o644 }
    }
}

/// Packs files. The same files make the same archive on every system: it keeps no time and no owner.
pub(super) fn pack(archive: &Path, entries: &[Entry<'_>]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", archive.display());
    let mut zip = ZipWriter::new(File::create(archive).map_err(in_file(archive))?);
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(zip::DateTime::default())
            // Otherwise an archive that is packed on Windows has no modes.
            .system(System::Unix)
            .unix_permissions(entry.mode);
        zip.start_file(entry.name, options).map_err(|error| failed(&error))?;
        zip.write_all(entry.content).map_err(in_file(archive))?;
    }
    zip.finish().map_err(|error| failed(&error))?;
    Ok(())
}

/// Reads one file out of an archive: the first whose name begins like this.
pub(super) fn unpack(archive: &Path, prefix: &str) -> Result<Vec<u8>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", archive.display());
    let mut zip = ZipArchive::new(File::open(archive).map_err(in_file(archive))?).map_err(|error| failed(&error))?;
    let name = zip.file_names().flatten().map(|name| name.into_owned()).find(|name| name.starts_with(prefix));
    let name = name.ok_or_else(|| failed(&format!("it has no {prefix}")))?;
    let mut content = Vec::new();
    zip.by_name(&name).map_err(|error| failed(&error))?.read_to_end(&mut content).map_err(in_file(archive))?;
    Ok(content)
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(super) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of a checksum file, as `sha256sum` writes and reads them.
pub(super) fn checksums(folder: &Path, names: &[String]) -> Result<String, String> {
    let mut lines = String::new();
    for name in names {
        let path = folder.join(name);
        let digest = sha256(&fs::read(&path).map_err(in_file(&path))?);
        lines.push_str(&format!("{digest}  {name}\n"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_the_same_files_into_the_same_bytes() {
        let folder = std::env::temp_dir().join(format!("xtask-archive-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let entries = [Entry::executable("program_v1", b"abc"), Entry::text("LICENSE", b"text")];
        let archives = [folder.join("one.zip"), folder.join("two.zip")];
        for archive in &archives {
            pack(archive, &entries).expect("an archive");
        }
        let [one, two] = archives.each_ref().map(|archive| fs::read(archive).expect("an archive"));
        assert_eq!(one, two);
        assert_eq!(unpack(&archives[0], "program_").expect("the program"), b"abc");

        let mut zip = ZipArchive::new(File::open(&archives[0]).expect("an archive")).expect("a zip");
        let modes: Vec<_> = (0..2).map(|index| zip.by_index(index).expect("a file").unix_mode()).collect();
        assert_eq!(modes, [Some(0o100_755), Some(0o100_644)]);
        fs::remove_dir_all(&folder).expect("the folder is removed");
    }

    #[test]
    fn formats_checksums_as_sha256sum_does() {
        let folder = std::env::temp_dir().join(format!("xtask-checksums-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("file"), "abc").expect("a file");
        assert_eq!(
            checksums(&folder, &["file".to_owned()]).expect("sums"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  file\n"
        );
        fs::remove_dir_all(&folder).expect("the folder is removed");
    }
}
