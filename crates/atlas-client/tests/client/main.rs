//! The client over real connections: against the simulator of Atlas, and against a small server with scripted replies.
//!
//! The tests use the public API only, and check the requests that arrive.

#![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

mod available_projects;
mod cancellation;
mod connections;
mod digest;
mod lifecycle;
mod oauth;
mod responses;
mod retries;
mod secrets;
mod server;
mod support;
