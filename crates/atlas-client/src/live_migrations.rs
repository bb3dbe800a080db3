//! The operations on migrations and validations.
//!
//! They don't depend on how requests are authenticated, sent or retried.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;

use serde_json::Value;

use crate::body::{Fields, MAX_TEXT, hosts, object, optional, whole_number};
use crate::error::ErrorKind;
use crate::mask::Mask;
use crate::operation::Action;
use crate::prepared_request::PreparedRequest;
use crate::response::Response;
use crate::{CallOptions, Client, Error, LiveMigration, MigrationRequest, Status, Validation, ValidationStatus};

/// The longest status or ID of a response, in characters.
const MAX_WORD: usize = 100;

impl Client {
    /// Starts a migration (`POST …/liveMigrations`).
    ///
    /// # Errors
    ///
    /// [`Error::outcome_unknown`] says whether the migration may have been started. The request is retried only where it
    /// certainly had no effect.
    pub async fn create(&self, request: &MigrationRequest, options: &CallOptions) -> Result<LiveMigration, Error> {
        let prepared =
            PreparedRequest::start(&self.config().base_url, self.config().api_version, Action::Create, request)?;
        self.send(&prepared, options, |response, mask| {
            started(response, mask).map(|(id, body)| live_migration(&id, &body, mask))
        })
        .await
    }

    /// Reads a migration (`GET …/liveMigrations/{id}`).
    ///
    /// # Errors
    ///
    /// Temporary failures are retried until the deadline, an unreadable response at most twice.
    /// [`Error::is_not_found_json`] says whether Atlas returned that something in the path doesn't exist.
    pub async fn read(&self, group_id: &str, id: &str, options: &CallOptions) -> Result<LiveMigration, Error> {
        let prepared = PreparedRequest::read(&self.config().base_url, self.config().api_version, group_id, id)?;
        self.send(&prepared, options, |response, mask| {
            requested(id, response, mask).map(|body| live_migration(id, &body, mask))
        })
        .await
    }

    /// Requests the cutover of a migration (`PUT …/liveMigrations/{id}/cutover`). The body of the response is ignored.
    ///
    /// # Errors
    ///
    /// As for [`Client::create`].
    pub async fn cutover(&self, group_id: &str, id: &str, options: &CallOptions) -> Result<(), Error> {
        let prepared = PreparedRequest::cutover(&self.config().base_url, self.config().api_version, group_id, id)?;
        self.send(&prepared, options, |_, _| Ok(())).await
    }

    /// Starts a validation job (`POST …/liveMigrations/validate`).
    ///
    /// # Errors
    ///
    /// As for [`Client::create`].
    pub async fn validate(&self, request: &MigrationRequest, options: &CallOptions) -> Result<Validation, Error> {
        let prepared =
            PreparedRequest::start(&self.config().base_url, self.config().api_version, Action::Validate, request)?;
        self.send(&prepared, options, |response, mask| {
            started(response, mask).map(|(id, body)| validation_job(&id, &body, mask))
        })
        .await
    }

    /// Reads a validation job (`GET …/liveMigrations/validate/{id}`). Its message may quote the password, which is masked if
    /// this client, or a clone of it, has sent it.
    ///
    /// # Errors
    ///
    /// As for [`Client::read`].
    pub async fn validation(
        &self,
        group_id: &str,
        validation_id: &str,
        options: &CallOptions,
    ) -> Result<Validation, Error> {
        let prepared =
            PreparedRequest::validation(&self.config().base_url, self.config().api_version, group_id, validation_id)?;
        self.send(&prepared, options, |response, mask| {
            requested(validation_id, response, mask).map(|body| validation_job(validation_id, &body, mask))
        })
        .await
    }
}

/// Decodes a migration from a body whose `_id` is already decoded. The other fields are optional, so this can't fail.
fn live_migration(id: &str, body: &Fields, mask: &Mask) -> LiveMigration {
    LiveMigration {
        id: id.to_owned(),
        status: optional(body, "status", |value| word(value, mask)).map(|word| Status::from(word.as_str())),
        migration_hosts: optional(body, "migrationHosts", hosts),
        ready_for_cutover: optional(body, "readyForCutover", Value::as_bool),
        lag_time_seconds: optional(body, "lagTimeSeconds", whole_number),
    }
}

/// Decodes a validation job, as [`live_migration`] decodes a migration.
fn validation_job(id: &str, body: &Fields, mask: &Mask) -> Validation {
    Validation {
        id: id.to_owned(),
        status: optional(body, "status", |value| word(value, mask)).map(|word| ValidationStatus::from(word.as_str())),
        error_message: optional(body, "errorMessage", |value| Some(mask.printable(value.as_str()?, MAX_TEXT))),
    }
}

/// A known status is not masked, because a short password may be a part of it.
fn word(value: &Value, mask: &Mask) -> Option<String> {
    let word = value.as_str()?.trim();
    let is_known = !matches!(Status::from(word), Status::Unrecognized(_))
        || !matches!(ValidationStatus::from(word), ValidationStatus::Unrecognized(_));
    let word = if is_known { word.to_owned() } else { mask.printable(word, MAX_WORD) };
    (!word.is_empty()).then_some(word)
}

/// Decodes the response of a start, of which only the `_id` is required.
fn started(response: Response, mask: &Mask) -> Result<(String, Fields), ErrorKind> {
    let status = response.status;
    let body = object(response, mask)?;
    // Later requests use it in their path.
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let why = match body.get("_id").map(|id| serde_json::from_str::<String>(id.get())) {
        Some(Ok(id)) if is_id(&id) => return Ok((id, body)),
        Some(_) => "`_id` is not an identifier",
        None => "it has no `_id`",
    };
    Err(ErrorKind::Unreadable { status, why: why.to_owned() })
}

/// Decodes the response of a read. It may omit the `_id`, but another one is an error.
fn requested(id: &str, response: Response, mask: &Mask) -> Result<Fields, ErrorKind> {
    let status = response.status;
    let body = object(response, mask)?;
    match optional(&body, "_id", |value| value.as_str().map(str::to_owned)) {
        Some(other) if !other.is_empty() && !other.eq_ignore_ascii_case(id) => {
            let why = format!("its `_id` is {}, not the one that was requested", mask.printable(&other, MAX_WORD));
            Err(ErrorKind::Unreadable { status, why })
        }
        _ => Ok(body),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::response::Received;

    fn response(body: &str) -> Response {
        Response {
            status: 201,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            received: Received::Complete,
        }
    }

    fn read(body: &str) -> Result<LiveMigration, String> {
        let mask = Mask::of(&["hunter2"]);
        let body = requested("a1", response(body), &mask).map_err(|kind| kind.to_string())?;
        Ok(live_migration("a1", &body, &mask))
    }

    fn create(body: &str) -> Result<LiveMigration, String> {
        let mask = Mask::default();
        let (id, body) = started(response(body), &mask).map_err(|kind| kind.to_string())?;
        Ok(live_migration(&id, &body, &mask))
    }

    fn nothing() -> LiveMigration {
        LiveMigration {
            id: "a1".into(),
            status: None,
            migration_hosts: None,
            ready_for_cutover: None,
            lag_time_seconds: None,
        }
    }

    #[test]
    fn reads_every_field() {
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
    fn reads_missing_and_unexpected_fields_as_none() {
        assert_eq!(read("{}"), Ok(nothing()));
        for value in ["null", "7.5", "-1", "\"\"", "[]", "{}", "[[1]]", "{\"a\":1}", "1e300", "[null]"] {
            let all = ["status", "readyForCutover", "lagTimeSeconds"].map(|name| format!("\"{name}\":{value}"));
            assert_eq!(read(&format!("{{{}}}", all.join(","))), Ok(nothing()), "{value}");
            let body = format!("{{\"_id\":\"a1\",{}}}", all.join(","));
            assert_eq!(create(&body), Ok(nothing()), "{value}");
        }
        for value in ["null", "7", "true", "\"h\"", "{}", "[1]", "[\"h\",null]"] {
            assert_eq!(read(&format!("{{\"migrationHosts\":{value}}}")), Ok(nothing()), "{value}");
        }
        for value in ["\"true\"", "1", "\"yes\""] {
            assert_eq!(read(&format!("{{\"readyForCutover\":{value}}}")), Ok(nothing()), "{value}");
        }
        for id in ["null", "7", "[]", "\"\""] {
            assert_eq!(read(&format!("{{\"_id\":{id}}}")), Ok(nothing()), "{id}");
        }
    }

    #[test]
    fn lag_is_a_whole_number_in_range() {
        let lag = |value: &str| read(&format!("{{\"lagTimeSeconds\":{value}}}")).unwrap().lag_time_seconds;
        for (value, seconds) in [("0", 0), ("12.0", 12), ("1e3", 1000), ("-0.0", 0), ("9223372036854775807", i64::MAX)]
        {
            assert_eq!(lag(value), Some(seconds), "{value}");
        }
        for value in ["-1", "-1.0", "0.5", "9223372036854775808", "9223372036854775808.0", "1e400", "\"12\"", "true"] {
            assert_eq!(lag(value), None, "{value}");
        }
    }

    #[test]
    fn unreadable_response_is_described() {
        let prefix = "the response (status 201) can't be read: ";
        let error = |body: &str| read(body).unwrap_err().strip_prefix(prefix).unwrap().to_owned();
        for body in ["[]", "null", "7", "\"hunter2\""] {
            assert_eq!(error(body), "it is JSON, but not an object");
        }
        assert_eq!(error("<html><title>Sign in</title>"), r#"it is not JSON: an HTML page, "Sign in""#);
        assert_eq!(error(r#"{"_id":"a"#), r#"it is not JSON: {"_id":"a"#);
        assert_eq!(error(""), "it is empty");
        assert_eq!(error("{} hunter2"), "it is not JSON: {} ***");
        assert_eq!(error(r#"{"_id":"b2"}"#), "its `_id` is b2, not the one that was requested");
        assert!(read(r#"{"_id":"A1"}"#).is_ok());
    }

    #[test]
    fn incomplete_response_is_an_error() {
        for (received, kind) in [(Received::TooLarge, "8 MiB"), (Received::TimedOut, "time limit")] {
            let error = object(Response { received, ..response("{}") }, &Mask::default()).unwrap_err();
            assert!(error.to_string().contains(kind), "{error}");
        }
    }

    #[test]
    fn start_requires_the_id_only() {
        assert_eq!(
            create(r#"{"_id":"a1","status":7,"lagTimeSeconds":"x"}"#).map(|m| (m.id, m.status)),
            Ok(("a1".into(), None))
        );
        for body in ["{}", r#"{"_id":null}"#, r#"{"_id":""}"#, r#"{"_id":7}"#, r#"{"_id":"a/b"}"#, r#"{"id":"a"}"#] {
            assert!(create(body).unwrap_err().contains("`_id`"), "{body}");
        }
    }

    #[test]
    fn keeps_unknown_statuses_without_secrets() {
        let status = |word: &str| read(&format!("{{\"status\":\"{word}\"}}")).unwrap().status.unwrap();
        assert_eq!(status("PENDING"), Status::Unrecognized("PENDING".into()));
        assert_eq!(status(" WORKING "), Status::Working);
        assert_eq!(status("A\\nhunter2"), Status::Unrecognized("A ***".into()));
        // A password that is part of a known status.
        let body = object(response(r#"{"status":"WORKING"}"#), &Mask::default()).unwrap();
        assert_eq!(live_migration("a1", &body, &Mask::of(&["WORK"])).status, Some(Status::Working));
    }

    #[test]
    fn validation_fields_are_optional_and_the_message_is_masked() {
        let job = |body: Value| {
            let body = object(response(&body.to_string()), &Mask::default()).unwrap();
            validation_job("v", &body, &Mask::of(&["two  words\n"]))
        };
        let failed = job(serde_json::json!({"status": "FAILED", "errorMessage": "bad\u{1b}[1m password two words"}));
        assert_eq!(failed.error_message.as_deref(), Some("bad [1m password ***"));
        for unexpected in [serde_json::json!(7), serde_json::json!(["x"]), Value::Null] {
            let unexpected = job(serde_json::json!({"status": unexpected, "errorMessage": unexpected}));
            assert_eq!((unexpected.status, unexpected.error_message), (None, None));
        }
    }
}
