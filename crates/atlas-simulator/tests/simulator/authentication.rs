//! Digest, OAuth, roles and access lists.

use crate::http::{Client, GROUP, V2023, body, frozen, path};
use atlas_simulator::{Access, Algorithm, Authorization, Config, Credential, DigestConfig, Operation, Role, Simulator};
use base64::Engine as _;
use serde_json::Value;

const MISSING: &str = "/6296fb4c7c7aa997cf94e9a8";

#[test]
fn accepts_counts_of_one_challenge_on_many_connections_in_any_order() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.challenge();
    let digest = client.digest.clone();
    std::thread::scope(|scope| {
        for count in (1..=10).rev() {
            let (digest, simulator) = (&digest, &simulator);
            scope.spawn(move || {
                let mut client = Client::new(simulator);
                let authorization = digest.sign_with("GET", &path(MISSING), count);
                let headers = [("accept", V2023), ("authorization", authorization.as_str())];
                assert_eq!(client.raw("GET", &path(MISSING), &headers, "").unwrap().status, 404);
            });
        }
    });
    assert_eq!((simulator.challenges(), simulator.requests().len(), simulator.connections()), (1, 11, 11));
}

#[test]
fn rejects_a_repeated_count_with_a_new_challenge() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    assert_eq!(client.get(MISSING).status, 404);
    client.digest.count = 0;
    let rejected = client.get(MISSING);
    assert_eq!((rejected.status, rejected.code().as_str()), (401, "USER_UNAUTHORIZED"));
    let challenge = rejected.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Digest realm=\"MMS Public API\"") && challenge.contains("stale=false"),
        "{challenge}"
    );
    assert!(!challenge.contains(&client.digest.nonce));
    assert_eq!(simulator.received(Operation::Read), 1);
    client.digest.take(challenge);
    assert_eq!(client.get(MISSING).status, 404);
}

#[test]
fn marks_the_challenge_after_a_stale_nonce_as_stale() {
    let config =
        Config { digest: DigestConfig { nonce_uses: Some(2), ..DigestConfig::default() }, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let mut client = Client::new(&simulator);
    assert_eq!((client.get(MISSING).status, client.get(MISSING).status), (404, 404));
    let used_up = client.get(MISSING);
    assert_eq!(used_up.status, 401);
    assert!(used_up.header("www-authenticate").unwrap().contains("stale=true"));
    client.digest.take(used_up.header("www-authenticate").unwrap());
    simulator.expire_nonces();
    let expired = client.get(MISSING);
    assert!(expired.header("www-authenticate").unwrap().contains("stale=true"));
}

#[test]
fn wrong_credentials_get_401() {
    let simulator = frozen();
    for (key, secret) in [(Config::PUBLIC_KEY, "wrong"), ("nobody", Config::PRIVATE_KEY)] {
        let mut client = Client::with_key(&simulator, key, secret);
        assert_eq!(client.create(&body("B", "vm")).status, 401);
    }
    let mut client = Client::new(&simulator);
    client.challenge();
    let for_other_path = client.digest.sign("GET", &path("/6296fb4c7c7aa997cf94e9a9"));
    let headers = [("accept", V2023), ("authorization", for_other_path.as_str())];
    assert_eq!(client.raw("GET", &path(MISSING), &headers, "").unwrap().status, 401);
    assert!(simulator.migrations().is_empty());
}

#[test]
fn offers_several_algorithms_in_separate_headers_or_in_one() {
    let algorithms = vec![Algorithm::Sha256, Algorithm::Sha256Sess, Algorithm::Md5Sess, Algorithm::Md5];
    for one_header in [false, true] {
        let digest = DigestConfig {
            algorithms: algorithms.clone(),
            one_header,
            opaque: Some("5ccc069c".to_owned()),
            nonce_uses: None,
        };
        let simulator = Simulator::start(Config { digest, ..Config::default() }).unwrap();
        let mut client = Client::new(&simulator);
        let response = client.challenge();
        let lines = response.headers.iter().filter(|(name, _)| name == "www-authenticate").count();
        assert_eq!(lines, if one_header { 1 } else { 4 });
        for algorithm in ["SHA-256", "SHA-256-sess", "MD5-sess", "MD5"] {
            client.digest.algorithm = algorithm.to_owned();
            assert_eq!(client.get(MISSING).status, 404, "{algorithm}");
        }
        client.digest.opaque = None;
        assert_eq!(client.get(MISSING).status, 401);
    }
}

#[test]
fn rejects_an_algorithm_that_was_not_offered() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.challenge();
    client.digest.algorithm = "SHA-256".to_owned();
    assert_eq!(client.get(MISSING).status, 401);
}

#[test]
fn a_member_can_only_read() {
    let simulator = frozen();
    let id = Client::new(&simulator).create(&body("B", "vm")).id();
    let mut member = Client::with_key(&simulator, Config::MEMBER_PUBLIC_KEY, Config::MEMBER_PRIVATE_KEY);
    assert_eq!(member.get(&format!("/{id}")).status, 200);
    for rejected in [member.create(&body("C", "vm2")), member.cut_over(&id), member.validate(&body("C", "vm2"))] {
        assert_eq!((rejected.status, rejected.code().as_str()), (403, "USER_UNAUTHORIZED"));
    }
    assert_eq!(member.get("/validate/507f1f77bcf86cd799439011").status, 403);
}

#[test]
fn a_key_can_be_limited_to_projects_or_excluded_by_its_access_list() {
    let simulator = frozen();
    let limited = Access { groups: Some(vec!["ffffffffffffffffffffffff".to_owned()]), ..Access::new(Role::OrgOwner) };
    simulator.add_key(Credential { access: limited, ..Credential::owner("limited", "secret") });
    let elsewhere = Access { off_access_list: true, ..Access::new(Role::OrgOwner) };
    simulator.add_key(Credential { access: elsewhere, ..Credential::owner("elsewhere", "secret") });
    let response = Client::with_key(&simulator, "limited", "secret").get(MISSING);
    assert_eq!((response.status, response.code().as_str()), (403, "NOT_IN_GROUP"));
    let response = Client::with_key(&simulator, "elsewhere", "secret").get(MISSING);
    assert_eq!((response.status, response.code().as_str()), (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST"));
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

fn token(client: &mut Client) -> String {
    let authorization = basic(Config::CLIENT_ID, Config::CLIENT_SECRET);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let response = client.raw("POST", "/api/oauth/token", &headers, "grant_type=client_credentials").unwrap();
    let body = response.json();
    assert_eq!(
        (response.status, &body["token_type"], &body["expires_in"]),
        (200, &Value::from("Bearer"), &Value::from(3600))
    );
    body["access_token"].as_str().unwrap().to_owned()
}

fn with_token(client: &mut Client, path: &str, accept: &str, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    client.raw("GET", path, &[("accept", accept), ("authorization", &bearer)], "").unwrap().status
}

#[test]
fn a_token_works_for_v2_until_revoked_and_never_for_the_legacy_api() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let token = token(&mut client);
    let legacy = format!("/api/atlas/v1.0/groups/{GROUP}/liveMigrations{MISSING}");
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, &token), 404);
    assert_eq!(with_token(&mut client, &legacy, "application/json", &token), 401);
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, "invented"), 401);

    let authorization = basic(Config::CLIENT_ID, Config::CLIENT_SECRET);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let revoked = client.raw("POST", "/api/oauth/revoke", &headers, &format!("token={token}")).unwrap();
    assert_eq!((revoked.status, revoked.body.len()), (200, 0));
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, &token), 401);
    assert!(!simulator.log().contains(&token), "{}", simulator.log());
}

#[test]
fn tokens_expire_on_demand_and_with_their_account() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let first = token(&mut client);
    simulator.expire_tokens();
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, &first), 401);
    let second = simulator.issue_token(Config::CLIENT_ID);
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, &second), 404);
    simulator.revoke(Config::CLIENT_ID);
    assert_eq!(with_token(&mut client, &path(MISSING), V2023, &second), 401);
    let authorization = basic(Config::CLIENT_ID, Config::CLIENT_SECRET);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let rejected = client.raw("POST", "/api/oauth/token", &headers, "grant_type=client_credentials").unwrap();
    assert_eq!((rejected.status, rejected.json()["error"].as_str()), (401, Some("invalid_client")));
}

#[test]
fn records_the_authorization_scheme_and_no_secret() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.get(MISSING);
    token(&mut client);
    let requests = simulator.requests();
    let nonce = client.digest.nonce.clone();
    let digest = Authorization::Digest { username: Config::PUBLIC_KEY.to_owned(), nonce, nc: "00000001".to_owned() };
    assert_eq!(requests[0].authorization, Authorization::None);
    assert_eq!(requests[1].authorization, digest);
    assert_eq!(requests[2].authorization, Authorization::Basic { username: Config::CLIENT_ID.to_owned() });
}
