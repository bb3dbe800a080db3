//! Real Terraform against the built provider and the simulator: what a user gets, command by command.
//!
//! Every test has a simulator and a workspace of its own, so that they run side by side. `support` and `configuration` hold
//! what they share; each other module is one subject.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod configuration;
mod guard;
mod import;
mod lifecycle;
mod refusals;
mod support;
mod unknown;
