//! Real Terraform with the examples. Requires Terraform on PATH. Other versions are used if they are available: usually
//! the oldest and the newest.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod actions;
mod data_sources;
mod debugging;
mod import;
mod interrupt;
mod lifecycle;
mod minimal;
mod mistakes;
mod secrets;
mod unknown;

use std::path::PathBuf;

use serde_json::Value;
use test_support::terraform::{ProviderBinary, Terraform, Workspace};

const REQUIRED: &str = r#"terraform {
  required_providers {
    inmemory = { source = "example/inmemory" }
  }
}
"#;

/// A workspace of the in-memory example, which stores things in a folder.
struct Things(Workspace);

impl Things {
    /// Creates a workspace with this `main.tf`, beside a `provider.tf`.
    fn new(terraform: &Terraform, main: &str) -> Self {
        let provider = ProviderBinary::example("example/inmemory", "inmemory");
        let things = Self(Workspace::new(terraform, &provider));
        things.0.file("provider.tf", format!("{REQUIRED}\nprovider \"inmemory\" {{\n  folder = \"things\"\n}}\n"));
        things.main(main);
        things
    }

    /// Replaces `main.tf`.
    fn main(&self, main: &str) -> &Self {
        self.0.file("main.tf", main);
        self
    }

    /// Applies, and asserts that the next plan is empty.
    #[track_caller]
    fn apply(&self, says: &str) -> &Self {
        self.0.run(["apply", "-auto-approve"]).success().says(says);
        self.0.plan_is_empty();
        self
    }

    #[track_caller]
    fn attribute(&self, address: &str, name: &str) -> Value {
        self.0.resource(address)[name].clone()
    }

    fn stored(&self, id: &str) -> PathBuf {
        self.0.path().join("things").join(format!("{id}.json"))
    }

    /// Stores a thing without Terraform.
    fn store(&self, id: &str, name: &str, size: i64) {
        let json = format!(r#"{{"name": "{name}", "size": {size}, "enabled": true, "revision": 1}}"#);
        self.0.file(&format!("things/{id}.json"), json);
    }
}
