//! The built provider over a real handshake, driven by a small Terraform core.

mod contract;
mod faults;
mod handshake;
mod histories;
mod matrix;
