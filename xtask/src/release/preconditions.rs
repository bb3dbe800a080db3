//! What a commit must be before it is released: complete, tagged with the version, and described in the changelog.

use std::process::Command;

use super::{VERSION, notes};
use crate::command;
use crate::repository::{Repository, read};

/// Refuses what can't be released, with every reason at once.
pub(super) fn check(repository: &Repository) -> Result<(), String> {
    let status = changes(repository)?;
    let tags = git(repository, &["tag", "--points-at", "HEAD"])?;
    let changelog = read(&repository.join("CHANGELOG.md"))?;
    let reasons = reasons(&status, &tags, &changelog, VERSION);
    if reasons.is_empty() {
        return Ok(());
    }
    let list: String = reasons.iter().map(|reason| format!("\n  - {reason}")).collect();
    Err(format!("this is not ready for a release:{list}\nTo pack it anyway, for a test: --snapshot"))
}

/// What is not committed, one file a line; a user's settings don't hide new files.
pub(super) fn changes(repository: &Repository) -> Result<String, String> {
    git(repository, &["status", "--porcelain", "--untracked-files=normal"])
}

/// What git reports about the repository.
pub(super) fn git(repository: &Repository, arguments: &[&str]) -> Result<String, String> {
    command::output(Command::new("git").args(arguments).current_dir(repository.root()))
}

fn reasons(status: &str, tags: &str, changelog: &str, version: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(first) = status.lines().next() {
        reasons.push(format!("the working tree has changes that are not committed ({})", first.trim()));
    }
    let tag = format!("v{version}");
    if !tags.lines().any(|found| found == tag) {
        let others = tags.split_whitespace().collect::<Vec<_>>().join(", ");
        let found = if others.is_empty() { "it has no tag".to_owned() } else { format!("its tags: {others}") };
        reasons.push(format!("the commit is not tagged {tag} ({found})"));
    }
    match notes::heading(changelog, version) {
        None => reasons.push(format!("CHANGELOG.md has no section for {version}")),
        Some(heading) if !is_dated(heading) => {
            reasons.push(format!("CHANGELOG.md says \"{heading}\" and not \"## {version} (YYYY-MM-DD)\""));
        }
        Some(_) => {}
    }
    reasons
}

/// Whether a heading ends with a date, as `## 1.0.0 (2026-02-28)`.
fn is_dated(heading: &str) -> bool {
    let Some((_, date)) = heading.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) else { return false };
    let lengths: Vec<_> = date.split('-').map(str::len).collect();
    lengths == [4, 2, 2] && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATED: &str = "# Changelog\n\n## 1.2.0 (2026-12-01)\n\nText.\n";

    #[test]
    fn accepts_a_clean_tagged_commit_with_a_dated_changelog() {
        assert_eq!(reasons("", "latest\nv1.2.0", DATED, "1.2.0"), [""; 0]);
    }

    #[test]
    fn names_every_reason() {
        let reasons = reasons(" M src/lib.rs\n?? new", "v1.1.9", "## 1.2.0 (unreleased)\n", "1.2.0");
        assert_eq!(
            reasons,
            [
                "the working tree has changes that are not committed (M src/lib.rs)",
                "the commit is not tagged v1.2.0 (its tags: v1.1.9)",
                "CHANGELOG.md says \"## 1.2.0 (unreleased)\" and not \"## 1.2.0 (YYYY-MM-DD)\"",
            ]
        );
    }

    #[test]
    fn requires_a_section_of_the_changelog() {
        assert_eq!(reasons("", "v1.3.0", DATED, "1.3.0"), ["CHANGELOG.md has no section for 1.3.0"]);
    }

    #[test]
    fn rejects_what_only_resembles_a_date() {
        for heading in ["## 1.0.0", "## 1.0.0 (2026-1-01)", "## 1.0.0 (2026-12-0x)", "## 1.0.0 (20261201)"] {
            assert!(!is_dated(heading), "{heading}");
        }
    }
}
