//! Real Terraform with the built provider against the simulator.
//!
//! Every test has its own simulator and workspace, so that tests run concurrently. `support`, `configuration`,
//! `sync_points` and `tls_proxy` are shared; every other module has the tests of one topic.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test is a panic")]

mod action_holes;
mod actions;
mod argument_changes;
mod configuration;
mod credentials;
mod data_sources;
mod debug;
mod drift;
mod duplicate_starts;
mod examples;
mod generated_configuration;
mod import;
mod interruption;
mod invalid_configuration;
mod invalid_settings;
mod kills;
mod lifecycle;
mod logs;
mod lost_responses;
mod messages;
mod milestones;
mod network;
mod protection;
mod refresh;
mod request_count;
mod secrets;
mod support;
mod sync_points;
mod terraform_features;
mod tls_proxy;
mod unknown_values;
mod versions;
