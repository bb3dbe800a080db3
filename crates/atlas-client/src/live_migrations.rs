//! The operations on migrations and validations: what each sends, and how its answer is read.
//!
//! It must not know how requests are authenticated, sent or repeated.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;

use serde_json::Value;

use crate::body::{Fields, MAX_TEXT, hosts, object, shown, whole_number};
use crate::call::Call;
use crate::error::ErrorKind;
use crate::mask::Mask;
use crate::operation::Action;
use crate::response::Response;
use crate::{Client, Error, Limits, LiveMigration, MigrationRequest, Status, Validation, ValidationStatus};

/// The longest status word or ID that is kept of an answer.
const MAX_WORD: usize = 100;

impl Client {
    /// Starts a migration (`POST …/liveMigrations`).
    ///
    /// # Errors
    ///
    /// [`Error::perhaps_executed`] tells whether it may have been started all the same. It is sent again only where it
    /// certainly was not.
    pub async fn create(&self, request: &MigrationRequest, limits: &Limits) -> Result<LiveMigration, Error> {
        let call = Call::start(&self.config().base_url, self.config().dialect, Action::Create, request)?;
        self.send(&call, limits, |answer, mask| {
            started(answer, mask).map(|(id, body)| live_migration(&id, &body, mask))
        })
        .await
    }

    /// Reads a migration (`GET …/liveMigrations/{id}`).
    ///
    /// # Errors
    ///
    /// [`Error::is_not_found_json`] tells that Atlas does not know the path; passing troubles are repeated until the deadline.
    pub async fn read(&self, group_id: &str, id: &str, limits: &Limits) -> Result<LiveMigration, Error> {
        let call = Call::read(&self.config().base_url, self.config().dialect, group_id, id)?;
        self.send(&call, limits, |answer, mask| requested(id, answer, mask).map(|body| live_migration(id, &body, mask)))
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
            started(answer, mask).map(|(id, body)| validation_job(&id, &body, mask))
        })
        .await
    }

    /// Reads a validation job (`GET …/liveMigrations/validate/{id}`). A password that its message quotes is masked if this
    /// client, or a clone of it, has sent it.
    ///
    /// # Errors
    ///
    /// As for [`Client::read`].
    pub async fn validation(&self, group_id: &str, validation_id: &str, limits: &Limits) -> Result<Validation, Error> {
        let call = Call::validation(&self.config().base_url, self.config().dialect, group_id, validation_id)?;
        self.send(&call, limits, |answer, mask| {
            requested(validation_id, answer, mask).map(|body| validation_job(validation_id, &body, mask))
        })
        .await
    }
}

/// A migration from a body whose `_id` is read already. Nothing in it can fail: what is only shown may be absent or odd.
fn live_migration(id: &str, body: &Fields, mask: &Mask) -> LiveMigration {
    LiveMigration {
        id: id.to_owned(),
        status: shown(body, "status", |value| word(value, mask)).map(|word| Status::from(word.as_str())),
        migration_hosts: shown(body, "migrationHosts", hosts),
        ready_for_cutover: shown(body, "readyForCutover", Value::as_bool),
        lag_time_seconds: shown(body, "lagTimeSeconds", whole_number),
    }
}

/// A validation job, as [`live_migration`] reads a migration.
fn validation_job(id: &str, body: &Fields, mask: &Mask) -> Validation {
    Validation {
        id: id.to_owned(),
        status: shown(body, "status", |value| word(value, mask)).map(|word| ValidationStatus::from(word.as_str())),
        error_message: shown(body, "errorMessage", |value| Some(mask.printable(value.as_str()?, MAX_TEXT))),
    }
}

/// A word that is known is taken as it is, for a short password may be a part of it.
fn word(value: &Value, mask: &Mask) -> Option<String> {
    let word = value.as_str()?.trim();
    let is_known = !matches!(Status::from(word), Status::Unrecognized(_))
        || !matches!(ValidationStatus::from(word), ValidationStatus::Unrecognized(_));
    let word = if is_known { word.to_owned() } else { mask.printable(word, MAX_WORD) };
    (!word.is_empty()).then_some(word)
}

/// The answer to something that was started: nothing but its `_id` is needed.
fn started(answer: Response, mask: &Mask) -> Result<(String, Fields), ErrorKind> {
    let status = answer.status;
    let body = object(answer, mask)?;
    // Later it becomes part of a path.
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let why = match body.get("_id").map(|id| serde_json::from_str::<String>(id.get())) {
        Some(Ok(id)) if is_id(&id) => return Ok((id, body)),
        Some(_) => "`_id` is not an identifier",
        None => "it has no `_id`",
    };
    Err(ErrorKind::Unreadable { status, why: why.to_owned() })
}

/// The answer to a read. It need not repeat the ID that was requested, but another one is about something else.
fn requested(id: &str, answer: Response, mask: &Mask) -> Result<Fields, ErrorKind> {
    let status = answer.status;
    let body = object(answer, mask)?;
    match shown(&body, "_id", |value| value.as_str().map(str::to_owned)) {
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

    fn answer(body: &str) -> Response {
        Response {
            status: 201,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            received: Received::Complete,
        }
    }

    fn read(body: &str) -> Result<LiveMigration, String> {
        let mask = Mask::of(&["hunter2"]);
        let body = requested("a1", answer(body), &mask).map_err(|kind| kind.to_string())?;
        Ok(live_migration("a1", &body, &mask))
    }

    fn create(body: &str) -> Result<LiveMigration, String> {
        let mask = Mask::default();
        let (id, body) = started(answer(body), &mask).map_err(|kind| kind.to_string())?;
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
    fn full_answer_is_read_whole() {
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
    fn everything_may_be_absent_null_or_of_another_type() {
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
    fn lag_is_a_whole_number_that_fits() {
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
    fn unreadable_answer_says_what_it_looks_like() {
        let prefix = "the answer (status 201) is unreadable: ";
        let error = |body: &str| read(body).unwrap_err().strip_prefix(prefix).unwrap().to_owned();
        for body in ["[]", "null", "7", "\"hunter2\""] {
            assert_eq!(error(body), "it is JSON, but not an object");
        }
        assert_eq!(error("<html><title>Sign in</title>"), "it is not JSON: an HTML page, «Sign in»");
        assert_eq!(error(r#"{"_id":"a"#), r#"it is not JSON: {"_id":"a"#);
        assert_eq!(error(""), "it is not JSON: it is empty");
        assert_eq!(error("{} hunter2"), "it is not JSON: {} ***");
        assert_eq!(error(r#"{"_id":"b2"}"#), "its `_id` is b2, not the one that was requested");
        assert!(read(r#"{"_id":"A1"}"#).is_ok());
    }

    #[test]
    fn answer_that_breaks_off_is_not_read() {
        for (received, kind) in [(Received::TooLarge, "8 MiB"), (Received::TimedOut, "time limit")] {
            let error = object(Response { received, ..answer("{}") }, &Mask::default()).unwrap_err();
            assert!(error.to_string().contains(kind), "{error}");
        }
    }

    #[test]
    fn only_the_id_matters_of_what_was_started() {
        assert_eq!(
            create(r#"{"_id":"a1","status":7,"lagTimeSeconds":"x"}"#).map(|m| (m.id, m.status)),
            Ok(("a1".into(), None))
        );
        for body in ["{}", r#"{"_id":null}"#, r#"{"_id":""}"#, r#"{"_id":7}"#, r#"{"_id":"a/b"}"#, r#"{"id":"a"}"#] {
            assert!(create(body).unwrap_err().contains("`_id`"), "{body}");
        }
    }

    #[test]
    fn unknown_status_is_kept_without_secrets() {
        let status = |word: &str| read(&format!("{{\"status\":\"{word}\"}}")).unwrap().status.unwrap();
        assert_eq!(status("PENDING"), Status::Unrecognized("PENDING".into()));
        assert_eq!(status(" WORKING "), Status::Working);
        assert_eq!(status("A\\nhunter2"), Status::Unrecognized("A ***".into()));
        // A password that is part of a known word.
        let body = object(answer(r#"{"status":"WORKING"}"#), &Mask::default()).unwrap();
        assert_eq!(live_migration("a1", &body, &Mask::of(&["WORK"])).status, Some(Status::Working));
    }

    #[test]
    fn fields_of_a_validation_may_be_odd_and_its_message_is_masked() {
        let job = |body: Value| {
            let body = object(answer(&body.to_string()), &Mask::default()).unwrap();
            validation_job("v", &body, &Mask::of(&["two  words\n"]))
        };
        let failed = job(serde_json::json!({"status": "FAILED", "errorMessage": "bad\u{1b}[1m password two words"}));
        assert_eq!(failed.error_message.as_deref(), Some("bad [1m password ***"));
        for odd in [serde_json::json!(7), serde_json::json!(["x"]), Value::Null] {
            let odd = job(serde_json::json!({"status": odd, "errorMessage": odd}));
            assert_eq!((odd.status, odd.error_message), (None, None));
        }
    }
}
