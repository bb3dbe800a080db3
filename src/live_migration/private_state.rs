//! The private state of a migration: what must be kept with it and is not an attribute.

use serde::{Deserialize, Serialize};
use tf_provider::{Diagnostics, Private};

use super::diagnostics::private;

/// What Terraform keeps beside the state, or passes from a plan to its apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PrivateState {
    /// Atlas returned 404 to the last read, while the last status was not final.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) not_found: bool,
    /// Whether `cutover_requested_at` is unconfirmed: the response to the request was lost, or contradicts what was
    /// read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) cutover_unconfirmed: bool,
    /// The provider's own update saw the migration end before it requested the cutover. Without this, `cutover = true`
    /// in the state of a FAILED or EXPIRED migration counts as a requested cutover.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ended_before_cutover: bool,
    /// An action, or an earlier apply, may have requested the cutover without storing that, and no response since shows that
    /// it was not requested. Only for messages.
    #[serde(skip)]
    pub(crate) cutover_unknown: bool,
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
    /// Reads private state. What can't be read counts as empty, with a warning.
    pub(super) fn decode(stored: &Private, diagnostics: &mut Diagnostics) -> Self {
        let decoded = stored.decode().unwrap_or_else(|error| {
            diagnostics.push(private::not_read(&error));
            None
        });
        decoded.unwrap_or_default()
    }

    /// The private state of a plan.
    #[must_use]
    pub(super) fn planning(self, intent: Intent) -> Self {
        Self { plan: Some(intent), ..self }
    }

    /// Without what only a plan or a running apply needs.
    #[must_use]
    pub(super) fn stored(self) -> Self {
        Self { plan: None, cutover_unknown: false, ..self }
    }

    /// The private state as Terraform keeps it; empty if there is nothing to keep. What can't be written is an error beside
    /// empty private state, so that an apply still returns the state.
    pub(super) fn encode(&self, diagnostics: &mut Diagnostics) -> Private {
        if *self == Self::default() {
            return Private::default();
        }
        Private::encode(self).unwrap_or_else(|error| {
            diagnostics.push(private::not_written(&error));
            Private::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use tf_provider::Severity;

    use super::*;

    #[test]
    fn unreadable_private_state_is_a_warning_and_counts_as_empty() {
        for stored in ["\u{1}", "{\"not_found\": \"yes\"}", "{\"plan\": {\"Later\": 1}}"] {
            let mut diagnostics = Diagnostics::new();
            let decoded = PrivateState::decode(&Private::from_bytes(stored), &mut diagnostics);
            assert_eq!(decoded, PrivateState::default());
            let severities: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.severity).collect();
            assert_eq!(severities, [Severity::Warning], "{stored}");
        }
    }

    #[test]
    fn private_state_is_read_as_it_was_written() {
        let mut diagnostics = Diagnostics::new();
        let written = PrivateState {
            not_found: true,
            cutover_unconfirmed: true,
            ended_before_cutover: true,
            cutover_unknown: false,
            plan: Some(Intent::Replace("a".to_owned())),
        };
        for private in [PrivateState::default(), written] {
            let encoded = private.encode(&mut diagnostics);
            assert_eq!(PrivateState::decode(&encoded, &mut diagnostics), private);
        }
        assert_eq!(diagnostics, Diagnostics::new());
    }
}
