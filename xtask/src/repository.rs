//! Paths in the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that this program was built in.
    pub(crate) fn of_this_build() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: own.parent().unwrap_or(own).to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path relative to the root.
    pub(crate) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
            // Joining an absolute path is that path.
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }

    /// The path relative to the root, for messages.
    pub(crate) fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Every file in a folder and its subfolders with this extension, sorted. Skips `target` and hidden folders.
    ///
    /// # Errors
    /// When a folder can't be read.
    pub(crate) fn files(&self, folder: &str, extension: &str) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        collect(&self.join(folder), extension, &mut files)?;
        files.sort();
        Ok(files)
    }
}

/// Reads a text file.
///
/// # Errors
/// When it can't be read; the error names it.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let describe = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(describe)? {
        let path = entry.map_err(describe)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                collect(&path, extension, files)?;
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}
