//! A real plugin process with a client like go-plugin's: handshake, TLS, and exit.
//!
//! The plugin is `examples/plugin_health.rs`, which has no provider.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod debug;
mod end;
mod handshake;
mod mutual_tls;
mod process;
