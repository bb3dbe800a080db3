//! Doors for fuzz targets into what is private, behind the feature `fuzzing`. No part of the interface: it may change at any time, and it
//! must not hold logic of its own.

pub use crate::auth::fuzzing::answer_challenges;
pub use crate::live_migrations::fuzzing::read_answer;
