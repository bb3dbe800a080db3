//! THIRD-PARTY-NOTICES: the license texts that must accompany the crates in the binary.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::inventory::Crate;
use super::provenance::sysroot;
use super::{PACKAGE, VERSION, in_file, read_bytes};

/// How the names of files that must be passed on begin.
const FILES: [&str; 6] = ["copying", "copyright", "licence", "license", "notice", "unlicense"];
/// Of the C library in binaries for musl, which Rust's distribution doesn't carry.
const MUSL: &str = include_str!("musl-license.txt");
const RULE: &str = "--------------------------------------------------------------------------------";

/// Lists the third-party crates, followed by each license text once with the crates that it covers.
pub(super) fn write(crates: &[Crate], target: &str) -> Result<String, String> {
    let third_party: Vec<_> = crates.iter().filter(|one| one.is_third_party()).collect();
    let mut texts = Texts::default();
    for one in &third_party {
        for text in license_texts(one, &third_party)? {
            texts.add(&one.reference(), text);
        }
    }
    if target.ends_with("-linux-musl") {
        texts.add("musl libc", MUSL.to_owned());
    }
    let mut notices = format!("{PACKAGE} {VERSION} for {target} contains this third-party software:\n\n");
    for one in &third_party {
        let repository = one.repository.as_deref().unwrap_or("no repository");
        let _ = writeln!(notices, "{} {} ({}), {repository}", one.name, one.version, one.license);
    }
    if target.ends_with("-linux-musl") {
        notices.push_str("musl libc (MIT), https://musl.libc.org\n");
    }
    notices.push_str("Rust's standard library: see RUST-STANDARD-LIBRARY-NOTICES.html\n");
    for (names, text) in texts.in_order() {
        let _ = write!(notices, "\n{RULE}\n{}\n{RULE}\n\n{}\n", names.join(", "), text.trim());
    }
    Ok(notices)
}

/// The notices that Rust's distribution has for its standard library.
pub(super) fn of_standard_library() -> Result<Vec<u8>, String> {
    let file = sysroot()?.join("share/doc/rust/COPYRIGHT-library.html");
    read_bytes(&file).map_err(|why| format!("{why}\nRust's distribution from rustup has this file."))
}

/// The license texts of a crate. A crate that was published without one gets those of a crate from the same repository.
fn license_texts(one: &Crate, all: &[&Crate]) -> Result<Vec<String>, String> {
    let own = texts_below(&one.folder)?;
    if !own.is_empty() {
        return Ok(own);
    }
    let siblings = all.iter().filter(|other| {
        other.repository.is_some() && other.repository == one.repository && other.license == one.license
    });
    for sibling in siblings {
        let texts = texts_below(&sibling.folder)?;
        if !texts.is_empty() {
            return Ok(texts);
        }
    }
    Err(format!("{} ({}) has no license file, nor has a crate of the same repository", one.reference(), one.license))
}

fn texts_below(folder: &Path) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let text = |path: &PathBuf| Ok(String::from_utf8_lossy(&read_bytes(path)?).replace('\r', ""));
    paths.iter().map(text).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(in_file(folder))? {
        let path = entry.map_err(in_file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if path.is_dir() {
            collect(&path, paths)?;
        } else if !is_source && FILES.iter().any(|prefix| name.starts_with(prefix)) {
            paths.push(path);
        }
    }
    Ok(())
}

/// License texts without repetition. Two that differ only in white space are one.
#[derive(Default)]
struct Texts(BTreeMap<String, (Vec<String>, String)>);

impl Texts {
    fn add(&mut self, name: &str, text: String) {
        let key = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (names, _) = self.0.entry(key).or_insert_with(|| (Vec::new(), text));
        if names.last().is_none_or(|last| last != name) {
            names.push(name.to_owned());
        }
    }

    /// Sorted by the first crate that each text covers.
    fn in_order(self) -> Vec<(Vec<String>, String)> {
        let mut texts: Vec<_> = self.0.into_values().collect();
        texts.sort();
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn krate(name: &str, repository: &str, folder: &Path) -> Crate {
        Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: "MIT".to_owned(),
            repository: Some(repository.to_owned()),
            folder: folder.join(name),
            checksum: Some("ab".to_owned()),
            dependencies: [].into(),
        }
    }

    #[test]
    fn lists_each_text_once_and_takes_missing_ones_from_the_same_repository() {
        let folder = std::env::temp_dir().join(format!("xtask-notices-{}", std::process::id()));
        for (file, text) in [
            ("a/LICENSE", "One text."),
            ("b/nested/LICENSE-MIT", "One\n  text."),
            ("b/NOTICE", "Two."),
            ("c/README", ""),
        ] {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let mut crates = ["a", "b", "c"].map(|name| krate(name, "https://example.com/same", &folder));
        let notices = write(&crates, "x86_64-unknown-linux-musl").expect("notices");
        let count = |text: &str| notices.matches(text).count();
        assert_eq!((count("One text."), count("Two."), count("Rich Felker")), (1, 1, 1), "{notices}");
        assert!(notices.contains("\na@1.0.0, b@1.0.0, c@1.0.0\n"), "{notices}");
        assert!(!notices.contains(&folder.display().to_string()), "{notices}");
        assert!(!write(&crates, "aarch64-apple-darwin").expect("notices").contains("musl"));

        crates[2].repository = Some("https://example.com/other".to_owned());
        let refused = write(&crates, "aarch64-apple-darwin").expect_err("c has no text");
        assert!(refused.starts_with("c@1.0.0 (MIT) has no license file"), "{refused}");
        fs::remove_dir_all(&folder).expect("the folder is removed");
    }
}
