//! One operation as requests: what is sent, and the harmless question that obtains a challenge for it.
//!
//! It must not do IO; whatever is wrong with an argument is found here, before anything is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use secrecy::SecretString;

use crate::error::{Error, ErrorKind};
use crate::operation::{Action, Operation};
use crate::{BaseUrl, Dialect, MigrationRequest};

/// An operation, ready to be sent as often as needed.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The secrets in the body, to be masked where they come back.
    pub(crate) secrets: Vec<SecretString>,
    url: Url,
    media_type: &'static str,
    body: Option<Bytes>,
}

impl Call {
    pub(crate) fn read(base: &BaseUrl, dialect: Dialect, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, dialect, Action::Read, group_id, "", id)
    }

    pub(crate) fn cutover(base: &BaseUrl, dialect: Dialect, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, dialect, Action::Cutover, group_id, "", id)
    }

    pub(crate) fn validation(base: &BaseUrl, dialect: Dialect, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, dialect, Action::Validation, group_id, "/validate", id)
    }

    pub(crate) fn available_projects(base: &BaseUrl, dialect: Dialect, org_id: &str) -> Result<Self, Error> {
        let operation = |path| Operation { action: Action::AvailableProjects, path };
        let Some(path) = dialect.available_projects(org_id) else {
            let why = format!("the list of available projects is not part of API {dialect}; it requires API v2");
            return Err(invalid(&operation(String::new()), why));
        };
        check_id(&operation(String::new()), "organization id", org_id)?;
        Ok(Self::new(base, dialect, operation(path), None, Vec::new()))
    }

    /// Create or validate.
    pub(crate) fn start(
        base: &BaseUrl,
        dialect: Dialect,
        action: Action,
        request: &MigrationRequest,
    ) -> Result<Self, Error> {
        let ending = if action == Action::Validate { "/validate" } else { "" };
        let path = format!("{}{ending}", dialect.collection(&request.group_id));
        let operation = Operation { action, path };
        check_id(&operation, "group id", &request.group_id)?;
        let body = dialect.body(request).map_err(|why| invalid(&operation, why.to_owned()))?;
        let secrets = request.source.password.iter().cloned().collect();
        Ok(Self::new(base, dialect, operation, Some(body), secrets))
    }

    fn without_body(
        base: &BaseUrl,
        dialect: Dialect,
        action: Action,
        group_id: &str,
        below: &str,
        id: &str,
    ) -> Result<Self, Error> {
        let ending = if action == Action::Cutover { "/cutover" } else { "" };
        let path = format!("{}{below}/{id}{ending}", dialect.collection(group_id));
        let operation = Operation { action, path };
        check_id(&operation, "group id", group_id)?;
        check_id(&operation, "id", id)?;
        Ok(Self::new(base, dialect, operation, None, Vec::new()))
    }

    fn new(
        base: &BaseUrl,
        dialect: Dialect,
        operation: Operation,
        body: Option<Bytes>,
        secrets: Vec<SecretString>,
    ) -> Self {
        let url = base.endpoint(&operation.path);
        let media_type = dialect.media_type(operation.action);
        // The path as sent, which a base URL may begin.
        let operation = Operation { path: url.path().to_owned(), ..operation };
        Self { operation, secrets, url, media_type, body }
    }

    /// The path and query of the request line, which a digest covers.
    pub(crate) fn uri(&self) -> &str {
        self.url.path()
    }

    /// The operation itself.
    pub(crate) fn request(&self, authorization: &HeaderValue) -> Request {
        let method = match self.operation.action {
            Action::Create | Action::Validate => Method::POST,
            Action::Cutover => Method::PUT,
            Action::AvailableProjects | Action::Read | Action::Validation => Method::GET,
        };
        let mut request = Request::new(method, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.media_type));
        headers.insert(AUTHORIZATION, authorization.clone());
        match &self.body {
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
                *request.body_mut() = Some(Body::from(body.clone()));
            }
            // RFC 9110, section 8.6: some gateways refuse a PUT that does not say that it has no content.
            None if self.operation.action == Action::Cutover => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            None => {}
        }
        request
    }

    /// A request for a challenge: without credentials, without a body, and a GET, which changes nothing whatever its answer.
    /// For a read it is the read itself.
    pub(crate) fn question(&self) -> Request {
        let mut request = Request::new(Method::GET, self.url.clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(self.media_type));
        request
    }
}

impl fmt::Debug for Call {
    /// The body may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Ids become segments of a path, so they hold nothing that has a meaning there. Atlas's have 24 hexadecimal digits.
fn check_id(operation: &Operation, what: &str, id: &str) -> Result<(), Error> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !id.is_empty() && id.bytes().all(fits) {
        return Ok(());
    }
    let operation = Operation { path: String::new(), ..operation.clone() };
    Err(invalid(&operation, format!("the {what} {id:?} is empty or holds characters that no id has")))
}

fn invalid(operation: &Operation, why: String) -> Error {
    Error::new(operation.clone(), 0, false, ErrorKind::InvalidRequest(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Destination, Source};

    const GROUP: &str = "e01c9427f054fe80745f3f6c";
    const ID: &str = "6f5902d6e1c1b0a5d4b3c2a1";
    const DATE_2023: &str = "application/vnd.atlas.2023-01-01+json";
    const DATE_2024: &str = "application/vnd.atlas.2024-05-30+json";

    fn base() -> BaseUrl {
        BaseUrl::parse("https://atlas.example/prefix/").unwrap()
    }

    fn migration() -> MigrationRequest {
        MigrationRequest {
            group_id: GROUP.into(),
            source: Source {
                group_id: GROUP.into(),
                cluster_name: "a".into(),
                username: Some("u".into()),
                password: Some("hunter2".into()),
                ssl: true,
                ca_certificate_path: None,
                managed_authentication: false,
            },
            destination: Destination {
                group_id: GROUP.into(),
                cluster_name: "b".into(),
                hostname_schema_type: None,
                private_link_id: None,
            },
            migration_hosts: vec!["h".into()],
            drop_destination: false,
            sharding: None,
        }
    }

    fn calls(dialect: Dialect) -> Vec<Call> {
        vec![
            Call::start(&base(), dialect, Action::Create, &migration()).unwrap(),
            Call::start(&base(), dialect, Action::Validate, &migration()).unwrap(),
            Call::read(&base(), dialect, GROUP, ID).unwrap(),
            Call::validation(&base(), dialect, GROUP, ID).unwrap(),
            Call::cutover(&base(), dialect, GROUP, ID).unwrap(),
        ]
    }

    fn lines(dialect: Dialect) -> Vec<String> {
        let line = |call: &Call| {
            let request = call.request(&HeaderValue::from_static("x"));
            let header = |name| request.headers().get(name).map_or("-", |v: &HeaderValue| v.to_str().unwrap());
            let path = request.url().as_str().replace(GROUP, "G").replace(ID, "I");
            format!("{} {path} {} {}", request.method(), header(ACCEPT), header(CONTENT_TYPE))
        };
        calls(dialect).iter().map(line).collect()
    }

    #[test]
    fn v2_requests() {
        let root = "https://atlas.example/prefix/api/atlas/v2/groups/G/liveMigrations";
        assert_eq!(
            lines(Dialect::V2),
            [
                format!("POST {root} {DATE_2024} {DATE_2024}"),
                format!("POST {root}/validate {DATE_2024} {DATE_2024}"),
                format!("GET {root}/I {DATE_2023} -"),
                format!("GET {root}/validate/I {DATE_2023} -"),
                format!("PUT {root}/I/cutover {DATE_2023} -"),
            ]
        );
    }

    #[test]
    fn v1_requests() {
        let (root, json) = ("https://atlas.example/prefix/api/atlas/v1.0/groups/G/liveMigrations", "application/json");
        assert_eq!(
            lines(Dialect::V1),
            [
                format!("POST {root} {json} {json}"),
                format!("POST {root}/validate {json} {json}"),
                format!("GET {root}/I {json} -"),
                format!("GET {root}/validate/I {json} -"),
                format!("PUT {root}/I/cutover {json} -"),
            ]
        );
    }

    #[test]
    fn a_question_is_a_get_without_body_and_credentials() {
        for call in calls(Dialect::V2) {
            let question = call.question();
            assert_eq!(question.method(), Method::GET);
            assert!(question.body().is_none() && question.headers().get(AUTHORIZATION).is_none());
            assert_eq!(question.url().path(), call.uri());
        }
    }

    #[test]
    fn an_id_cannot_change_the_path() {
        for id in ["", "..", ".", "a/b", "a?b", "a#b", "a%2e", "é", "a b"] {
            let error = Call::read(&base(), Dialect::V2, GROUP, id).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)) && error.nothing_was_sent(), "{id}");
            assert!(Call::cutover(&base(), Dialect::V2, id, ID).is_err(), "{id}");
            let request = MigrationRequest { group_id: id.into(), ..migration() };
            assert!(Call::start(&base(), Dialect::V2, Action::Create, &request).is_err(), "{id}");
        }
    }

    #[test]
    fn debug_of_a_call_does_not_hold_its_body() {
        let call = Call::start(&base(), Dialect::V2, Action::Create, &migration()).unwrap();
        assert!(!format!("{call:?}").contains("hunter2"));
        assert_eq!(call.secrets.len(), 1);
    }
}
