//! Runs real Terraform in a workspace of its own, for the tests of every crate.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed test is a panic")]

pub mod terraform;
