//! A real plugin process, driven as go-plugin drives it: how it is greeted, who gets in, and how it ends.
//!
//! The plugin is `examples/plugin_health.rs`, so nothing here knows a provider.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test is a panic")]

mod client;
mod debug;
mod end;
mod greeting;
mod mutual_tls;
mod process;
