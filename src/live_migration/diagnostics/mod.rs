//! Every text that a user reads about a migration. `errors` refuses plans, `failures` reports what happened during an apply,
//! `warnings` announces, `private` reports unusable private state, `validation` reports what Atlas's validation found, and `api_error` explains failures of Atlas. All
//! of them follow one `skeleton`.

pub(crate) mod actions;
pub(super) mod api_error;
pub(crate) mod data_sources;
pub(super) mod errors;
pub(super) mod failures;
pub(super) mod private;
mod skeleton;
mod steps;
pub(super) mod validation;
pub(super) mod warnings;
