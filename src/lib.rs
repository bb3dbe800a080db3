//! The Terraform provider for live migrations into MongoDB Atlas: where Terraform and Atlas meet.
//!
//! `provider` is the provider block and the connection to Atlas, `live_migration` the one resource. The plugin
//! protocol is the crate `tf-provider`, the API the crate `atlas-client`; each knows nothing of the
//! other.

mod duration;
mod live_migration;
mod provider;

pub use live_migration::{DuplicateGuard, LiveMigration};
pub use provider::environment::Environment;
pub use provider::{ADDRESS, AtlasProvider};
