//! The built provider over a real handshake, driven by a small Terraform core.
#![allow(clippy::expect_used, clippy::panic, reason = "a failed test is a panic")]

mod command_line;
mod contract;
mod faults;
mod handshake;
mod histories;
mod matrix;
