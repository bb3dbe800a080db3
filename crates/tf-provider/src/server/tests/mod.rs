//! The service asked directly, as tonic asks it: what Terraform would never send, and what no provider should do.
#![allow(clippy::needless_update, reason = "some requests have few fields")]

mod calls;
mod life;
mod malformed;
mod subject;
