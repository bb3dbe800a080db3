//! The client against real connections: a simulator of Atlas, and a small server that misbehaves as told.
//!
//! It must not look inside the client; what is sent is judged by what arrives.

#![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

mod answers;
mod available_projects;
mod connections;
mod digest;
mod life;
mod oauth;
mod retries;
mod secrets;
mod server;
mod stop;
mod support;
