//! Service accounts and access tokens over real connections.

use atlas_client::{AuthenticationError, Client, Credentials, ErrorKind};
use atlas_simulator::{Action, Authorization, Config as Simulation, Fault, Operation, Seed, Simulator, Stage};
use tokio::task::JoinSet;

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, TOKEN, WORKING, access_token, client, migration, options, service_account};

fn seeded() -> (Simulator, String) {
    let simulator = Simulator::start(Simulation { speed: 0.0, ..Simulation::default() }).unwrap();
    let id = simulator.seed_migration(Seed::new(GROUP, "exampleClusterB", Stage::Working));
    (simulator, id)
}

fn count(simulator: &Simulator, operation: Operation) -> usize {
    simulator.requests().iter().filter(|request| request.operation == operation).count()
}

#[tokio::test]
async fn concurrent_callers_fetch_one_token() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), service_account());
    let mut reads = JoinSet::new();
    for _ in 0..10 {
        let (client, id) = (client.clone(), id.clone());
        reads.spawn(async move { client.read(GROUP, &id, &options()).await });
    }
    while let Some(result) = reads.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!((count(&simulator, Operation::Token), simulator.requests().len()), (1, 11));
}

#[tokio::test]
async fn rejected_token_is_replaced_once() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), service_account());
    client.read(GROUP, &id, &options()).await.unwrap();
    simulator.expire_tokens();
    client.read(GROUP, &id, &options()).await.unwrap();
    assert_eq!(count(&simulator, Operation::Token), 2);
    client.read(GROUP, &id, &options()).await.unwrap();
    assert_eq!((count(&simulator, Operation::Token), count(&simulator, Operation::Read)), (2, 4));
}

#[tokio::test]
async fn invalid_token_lifetime_does_not_fetch_one_per_request() {
    for unexpected in ["0", "-1", "null", "\"3600\"", "1e300", "[]", "true"] {
        let server = Server::start(move |request, _| match request.path.as_str() {
            "/api/oauth/token" => Reply::json(200, &format!(r#"{{"access_token":"t","expires_in":{unexpected}}}"#)),
            _ => Reply::json(200, WORKING),
        })
        .await;
        let client = client(&server.url(), service_account());
        for _ in 0..3 {
            client.read(GROUP, ID, &options()).await.unwrap();
        }
        assert_eq!(server.requests().len(), 4, "{unexpected}");
    }
}

#[tokio::test]
async fn unusable_token_response_is_an_error() {
    for reply in [
        Reply::json(200, "<html>"),
        Reply::json(200, "{}"),
        Reply::json(200, r#"{"access_token":7,"expires_in":3600}"#),
        Reply::json(200, r#"{"access_token":"","expires_in":3600}"#),
        Reply::json(200, r#"{"access_token":"line\nbreak","expires_in":3600}"#),
        Reply::Half("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":\"t".into()),
        Reply::Huge(2 * 1024 * 1024),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let error = client(&server.url(), service_account()).create(&migration(), &options()).await.unwrap_err();
        let ErrorKind::Authentication(AuthenticationError::TokenUnreadable { status: 200, .. }) = error.kind() else {
            panic!("{error:?}");
        };
        assert!(error.nothing_was_sent());
        assert_eq!(server.lines(), vec!["POST /api/oauth/token"; 3]);
    }
}

#[tokio::test]
async fn token_that_is_always_rejected_is_an_error_after_one_renewal() {
    let server = Server::start(|request, _| match request.path.as_str() {
        "/api/oauth/token" => Reply::json(200, r#"{"access_token":"abcdef","expires_in":3600}"#),
        _ => Reply::json(401, r#"{"error":401,"errorCode":"UNAUTHORIZED","detail":"token abcdef is not valid"}"#),
    })
    .await;
    let error = client(&server.url(), service_account()).create(&migration(), &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::Rejected(_))));
    assert!(error.to_string().ends_with("status 401 UNAUTHORIZED, token *** is not valid"), "{error}");
    assert!(!error.outcome_unknown());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn token_request_conforms_to_rfc_6749() {
    let (simulator, id) = seeded();
    client(&simulator.url(), service_account()).read(GROUP, &id, &options()).await.unwrap();
    let request = simulator.requests().remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/oauth/token"));
    assert_eq!(request.body, "grant_type=client_credentials");
    assert_eq!(request.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    assert!(matches!(request.authorization, Authorization::Basic { username } if username == Simulation::CLIENT_ID));
}

#[tokio::test]
async fn rejected_service_account_is_an_error_after_one_attempt() {
    let (simulator, id) = seeded();
    let credentials =
        Credentials::ServiceAccount { client_id: Simulation::CLIENT_ID.into(), client_secret: "wr0ng-secret".into() };
    let error = client(&simulator.url(), credentials).read(GROUP, &id, &options()).await.unwrap_err();
    let ErrorKind::Authentication(AuthenticationError::TokenRefused { status, .. }) = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!((*status, simulator.requests().len()), (401, 1));
}

#[tokio::test]
async fn failure_of_the_token_endpoint_is_retried_even_for_a_write() {
    let (simulator, _) = seeded();
    simulator.fault(Fault::new(Operation::Token, Action::html(502)).times(2));
    simulator.fault(Fault::new(Operation::Token, Action::InvalidJson));
    let mut request = migration();
    request.destination.cluster_name = "exampleClusterC".into();
    request.migration_hosts = vec!["vm002.example.com".into()];
    client(&simulator.url(), service_account()).create(&request, &options()).await.unwrap();
    assert_eq!((count(&simulator, Operation::Token), count(&simulator, Operation::Create)), (4, 1));
}

#[tokio::test]
async fn close_revokes_the_token_once() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), service_account());
    client.read(GROUP, &id, &options()).await.unwrap();
    client.close().await;
    client.close().await;
    let revocations: Vec<_> =
        simulator.requests().into_iter().filter(|request| request.operation == Operation::Revoke).collect();
    assert_eq!(revocations.len(), 1);
    assert_eq!(revocations[0].status(), Some(200));
    client.read(GROUP, &id, &options()).await.unwrap();
    assert_eq!(count(&simulator, Operation::Token), 2);
}

#[tokio::test]
async fn close_without_a_token_sends_nothing() {
    let (simulator, _) = seeded();
    client(&simulator.url(), service_account()).close().await;
    client(&simulator.url(), access_token()).close().await;
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn access_token_is_never_renewed() {
    let server = Server::start(|_, _| Reply::json(401, r#"{"error":401,"errorCode":"UNAUTHORIZED"}"#)).await;
    let error = client(&server.url(), access_token()).read(GROUP, ID, &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::Rejected(_))));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
}

#[tokio::test]
async fn token_with_invalid_characters_is_an_error_before_anything_is_sent() {
    let server = Server::start(|_, _| Reply::json(200, WORKING)).await;
    let client: Client = client(&server.url(), Credentials::AccessToken("line\nbreak".into()));
    let error = client.create(&migration(), &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::Invalid)), "{error:?}");
    assert!(error.nothing_was_sent() && server.requests().is_empty());
}
