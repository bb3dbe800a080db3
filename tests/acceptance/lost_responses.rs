//! Starts whose answer is lost: perhaps started, never started twice, and adopted by the command that the error names.
//! It must not know interruptions by the user.

use atlas_simulator::{Action, Fault, Operation};

use crate::configuration::{ADDRESS, CLUSTER, GROUP};
use crate::support::{Fixture, error_at, errors};

const OUTCOME_UNKNOWN: &str = "Live migration may have been started";

/// What may become of the answer to a start that has taken effect.
fn lost_responses() -> Vec<(&'static str, Action)> {
    vec![
        ("reset", Action::Reset),
        ("201 without _id", Action::WithoutId),
        ("201 and no JSON", Action::InvalidJson),
        ("half an answer", Action::Truncate),
        ("a gateway's page", Action::html(502)),
        ("Atlas's own 500", Action::error(500, "UNEXPECTED_ERROR", "Unexpected error.")),
        ("a gateway's time-out", Action::html(504)),
    ]
}

#[test]
fn lost_answer_is_one_start_that_the_named_command_adopts() {
    std::thread::scope(|scope| {
        for (what, loss) in lost_responses() {
            scope.spawn(move || lost_answer(what, loss));
        }
    });
}

fn lost_answer(what: &str, loss: Action) {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, loss).processed());
    let run = fixture.apply(fixture.example().with("wait_for_ready", "true"));
    run.failure();
    assert_eq!(errors(&run), [OUTCOME_UNKNOWN], "{what}");
    let text = error_at(&run, OUTCOME_UNKNOWN, "");
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

    // The next apply meets the one that runs; then the command with its id.
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
fn connection_that_breaks_before_the_start_is_read_is_not_known_either() {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, Action::Reset));
    let run = fixture.apply(fixture.example());
    run.failure();
    error_at(&run, OUTCOME_UNKNOWN, "");
    assert_eq!((fixture.atlas.received(Operation::Create), fixture.starts()), (1, 0), "{}", fixture.atlas.log());
    // Nothing runs there, so that the next apply starts it.
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!(fixture.starts(), 1);
}

#[test]
fn start_that_was_refused_for_the_moment_is_sent_again() {
    let fixture = Fixture::new();
    fixture.atlas.fault(Fault::new(Operation::Create, Action::rate_limited(0)).times(2));
    fixture.apply(fixture.example()).success();
    assert_eq!((fixture.atlas.received(Operation::Create), fixture.starts()), (3, 1), "{}", fixture.atlas.log());
}

#[test]
fn reads_are_repeated_until_they_are_answered() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    for fault in [Action::Reset, Action::html(502), Action::Truncate, Action::rate_limited(0)] {
        fixture.atlas.fault(Fault::new(Operation::Read, fault));
    }
    let before = fixture.atlas.received(Operation::Read);
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.atlas.received(Operation::Read) - before, 5, "{}", fixture.atlas.log());
}
