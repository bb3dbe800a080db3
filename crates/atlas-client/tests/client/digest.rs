//! Digest authentication over real connections: one challenge for many requests, and its renewal.

use std::collections::BTreeSet;

use atlas_client::{AuthenticationError, Client, Credentials, ErrorKind};
use atlas_simulator::{
    Action, Algorithm, Authorization, Config as Simulation, DigestConfig, Fault, Operation, Simulator,
};
use tokio::task::JoinSet;

use crate::server::{Reply, Request, Server};
use crate::support::{GROUP, ID, WORKING, client, migration, options, owner};

const ATLAS: &str =
    r#"www-authenticate: Digest realm="MMS Public API", domain="", nonce="n1", algorithm=MD5, qop="auth", stale=false"#;

/// Requires credentials as Atlas does. Requests that have them get the reply of `then`.
async fn requiring_digest(then: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Server {
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
        reads.spawn(async move { client.read(GROUP, &id, &options()).await });
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
async fn ten_concurrent_reads_share_one_challenge() {
    let (simulator, id) = seeded();
    read_concurrently(&client(&simulator.url(), owner()), &id, 10).await;
    assert_eq!(simulator.challenges(), 1);
    assert_eq!(simulator.requests().len(), 11);
    let counts = counts(&simulator);
    assert_eq!(counts.iter().collect::<BTreeSet<_>>().len(), 10, "{counts:?}");
}

#[tokio::test]
async fn supports_every_algorithm() {
    for algorithms in [vec![Algorithm::Md5], vec![Algorithm::Sha256], vec![Algorithm::Sha256, Algorithm::Md5]] {
        for one_header in [true, false] {
            let digest = DigestConfig {
                algorithms: algorithms.clone(),
                one_header,
                // An empty one must be returned too.
                opaque: Some(if one_header { "opaque-value".into() } else { String::new() }),
                nonce_uses: None,
            };
            let (simulator, id) = seeded_with(digest);
            let client = client(&simulator.url(), owner());
            client.read(GROUP, &id, &options()).await.unwrap();
            assert_eq!(simulator.challenges(), 1, "{algorithms:?} {one_header}");
        }
    }
}

#[tokio::test]
async fn renews_a_stale_nonce_within_the_attempt() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), owner());
    client.read(GROUP, &id, &options()).await.unwrap();
    simulator.expire_nonces();
    client.read(GROUP, &id, &options()).await.unwrap();
    assert_eq!((simulator.challenges(), simulator.requests().len()), (2, 4));
    client.read(GROUP, &id, &options()).await.unwrap();
    assert_eq!((simulator.challenges(), simulator.requests().len()), (2, 5));
}

#[tokio::test]
async fn renews_a_stale_nonce_of_a_create_without_a_second_start() {
    let (simulator, id) = seeded();
    let client = client(&simulator.url(), owner());
    client.read(GROUP, &id, &options()).await.unwrap();
    simulator.fault(Fault::new(Operation::Create, Action::StaleNonce));
    let mut request = migration();
    request.destination.cluster_name = "exampleClusterC".into();
    request.migration_hosts = vec!["vm002.example.com".into()];
    client.create(&request, &options()).await.unwrap();
    assert_eq!(simulator.migrations().len(), 2);
}

#[tokio::test]
async fn many_concurrent_reads_succeed_with_short_lived_nonces() {
    let (simulator, id) = seeded_with(DigestConfig { nonce_uses: Some(4), ..DigestConfig::default() });
    read_concurrently(&client(&simulator.url(), owner()), &id, 12).await;
}

#[tokio::test]
async fn challenge_probe_has_no_body() {
    let server = requiring_digest(|_, _| Reply::json(201, WORKING)).await;
    client(&server.url(), owner()).create(&migration(), &options()).await.unwrap();
    let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
    assert_eq!(server.lines(), [format!("GET {path}"), format!("POST {path}")]);
    let requests = server.requests();
    assert_eq!((requests[0].body.as_str(), requests[0].header("content-type")), ("", None));
    assert!(requests[1].body.contains("\"password\""));
}

#[tokio::test]
async fn later_operations_send_no_probe() {
    let server = requiring_digest(|_, _| Reply::json(200, WORKING)).await;
    let client = client(&server.url(), owner());
    client.read(GROUP, ID, &options()).await.unwrap();
    client.cutover(GROUP, ID, &options()).await.unwrap();
    client.create(&migration(), &options()).await.unwrap();
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
async fn wrong_private_key_is_an_error_after_one_renewal() {
    let (simulator, id) = seeded();
    let credentials =
        Credentials::KeyPair { public_key: Simulation::PUBLIC_KEY.into(), private_key: "wr0ng-private-key".into() };
    let error = client(&simulator.url(), credentials).read(GROUP, &id, &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::Rejected(_))), "{error:?}");
    assert_eq!((error.status(), error.attempts()), (Some(401), 1));
    assert!(error.error_code().is_some());
    assert_eq!(simulator.requests().len(), 3);
}

#[tokio::test]
async fn unsupported_challenge_is_described() {
    for (line, name) in [
        ("Bearer", "Bearer"),
        ("Basic realm=\"x\"", "Basic"),
        ("Negotiate YII==", "Negotiate"),
        ("Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", "auth-int"),
        ("Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=SHA-999", "SHA-999"),
    ] {
        let header = format!("www-authenticate: {line}");
        let server = Server::start(move |_, _| Reply::with(401, &[&header], "")).await;
        let error = client(&server.url(), owner()).create(&migration(), &options()).await.unwrap_err();
        let ErrorKind::Authentication(AuthenticationError::UnsupportedChallenge { why }) = error.kind() else {
            panic!("{error:?}");
        };
        assert!(why.contains(name), "{why}");
        assert!(error.nothing_was_sent());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn write_is_not_sent_without_a_challenge() {
    let server = Server::start(|_, _| Reply::json(200, "{}")).await;
    let error = client(&server.url(), owner()).create(&migration(), &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication(AuthenticationError::NoChallenge { status: 200 })));
    assert!(error.nothing_was_sent() && !error.outcome_unknown());
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn failed_probe_is_retried_even_for_a_write() {
    let server = Server::start(|request, number| match (number, request.header("authorization")) {
        (0, _) => Reply::with(503, &[], "busy"),
        (1, _) => Reply::Reset,
        (_, None) => Reply::with(401, &[ATLAS], ""),
        (_, Some(_)) => Reply::json(201, WORKING),
    })
    .await;
    client(&server.url(), owner()).create(&migration(), &options()).await.unwrap();
    let methods: Vec<String> = server.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["GET", "GET", "GET", "POST"]);
}

#[tokio::test]
async fn reads_challenges_in_several_headers() {
    let server = Server::start(|request, _| match request.header("authorization") {
        None => {
            Reply::with(401, &["www-authenticate: Negotiate YII=", "www-authenticate: Basic realm=\"x\"", ATLAS], "")
        }
        Some(_) => Reply::json(200, WORKING),
    })
    .await;
    client(&server.url(), owner()).read(GROUP, ID, &options()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}
