//! The log (`TF_LOG`): every request with its outcome, and every status change during a wait.

use std::time::Duration;

use atlas_simulator::{Action, Fault, Operation};
use serde_json::Value;

use crate::milestones::without_validation;
use crate::support::Fixture;
use crate::sync_points::{APPLY, finish, wait_until_cut_over, wait_until_received};

/// The provider's lines with this message.
fn lines(fixture: &Fixture, message: &str) -> Vec<Value> {
    let log = std::fs::read_to_string(fixture.workspace.path().join("log.json")).unwrap();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["@message"].as_str().is_some_and(|text| text.ends_with(message))).collect()
}

#[test]
fn logs_every_request_and_every_status_change() {
    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("cutover", "true"));
    let log = fixture.workspace.path().join("log.json");
    fixture.workspace.env("TF_LOG", "JSON").env("TF_LOG_PATH", log);
    // The read of the plan succeeds; the next one is retried.
    fixture.atlas.fault(Fault::new(Operation::Read, Action::html(503)).skip(1));
    let before = fixture.atlas.received(Operation::Read);
    let running = fixture.workspace.start(APPLY);
    wait_until_received(&fixture, Operation::Read, before + 4);
    fixture.atlas.advance(Duration::from_secs(2));
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    fixture.atlas.advance(Duration::from_secs(2));
    wait_until_cut_over(&fixture);
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 2);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();

    let requests = lines(&fixture, "Atlas API request");
    let seen = fixture.atlas.requests().len() - 2;
    assert_eq!(requests.len(), seen, "each request after the start, and its challenge, has a line");
    for line in &requests {
        assert!(["GET", "PUT"].contains(&line["method"].as_str().unwrap_or_default()), "{line}");
        assert!(line["path"].as_str().unwrap().starts_with("/api/atlas/v2/groups/"), "{line}");
        assert!(line["status"].is_u64() && line["attempt"].is_u64() && line["duration_ms"].is_u64(), "{line}");
        assert_eq!(line["@module"], "terraform-provider-atlas", "{line}");
    }
    assert!(requests.iter().any(|line| line["status"] == 503) && requests.iter().any(|line| line["attempt"] == 2));
    let put = requests.iter().find(|line| line["method"] == "PUT").unwrap();
    assert_eq!((&put["@level"], &put["operation"]), (&Value::from("info"), &Value::from("cutover")));

    let changes: Vec<_> = lines(&fixture, "live migration changed")
        .iter()
        .map(|line| {
            (line["status"].as_str().unwrap().to_owned(), line["lag"].as_i64(), line["ready"].as_bool().unwrap())
        })
        .collect();
    let working = |lag, ready| ("WORKING".to_owned(), lag, ready);
    let expected =
        [working(Some(400), false), working(Some(0), true), working(None, false), ("COMPLETE".to_owned(), None, false)];
    assert_eq!(changes, expected);
    assert_eq!(lines(&fixture, "cutover requested").len(), 1);
    assert!(!lines(&fixture, "live migration polled").is_empty());
}
