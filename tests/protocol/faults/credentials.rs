//! Faults of authentication: digest challenges in every form, nonces and tokens that grow old, a token endpoint in trouble.

use atlas_simulator::{Action, Algorithm, Config, DigestConfig, Fault, Operation, Response};
use serde_json::json;

use super::bench::{ADDRESS, Bench, each, quick, says};

const KEY: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY), ("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)];
const ACCOUNT: [(&str, &str); 2] =
    [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)];

/// A whole life: validation, start, cutover.
fn live(bench: Bench) -> Bench {
    let mut bench = bench.with("validate", true).with("cutover", true);
    bench.apply().assert_ok();
    bench.apply().assert_ok();
    assert_eq!(bench.attribute("status"), json!("COMPLETE"), "{}", bench.simulator.log());
    assert_eq!((bench.received(Operation::Create), bench.simulator.migrations().len()), (1, 1));
    bench.assert_settled();
    bench
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
        live(Bench::new(Config { digest: digest.clone(), ..quick() }));
    });
}

#[test]
fn nonce_that_grows_stale_in_between_is_renewed() {
    for operation in [Operation::Create, Operation::Cutover, Operation::Read, Operation::Validate] {
        let bench = Bench::new(quick());
        let fault = bench.simulator.fault(Fault::new(operation, Action::StaleNonce));
        live(bench);
        assert_eq!(fault.hits(), 1, "{operation:?}");
    }
}

#[test]
fn token_that_expires_in_between_is_renewed() {
    for operation in [Operation::Create, Operation::Cutover, Operation::Read, Operation::Validate] {
        let bench = Bench::with_environment(quick(), &ACCOUNT);
        let fault = bench.simulator.fault(Fault::new(operation, Action::ExpireTokens));
        live(bench);
        assert_eq!(fault.hits(), 1, "{operation:?}");
    }
}

#[test]
fn token_is_fetched_through_passing_trouble() {
    let rows = [
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("429", Action::error(429, "RATE_LIMITED", "Too many requests.")),
        ("HTML", Action::html(200)),
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("reset", Action::Reset),
    ];
    each(&rows, |action| {
        let bench = Bench::with_environment(quick(), &ACCOUNT);
        let fault = bench.simulator.fault(Fault::new(Operation::Token, action.clone()));
        let bench = live(bench);
        assert_eq!(fault.hits(), 1, "{}", bench.simulator.log());
    });
}

#[test]
fn token_answer_that_cannot_be_used_is_one_error() {
    let rows = [
        ("HTML", Action::html(200)),
        ("half an answer", Action::Truncate),
        ("no token", Action::Respond(Response::json(200, r#"{"expires_in":3600}"#))),
        ("a number", Action::Respond(Response::json(200, r#"{"access_token":7}"#))),
    ];
    each(&rows, |action| {
        let mut bench = Bench::with_environment(quick(), &ACCOUNT);
        let fault = bench.simulator.fault(Fault::new(Operation::Token, action.clone()).forever());
        let outcome = bench.apply();
        says(&outcome.error("Can't start live migration").detail, &["token", "can't be read"]);
        assert_eq!((fault.hits(), bench.received(Operation::Create)), (3, 0), "{}", bench.simulator.log());
    });
}

#[test]
fn odd_lifetime_of_a_token_does_not_fetch_one_per_request() {
    let lifetimes = ["null", "0", "-1", "\"soon\"", "1e300"];
    each(&lifetimes.map(|lifetime| (lifetime, lifetime)), |lifetime| {
        let bench = Bench::with_environment(quick(), &ACCOUNT);
        let token = bench.simulator.issue_token(Config::CLIENT_ID);
        let body = format!(r#"{{"access_token":"{token}","expires_in":{lifetime}}}"#);
        let action = Action::Respond(Response::json(200, body));
        let fault = bench.simulator.fault(Fault::new(Operation::Token, action).forever());
        let mut bench = bench.with("validate", true);
        bench.apply().assert_ok();
        // A token for the process that plans, and one for that which applies, if they need any.
        assert!(fault.hits() <= 2, "{}", bench.simulator.log());
    });
}

#[test]
fn rejected_credentials_are_told_with_where_they_came_from() {
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
        let mut bench = Bench::with_environment(quick(), variables);
        let outcome = bench.apply();
        let error = outcome.error("Can't start live migration");
        says(&error.detail, &["No live migration was started.", origin, "401"]);
        assert!(!outcome.to_string().contains(secret), "{outcome}");
        assert!(
            !error.detail.contains(Config::PUBLIC_KEY) && !error.detail.contains(Config::CLIENT_ID),
            "{}",
            error.detail
        );
        assert!(!bench.state.contains(ADDRESS));
        assert!(bench.simulator.migrations().is_empty());
    });
}

#[test]
fn key_that_is_revoked_while_waiting_ends_the_wait_and_a_new_one_goes_on() {
    let bench = Bench::new(super::bench::slow());
    let mut bench = bench.with("wait_for_ready", true).started();
    let running = bench.start_apply();
    bench.wait_for(Operation::Read, 3);
    bench.simulator.revoke(Config::PUBLIC_KEY);
    // A nonce stands for its key only as long as the key exists.
    let (outcome, state) = running.join();
    bench.state = state;
    says(
        &outcome.error("Can't wait for live migration").detail,
        &["Atlas refused the credentials", "keeps running in Atlas"],
    );
    assert!(!bench.state.is_tainted(ADDRESS));
    bench.simulator.add_key(atlas_simulator::Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY));
    bench.simulator.advance(std::time::Duration::from_secs(60));
    bench.apply().assert_ok();
    bench.assert_settled();
}

#[test]
fn gateway_without_a_challenge_is_no_atlas() {
    let mut bench = Bench::new(quick());
    let page = Action::Respond(Response::html(200));
    bench.simulator.fault(Fault::new(Operation::Any, page).before_authentication().forever());
    let outcome = bench.apply();
    says(
        &outcome.error("Can't start live migration").detail,
        &["instead of a digest challenge", "base_url", "No live migration was started."],
    );
    assert!(bench.state.is_empty());
}
