//! The private state of a migration: what must be remembered and is no attribute.

use serde::{Deserialize, Serialize};
use tf_provider::Private;

use super::guard::{Live, Start};

/// What is kept beside a state, or handed from a plan to its apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mark {
    /// Atlas answered the last read with «no such migration», while the last status was not final.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// Whether `cutover_requested_at` is only a guess: the answer to the request was lost, or contradicts what was
    /// read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) doubt: bool,
    /// What a plan is for. Terraform hands the private state of a plan to its apply, and to the second plan of a
    /// replacement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Intent>,
}

/// What a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Intent {
    /// It starts a migration. Terraform hands this to the create, and to the destroy half of a replacement.
    Start(Start),
    /// It goes on with this live migration. Where the next plan starts one all the same, a replacement was asked for.
    Keep(Live),
    /// It is about the spent migration of this id, perhaps as the first half of its replacement.
    Over(String),
    /// It only forgets.
    Forget,
}

impl Mark {
    /// Reads private state; empty or of another make says nothing.
    pub(super) fn of(private: &Private) -> Self {
        private.decode()
    }

    /// The mark of a plan.
    #[must_use]
    pub(super) fn planning(self, intent: Intent) -> Self {
        Self { plan: Some(intent), ..self }
    }

    /// Writes it; nothing where there is nothing to say.
    pub(super) fn to_private(&self) -> Private {
        if *self == Self::default() { Private::default() } else { Private::encode(self) }
    }
}
