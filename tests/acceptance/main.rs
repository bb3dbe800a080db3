//! Real Terraform against the built provider and the simulator: what a user gets, command by command.
//!
//! Every test has a simulator and a workspace of its own, so that they run side by side. `support` and `configuration` hold
//! what they share; each other module is one subject.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test is a panic")]

mod action_holes;
mod actions;
mod bad_input;
mod configuration;
mod credentials;
mod data_sources;
mod debug;
mod drift;
mod examples;
mod front;
mod generated_configuration;
mod guard;
mod import;
mod interruption;
mod language;
mod lifecycle;
mod logs;
mod lost_answers;
mod messages;
mod moment;
mod network;
mod protection;
mod refresh;
mod refusals;
mod refused_by_atlas;
mod secrets;
mod speed;
mod support;
mod unknown;
mod versions;
mod wishes;
