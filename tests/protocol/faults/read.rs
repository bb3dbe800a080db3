//! Faults of the read in a refresh. The state is never emptied, and what is not returned leaves the last value.

use atlas_simulator::{Action, Fault, Field, Operation, Override, Response};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, each, quick, says};

fn read(action: Action) -> Fault {
    Fault::new(Operation::Read, action)
}

#[test]
fn refresh_retries_temporary_faults() {
    let rows = [
        ("429", read(Action::error(429, "RATE_LIMITED", "Too many requests.")).times(3)),
        ("429 with Retry-After", read(Action::rate_limited(1))),
        ("500", read(Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")).times(3)),
        ("503 of a gateway", read(Action::html(503)).times(3)),
        ("504 of a gateway with Retry-After", read(Action::Respond(Response::html(504).header("retry-after", "1")))),
        ("reset before it was looked at", read(Action::Reset).times(3)),
        ("reset before the authentication", read(Action::Reset).before_authentication().times(3)),
        ("reset afterwards", read(Action::Reset).processed().times(3)),
        ("half an answer", read(Action::Truncate).times(2)),
        ("invalid JSON", read(Action::InvalidJson).times(2)),
        ("a huge body", read(Action::Huge(9 << 20)).times(2)),
        ("HTML with status 200", read(Action::html(200)).times(2)),
        ("without an id", read(Action::WithoutId).times(3)),
        ("everything once", read(Action::Reset)),
    ];
    each(&rows, |fault| {
        let mut fixture = Fixture::new(quick()).started();
        let fault = fixture.simulator.fault(fault.clone());
        fixture.refresh().assert_silent();
        assert!(fault.hits() > 0);
        assert_eq!(fixture.attribute("ready_for_cutover"), json!(true));
        fixture.assert_settled();
    });
}

#[test]
fn unreadable_response_fails_the_refresh_after_three_requests() {
    let other = json!({"_id": "6f5902d6e1c1b0a5d4b3c2a1", "status": "COMPLETE"}).to_string();
    let rows = [
        ("half an answer", Action::Truncate),
        ("invalid JSON", Action::InvalidJson),
        ("a huge body", Action::Huge(9 << 20)),
        ("HTML with status 200", Action::html(200)),
        ("a list", Action::Respond(Response::json(200, "[]"))),
        ("another migration", Action::Respond(Response::json(200, other))),
    ];
    each(&rows, |action| {
        let mut fixture = Fixture::new(quick()).started();
        let before = fixture.state.clone();
        let fault = fixture.simulator.fault(read(action.clone()).forever());
        fixture.refresh().error("Can't read live migration");
        assert_eq!(fault.hits(), 3, "{}", fixture.simulator.log());
        assert_eq!(fixture.state, before);
        fault.end();
        fixture.assert_settled();
    });
}

#[test]
fn values_of_another_type_count_as_absent() {
    for odd in [json!("soon"), json!(-1), json!(0.5), json!([1]), json!({"a": 1}), json!(1e300)] {
        let mut fixture = Fixture::new(quick()).started();
        let body = json!({"_id": fixture.id(), "readyForCutover": odd, "lagTimeSeconds": odd, "migrationHosts": odd});
        // A number that no double holds is still JSON.
        let body = body.to_string().replacen('{', "{\"status\":1e999,", 1);
        fixture.simulator.fault(read(Action::Respond(Response::json(200, body))).forever());
        fixture.refresh().assert_silent();
        assert_eq!(fixture.attribute("status"), json!("WORKING"));
        assert_eq!(fixture.attribute("ready_for_cutover"), json!(false));
        assert_eq!(fixture.attribute("lag_time_seconds"), json!(null), "{odd}");
    }
}

#[test]
fn refresh_that_fails_keeps_the_state() {
    let rows = [
        ("wait too long", (Action::rate_limited(3600), vec!["Atlas requires a wait of 1 h", "429"])),
        ("401", (Action::error(401, "UNAUTHORIZED", "No."), vec!["Atlas refused the credentials", "key pair", "blic"])),
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), vec!["Organization Member"])),
        (
            "another project",
            (Action::error(404, "GROUP_NOT_FOUND", "No group."), vec!["GROUP_NOT_FOUND", "Check the project ID"]),
        ),
        ("a gateway's 404", (Action::html(404), vec!["a gateway or proxy, not from Atlas"])),
        ("406", (Action::error(406, "VERSION_GONE", "No."), vec!["api_version"])),
        (
            "a redirect",
            (Action::redirect("https://login.example.com/?session=1"), vec!["base_url", "login.example.com"]),
        ),
    ];
    each(&rows, |(action, expected)| {
        let mut fixture = Fixture::new(quick()).started();
        let before = fixture.state.clone();
        fixture.simulator.fault(read(action.clone()).forever()).hits();
        let outcome = fixture.apply();
        let error = outcome.error("Can't read live migration");
        says(&error.detail, expected);
        says(&error.detail, &["The state is unchanged", "Request: GET"]);
        assert!(!error.detail.contains("session="), "{}", error.detail);
        assert_eq!(fixture.state, before);
        assert_eq!(fixture.received(Operation::Create), 1, "{}", fixture.simulator.log());
    });
}

#[test]
fn refresh_succeeds_after_the_fault_has_ended() {
    let mut fixture = Fixture::new(quick()).started();
    let fault = fixture.simulator.fault(read(Action::html(404)).forever());
    assert!(fixture.refresh().has_errors());
    fault.end();
    fixture.refresh().assert_silent();
    fixture.assert_settled();
}

#[test]
fn migration_that_atlas_does_not_know_stays_and_is_not_started_again() {
    let mut fixture = Fixture::new(quick()).started();
    let id = fixture.id();
    fixture.simulator.age_out(&id);
    for _ in 0..2 {
        let outcome = fixture.apply();
        let warning = outcome.assert_ok().warning(&format!("Live migration is unknown to Atlas: {id}"));
        says(&warning.detail, &["last status ", "in state", "use a removed block"]);
        assert_eq!(fixture.id(), id);
    }
    assert_eq!(fixture.received(Operation::Create), 1);
    // Who asks for it by name gets another one.
    fixture.state.rm(ADDRESS);
    fixture.apply().assert_ok();
    assert_ne!(fixture.id(), id);
}

#[test]
fn finished_migration_that_aged_out_is_as_it_was() {
    let mut fixture = Fixture::new(quick()).with("cutover", true).started();
    fixture.apply().assert_ok();
    assert_eq!(fixture.attribute("status"), json!("COMPLETE"));
    fixture.simulator.age_out(&fixture.id());
    fixture.apply().assert_silent();
    assert_eq!(fixture.attribute("status"), json!("COMPLETE"));
    fixture.assert_settled();
}

#[test]
fn reads_unexpected_responses_leniently() {
    let word = |word: &str| Field::Value(word.to_owned());
    let rows = [
        ("a new word", (Override { status: word("CONTEMPLATING"), ..Override::default() }, ["CONTEMPLATING", "true"])),
        ("PENDING", (Override { status: word("PENDING"), ..Override::default() }, ["PENDING", "true"])),
        ("a null status", (Override { status: Field::Null, ..Override::default() }, ["WORKING", "true"])),
        ("no status", (Override { status: Field::Absent, ..Override::default() }, ["WORKING", "true"])),
        ("no readiness", (Override { ready_for_cutover: Field::Absent, ..Override::default() }, ["WORKING", "false"])),
        (
            "a null readiness",
            (Override { ready_for_cutover: Field::Null, ..Override::default() }, ["WORKING", "false"]),
        ),
        (
            "no lag and no host",
            (
                Override { lag_time_seconds: Field::Null, migration_hosts: Field::Absent, ..Override::default() },
                ["WORKING", "true"],
            ),
        ),
        (
            "a lag below nothing",
            (Override { lag_time_seconds: Field::Value(-5), ..Override::default() }, ["WORKING", "true"]),
        ),
    ];
    each(&rows, |(shown, [status, ready])| {
        let mut fixture = Fixture::new(quick()).started();
        let id = fixture.id();
        assert!(fixture.simulator.override_read(&id, shown.clone()));
        fixture.refresh().assert_ok();
        assert_eq!(fixture.attribute("status"), json!(status));
        assert_eq!(fixture.attribute("ready_for_cutover").to_string(), *ready);
        assert_eq!(fixture.id(), id);
        // A word that nobody knows is a live one: nothing starts it again.
        fixture.set("migration_hosts", json!(["vm002.example.com"]));
        fixture.apply().error("Argument can't be changed: live migration");
        assert_eq!(fixture.received(Operation::Create), 1);
    });
}

#[test]
fn end_of_an_api_is_reported() {
    let mut fixture = Fixture::new(quick()).started();
    let sunset = Action::header("sunset", "Sat, 31 Dec 2033 23:59:59 GMT");
    fixture.simulator.fault(read(sunset).forever());
    let outcome = fixture.refresh();
    let warning = outcome.assert_ok().warning("Atlas will retire an API version");
    says(&warning.detail, &["31 Dec 2033", "newer version of the provider"]);
}
