//! Faults of the request for the cutover. Whatever its answer, Atlas is asked before it is sent again, and it takes effect once.

use atlas_simulator::{Action, EventKind, Fault, Operation, Response};
use serde_json::json;

use super::bench::{ADDRESS, Bench, each, quick, says};

/// A migration that is ready, with the wish to cut it over.
fn bench() -> Bench {
    let mut bench = Bench::new(quick()).started();
    bench.set("cutover", true);
    bench
}

/// How often a cutover took effect.
fn cutovers(bench: &Bench) -> usize {
    bench.simulator.events().iter().filter(|event| matches!(event.kind, EventKind::CutoverRequested { .. })).count()
}

fn assert_complete(bench: &Bench) {
    assert_eq!(bench.attribute("status"), json!("COMPLETE"));
    assert_ne!(bench.attribute("cutover_requested_at"), json!(null));
    assert_eq!(cutovers(bench), 1, "{}", bench.simulator.log());
    bench.assert_settled();
}

#[test]
fn cutover_whose_answer_is_lost_is_looked_for_first() {
    let rows = [
        ("500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected.")),
        ("502 of a gateway", Action::html(502)),
        ("reset", Action::Reset),
        ("a redirect", Action::redirect("https://login.example.com/")),
    ];
    each(&rows, |action| {
        for (took_effect, sent) in [(true, 1), (false, 2)] {
            let mut bench = bench();
            let fault = Fault::new(Operation::Cutover, action.clone());
            bench.simulator.fault(if took_effect { fault.processed() } else { fault });
            bench.apply().assert_ok();
            assert_eq!(bench.received(Operation::Cutover), sent, "{}", bench.simulator.log());
            assert_complete(&bench);
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
        let mut bench = bench();
        bench.simulator.fault(Fault::new(Operation::Cutover, action.clone()).processed());
        bench.apply().assert_ok();
        assert_eq!(bench.received(Operation::Cutover), 1, "{}", bench.simulator.log());
        assert_complete(&bench);
    });
}

#[test]
fn rate_limited_cutover_is_repeated() {
    let mut bench = bench();
    let fault = bench.simulator.fault(Fault::new(Operation::Cutover, Action::rate_limited(1)));
    bench.apply().assert_ok();
    assert_eq!((fault.hits(), bench.received(Operation::Cutover)), (1, 2));
    assert_complete(&bench);
}

#[test]
fn refused_cutover_is_told_and_resumed() {
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
    each(&rows, |(action, told, sent)| {
        let mut bench = bench();
        let id = bench.id();
        let fault = bench.simulator.fault(Fault::new(Operation::Cutover, action.clone()).forever());
        let outcome = bench.apply();
        let error = outcome.error("Cutover was not requested");
        says(
            &error.detail,
            &[
                told,
                &id,
                "Cutover: not requested",
                "in state",
                "Writes: keep on the source",
                "Run terraform apply again. It resumes from here.",
            ],
        );
        assert!(!bench.state.is_tainted(ADDRESS));
        assert_eq!((bench.attribute("cutover"), bench.attribute("cutover_requested_at")), (json!(true), json!(null)));
        // A 401 is sent once more with a new nonce.
        assert!((*sent..=sent + 1).contains(&bench.received(Operation::Cutover)), "{}", bench.simulator.log());
        assert_eq!(cutovers(&bench), 0);
        fault.end();
        bench.apply().assert_ok();
        assert_complete(&bench);
    });
}

#[test]
fn cutover_that_nobody_can_tell_of_is_told_so() {
    for took_effect in [true, false] {
        let mut bench = bench();
        let fault = Fault::new(Operation::Cutover, Action::Reset);
        bench.simulator.fault(if took_effect { fault.processed() } else { fault });
        // The reads of the refresh and of the apply come first, then the one that looks what became of it.
        let mute = bench.simulator.fault(Fault::new(Operation::Read, Action::rate_limited(3600)).skip(2).forever());
        let outcome = bench.apply();
        let error = outcome.error("Cutover may have been requested");
        says(
            &error.detail,
            &[
                "Cutover: unknown",
                &bench.id(),
                "Writes: keep stopped on both clusters",
                "It reads the live migration first",
            ],
        );
        assert!(!bench.state.is_tainted(ADDRESS));
        assert_eq!(cutovers(&bench), usize::from(took_effect));
        mute.end();
        bench.apply().assert_ok();
        assert_complete(&bench);
    }
}

#[test]
fn cutover_that_somebody_else_requested_is_no_mistake() {
    let mut bench = bench();
    // The answer comes after somebody pressed the button in the web page.
    bench.simulator.fault(
        Fault::new(Operation::Cutover, Action::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", "Cut over already."))
            .processed(),
    );
    bench.apply().assert_ok();
    assert_eq!(bench.received(Operation::Cutover), 1);
    assert_complete(&bench);
}
