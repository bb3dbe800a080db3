//! The five operations: what each sends, and how its answer is read.
//!
//! It must not know how requests are authenticated, sent or repeated.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api_error::{excerpt, printable};
use crate::call::Call;
use crate::error::ErrorKind;
use crate::http::{Answer, Body};
use crate::mask::Mask;
use crate::operation::Action;
use crate::{Client, Error, Limits, LiveMigration, MigrationRequest, Status, Validation, ValidationStatus};

/// The longest text that is kept of what is wrong with an answer, and of a validation's message.
const MAX_TEXT: usize = 2_000;

impl Client {
    /// Starts a migration (`POST …/liveMigrations`).
    ///
    /// # Errors
    ///
    /// [`Error::perhaps_executed`] tells whether it may have been started all the same. It is sent again only where it
    /// certainly was not.
    pub async fn create(&self, request: &MigrationRequest, limits: &Limits) -> Result<LiveMigration, Error> {
        let call = Call::start(&self.config().base_url, self.config().dialect, Action::Create, request)?;
        self.send(&call, limits, |answer, mask| started(answer, mask).map(LiveMigrationAnswer::lenient)).await
    }

    /// Reads a migration (`GET …/liveMigrations/{id}`).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found_json`] tells that Atlas does not know the path; passing troubles are repeated until the deadline.
    pub async fn read(&self, group_id: &str, id: &str, limits: &Limits) -> Result<LiveMigration, Error> {
        let call = Call::read(&self.config().base_url, self.config().dialect, group_id, id)?;
        self.send(&call, limits, |answer, mask| {
            json::<LiveMigrationAnswer>(answer, mask).map(|answer| answer.into_migration(id))
        })
        .await
    }

    /// Asks for the cutover of a migration (`PUT …/liveMigrations/{id}/cutover`). A body of the answer means nothing.
    ///
    /// # Errors
    ///
    /// As for [`Client::create`].
    pub async fn cutover(&self, group_id: &str, id: &str, limits: &Limits) -> Result<(), Error> {
        let call = Call::cutover(&self.config().base_url, self.config().dialect, group_id, id)?;
        self.send(&call, limits, |_, _| Ok(())).await
    }

    /// Starts a validation job (`POST …/liveMigrations/validate`).
    ///
    /// # Errors
    ///
    /// As for [`Client::create`].
    pub async fn validate(&self, request: &MigrationRequest, limits: &Limits) -> Result<Validation, Error> {
        let call = Call::start(&self.config().base_url, self.config().dialect, Action::Validate, request)?;
        self.send(&call, limits, |answer, mask| {
            started(answer, mask).map(|(id, body)| ValidationAnswer::lenient(&body).into_validation(&id, mask))
        })
        .await
    }

    /// Reads a validation job (`GET …/liveMigrations/validate/{id}`). Its message may quote the password that
    /// [`Client::validate`] sent, which this call does not know: see [`mask_secret`](crate::mask_secret).
    ///
    /// # Errors
    ///
    /// As for [`Client::read`].
    pub async fn validation(&self, group_id: &str, validation_id: &str, limits: &Limits) -> Result<Validation, Error> {
        let call = Call::validation(&self.config().base_url, self.config().dialect, group_id, validation_id)?;
        self.send(&call, limits, |answer, mask| {
            json::<ValidationAnswer>(answer, mask).map(|answer| answer.into_validation(validation_id, mask))
        })
        .await
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LiveMigrationAnswer {
    #[serde(rename = "_id")]
    id: Option<String>,
    status: Option<String>,
    migration_hosts: Option<Vec<String>>,
    ready_for_cutover: Option<bool>,
    lag_time_seconds: Option<i64>,
}

impl LiveMigrationAnswer {
    /// Once the id is known a migration runs, so an oddity in another field must not lose it.
    fn lenient((id, body): (String, Value)) -> LiveMigration {
        let answer = Self {
            id: None,
            status: field(&body, "status"),
            migration_hosts: field(&body, "migrationHosts"),
            ready_for_cutover: field(&body, "readyForCutover"),
            lag_time_seconds: field(&body, "lagTimeSeconds"),
        };
        answer.into_migration(&id)
    }

    fn into_migration(self, id: &str) -> LiveMigration {
        LiveMigration {
            id: self.id.filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned()),
            status: self.status.map(|word| Status::from(word.as_str())),
            migration_hosts: self.migration_hosts,
            ready_for_cutover: self.ready_for_cutover,
            lag_time_seconds: self.lag_time_seconds,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidationAnswer {
    #[serde(rename = "_id")]
    id: Option<String>,
    status: Option<String>,
    error_message: Option<String>,
}

impl ValidationAnswer {
    fn lenient(body: &Value) -> Self {
        Self { id: None, status: field(body, "status"), error_message: field(body, "errorMessage") }
    }

    fn into_validation(self, id: &str, mask: &Mask) -> Validation {
        Validation {
            id: self.id.filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned()),
            status: self.status.map(|word| ValidationStatus::from(word.as_str())),
            error_message: self.error_message.map(|text| printable(&mask.apply(&text), MAX_TEXT)),
        }
    }
}

/// The answer to something that was started: nothing but its `_id` is needed.
fn started(answer: Answer, mask: &Mask) -> Result<(String, Value), ErrorKind> {
    let status = answer.status;
    let body: Value = json(answer, mask)?;
    // Later it becomes part of a path.
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let why = match body.get("_id") {
        Some(Value::String(id)) if is_id(id) => return Ok((id.clone(), body)),
        Some(_) => "`_id` is not an identifier",
        None => "it has no `_id`",
    };
    Err(ErrorKind::Unreadable { status, why: why.to_owned() })
}

/// Reads a whole body of JSON; what is wrong with it is told with its path.
fn json<T: DeserializeOwned>(answer: Answer, mask: &Mask) -> Result<T, ErrorKind> {
    let status = answer.status;
    let unreadable = |why: &str| ErrorKind::Unreadable { status, why: printable(&mask.apply(why), MAX_TEXT) };
    let bytes = match answer.body {
        Body::Complete(bytes) => bytes,
        Body::Broken(error) => return Err(ErrorKind::Broken(Box::new(error))),
        Body::Late(limit) => return Err(ErrorKind::Timeout(limit)),
        Body::TooLarge => return Err(unreadable("it is larger than 1 MiB")),
    };
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() {
            return unreadable(&format!("at `{}`: {}", error.path(), error.inner()));
        }
        let looks = excerpt(&bytes, mask).unwrap_or_else(|| "it is empty".to_owned());
        unreadable(&format!("it is not JSON: {looks}"))
    })?;
    match reader.end() {
        Ok(()) => Ok(value),
        Err(_) => Err(unreadable("something follows the JSON")),
    }
}

fn field<T: DeserializeOwned>(body: &Value, name: &str) -> Option<T> {
    body.get(name).and_then(|value| T::deserialize(value).ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test is a panic")]
    use super::*;
    use reqwest::header::HeaderMap;

    fn answer(body: &str) -> Answer {
        Answer { status: 201, headers: HeaderMap::new(), body: Body::Complete(body.as_bytes().to_vec()) }
    }

    fn read(body: &str) -> Result<LiveMigration, String> {
        let parsed = json::<LiveMigrationAnswer>(answer(body), &Mask::new(["hunter2".into()]));
        parsed.map(|answer| answer.into_migration("asked")).map_err(|kind| kind.to_string())
    }

    fn create(body: &str) -> Result<LiveMigration, String> {
        started(answer(body), &Mask::default()).map(LiveMigrationAnswer::lenient).map_err(|kind| kind.to_string())
    }

    #[test]
    fn a_full_answer_is_read_whole() {
        let body = r#"{"_id":"a1","status":"WORKING","migrationHosts":["h"],"readyForCutover":false,"lagTimeSeconds":12,"new":{}}"#;
        let expected = LiveMigration {
            id: "a1".into(),
            status: Some(Status::Working),
            migration_hosts: Some(vec!["h".into()]),
            ready_for_cutover: Some(false),
            lag_time_seconds: Some(12),
        };
        assert_eq!(read(body), Ok(expected.clone()));
        assert_eq!(create(body), Ok(expected));
    }

    #[test]
    fn everything_may_be_absent_or_null_in_a_read() {
        let nothing = LiveMigration {
            id: "asked".into(),
            status: None,
            migration_hosts: None,
            ready_for_cutover: None,
            lag_time_seconds: None,
        };
        assert_eq!(read("{}"), Ok(nothing.clone()));
        assert_eq!(
            read(r#"{"_id":null,"status":null,"migrationHosts":null,"readyForCutover":null,"lagTimeSeconds":null}"#),
            Ok(nothing)
        );
    }

    #[test]
    fn what_is_unreadable_names_the_place() {
        let prefix = "the answer (status 201) is unreadable: ";
        let error = |body: &str| read(body).unwrap_err().strip_prefix(prefix).unwrap().to_owned();
        assert!(error(r#"{"migrationHosts":[1]}"#).starts_with("at `migrationHosts[0]`: invalid type"));
        assert!(error("[]").starts_with("at `.`: invalid"), "{}", error("[]"));
        assert_eq!(error("<html><title>Sign in</title>"), "it is not JSON: an HTML page, «Sign in»");
        assert_eq!(error(r#"{"_id":"a"#), r#"it is not JSON: {"_id":"a"#);
        assert_eq!(error(""), "it is not JSON: it is empty");
        assert_eq!(error("{} x"), "something follows the JSON");
        assert!(!error(r#"{"readyForCutover":"hunter2"}"#).contains("hunter2"));
    }

    #[test]
    fn only_the_id_matters_of_what_was_started() {
        assert_eq!(
            create(r#"{"_id":"a1","status":7,"lagTimeSeconds":"x"}"#).map(|m| (m.id, m.status)),
            Ok(("a1".into(), None))
        );
        for body in [
            "{}",
            "[]",
            "null",
            r#"{"_id":null}"#,
            r#"{"_id":""}"#,
            r#"{"_id":7}"#,
            r#"{"_id":"a/b"}"#,
            r#"{"id":"a"}"#,
        ] {
            assert!(create(body).unwrap_err().contains("`_id`"), "{body}");
        }
    }

    #[test]
    fn an_unknown_status_is_kept() {
        assert_eq!(read(r#"{"status":"PENDING"}"#).unwrap().status, Some(Status::Unrecognized("PENDING".into())));
    }

    #[test]
    fn a_validation_message_is_masked_and_printable() {
        let body = Value::from_iter([("errorMessage", "bad\u{1b}[1m password hunter2")]);
        let validation = ValidationAnswer::lenient(&body).into_validation("v", &Mask::new(["hunter2".into()]));
        assert_eq!(validation.error_message.as_deref(), Some("bad [1m password ***"));
    }
}
