//! Atlas, and what stands before it, misbehaving in every operation: each fault ends in the right state, with a message that says what
//! happened, what is true now, and what to do; and the next apply or import goes on. The bench is a simulator that misbehaves on
//! demand; must not know the provider's code.

pub(crate) mod bench;
mod create;
mod credentials;
mod cutover;
mod import;
mod interrupted;
mod read;
mod silence;
mod validation;
mod waiting;
