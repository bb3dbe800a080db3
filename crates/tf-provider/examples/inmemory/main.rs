//! A Terraform provider in a few small files: things that live in memory, or in a folder of JSON files.
//!
//! It is an example for whoever writes a provider with this crate, and it uses every kind of attribute and block there
//! is.
//!
//! Reading order: `provider` (the provider block), `schema` and `model` (what a thing is, twice: for Terraform and for
//! Rust), `thing` (the resource), `plan` and `validate` (its rules), `lookup` (the data source), `touch` (the action),
//! `store` (where things live).
//!
//! ```text
//! cargo build --package tf-provider --example inmemory
//! ```
//!
//! Terraform takes the binary as `terraform-provider-inmemory` from a folder that `dev_overrides` in its CLI
//! configuration names for `example/inmemory`. With `--debug` the program prints the variable that connects Terraform
//! to the running process.

mod lookup;
mod model;
mod plan;
mod provider;
mod schema;
mod store;
mod thing;
mod touch;
mod validate;

use std::process::ExitCode;

use tf_provider::plugin::Options;

use crate::provider::InMemory;

fn main() -> ExitCode {
    tf_provider::log::init("terraform-provider-inmemory", &["inmemory"]);
    let options = Options {
        address: "registry.terraform.io/example/inmemory",
        name: "terraform-provider-inmemory",
        version: env!("CARGO_PKG_VERSION"),
    };
    if std::env::args().any(|argument| argument == "--debug") {
        tf_provider::serve_debug(InMemory::default(), options)
    } else {
        tf_provider::serve(InMemory::default(), options)
    }
}
