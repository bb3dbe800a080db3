//! Whether every local link of every Markdown file leads somewhere.
//!
//! It must not ask the network: links with a scheme are passed over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::markdown::Page;
use crate::repository::{self, Repository};

/// The dead links.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn problems(repository: &Repository) -> Result<Vec<String>, String> {
    let mut pages = BTreeMap::new();
    for path in repository.files("", "md")? {
        pages.insert(path.clone(), Page::read(&repository::read(&path)?));
    }
    let mut problems = Vec::new();
    for (path, page) in &pages {
        for link in &page.links {
            if let Some(why) = dead(path, link, &pages) {
                problems.push(format!("{}: the link `{link}` {why}", repository.name(path)));
            }
        }
    }
    Ok(problems)
}

fn dead(from: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>) -> Option<&'static str> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { from.to_owned() } else { normal(&from.parent()?.join(file)) };
    if !target.exists() {
        return Some("leads to no file");
    }
    match (anchor, pages.get(&target)) {
        (Some(anchor), Some(page)) if !page.anchors.contains(anchor) => Some("names no heading of that file"),
        _ => None,
    }
}

/// Without `.` and `..`, as the pages are named.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;

    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_dead_files_and_anchors_only() {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/page.md");
        let other = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
        let pages = BTreeMap::from([(here.clone(), Page::read("# Here\n")), (other, Page::read("# There\n"))]);
        let dead = |link| dead(&here, link, &pages);
        assert_eq!(dead("https://example.com/#nowhere"), None);
        assert_eq!(dead("../src/./main.rs#there"), None);
        assert_eq!(dead("main.rs#here"), Some("names no heading of that file"));
        assert_eq!(dead("nowhere.md"), Some("leads to no file"));
    }
}
