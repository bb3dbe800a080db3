//! Faults of authentication: digest challenges in every form, nonces and tokens that grow old, a token endpoint in fault.

use atlas_simulator::{Action, Algorithm, Config, DigestConfig, Fault, Operation, Response};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, each, quick, says};

const KEY: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY), ("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)];
const ACCOUNT: [(&str, &str); 2] =
    [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)];

/// A whole life: validation, start, cutover.
fn live(fixture: Fixture) -> Fixture {
    let mut fixture = fixture.with("validate", true).with("cutover", true);
    fixture.apply().assert_ok();
    fixture.apply().assert_ok();
    assert_eq!(fixture.attribute("status"), json!("COMPLETE"), "{}", fixture.simulator.log());
    assert_eq!((fixture.received(Operation::Create), fixture.simulator.migrations().len()), (1, 1));
    fixture.assert_settled();
    fixture
}

#[test]
fn digest_is_spoken_in_every_form() {
    use Algorithm::{Md5, Sha256};
    let digest = DigestConfig::default;
    let rows = [
        ("MD5", digest()),
        ("SHA-256", DigestConfig { algorithms: vec![Sha256], ..digest() }),
        ("SHA-256 and MD5 in two headers", DigestConfig { algorithms: vec![Sha256, Md5], ..digest() }),
        ("SHA-256 and MD5 in one header", DigestConfig { algorithms: vec![Sha256, Md5], one_header: true, ..digest() }),
        ("MD5 and SHA-256 in one header", DigestConfig { algorithms: vec![Md5, Sha256], one_header: true, ..digest() }),
        ("with an opaque value", DigestConfig { opaque: Some("a,b=c".into()), ..digest() }),
        ("with an empty opaque value", DigestConfig { opaque: Some(String::new()), ..digest() }),
        ("a new nonce for each request", DigestConfig { nonce_uses: Some(1), ..digest() }),
        ("a new nonce for every third", DigestConfig { nonce_uses: Some(3), ..digest() }),
    ];
    each(&rows, |digest| {
        live(Fixture::new(Config { digest: digest.clone(), ..quick() }));
    });
}

#[test]
fn nonce_that_grows_stale_in_between_is_renewed() {
    for operation in [Operation::Create, Operation::Cutover, Operation::Read, Operation::Validate] {
        let fixture = Fixture::new(quick());
        let fault = fixture.simulator.fault(Fault::new(operation, Action::StaleNonce));
        live(fixture);
        assert_eq!(fault.hits(), 1, "{operation:?}");
    }
}

#[test]
fn token_that_expires_in_between_is_renewed() {
    for operation in [Operation::Create, Operation::Cutover, Operation::Read, Operation::Validate] {
        let fixture = Fixture::with_environment(quick(), &ACCOUNT);
        let fault = fixture.simulator.fault(Fault::new(operation, Action::ExpireTokens));
        live(fixture);
        assert_eq!(fault.hits(), 1, "{operation:?}");
    }
}

#[test]
fn token_request_retries_temporary_faults() {
    let rows = [
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("429", Action::error(429, "RATE_LIMITED", "Too many requests.")),
        ("HTML", Action::html(200)),
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("reset", Action::Reset),
    ];
    each(&rows, |action| {
        let fixture = Fixture::with_environment(quick(), &ACCOUNT);
        let fault = fixture.simulator.fault(Fault::new(Operation::Token, action.clone()));
        let fixture = live(fixture);
        assert_eq!(fault.hits(), 1, "{}", fixture.simulator.log());
    });
}

#[test]
fn unusable_token_response_is_one_error() {
    let rows = [
        ("HTML", Action::html(200)),
        ("half an answer", Action::Truncate),
        ("no token", Action::Respond(Response::json(200, r#"{"expires_in":3600}"#))),
        ("a number", Action::Respond(Response::json(200, r#"{"access_token":7}"#))),
    ];
    each(&rows, |action| {
        let mut fixture = Fixture::with_environment(quick(), &ACCOUNT);
        let fault = fixture.simulator.fault(Fault::new(Operation::Token, action.clone()).forever());
        let outcome = fixture.apply();
        says(&outcome.error("Can't start live migration").detail, &["token", "can't be read"]);
        assert_eq!((fault.hits(), fixture.received(Operation::Create)), (3, 0), "{}", fixture.simulator.log());
    });
}

#[test]
fn odd_lifetime_of_a_token_does_not_fetch_one_per_request() {
    let lifetimes = ["null", "0", "-1", "\"soon\"", "1e300"];
    each(&lifetimes.map(|lifetime| (lifetime, lifetime)), |lifetime| {
        let fixture = Fixture::with_environment(quick(), &ACCOUNT);
        let token = fixture.simulator.issue_token(Config::CLIENT_ID);
        let body = format!(r#"{{"access_token":"{token}","expires_in":{lifetime}}}"#);
        let action = Action::Respond(Response::json(200, body));
        let fault = fixture.simulator.fault(Fault::new(Operation::Token, action).forever());
        let mut fixture = fixture.with("validate", true);
        fixture.apply().assert_ok();
        // A token for the process that plans, and one for that which applies, if they need any.
        assert!(fault.hits() <= 2, "{}", fixture.simulator.log());
    });
}

#[test]
fn rejected_credentials_are_reported_with_their_origin() {
    let wrong = "99999999-2222-4333-8444-555555555555";
    let secret = "mdb_sa_sk_wrong-secret";
    let rows = [
        (
            "private key",
            (vec![KEY[0], ("MONGODB_ATLAS_PRIVATE_API_KEY", wrong)], "MONGODB_ATLAS_PUBLIC_API_KEY", wrong),
        ),
        (
            "client secret",
            (vec![ACCOUNT[0], ("MONGODB_ATLAS_CLIENT_SECRET", secret)], "MONGODB_ATLAS_CLIENT_ID", secret),
        ),
        (
            "token",
            (vec![("MONGODB_ATLAS_ACCESS_TOKEN", "worn-out-token")], "MONGODB_ATLAS_ACCESS_TOKEN", "worn-out-token"),
        ),
    ];
    each(&rows, |(variables, origin, secret)| {
        let mut fixture = Fixture::with_environment(quick(), variables);
        let outcome = fixture.apply();
        let error = outcome.error("Can't start live migration");
        says(&error.detail, &["No live migration was started.", origin, "401"]);
        assert!(!outcome.to_string().contains(secret), "{outcome}");
        assert!(
            !error.detail.contains(Config::PUBLIC_KEY) && !error.detail.contains(Config::CLIENT_ID),
            "{}",
            error.detail
        );
        assert!(!fixture.state.contains(ADDRESS));
        assert!(fixture.simulator.migrations().is_empty());
    });
}

#[test]
fn key_revoked_during_a_wait_ends_it_and_a_new_key_resumes() {
    let fixture = Fixture::new(super::fixture::slow());
    let mut fixture = fixture.with("wait_for_ready", true).started();
    let running = fixture.start_apply();
    fixture.wait_for(Operation::Read, 3);
    fixture.simulator.revoke(Config::PUBLIC_KEY);
    // A nonce stands for its key only as long as the key exists.
    let (outcome, state) = running.join();
    fixture.state = state;
    says(
        &outcome.error("Can't wait for live migration").detail,
        &["Atlas refused the credentials", "keeps running in Atlas"],
    );
    assert!(!fixture.state.is_tainted(ADDRESS));
    fixture.simulator.add_key(atlas_simulator::Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY));
    fixture.simulator.advance(std::time::Duration::from_secs(60));
    fixture.apply().assert_ok();
    fixture.assert_settled();
}

#[test]
fn gateway_without_a_challenge_is_no_atlas() {
    let mut fixture = Fixture::new(quick());
    let page = Action::Respond(Response::html(200));
    fixture.simulator.fault(Fault::new(Operation::Any, page).before_authentication().forever());
    let outcome = fixture.apply();
    says(
        &outcome.error("Can't start live migration").detail,
        &["instead of a digest challenge", "base_url", "No live migration was started."],
    );
    assert!(fixture.state.is_empty());
}
