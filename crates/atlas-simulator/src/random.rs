//! Random numbers for nonces, tokens and IDs.

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

/// An unpredictable number, from the random keys with which the standard library seeds its hash maps.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(Instant::now())
}
