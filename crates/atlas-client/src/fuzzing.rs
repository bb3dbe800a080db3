//! Private functions for fuzz targets, with the feature `fuzzing`. Not part of the public API: it may change at any time.

pub use crate::auth::fuzzing::respond_to_challenges;
pub use crate::live_migrations::fuzzing::read_response;
