//! The Terraform executables that can be had on this machine, and what each can do. Knows nothing of workspaces.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::environment;
use super::skip::skip;

/// One Terraform or OpenTofu executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terraform {
    path: PathBuf,
    product: Product,
    version: Version,
}

/// Which of the two programs an executable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// OpenTofu.
    OpenTofu,
    /// HashiCorp Terraform.
    Terraform,
}

/// A version number, as `1.11.4`; a pre-release counts as the release that it precedes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes when old configurations stop working.
    pub major: u32,
    /// Changes with features.
    pub minor: u32,
    /// Changes with corrections.
    pub patch: u32,
}

/// What a Terraform may or may not be able to do, by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `action` blocks and `apply -invoke`.
    Actions,
    /// `plan -generate-config-out` with a configuration that the provider makes.
    GeneratedConfig,
    /// `import` blocks that name an identity.
    ImportIdentity,
    /// `moved` between resources of two types.
    MoveAcrossTypes,
    /// `removed` blocks with `lifecycle`.
    RemovedBlocks,
    /// Write-only attributes, and ephemeral variables to set them from.
    WriteOnly,
}

impl Terraform {
    /// What the environment variable TERRAFORM names, else the Terraform on PATH, else the OpenTofu on PATH, else a private
    /// copy of the newest Terraform.
    ///
    /// # Panics
    /// Where none of them can be had, with the reason.
    #[must_use]
    pub fn on_path() -> Self {
        match locate("") {
            Ok(terraform) => terraform,
            Err(missing) => panic!("these tests need a real Terraform: {}", missing.reason),
        }
    }

    /// A private copy of a minor version, such as `1.6`, fetched when it is asked for the first time; `None`, with a call
    /// of [`skip`], on a machine that cannot have it (no Python 3 with pip, or no build for its system).
    ///
    /// # Panics
    /// Where this machine could have it and fetching it failed, with the reason. In CI also where it cannot be had.
    #[must_use]
    pub fn version(minor: &str) -> Option<Self> {
        match locate(minor) {
            Ok(terraform) => Some(terraform),
            Err(missing) if missing.is_impossible => {
                skip(&format!("Terraform {minor} is missing: {}", missing.reason));
                None
            }
            Err(missing) => panic!("Terraform {minor}: {}", missing.reason),
        }
    }

    /// A private copy of the oldest Terraform that can be had, as [`Terraform::version`] gives it.
    #[must_use]
    pub fn oldest() -> Option<Self> {
        Self::version("oldest")
    }

    /// A private copy of the newest Terraform that can be had, as [`Terraform::version`] gives it.
    #[must_use]
    pub fn newest() -> Option<Self> {
        Self::version("newest")
    }

    /// The one on PATH, the oldest and the newest that can be had, each version once, oldest first.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut all: Vec<Self> =
            [Self::oldest(), Some(Self::on_path()), Self::newest()].into_iter().flatten().collect();
        all.sort_by_key(|terraform| terraform.version);
        all.dedup_by_key(|terraform| (terraform.product == Product::OpenTofu, terraform.version));
        all
    }

    /// The one on PATH where it has a feature, else the newest that can be had, as [`Terraform::version`] gives it.
    #[must_use]
    pub fn with(feature: Feature) -> Option<Self> {
        let on_path = Self::on_path();
        if on_path.supports(feature) { Some(on_path) } else { Self::newest() }
    }

    /// Those of [`Terraform::every`] that have a feature.
    #[must_use]
    pub fn every_with(feature: Feature) -> Vec<Self> {
        Self::every_that(&format!("has the feature {feature:?}"), |terraform| terraform.supports(feature))
    }

    /// Those of [`Terraform::every`] that do not have a feature.
    #[must_use]
    pub fn every_without(feature: Feature) -> Vec<Self> {
        Self::every_that(&format!("does not have the feature {feature:?}"), |terraform| !terraform.supports(feature))
    }

    fn every_that(described: &str, fits: impl Fn(&Self) -> bool) -> Vec<Self> {
        let mut all = Self::every();
        let names: Vec<_> = all.iter().map(ToString::to_string).collect();
        all.retain(fits);
        if all.is_empty() {
            skip(&format!("a Terraform that {described} is missing; there is only {}", names.join(", ")));
        }
        all
    }

    /// Where the executable is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Terraform or OpenTofu.
    #[must_use]
    pub fn product(&self) -> Product {
        self.product
    }

    /// Its version.
    #[must_use]
    pub fn version_number(&self) -> Version {
        self.version
    }

    /// Whether this Terraform has a feature.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        let (terraform, tofu) = match feature {
            // OpenTofu has neither.
            Feature::Actions | Feature::GeneratedConfig => (14, u32::MAX),
            Feature::ImportIdentity => (12, 12),
            Feature::MoveAcrossTypes => (8, 10),
            Feature::RemovedBlocks => (7, 10),
            Feature::WriteOnly => (11, 11),
        };
        let since = if self.product == Product::OpenTofu { tofu } else { terraform };
        (self.version.major, self.version.minor) >= (1, since)
    }

    /// The host under which this product looks for providers whose source address names none.
    pub(super) fn registry(&self) -> &'static str {
        match self.product {
            Product::OpenTofu => "registry.opentofu.org",
            Product::Terraform => "registry.terraform.io",
        }
    }

    fn at(path: PathBuf) -> Result<Self, Missing> {
        let mut command = Command::new(&path);
        environment::clean(&mut command);
        command.arg("version").env("TF_CLI_CONFIG_FILE", if cfg!(windows) { "NUL" } else { "/dev/null" });
        let output = command.output().map_err(|error| Missing::broken(format!("{}: {error}", path.display())))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some((product, version)) = parse_version(&text) else {
            return Err(Missing::broken(format!("{} told no version: {text}", path.display())));
        };
        Ok(Self { path, product, version })
    }
}

impl fmt::Display for Terraform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.product, self.version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Why a Terraform is not there.
#[derive(Debug, Clone)]
struct Missing {
    reason: String,
    /// No attempt on this machine could succeed.
    is_impossible: bool,
}

impl Missing {
    fn broken(reason: String) -> Self {
        Self { reason, is_impossible: false }
    }
}

/// The answer of `scripts/terraform-path`, asked once in a process for each version; an empty one means "on PATH".
fn locate(wanted: &str) -> Result<Terraform, Missing> {
    type Answer = Arc<OnceLock<Result<Terraform, Missing>>>;
    static ANSWERS: OnceLock<Mutex<HashMap<String, Answer>>> = OnceLock::new();
    let answers = ANSWERS.get_or_init(Mutex::default);
    let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).entry(wanted.to_owned()).or_default().clone();
    // Outside the map's lock: two versions may be fetched side by side.
    answer.get_or_init(|| Terraform::at(ask(wanted)?)).clone()
}

fn ask(wanted: &str) -> Result<PathBuf, Missing> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/terraform-path");
    let mut command = Command::new(script);
    if !wanted.is_empty() {
        command.arg(wanted);
    }
    let output = command.output().map_err(|error| Missing::broken(format!("{script}: {error}")))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Missing { reason, is_impossible: output.status.code() == Some(3) });
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// Reads the first line of `terraform version`: `Terraform v1.11.4`.
fn parse_version(text: &str) -> Option<(Product, Version)> {
    let (product, number) = text.lines().next()?.split_once(" v")?;
    let product = match product {
        "OpenTofu" => Product::OpenTofu,
        "Terraform" => Product::Terraform,
        _ => return None,
    };
    let release = number.split(['-', '+']).next()?;
    let mut parts = release.split('.').map(|part| part.parse().ok());
    let version = Version { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
    Some((product, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terraform(product: Product, major: u32, minor: u32) -> Terraform {
        Terraform { path: PathBuf::new(), product, version: Version { major, minor, patch: 0 } }
    }

    #[test]
    fn first_line_has_product_and_version() {
        let parsed = parse_version("Terraform v1.11.4\non linux_amd64\n");
        assert_eq!(parsed, Some((Product::Terraform, Version { major: 1, minor: 11, patch: 4 })));
        let parsed = parse_version("OpenTofu v1.12.0-beta1\n");
        assert_eq!(parsed, Some((Product::OpenTofu, Version { major: 1, minor: 12, patch: 0 })));
        assert_eq!(parse_version("bash: terraform: not found"), None);
    }

    #[test]
    fn features_begin_with_their_release() {
        assert!(!terraform(Product::Terraform, 1, 10).supports(Feature::WriteOnly));
        assert!(terraform(Product::Terraform, 1, 11).supports(Feature::WriteOnly));
        assert!(terraform(Product::Terraform, 1, 8).supports(Feature::MoveAcrossTypes));
        assert!(!terraform(Product::OpenTofu, 1, 8).supports(Feature::MoveAcrossTypes));
        assert!(terraform(Product::Terraform, 2, 0).supports(Feature::ImportIdentity));
    }
}
