//! Faults of the request for the cutover. Whatever its answer, Atlas is asked before it is sent again, and it takes effect once.

use atlas_simulator::{Action, EventKind, Fault, Operation, Response};
use serde_json::json;

use super::fixture::{ADDRESS, Fixture, each, quick, says};

/// A migration that is ready, with cutover = true.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new(quick()).started();
    fixture.set("cutover", true);
    fixture
}

/// How often a cutover took effect.
fn cutovers(fixture: &Fixture) -> usize {
    fixture.simulator.events().iter().filter(|event| matches!(event.kind, EventKind::CutoverRequested { .. })).count()
}

fn assert_complete(fixture: &Fixture) {
    assert_eq!(fixture.attribute("status"), json!("COMPLETE"));
    assert_ne!(fixture.attribute("cutover_requested_at"), json!(null));
    assert_eq!(cutovers(fixture), 1, "{}", fixture.simulator.log());
    fixture.assert_settled();
}

#[test]
fn lost_response_to_a_cutover_is_followed_by_a_read() {
    let rows = [
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("502 of a gateway", Action::html(502)),
        ("reset", Action::Reset),
        ("a redirect", Action::redirect("https://login.example.com/")),
    ];
    each(&rows, |action| {
        for (took_effect, sent) in [(true, 1), (false, 2)] {
            let mut fixture = fixture();
            let fault = Fault::new(Operation::Cutover, action.clone());
            fixture.simulator.fault(if took_effect { fault.processed() } else { fault });
            fixture.apply().assert_ok();
            assert_eq!(fixture.received(Operation::Cutover), sent, "{}", fixture.simulator.log());
            assert_complete(&fixture);
        }
    });
}

#[test]
fn cutover_that_succeeds_may_say_anything() {
    let rows = [
        ("invalid JSON", Action::InvalidJson),
        ("a huge body", Action::Huge(9 << 20)),
        ("half an answer", Action::Truncate),
        ("HTML", Action::Respond(Response::html(200))),
    ];
    each(&rows, |action| {
        let mut fixture = fixture();
        fixture.simulator.fault(Fault::new(Operation::Cutover, action.clone()).processed());
        fixture.apply().assert_ok();
        assert_eq!(fixture.received(Operation::Cutover), 1, "{}", fixture.simulator.log());
        assert_complete(&fixture);
    });
}

#[test]
fn rate_limited_cutover_is_repeated() {
    let mut fixture = fixture();
    let fault = fixture.simulator.fault(Fault::new(Operation::Cutover, Action::rate_limited(1)));
    fixture.apply().assert_ok();
    assert_eq!((fault.hits(), fixture.received(Operation::Cutover)), (1, 2));
    assert_complete(&fixture);
}

#[test]
fn refused_cutover_is_reported_and_resumed() {
    let rows = [
        ("403", (Action::error(403, "USER_UNAUTHORIZED", "No."), "Organization Owner", 1)),
        ("401", (Action::error(401, "UNAUTHORIZED", "No."), "Atlas refused the credentials", 1)),
        ("400", (Action::error(400, "INVALID", "No."), "status 400, INVALID", 1)),
        ("a gateway's 404", (Action::html(404), "a gateway or proxy, not from Atlas", 1)),
        ("wait too long", (Action::rate_limited(30 * 3600), "Atlas requires a wait of 30 h", 1)),
        (
            "409 again and again",
            (
                Action::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", "Not ready."),
                "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER",
                3,
            ),
        ),
        ("500 again and again", (Action::error(500, "UNEXPECTED_ERROR", "Unexpected."), "status 500", 3)),
    ];
    each(&rows, |(action, expected, sent)| {
        let mut fixture = fixture();
        let id = fixture.id();
        let fault = fixture.simulator.fault(Fault::new(Operation::Cutover, action.clone()).forever());
        let outcome = fixture.apply();
        let error = outcome.error("Cutover was not requested");
        says(
            &error.detail,
            &[
                expected,
                &id,
                "Cutover: not requested",
                "in state",
                "Writes: keep on the source",
                "Run terraform apply again. It resumes from here.",
            ],
        );
        assert!(!fixture.state.is_tainted(ADDRESS));
        assert_eq!(
            (fixture.attribute("cutover"), fixture.attribute("cutover_requested_at")),
            (json!(true), json!(null))
        );
        // A 401 is sent once more with a new nonce.
        assert!((*sent..=sent + 1).contains(&fixture.received(Operation::Cutover)), "{}", fixture.simulator.log());
        assert_eq!(cutovers(&fixture), 0);
        fault.end();
        fixture.apply().assert_ok();
        assert_complete(&fixture);
    });
}

#[test]
fn cutover_with_unknown_outcome_is_reported_as_such() {
    for took_effect in [true, false] {
        let mut fixture = fixture();
        let fault = Fault::new(Operation::Cutover, Action::Reset);
        fixture.simulator.fault(if took_effect { fault.processed() } else { fault });
        // The reads of the refresh and of the apply come first, then the one that looks what became of it.
        let mute = fixture.simulator.fault(Fault::new(Operation::Read, Action::rate_limited(3600)).skip(2).forever());
        let outcome = fixture.apply();
        let error = outcome.error("Cutover may have been requested");
        says(
            &error.detail,
            &[
                "Cutover: unknown",
                &fixture.id(),
                "Writes: keep stopped on both clusters",
                "It reads the live migration first",
            ],
        );
        assert!(!fixture.state.is_tainted(ADDRESS));
        assert_eq!(cutovers(&fixture), usize::from(took_effect));
        mute.end();
        fixture.apply().assert_ok();
        assert_complete(&fixture);
    }
}

#[test]
fn cutover_that_somebody_else_requested_is_no_mistake() {
    let mut fixture = fixture();
    // The answer comes after somebody pressed the button in the web page.
    fixture.simulator.fault(
        Fault::new(Operation::Cutover, Action::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", "Cut over already."))
            .processed(),
    );
    fixture.apply().assert_ok();
    assert_eq!(fixture.received(Operation::Cutover), 1);
    assert_complete(&fixture);
}
