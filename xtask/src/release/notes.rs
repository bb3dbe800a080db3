//! The notes of a release: its section of the changelog, what was built from what, and how to verify a download.

use std::fmt::Write as _;

use super::provenance::Provenance;
use super::stem;

/// The public key of the signatures, in the repository.
pub(super) const PUBLIC_KEY: &str = "release-key.asc";

/// One archive, for the notes.
pub(super) struct Archive {
    pub(super) name: String,
    pub(super) provenance: Provenance,
    pub(super) binary_sha256: String,
}

pub(super) fn write(changelog: &str, version: &str, archives: &[Archive]) -> String {
    let mut notes = section(changelog, version).to_owned();
    if let Some(Archive { provenance, .. }) = archives.first() {
        let _ = write!(notes, "\n\n## Builds\n\nBuilt from commit `{}` ({}).\n\n", provenance.commit, provenance.time);
    }
    notes.push_str("| archive | target | compiler | SHA-256 of the binary |\n| --- | --- | --- | --- |\n");
    for Archive { name, provenance, binary_sha256 } in archives {
        let _ = writeln!(notes, "| `{name}` | `{}` | {} | `{binary_sha256}` |", provenance.target, provenance.rustc);
    }
    let sums = format!("{}_SHA256SUMS", stem());
    let _ = write!(
        notes,
        "\nTo verify a download, with `{PUBLIC_KEY}` from the repository:\n\n```console\n$ gpg --import {PUBLIC_KEY}\n\
         $ gpg --verify {sums}.sig {sums}\n$ sha256sum --check --ignore-missing {sums}\n```\n\n\
         Each archive has a software bill of materials beside it (`.cdx.json`, CycloneDX). To build the same bytes, check \
         out the commit and run `cargo xtask release --target TARGET` with the same compilers.\n"
    );
    notes
}

/// The line that begins a version's section, such as `## 1.0.0 (2026-12-01)`.
pub(super) fn heading<'a>(changelog: &'a str, version: &str) -> Option<&'a str> {
    changelog.lines().find(|line| line.strip_prefix("## ").and_then(|rest| rest.split(' ').next()) == Some(version))
}

/// What the changelog says about a version, without its heading.
fn section<'a>(changelog: &'a str, version: &str) -> &'a str {
    let after = heading(changelog, version).and_then(|heading| changelog.split_once(heading));
    after.map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or(rest).trim())
}

#[cfg(test)]
mod tests {
    use super::super::sbom::tests::provenance;
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## 1.2.0 (2026-12-01)\n\nNew.\n\n- more\n\n## 1.1.0 (2026-11-01)\n\nOld.\n";

    #[test]
    fn takes_the_section_of_the_version_only() {
        assert_eq!(section(CHANGELOG, "1.2.0"), "New.\n\n- more");
        assert_eq!(section(CHANGELOG, "1.1.0"), "Old.");
        assert_eq!((section(CHANGELOG, "1.1"), heading(CHANGELOG, "1.1")), ("", None));
    }

    #[test]
    fn lists_commit_target_and_compiler_of_each_archive() {
        let archive = Archive { name: "p.zip".to_owned(), provenance: provenance(), binary_sha256: "ab".to_owned() };
        let notes = write(CHANGELOG, "1.2.0", &[archive]);
        assert!(notes.contains("Built from commit `0123456789abcdef"), "{notes}");
        let row = "| `p.zip` | `x86_64-unknown-linux-musl` | rustc 1.95.0 (59807616e 2026-04-14) | `ab` |\n";
        assert!(notes.contains(row), "{notes}");
    }
}
