//! Starts whose response is lost: they may have taken effect, are not sent again, and are imported with the command in
//! the error.

use atlas_simulator::{Action, Fault, Operation};

use crate::configuration::{ADDRESS, CLUSTER, GROUP};
use crate::support::{Fixture, error_at, errors};

/// The ways to lose the response to a start that has taken effect.
fn lost_responses() -> Vec<(&'static str, Action, &'static str)> {
    vec![
        ("reset", Action::Reset, "connection lost"),
        ("201 without _id", Action::WithoutId, "response can't be read (201)"),
        ("201 with invalid JSON", Action::InvalidJson, "response can't be read (201)"),
        ("truncated response", Action::Truncate, "connection lost"),
        ("HTML page of a gateway", Action::html(502), "response is not JSON (502)"),
        ("500 of Atlas", Action::error(500, "UNEXPECTED_ERROR", "Unexpected error."), "Atlas returned an error (500)"),
        ("timeout of a gateway", Action::html(504), "response is not JSON (504)"),
    ]
}

#[test]
fn lost_response_starts_once_and_the_named_command_imports_it() {
    std::thread::scope(|scope| {
        for (what, loss, cause) in lost_responses() {
            scope.spawn(move || lost_response(what, loss, cause));
        }
    });
}

fn lost_response(what: &str, loss: Action, cause: &str) {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, loss).processed());
    let run = fixture.apply(fixture.example().with("wait_for_ready", "true"));
    run.failure();
    let summary = format!("Live migration may have been started: {cause}");
    assert_eq!(errors(&run), [&*summary], "{what}");
    let text = error_at(&run, &summary, "");
    for part in [CLUSTER, GROUP, "the request is not sent again", "in the Atlas UI"] {
        assert!(text.contains(part), "{what}: {part} in {text}");
    }
    run.lacks("<html>");
    assert_eq!(
        (fixture.atlas.received(Operation::Create), fixture.starts()),
        (1, 1),
        "{what}\n{}",
        fixture.atlas.log()
    );
    assert!(fixture.addresses().is_empty(), "{what}");

    // The next apply finds the running migration, and the command imports it.
    let again = fixture.run(&["apply", "-auto-approve"]);
    again.failure();
    error_at(&again, "Another live migration is running", "");
    let command = format!("     terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>");
    run.shows(&command);
    let id = fixture.atlas.migrations().remove(0).id;
    let command = command.replace("<ADDRESS>", ADDRESS).replace("<MIGRATION_ID>", &id);
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    fixture.run(&words).success();
    fixture.write(fixture.example());
    fixture.run(&["apply", "-auto-approve"]).success();
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.id(ADDRESS), fixture.starts()), (id, 1), "{what}");
}

#[test]
fn reset_before_the_start_takes_effect_has_an_unknown_outcome() {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, Action::Reset));
    let run = fixture.apply(fixture.example());
    run.failure();
    error_at(&run, "Live migration may have been started: connection lost", "");
    assert_eq!((fixture.atlas.received(Operation::Create), fixture.starts()), (1, 0), "{}", fixture.atlas.log());
    // It hasn't taken effect, so the next apply starts it.
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn start_is_retried_after_429() {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, Action::rate_limited(0)).times(2));
    fixture.apply(fixture.example()).success();
    assert_eq!((fixture.atlas.received(Operation::Create), fixture.starts()), (3, 1), "{}", fixture.atlas.log());
}

#[test]
fn reads_are_retried_until_they_succeed() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    for fault in [Action::Reset, Action::html(502), Action::Truncate, Action::rate_limited(0)] {
        fixture.atlas.fault(Fault::new(Operation::Read, fault));
    }
    let before = fixture.atlas.received(Operation::Read);
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.received(Operation::Read) - before, 5, "{}", fixture.atlas.log());
}
