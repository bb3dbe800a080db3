//! The list of available projects: the request, the fields of the response, and unexpected responses.

use atlas_client::{
    ApiVersion, AvailableProject, CallOptions, CancellationToken, Client, Config, Deployment, ErrorKind,
};

use crate::server::{Reply, Server};
use crate::support::{GROUP, TOKEN, access_token, client, config, options};

const ORG: &str = "5e2211c17a3e5a48f5497de3";

const FULL: &str = r#"[{"projectId":"9b43a5b329223c3a1591a678","name":"orders  project","migrationHosts":["vm001.example.com"],
  "deployments":[{"name":"orders","clusterId":"32b6e34b3d91647abb20e7b8","mongoDBVersion":"7.0.12",
    "featureCompatibilityVersion":"7.0","sharded":true,"shardsSize":3,"tlsEnabled":false,"managed":true,
    "dbSizeBytes":5497558138880,"oplogSizeMB":51200,"agentVersion":"13.19.0.8937-1","new":{}}],"new":1e999},
  {"projectId":"a1","name":"empty","migrationHosts":[],"deployments":[]}]"#;

fn full() -> Vec<AvailableProject> {
    let orders = Deployment {
        name: Some("orders".into()),
        cluster_id: Some("32b6e34b3d91647abb20e7b8".into()),
        mongodb_version: Some("7.0.12".into()),
        feature_compatibility_version: Some("7.0".into()),
        sharded: Some(true),
        shards_size: Some(3),
        tls_enabled: Some(false),
        managed: Some(true),
        db_size_bytes: Some(5_497_558_138_880),
        oplog_size_mb: Some(51_200),
        agent_version: Some("13.19.0.8937-1".into()),
    };
    vec![
        AvailableProject {
            project_id: Some("9b43a5b329223c3a1591a678".into()),
            name: Some("orders  project".into()),
            migration_hosts: Some(vec!["vm001.example.com".into()]),
            deployments: vec![orders],
        },
        AvailableProject {
            project_id: Some("a1".into()),
            name: Some("empty".into()),
            migration_hosts: Some(vec![]),
            deployments: vec![],
        },
    ]
}

async fn list(body: &str) -> Vec<AvailableProject> {
    let reply = Reply::json(200, body);
    let server = Server::start(move |_, _| reply.clone()).await;
    client(&server.url(), access_token()).available_projects(ORG, &options()).await.unwrap()
}

#[tokio::test]
async fn sends_one_get_and_reads_every_field() {
    let server = Server::start(|_, _| Reply::json(200, FULL)).await;
    let projects = client(&server.url(), access_token()).available_projects(ORG, &options()).await.unwrap();
    assert_eq!(projects, full());
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.line(), format!("GET /api/atlas/v2/orgs/{ORG}/liveMigrations/availableProjects"));
    assert_eq!(request.header("accept"), Some("application/vnd.atlas.2023-01-01+json"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!((request.body.as_str(), request.header("content-type")), ("", None));
}

#[tokio::test]
async fn returns_no_project_where_the_organization_is_not_linked() {
    assert_eq!(list("[]").await, []);
}

#[tokio::test]
async fn reads_missing_and_unusual_fields_as_none() {
    let nothing = AvailableProject::default;
    assert_eq!(list("[{}]").await, [nothing()]);
    for value in ["null", "{\"a\":1}", "[[1]]", "1e999", "-1.5"] {
        let of = |names: &[&str]| names.iter().map(|name| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",");
        let project = of(&["projectId", "name", "migrationHosts", "deployments"]);
        assert_eq!(list(&format!("[{{{project}}}]")).await, [nothing()], "{value}");
        let deployment = of(&[
            "name",
            "clusterId",
            "mongoDBVersion",
            "featureCompatibilityVersion",
            "sharded",
            "shardsSize",
            "tlsEnabled",
            "managed",
            "dbSizeBytes",
            "oplogSizeMB",
            "agentVersion",
        ]);
        let expected = AvailableProject { deployments: vec![Deployment::default()], ..nothing() };
        assert_eq!(list(&format!("[{{\"deployments\":[{{{deployment}}}]}}]")).await, [expected], "{value}");
    }
}

#[tokio::test]
async fn skips_items_that_are_not_objects() {
    let name = |name: &str| Some(name.to_owned());
    let orders = Deployment { name: name("orders"), ..Deployment::default() };
    let expected = AvailableProject { name: name("shop"), deployments: vec![orders], ..AvailableProject::default() };
    let body = r#"[null,7,"x",[],{"name":"shop","deployments":[null,7,{"name":"orders"},[]]}]"#;
    assert_eq!(list(body).await, [expected]);
}

#[tokio::test]
async fn retries_like_other_reads() {
    let replies = [Reply::with(503, &["retry-after: 0"], ""), Reply::with(429, &[], ""), Reply::Close];
    let count = replies.len();
    let server =
        Server::start(move |_, number| replies.get(number).cloned().unwrap_or_else(|| Reply::json(200, FULL))).await;
    let projects = client(&server.url(), access_token()).available_projects(ORG, &options()).await.unwrap();
    assert_eq!((projects, server.requests().len()), (full(), count + 1));
}

#[tokio::test]
async fn requests_an_unreadable_response_at_most_three_times() {
    for (body, why) in
        [("{}", "it is JSON, but not an array"), ("<html>", "it is not JSON: an HTML page"), ("", "it is empty")]
    {
        let server = Server::start(move |_, _| Reply::json(200, body)).await;
        let error = client(&server.url(), access_token()).available_projects(ORG, &options()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreadable { status: 200, .. }), "{error:?}");
        assert!(error.to_string().ends_with(why), "{error}");
        assert_eq!(server.requests().len(), 3, "{error}");
    }
}

#[tokio::test]
async fn reads_a_response_of_several_mebibytes() {
    let deployment = format!(r#"{{"name":"{}"}}"#, "x".repeat(1000));
    let body = format!(r#"[{{"deployments":[{}]}}]"#, vec![deployment; 4000].join(","));
    assert_eq!(list(&body).await[0].deployments.len(), 4000);
}

#[tokio::test]
async fn reports_an_error_of_atlas_after_one_request() {
    let body = r#"{"error":403,"errorCode":"USER_UNAUTHORIZED","detail":"No access."}"#;
    let server = Server::start(move |_, _| Reply::json(403, body)).await;
    let error = client(&server.url(), access_token()).available_projects(ORG, &options()).await.unwrap_err();
    assert_eq!((error.status(), error.error_code()), (Some(403), Some("USER_UNAUTHORIZED")));
    assert_eq!((server.requests().len(), error.outcome_unknown()), (1, false));
}

#[tokio::test]
async fn sends_nothing_with_api_v1_or_a_malformed_id() {
    let server = Server::start(|_, _| Reply::json(200, FULL)).await;
    let v1 = Client::new(Config { api_version: ApiVersion::V1, ..config(&server.url(), access_token()) });
    let error = v1.available_projects(ORG, &options()).await.unwrap_err();
    assert!(error.to_string().contains("API v1.0 has no list of available projects; it requires API v2"), "{error}");
    for id in ["", "a/b", "..", GROUP.replace('e', "é").as_str()] {
        let error = client(&server.url(), access_token()).available_projects(id, &options()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)) && error.nothing_was_sent(), "{error:?}");
    }
    assert!(server.requests().is_empty());
    let cancel = CancellationToken::new();
    cancel.cancel();
    let options = CallOptions { cancel, ..options() };
    let error = client(&server.url(), access_token()).available_projects(ORG, &options).await.unwrap_err();
    assert!(error.is_cancelled() && server.requests().is_empty());
}
