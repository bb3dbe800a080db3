//! An operation prepared as an HTTP request, and the probe that obtains a digest challenge for it.
//!
//! No I/O. Invalid arguments are found here, before anything is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use secret::Secret;

use crate::error::{Error, ErrorKind};
use crate::operation::{Action, Operation};
use crate::{ApiVersion, BaseUrl, MigrationRequest};

/// An operation that can be sent any number of times.
pub(crate) struct PreparedRequest {
    pub(crate) operation: Operation,
    /// The secrets in the body, which are masked in responses.
    pub(crate) secrets: Vec<Secret>,
    url: Url,
    media_type: &'static str,
    body: Option<Bytes>,
}

impl PreparedRequest {
    pub(crate) fn read(base: &BaseUrl, api_version: ApiVersion, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, api_version, Action::Read, group_id, "", id)
    }

    pub(crate) fn cutover(base: &BaseUrl, api_version: ApiVersion, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, api_version, Action::Cutover, group_id, "", id)
    }

    pub(crate) fn validation(base: &BaseUrl, api_version: ApiVersion, group_id: &str, id: &str) -> Result<Self, Error> {
        Self::without_body(base, api_version, Action::Validation, group_id, "/validate", id)
    }

    pub(crate) fn available_projects(base: &BaseUrl, api_version: ApiVersion, org_id: &str) -> Result<Self, Error> {
        let operation = |path| Operation { action: Action::AvailableProjects, path };
        let Some(path) = api_version.available_projects(org_id) else {
            let why = format!("API {api_version} has no list of available projects; it requires API v2");
            return Err(invalid(&operation(String::new()), why));
        };
        check_id(&operation(String::new()), "organization ID", org_id)?;
        Ok(Self::new(base, api_version, operation(path), None, Vec::new()))
    }

    /// The request of [`Action::Create`] or [`Action::Validate`].
    pub(crate) fn start(
        base: &BaseUrl,
        api_version: ApiVersion,
        action: Action,
        request: &MigrationRequest,
    ) -> Result<Self, Error> {
        let ending = if action == Action::Validate { "/validate" } else { "" };
        let path = format!("{}{ending}", api_version.collection(&request.group_id));
        let operation = Operation { action, path };
        check_id(&operation, "project ID", &request.group_id)?;
        let body = api_version.body(request).map_err(|why| invalid(&operation, why.to_owned()))?;
        let secrets = request.source.password.iter().cloned().collect();
        Ok(Self::new(base, api_version, operation, Some(body), secrets))
    }

    fn without_body(
        base: &BaseUrl,
        api_version: ApiVersion,
        action: Action,
        group_id: &str,
        below: &str,
        id: &str,
    ) -> Result<Self, Error> {
        let ending = if action == Action::Cutover { "/cutover" } else { "" };
        let path = format!("{}{below}/{id}{ending}", api_version.collection(group_id));
        let operation = Operation { action, path };
        check_id(&operation, "project ID", group_id)?;
        check_id(&operation, "ID", id)?;
        Ok(Self::new(base, api_version, operation, None, Vec::new()))
    }

    fn new(
        base: &BaseUrl,
        api_version: ApiVersion,
        operation: Operation,
        body: Option<Bytes>,
        secrets: Vec<Secret>,
    ) -> Self {
        let url = base.endpoint(&operation.path);
        let media_type = api_version.media_type(operation.action);
        // The base URL may add a prefix to the path.
        let operation = Operation { path: url.path().to_owned(), ..operation };
        Self { operation, secrets, url, media_type, body }
    }

    /// The path and query of the request line, which a digest covers.
    pub(crate) fn uri(&self) -> &str {
        self.url.path()
    }

    /// The request of the operation.
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
            // RFC 9110, section 8.6. Some gateways reject a PUT without this header.
            None if self.operation.action == Action::Cutover => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            None => {}
        }
        request
    }

    /// A request that obtains a digest challenge: a GET without credentials and without a body, so it changes nothing even if
    /// it succeeds. For a read it is the read itself, without credentials.
    pub(crate) fn challenge_probe(&self) -> Request {
        let mut request = Request::new(Method::GET, self.url.clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(self.media_type));
        request
    }
}

impl fmt::Debug for PreparedRequest {
    /// The body may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// IDs become segments of the path, so characters with a meaning there are rejected. IDs of Atlas have 24 hexadecimal digits.
fn check_id(operation: &Operation, what: &str, id: &str) -> Result<(), Error> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !id.is_empty() && id.bytes().all(fits) {
        return Ok(());
    }
    let operation = Operation { path: String::new(), ..operation.clone() };
    Err(invalid(&operation, format!("the {what} {id:?} is empty or contains characters that no ID has")))
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

    fn calls(api_version: ApiVersion) -> Vec<PreparedRequest> {
        vec![
            PreparedRequest::start(&base(), api_version, Action::Create, &migration()).unwrap(),
            PreparedRequest::start(&base(), api_version, Action::Validate, &migration()).unwrap(),
            PreparedRequest::read(&base(), api_version, GROUP, ID).unwrap(),
            PreparedRequest::validation(&base(), api_version, GROUP, ID).unwrap(),
            PreparedRequest::cutover(&base(), api_version, GROUP, ID).unwrap(),
        ]
    }

    fn lines(api_version: ApiVersion) -> Vec<String> {
        let line = |prepared: &PreparedRequest| {
            let request = prepared.request(&HeaderValue::from_static("x"));
            let header = |name| request.headers().get(name).map_or("-", |v: &HeaderValue| v.to_str().unwrap());
            let path = request.url().as_str().replace(GROUP, "G").replace(ID, "I");
            format!("{} {path} {} {}", request.method(), header(ACCEPT), header(CONTENT_TYPE))
        };
        calls(api_version).iter().map(line).collect()
    }

    #[test]
    fn v2_requests() {
        let root = "https://atlas.example/prefix/api/atlas/v2/groups/G/liveMigrations";
        assert_eq!(
            lines(ApiVersion::V2),
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
            lines(ApiVersion::V1),
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
    fn challenge_probe_is_a_get_without_body_and_credentials() {
        for prepared in calls(ApiVersion::V2) {
            let probe = prepared.challenge_probe();
            assert_eq!(probe.method(), Method::GET);
            assert!(probe.body().is_none() && probe.headers().get(AUTHORIZATION).is_none());
            assert_eq!(probe.url().path(), prepared.uri());
        }
    }

    #[test]
    fn rejects_ids_that_would_change_the_path() {
        for id in ["", "..", ".", "a/b", "a?b", "a#b", "a%2e", "é", "a b"] {
            let error = PreparedRequest::read(&base(), ApiVersion::V2, GROUP, id).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)) && error.nothing_was_sent(), "{id}");
            assert!(PreparedRequest::cutover(&base(), ApiVersion::V2, id, ID).is_err(), "{id}");
            let request = MigrationRequest { group_id: id.into(), ..migration() };
            assert!(PreparedRequest::start(&base(), ApiVersion::V2, Action::Create, &request).is_err(), "{id}");
        }
    }

    #[test]
    fn debug_does_not_show_the_body() {
        let prepared = PreparedRequest::start(&base(), ApiVersion::V2, Action::Create, &migration()).unwrap();
        assert!(!format!("{prepared:?}").contains("hunter2"));
        assert_eq!(prepared.secrets.len(), 1);
    }
}
