//! What the tests share. `core` is a small Terraform core that drives a built provider over a real handshake and checks
//! every answer against Terraform's rules; `terraform` runs real Terraform in a workspace of its own.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed test is a panic")]

pub mod core;
pub mod terraform;
