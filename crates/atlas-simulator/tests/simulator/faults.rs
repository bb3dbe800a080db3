//! Every fault, as the client and the record see it.

use crate::http::{Client, LONG, body, frozen};
use atlas_simulator::{Action, Config, Fault, Operation, Outcome, Response, Simulator};
use std::io::ErrorKind;

const MISSING: &str = "/6296fb4c7c7aa997cf94e9a8";

/// A client that already has a nonce, so that its next request isn't a challenge.
fn start() -> (Simulator, Client) {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.challenge();
    (simulator, client)
}

#[test]
fn an_error_response_replaces_the_operation() {
    let (simulator, mut client) = start();
    let fault = simulator.fault(Fault::new(Operation::Create, Action::rate_limited(7)).skip(1).times(2));
    assert_eq!(client.create(&body("B", "vm")).status, 201);
    for _ in 0..2 {
        let limited = client.create(&body("C", "vm2"));
        assert_eq!((limited.status, limited.header("retry-after")), (429, Some("7")));
        assert_eq!(limited.code(), "RATE_LIMITED");
    }
    assert_eq!(simulator.migrations().len(), 1);
    assert_eq!(client.create(&body("C", "vm2")).status, 201);
    assert_eq!(fault.hits(), 2);
}

#[test]
fn a_processed_request_can_get_a_gateway_response() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::html(502)).processed());
    let response = client.create(&body("B", "vm"));
    assert_eq!((response.status, response.header("content-type")), (502, Some("text/html")));
    assert!(String::from_utf8(response.body).unwrap().contains("<title>502 Bad Gateway</title>"));
    assert_eq!(simulator.migrations().len(), 1);
    assert!(simulator.requests()[1].processed);
}

#[test]
fn a_response_can_lack_its_id_or_be_invalid_json() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::WithoutId));
    simulator.fault(Fault::new(Operation::Create, Action::InvalidJson));
    let without = client.create(&body("B", "vm1"));
    assert_eq!((without.status, without.json().get("_id")), (201, None));
    assert_eq!(without.json()["status"], "NEW");
    let invalid = client.create(&body("C", "vm2"));
    assert_eq!(invalid.status, 201);
    assert!(serde_json::from_slice::<serde_json::Value>(&invalid.body).is_err());
    assert_eq!(simulator.migrations().len(), 2);
}

#[test]
fn a_response_can_be_truncated() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::Truncate));
    let error = client.try_create(&body("B", "vm")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!((simulator.migrations().len(), simulator.requests()[1].status()), (1, Some(201)));
}

#[test]
fn a_response_can_be_huge() {
    let (simulator, mut client) = start();
    let size = 8 * 1024 * 1024;
    simulator.fault(Fault::new(Operation::Read, Action::Huge(size)));
    assert!(client.get(MISSING).body.len() > size);
    assert_eq!(client.get(MISSING).status, 404);
}

#[test]
fn resets_before_or_after_the_effect() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::Reset));
    simulator.fault(Fault::new(Operation::Create, Action::Reset).processed());
    let error = client.try_create(&body("B", "vm")).unwrap_err();
    assert_eq!((error.kind(), simulator.migrations().len()), (ErrorKind::ConnectionReset, 0));
    let error = client.try_create(&body("B", "vm")).unwrap_err();
    assert_eq!((error.kind(), simulator.migrations().len()), (ErrorKind::ConnectionReset, 1));
    let outcomes: Vec<Outcome> = simulator.requests().iter().map(|request| request.outcome).collect();
    assert_eq!(outcomes, [Outcome::Responded(401), Outcome::Reset, Outcome::Reset]);
    assert_eq!(client.create(&body("B", "vm")).status, 409);
}

#[test]
fn silence_lasts_until_the_client_disconnects() {
    for processed in [false, true] {
        let (simulator, mut client) = start();
        let fault = Fault::new(Operation::Create, Action::Silence);
        simulator.fault(if processed { fault.processed() } else { fault });
        let headers = [("accept", crate::http::V2024), ("content-type", crate::http::V2024)];
        client.send_signed("POST", &crate::http::path(""), &headers, &body("B", "vm").to_string()).unwrap();
        assert!(simulator.wait_for(LONG, |state| state.received(Operation::Create) == 1));
        client.disconnect();
        let disconnected = simulator.wait_for(LONG, |state| state.requests()[1].outcome == Outcome::Disconnected);
        assert!(disconnected, "{}", simulator.log());
        assert_eq!(simulator.migrations().len(), usize::from(processed));
    }
}

#[test]
fn a_held_request_continues_when_released() {
    for processed in [false, true] {
        let (simulator, mut client) = start();
        let fault = Fault::new(Operation::Create, Action::Hold);
        let hold = simulator.fault(if processed { fault.processed() } else { fault });
        std::thread::scope(|scope| {
            let created = scope.spawn(move || client.create(&body("B", "vm")).status);
            let held = |state: &atlas_simulator::State| hold.hits() == 1 && state.requests()[1].processed == processed;
            assert!(simulator.wait_for(LONG, held), "{}", simulator.log());
            assert_eq!(simulator.migrations().len(), usize::from(processed));
            assert_eq!(simulator.requests()[1].outcome, Outcome::Pending);
            hold.release();
            assert_eq!(created.join().unwrap(), 201);
        });
        assert_eq!(simulator.migrations().len(), 1);
    }
}

#[test]
fn a_held_request_takes_effect_after_the_client_disconnected() {
    let (simulator, mut client) = start();
    let hold = simulator.fault(Fault::new(Operation::Create, Action::Hold));
    let headers = [("accept", crate::http::V2024), ("content-type", crate::http::V2024)];
    client.send_signed("POST", &crate::http::path(""), &headers, &body("B", "vm").to_string()).unwrap();
    assert!(simulator.wait_for(LONG, |_| hold.hits() == 1));
    client.disconnect();
    assert!(simulator.wait_for(LONG, |state| state.requests()[1].outcome == Outcome::Disconnected));
    assert!(simulator.migrations().is_empty());
    hold.release();
    assert!(simulator.wait_for(LONG, |state| state.migrations().len() == 1), "{}", simulator.log());
}

#[test]
fn a_nonce_can_become_stale_before_a_request() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::StaleNonce));
    let rejected = client.create(&body("B", "vm"));
    let challenge = rejected.header("www-authenticate").unwrap();
    assert!(rejected.status == 401 && challenge.contains("stale=true"), "{challenge}");
    client.digest.take(challenge);
    assert_eq!(client.create(&body("B", "vm")).status, 201);
}

#[test]
fn tokens_can_expire_and_accounts_be_revoked_before_a_request() {
    let (simulator, mut client) = start();
    for (action, again) in [(Action::ExpireTokens, 404), (Action::RevokeAccount(Config::CLIENT_ID.to_owned()), 401)] {
        simulator.fault(Fault::new(Operation::Read, action));
        let mut read = || {
            let bearer = format!("Bearer {}", simulator.issue_token(Config::CLIENT_ID));
            let headers = [("accept", crate::http::V2023), ("authorization", bearer.as_str())];
            client.raw("GET", &crate::http::path(MISSING), &headers, "").unwrap().status
        };
        assert_eq!((read(), read()), (401, again));
    }
}

#[test]
fn a_redirect_has_its_location() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Create, Action::redirect("http://127.0.0.1:9/elsewhere")));
    let response = client.create(&body("B", "vm"));
    assert_eq!((response.status, response.header("location")), (307, Some("http://127.0.0.1:9/elsewhere")));
    assert!(simulator.migrations().is_empty());
}

#[test]
fn headers_can_be_added_to_a_normal_response() {
    let (simulator, mut client) = start();
    let sunset = "Thu, 01 Jul 2027 00:00:00 GMT";
    simulator.fault(Fault::new(Operation::Any, Action::header("Sunset", sunset)).forever());
    let created = client.create(&body("B", "vm"));
    assert_eq!((created.status, created.header("sunset")), (201, Some(sunset)));
    assert_eq!(client.get(&format!("/{}", created.id())).header("sunset"), Some(sunset));
}

#[test]
fn a_challenge_does_not_count_unless_matched_before_authentication() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let late = simulator.fault(Fault::new(Operation::Any, Action::error(503, "UNEXPECTED_ERROR", "down")));
    client.challenge();
    assert_eq!(late.hits(), 0);
    assert_eq!(client.get(MISSING).status, 503);
    let early = Fault::new(Operation::Any, Action::Respond(Response::html(503))).before_authentication();
    let early = simulator.fault(early.on_path("/validate"));
    assert_eq!(client.raw("GET", &crate::http::path("/validate"), &[], "").unwrap().status, 503);
    assert_eq!(early.hits(), 1);
    client.challenge();
}

#[test]
fn faults_apply_to_the_token_endpoint() {
    let (simulator, mut client) = start();
    simulator.fault(Fault::new(Operation::Token, Action::error(500, "UNEXPECTED_ERROR", "down")));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(client.raw("POST", "/api/oauth/token", &form, "grant_type=client_credentials").unwrap().status, 500);
    assert_eq!(client.raw("POST", "/api/oauth/token", &form, "grant_type=client_credentials").unwrap().status, 401);
}

#[test]
fn an_ended_fault_no_longer_applies() {
    let (simulator, mut client) = start();
    let fault = simulator.fault(Fault::new(Operation::Read, Action::html(500)).forever());
    assert_eq!(client.get(MISSING).status, 500);
    fault.end();
    assert_eq!(client.get(MISSING).status, 404);
}
