//! The built provider over a real handshake, driven by a small Terraform core.

mod command_line;
mod contract;
mod faults;
mod handshake;
mod histories;
mod matrix;
