//! A Terraform provider whose things are in memory, or in a folder of JSON files.
//!
//! It is an example for authors of providers. It uses every kind of attribute and block.
//!
//! Reading order: `provider` (the provider block), `schema` and `model` (the schema of a thing, and its struct),
//! `thing` (the resource), `plan` and `validate` (its rules), `lookup` (the data source), `touch` (the action), `store`
//! (the remote system).
//!
//! ```text
//! cargo build --package tf-provider --example inmemory
//! ```
//!
//! To use it, copy the binary to a file named `terraform-provider-inmemory`, and name its folder for `example/inmemory`
//! in the `dev_overrides` of Terraform's CLI configuration. With `--debug` the program prints the environment variable
//! that connects Terraform to the running process.

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
