//! Digest authentication over real connections: one challenge for all, renewed when it must be.

use std::collections::BTreeSet;

use atlas_client::{AuthenticationError, Client, Credentials, ErrorKind};
use atlas_simulator::{
    Action, Algorithm, Authorization, Config as Simulation, DigestConfig, Fault, Operation, Simulator,
};
use tokio::task::JoinSet;

use crate::server::{Reply, Request, Server};
use crate::support::{GROUP, ID, WORKING, client, limits, migration, owner};

const ATLAS: &str =
    r#"www-authenticate: Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;

/// Asks for credentials as Atlas does, and then answers.
async fn guarded(then: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request, number| match request.header("authorization") {
        None => Reply::with(401, &[ATLAS], ""),
        Some(_) => then(request, number),
    })
    .await
}

fn seeded() -> (Simulator, String) {
    seeded_with(DigestConfig::default())
}

fn seeded_with(digest: DigestConfig) -> (Simulator, String) {
    use atlas_simulator::{Seed, Stage};
    let simulator = Simulator::start(Simulation { speed: 0.0, digest, ..Simulation::default() }).unwrap();
    let id = simulator.seed_migration(Seed::new(GROUP, "exampleClusterB", Stage::Working));
    (simulator, id)
}

async fn read_concurrently(client: &Client, id: &str, count: usize) {
    let mut reads = JoinSet::new();
    for _ in 0..count {
        let (client, id) = (client.clone(), id.to_owned());
        reads.spawn(async move { client.read(GROUP, &id, &limits()).await });
    }
    while let Some(result) = reads.join_next().await {
        result.unwrap().unwrap();
    }
}

fn counts(simulator: &Simulator) -> Vec<String> {
    let count = |request: &atlas_simulator::Request| match &request.authorization {
        Authorization::Digest { nc, .. } => Some(nc.to_string()),
        _ => None,
    };
    simulator.requests().iter().filter_map(count).collect()
}

#[tokio::test]
async fn ten_concurrent_reads_need_one_challenge_and_have_distinct_counts() {
    let (simulator, id) = seeded();
    read_concurrently(&client(&simulator.url(), owner()), &id, 10).await;
    assert_eq!(simulator.challenges(), 1);
    assert_eq!(simulator.requests().len(), 11);
    let counts = counts(&simulator);
    assert_eq!(counts.iter().collect::<BTreeSet<_>>().len(), 10, "{counts:?}");
}

#[tokio::test]
async fn every_offered_algorithm_is_answered() {
    for algorithms in [vec![Algorithm::Md5], vec![Algorithm::Sha256], vec![Algorithm::Sha256, Algorithm::Md5]] {
        for one_header in [true, false] {
            let digest = DigestConfig {
                algorithms: algorithms.clone(),
                one_header,
                // An empty one has to come back too.
                opaque: Some(if one_header { "opaque-value".into() } else { String::new() }),
                nonce_uses: None,
            };
            let (simulator, id) = seeded_with(digest);
            let client = client(&simulator.url(), owner());
            client.read(GROUP, &id, &limits()).await.unwrap();
            assert_eq!(simulator.challenges(), 1, "{algorithms:?} {one_header}");
        }
    }
}

#[tokio::test]
async fn a_stale_nonce_is_renewed_within_the_attempt() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), owner());
    client.read(GROUP, &id, &limits()).await.unwrap();
    simulator.expire_nonces();
    client.read(GROUP, &id, &limits()).await.unwrap();
    assert_eq!((simulator.challenges(), simulator.requests().len()), (2, 4));
    client.read(GROUP, &id, &limits()).await.unwrap();
    assert_eq!((simulator.challenges(), simulator.requests().len()), (2, 5));
}

#[tokio::test]
async fn a_stale_nonce_under_a_create_is_renewed_and_nothing_is_started_twice() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), owner());
    client.read(GROUP, &id, &limits()).await.unwrap();
    simulator.fault(Fault::new(Operation::Create, Action::StaleNonce));
    let mut request = migration();
    request.destination.cluster_name = "exampleClusterC".into();
    request.migration_hosts = vec!["vm002.example.com".into()];
    client.create(&request, &limits()).await.unwrap();
    assert_eq!(simulator.migrations().len(), 2);
}

#[tokio::test]
async fn nonces_of_few_uses_serve_many_concurrent_reads() {
    let (simulator, id) = seeded_with(DigestConfig { nonce_uses: Some(4), ..DigestConfig::default() });
    read_concurrently(&client(&simulator.url(), owner()), &id, 12).await;
}

#[tokio::test]
async fn the_question_for_a_challenge_carries_no_body() {
    let server = guarded(|_, _| Reply::json(201, WORKING)).await;
    client(&server.url(), owner()).create(&migration(), &limits()).await.unwrap();
    let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
    assert_eq!(server.lines(), [format!("GET {path}"), format!("POST {path}")]);
    let requests = server.requests();
    assert_eq!((requests[0].body.as_str(), requests[0].header("content-type")), ("", None));
    assert!(requests[1].body.contains("\"password\""));
}

#[tokio::test]
async fn later_operations_carry_their_authorization_at_once() {
    let server = guarded(|_, _| Reply::json(200, WORKING)).await;
    let client = client(&server.url(), owner());
    client.read(GROUP, ID, &limits()).await.unwrap();
    client.cutover(GROUP, ID, &limits()).await.unwrap();
    client.create(&migration(), &limits()).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for (request, nc) in requests[1..].iter().zip(["00000001", "00000002", "00000003"]) {
        let header = request.header("authorization").unwrap();
        assert!(header.contains(&format!("nc={nc}")) && header.contains(&request.path), "{header}");
    }
    assert_eq!(requests[2].header("content-length"), Some("0"));
    assert!(requests.iter().all(|request| request.connection == 1), "one connection serves all");
}

#[tokio::test]
async fn a_wrong_private_key_is_told_after_one_renewal() {
    let (simulator, id) = seeded();
    let credentials =
        Credentials::KeyPair { public_key: Simulation::PUBLIC_KEY.into(), private_key: "wr0ng-private-key".into() };
    let error = client(&simulator.url(), credentials).read(GROUP, &id, &limits()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::Rejected(_))), "{error:?}");
    assert_eq!((error.status(), error.attempts()), (Some(401), 1));
    assert!(error.error_code().is_some());
    assert_eq!(simulator.requests().len(), 3);
}

#[tokio::test]
async fn challenge_that_cannot_be_answered_is_named() {
    for (line, name) in [
        ("Bearer", "Bearer"),
        ("Basic realm=\"x\"", "Basic"),
        ("Negotiate YII==", "Negotiate"),
        ("Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", "auth-int"),
        ("Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=SHA-999", "SHA-999"),
    ] {
        let header = format!("www-authenticate: {line}");
        let server = Server::start(move |_, _| Reply::with(401, &[&header], "")).await;
        let error = client(&server.url(), owner()).create(&migration(), &limits()).await.unwrap_err();
        let ErrorKind::Authentication(AuthenticationError::UnsupportedChallenge { why }) = error.kind() else {
            panic!("{error:?}");
        };
        assert!(why.contains(name), "{why}");
        assert!(error.nothing_was_sent());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_write_is_not_sent_where_its_question_is_not_challenged() {
    let server = Server::start(|_, _| Reply::json(200, "{}")).await;
    let error = client(&server.url(), owner()).create(&migration(), &limits()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::NoChallenge { status: 200 })));
    assert!(error.nothing_was_sent() && !error.perhaps_executed());
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn a_trouble_of_the_question_is_repeated_even_for_a_write() {
    let server = Server::start(|request, number| match (number, request.header("authorization")) {
        (0, _) => Reply::with(503, &[], "busy"),
        (1, _) => Reply::Reset,
        (_, None) => Reply::with(401, &[ATLAS], ""),
        (_, Some(_)) => Reply::json(201, WORKING),
    })
    .await;
    client(&server.url(), owner()).create(&migration(), &limits()).await.unwrap();
    let methods: Vec<String> = server.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["GET", "GET", "GET", "POST"]);
}

#[tokio::test]
async fn challenges_in_several_headers_are_all_looked_at() {
    let server = Server::start(|request, _| match request.header("authorization") {
        None => {
            Reply::with(401, &["www-authenticate: Negotiate YII=", "www-authenticate: Basic realm=\"x\"", ATLAS], "")
        }
        Some(_) => Reply::json(200, WORKING),
    })
    .await;
    client(&server.url(), owner()).read(GROUP, ID, &limits()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}
