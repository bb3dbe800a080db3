//! Real Terraform for tests: which ones can be had here, and a workspace of its own for each test to run one in. It
//! knows nothing of any provider but the path of its binary and its source address.
//!
//! ```no_run
//! use test_support::terraform::{ProviderBinary, Terraform, Workspace};
//!
//! let provider = ProviderBinary::new("atlas-live-migration/atlas", "target/debug/terraform-provider-atlas");
//! for terraform in Terraform::every() {
//!     let workspace = Workspace::new(&terraform, &provider);
//!     workspace.file("main.tf", r#"resource "terraform_data" "x" { input = "a" }"#);
//!     workspace.run(["apply", "-auto-approve"]).success().says("1 added, 0 changed");
//!     workspace.plan_is_empty();
//! }
//! ```
//!
//! Everything here panics with the whole story instead of returning an error: a test has nothing better to do with one.
//! What differs on Windows is in `platform`.
//!
//! Reading order: `binary` (the executables), `workspace` (a folder and its commands), `running` (one command while it
//! runs), `run` (what it did), `text` (how Terraform's output is read).

mod binary;
mod environment;
mod group;
// The script that finds a Terraform is for a POSIX shell.
#[cfg(test)]
#[cfg(unix)]
mod path_tests;
mod platform;
mod provider;
mod run;
mod running;
mod skip;
#[cfg(test)]
mod tests;
mod text;
mod workspace;

pub use binary::{Feature, Product, Terraform, Version};
pub use group::Group;
pub use provider::ProviderBinary;
pub use run::Run;
pub use running::Running;
pub use skip::skip;
pub use workspace::Workspace;
