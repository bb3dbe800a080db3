//! Tests the simulator over real HTTP. They share no code with a client: the requests are written by hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authentication;
mod command;
mod control;
mod faults;
mod http;
mod lifecycle;
mod negotiation;
mod organizations;
mod records;
