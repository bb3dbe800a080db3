//! Every text that a user reads about a migration, by subject. `api_error` explains failures of Atlas. A message has the
//! parts of the `skeleton`: the cause, what is true now, and numbered `steps`.

pub(crate) mod actions;
pub(super) mod api_error;
pub(super) mod changes;
pub(crate) mod data_sources;
pub(super) mod duplicates;
pub(super) mod ended;
pub(super) mod erasure;
pub(super) mod import;
pub(super) mod milestones;
pub(super) mod private;
pub(super) mod refresh;
pub(super) mod removal;
pub(super) mod replacement;
mod skeleton;
pub(super) mod start;
mod steps;
pub(super) mod validation;
pub(super) mod waiting;
