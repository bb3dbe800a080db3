//! The private state of a migration: what must be kept with it and is not an attribute.

use serde::{Deserialize, Serialize};
use tf_provider::Private;

/// What Terraform keeps beside the state, or passes from a plan to its apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PrivateState {
    /// Atlas answered the last read with 404, while the last status was not final.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) not_found: bool,
    /// Whether `cutover_requested_at` is unconfirmed: the response to the request was lost, or contradicts what was
    /// read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) cutover_unconfirmed: bool,
    /// The provider's own update saw the migration end before it requested the cutover. Without this, `cutover = true`
    /// in the state of a FAILED or EXPIRED migration counts as a requested cutover.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) ended_before_cutover: bool,
    /// What a plan is for. Terraform passes the private state of a plan to its apply, and to the second plan of a
    /// replacement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<Intent>,
}

/// What a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Intent {
    /// It starts a migration, and replaces the migration with this ID if there is one. Terraform passes this to the
    /// create, and to the destroy half of a replacement.
    Start { replaces: Option<String> },
    /// It keeps the protected migration with this ID. If the next plan starts a migration all the same, a replacement
    /// was requested.
    Keep(String),
    /// It is about the replaceable migration with this ID, and may be the first half of its replacement.
    Replace(String),
    /// It removes the migration from state.
    Remove,
}

impl PrivateState {
    /// Reads private state; the default where there is none.
    pub(super) fn decode(private: &Private) -> Self {
        private.decode()
    }

    /// The private state of a plan.
    #[must_use]
    pub(super) fn planning(self, intent: Intent) -> Self {
        Self { plan: Some(intent), ..self }
    }

    /// Without what only a plan needs.
    #[must_use]
    pub(super) fn stored(self) -> Self {
        Self { plan: None, ..self }
    }

    /// The private state as Terraform keeps it; empty if there is nothing to keep.
    pub(super) fn encode(&self) -> Private {
        if *self == Self::default() { Private::default() } else { Private::encode(self) }
    }
}
