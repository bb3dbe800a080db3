//! A built provider, as Terraform finds one: an executable with the right name in a folder.

use std::path::{Path, PathBuf};

use super::platform;

/// A provider's binary and the source address under which configurations require it.
#[derive(Debug, Clone)]
pub struct ProviderBinary {
    source: String,
    path: PathBuf,
}

impl ProviderBinary {
    /// A binary for a source address without host, such as `atlas-live-migration/atlas`. The file's own name does not
    /// matter. A relative path is taken from the current folder.
    ///
    /// # Panics
    /// When the address is not `namespace/type`, or when there is no such file.
    #[must_use]
    #[track_caller]
    pub fn new(source: impl Into<String>, path: impl AsRef<Path>) -> Self {
        let (source, path) = (source.into(), path.as_ref());
        assert_eq!(source.split('/').count(), 2, "{source} is not NAMESPACE/TYPE");
        let path = path.canonicalize().unwrap_or_else(|error| panic!("provider binary {}: {error}", path.display()));
        Self { source, path }
    }

    /// An example that cargo built beside the running test, such as `minimal` of `examples/minimal.rs`.
    ///
    /// # Panics
    /// When there is none: `cargo test` builds the examples of the packages that it tests, `cargo test --test NAME` none.
    #[must_use]
    #[track_caller]
    pub fn example(source: impl Into<String>, name: &str) -> Self {
        let test = std::env::current_exe().unwrap_or_else(|error| panic!("where the running test is: {error}"));
        // target/debug/deps/TEST-HASH, and target/debug/examples/NAME.
        let path = test.ancestors().nth(2).map(|folder| folder.join("examples").join(name)).unwrap_or_default();
        assert!(path.is_file(), "{} is not built: run `cargo build --examples --workspace`", path.display());
        Self::new(source, path)
    }

    /// The source address, as `NAMESPACE/TYPE`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where the binary is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last part of the source address, which is the provider's name in configurations.
    fn kind(&self) -> &str {
        self.source.rsplit('/').next().unwrap_or_default()
    }

    /// Puts the binary under the name that Terraform looks for into a folder, which is made.
    pub(super) fn link_into(&self, folder: &Path, version: Option<&str>) {
        let suffix = version.map(|version| format!("_v{version}")).unwrap_or_default();
        let name = folder.join(format!("terraform-provider-{}{suffix}", self.kind()));
        std::fs::create_dir_all(folder)
            .and_then(|()| platform::link(&self.path, &name))
            .unwrap_or_else(|error| panic!("{}: {error}", name.display()));
    }
}
