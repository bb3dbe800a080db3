//! The Terraform provider for live migrations into MongoDB Atlas: where Terraform and Atlas meet.
//!
//! `config` is the provider block and the connection to Atlas, `live_migration` the resource, `data_sources` and `actions` what
//! surrounds it; `provider` registers them all. The plugin protocol is the crate `tf-provider`, the API the crate
//! `atlas-client`; each knows nothing of the other.

mod actions;
mod config;
mod data_sources;
mod duration;
mod live_migration;
mod provider;
pub mod summary;

pub use config::environment::Environment;
pub use live_migration::{DuplicateGuard, LiveMigration, Turns};
pub use provider::{ADDRESS, AtlasProvider};
