//! Validations as a function of the simulated time. They are independent of HTTP.

use crate::clock::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct Validation {
    pub(crate) id: String,
    pub(crate) group_id: String,
    pub(crate) source_group_id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) null_for: Duration,
    pub(crate) pending_for: Duration,
    /// The error message, when the validation fails.
    pub(crate) failure: Option<String>,
}

impl Validation {
    /// The response to the POST: always PENDING.
    pub(crate) fn created_body(&self) -> Value {
        self.body_with(Some("PENDING"), None)
    }

    /// The response to a read: a null status where that is configured, then PENDING, then the result.
    pub(crate) fn body(&self, now: Timestamp) -> Value {
        let age = now.saturating_sub(self.created_at);
        if age < self.null_for {
            return self.body_with(None, None);
        }
        if age < self.null_for.saturating_add(self.pending_for) {
            return self.body_with(Some("PENDING"), None);
        }
        match &self.failure {
            None => self.body_with(Some("SUCCESS"), None),
            Some(message) => self.body_with(Some("FAILED"), Some(message)),
        }
    }

    fn body_with(&self, status: Option<&str>, error_message: Option<&str>) -> Value {
        json!({
            "_id": self.id,
            "groupId": self.group_id,
            "sourceGroupId": self.source_group_id,
            "status": status,
            "errorMessage": error_message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_null_then_pending_then_ended() {
        let start = Duration::from_secs(1_000);
        let mut validation = Validation {
            id: "1".to_owned(),
            group_id: "2".to_owned(),
            source_group_id: "3".to_owned(),
            created_at: start,
            null_for: Duration::from_secs(1),
            pending_for: Duration::from_secs(2),
            failure: None,
        };
        let status =
            |validation: &Validation, seconds| validation.body(start + Duration::from_secs(seconds))["status"].clone();
        assert_eq!(validation.created_body()["status"], "PENDING");
        assert_eq!(status(&validation, 0), Value::Null);
        assert_eq!(status(&validation, 1), "PENDING");
        assert_eq!(status(&validation, 3), "SUCCESS");
        validation.failure = Some("no space".to_owned());
        assert_eq!(status(&validation, 2), "PENDING");
        assert_eq!(validation.body(start + Duration::from_secs(3))["errorMessage"], "no space");
    }
}
