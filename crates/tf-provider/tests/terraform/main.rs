//! Real Terraform drives the example provider: what it accepts, shows and stores. It needs a Terraform; where other
//! versions can be had, the oldest and the newest take part.
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

/// Names the provider.
const REQUIRED: &str = r#"terraform {
  required_providers {
    inmemory = { source = "example/inmemory" }
  }
}
"#;

/// A workspace with the example provider, whose things live in a folder of it.
struct Things(Workspace);

impl Things {
    /// With this `main.tf` below the provider's own blocks.
    fn new(terraform: &Terraform, main: &str) -> Self {
        let provider = ProviderBinary::example("example/inmemory", "inmemory");
        let things = Self(Workspace::new(terraform, &provider));
        things.0.file("provider.tf", format!("{REQUIRED}\nprovider \"inmemory\" {{\n  folder = \"things\"\n}}\n"));
        things.main(main);
        things
    }

    /// Another `main.tf`.
    fn main(&self, main: &str) -> &Self {
        self.0.file("main.tf", main);
        self
    }

    /// Applies, and asserts that nothing is left to do.
    #[track_caller]
    fn apply(&self, says: &str) -> &Self {
        self.0.run(["apply", "-auto-approve"]).success().says(says);
        self.0.plan_is_empty();
        self
    }

    /// An attribute in the state.
    #[track_caller]
    fn attribute(&self, address: &str, name: &str) -> Value {
        self.0.resource(address)[name].clone()
    }

    /// The file of a thing in the store.
    fn stored(&self, id: &str) -> PathBuf {
        self.0.path().join("things").join(format!("{id}.json"))
    }

    /// Puts a thing into the store, behind Terraform's back.
    fn store(&self, id: &str, name: &str, size: i64) {
        let json = format!(r#"{{"name": "{name}", "size": {size}, "enabled": true, "revision": 1}}"#);
        self.0.file(&format!("things/{id}.json"), json);
    }
}
