//! The core against real Terraform (not OpenTofu, which differs in places): both run the same walk with the same provider
//! binary, which records every request that it receives. The requests, the state afterwards, the planned actions and the
//! diagnostics must be equal.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may panic")]

mod actions;
mod core_run;
mod faults;
mod observed;
mod state_file;
mod terraform_run;
mod walk;
mod walks;

use test_support::terraform::{ProviderBinary, Terraform};

use crate::walk::Walk;

/// The provider that does one thing wrong, and records what it is asked.
const PROVIDER: &str = env!("CARGO_BIN_EXE_misbehaving");

/// Runs walks through both and fails with every difference.
fn compare(terraform: &Terraform, walks: impl IntoIterator<Item = Walk>) {
    let provider = ProviderBinary::new("test/fake", PROVIDER);
    let mut differences = Vec::new();
    for walk in walks {
        let mut expected = terraform_run::run(terraform, &provider, &walk);
        let mut found = core_run::run(terraform, &walk);
        if walk.concurrent {
            expected.sort_requests();
            found.sort_requests();
        }
        differences.extend(expected.differences(&found).into_iter().map(|text| format!("{}: {text}", walk.name)));
    }
    let count = differences.len();
    assert!(count == 0, "{count} differences between {terraform} and the core:\n\n{}", differences.join("\n\n"));
}
