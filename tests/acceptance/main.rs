//! Real Terraform against the built provider and the simulator: what a user gets, command by command.
//!
//! Every test has a simulator and a workspace of its own, so that they run side by side. `support` and `configuration` hold
//! what they share; each other module is one subject.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test is a panic")]

mod argument_changes;
mod configuration;
mod credentials;
mod debug;
mod drift;
mod duplicate_starts;
mod examples;
mod import;
mod interruption;
mod invalid_configuration;
mod lifecycle;
mod logs;
mod lost_responses;
mod messages;
mod milestones;
mod network;
mod protection;
mod refresh;
mod rejected_starts;
mod request_count;
mod secrets;
mod support;
mod sync_points;
mod terraform_features;
mod tls_proxy;
mod unknown_values;
mod versions;
