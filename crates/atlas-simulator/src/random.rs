//! Random numbers.

/// A number that nobody can guess and that does not repeat: nonces, tokens and ids are made of it.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::time::Instant::now())
}
