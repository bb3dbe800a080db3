//! Atlas, and what is in front of it, misbehaving in every operation: each fault ends in the right state, with a message that says what
//! happened, what is true now, and what to do; and the next apply or import resumes. The fixture is a simulator that misbehaves on
//! demand; must not know the provider's code.

mod create;
mod credentials;
mod cutover;
pub(crate) mod fixture;
mod import;
mod interrupted;
mod read;
mod silence;
mod validation;
mod waiting;
