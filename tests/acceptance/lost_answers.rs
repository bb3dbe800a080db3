//! Starts whose answer is lost: perhaps started, never started twice, and adopted by the command that the error names.
//! It must not know interruptions by the user.

use atlas_simulator::{Action, Fault, Operation};

use crate::configuration::{ADDRESS, CLUSTER, GROUP};
use crate::support::{Lab, error_at, errors};

/// What may become of the answer to a start that has taken effect.
fn losses() -> Vec<(&'static str, Action, &'static str)> {
    vec![
        ("reset", Action::Reset, "connection lost"),
        ("201 without _id", Action::WithoutId, "response can't be read (201)"),
        ("201 and no JSON", Action::InvalidJson, "response can't be read (201)"),
        ("half an answer", Action::Truncate, "connection lost"),
        ("a gateway's page", Action::html(502), "response is not JSON (502)"),
        (
            "Atlas's own 500",
            Action::error(500, "UNEXPECTED_ERROR", "Unexpected error."),
            "Atlas returned an error (500)",
        ),
        ("a gateway's time-out", Action::html(504), "response is not JSON (504)"),
    ]
}

#[test]
fn lost_answer_is_one_start_that_the_named_command_adopts() {
    std::thread::scope(|scope| {
        for (what, loss, cause) in losses() {
            scope.spawn(move || lost_answer(what, loss, cause));
        }
    });
}

fn lost_answer(what: &str, loss: Action, cause: &str) {
    let lab = Lab::new();
    lab.atlas.fault(Fault::new(Operation::Create, loss).processed());
    let run = lab.apply(lab.example().with("wait_for_ready", "true"));
    run.failure();
    let summary = format!("Live migration may have been started: {cause}");
    assert_eq!(errors(&run), [&*summary], "{what}");
    let text = error_at(&run, &summary, "");
    for part in [CLUSTER, GROUP, "the request is not sent again", "in the Atlas UI"] {
        assert!(text.contains(part), "{what}: {part} in {text}");
    }
    run.lacks("<html>");
    assert_eq!((lab.atlas.received(Operation::Create), lab.starts()), (1, 1), "{what}\n{}", lab.atlas.log());
    assert!(lab.addresses().is_empty(), "{what}");

    // The next apply meets the one that runs; then the command with its id.
    let again = lab.run(&["apply", "-auto-approve"]);
    again.failure();
    error_at(&again, "Another live migration is running", "");
    let command = format!("     terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>");
    run.shows(&command);
    let id = lab.atlas.migrations().remove(0).id;
    let command = command.replace("<ADDRESS>", ADDRESS).replace("<MIGRATION_ID>", &id);
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    lab.run(&words).success();
    lab.write(lab.example());
    lab.run(&["apply", "-auto-approve"]).success();
    lab.workspace.plan_is_empty();
    assert_eq!((lab.id(ADDRESS), lab.starts()), (id, 1), "{what}");
}

#[test]
fn connection_that_breaks_before_the_start_is_read_is_not_known_either() {
    let lab = Lab::new();
    lab.atlas.fault(Fault::new(Operation::Create, Action::Reset));
    let run = lab.apply(lab.example());
    run.failure();
    error_at(&run, "Live migration may have been started: connection lost", "");
    assert_eq!((lab.atlas.received(Operation::Create), lab.starts()), (1, 0), "{}", lab.atlas.log());
    // Nothing runs there, so that the next apply starts it.
    lab.run(&["apply", "-auto-approve"]).success();
    assert_eq!(lab.starts(), 1);
}

#[test]
fn start_that_was_refused_for_the_moment_is_sent_again() {
    let lab = Lab::new();
    lab.atlas.fault(Fault::new(Operation::Create, Action::rate_limited(0)).times(2));
    lab.apply(lab.example()).success();
    assert_eq!((lab.atlas.received(Operation::Create), lab.starts()), (3, 1), "{}", lab.atlas.log());
}

#[test]
fn reads_are_repeated_until_they_are_answered() {
    let lab = Lab::new();
    lab.start(lab.example());
    for fault in [Action::Reset, Action::html(502), Action::Truncate, Action::rate_limited(0)] {
        lab.atlas.fault(Fault::new(Operation::Read, fault));
    }
    let before = lab.atlas.received(Operation::Read);
    lab.workspace.plan_is_empty();
    assert_eq!(lab.atlas.received(Operation::Read) - before, 5, "{}", lab.atlas.log());
}
