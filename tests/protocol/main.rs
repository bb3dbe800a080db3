//! The built provider over a real handshake, driven by a small Terraform core.

mod faults;
mod histories;
