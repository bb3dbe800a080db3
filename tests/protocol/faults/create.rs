//! Faults of the request that starts a migration. It is sent again only where it certainly had no effect.

use atlas_simulator::{Action, Fault, Operation, Response};
use serde_json::json;

use super::fixture::{ADDRESS, CLUSTER, Fixture, GROUP, each, quick, says};

fn create(action: Action) -> Fault {
    Fault::new(Operation::Create, action)
}

/// The resource is in no state and not tainted, and so free for the next apply.
fn nothing_is_stored(fixture: &Fixture) {
    assert!(!fixture.state.contains(ADDRESS), "{}", fixture.state.dump());
}

#[test]
fn rate_limited_start_is_repeated() {
    let rows = [
        ("without Retry-After", create(Action::error(429, "RATE_LIMITED", "Too many requests.")).times(2)),
        ("with Retry-After", create(Action::rate_limited(1))),
        (
            "with a Retry-After that is a date gone by",
            create(Action::Respond(
                Response::error(429, "RATE_LIMITED", "Too many requests.")
                    .header("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
            )),
        ),
        ("from a gateway", create(Action::html(429))),
    ];
    each(&rows, |fault| {
        let mut fixture = Fixture::new(quick());
        let fault = fixture.simulator.fault(fault.clone());
        fixture.apply().assert_silent();
        assert_eq!(fixture.received(Operation::Create), 1 + fault.hits());
        assert_eq!(fixture.id(), fixture.migration().id);
        fixture.assert_settled();
    });
}

#[test]
fn start_that_atlas_wants_later_than_the_deadline_fails_at_once() {
    let mut fixture = Fixture::new(quick());
    fixture.simulator.fault(create(Action::rate_limited(24 * 3600)));
    let outcome = fixture.apply();
    let error = outcome.error("Can't start live migration");
    says(
        &error.detail,
        &[
            "Atlas requires a wait of 24 h",
            "longer than the time that is left",
            "No live migration was started.",
            "-parallelism=1",
        ],
    );
    nothing_is_stored(&fixture);
    assert_eq!((fixture.received(Operation::Create), fixture.simulator.migrations().len()), (1, 0));
    fixture.started().assert_settled();
}

/// Nobody can know what became of these; half of the tests let the request take effect first.
#[test]
fn start_whose_response_is_lost_is_never_sent_again() {
    let json = |status, body: &str| Action::Respond(Response::json(status, body));
    let rows = [
        ("500 of Atlas", (Action::error(500, "UNEXPECTED_ERROR", "Unexpected error."), "status 500, UNEXPECTED_ERROR")),
        ("502 of a gateway", (Action::html(502), "status 502")),
        ("503 with Retry-After", (Action::Respond(Response::html(503).header("retry-after", "1")), "status 503")),
        ("504 without a body", (Action::Respond(Response::raw(504, "text/plain", "")), "has status 504 and is empty")),
        ("reset", (Action::Reset, "The connection was lost after the start of the live migration was sent")),
        (
            "half an answer",
            (Action::Truncate, "The connection was lost after the start of the live migration was sent"),
        ),
        ("invalid JSON", (Action::InvalidJson, "has status 201 and can't be read")),
        ("a huge body", (Action::Huge(9 << 20), "can't be read")),
        ("201 without an id", (Action::WithoutId, "has status 201 and can't be read")),
        ("an empty 201", (json(201, ""), "can't be read")),
        ("an id that is null", (json(201, r#"{"_id":null,"status":"NEW"}"#), "can't be read")),
        ("an id that is a number", (json(201, r#"{"_id":7,"status":"NEW"}"#), "can't be read")),
        ("an id that is none", (json(201, r#"{"_id":"","status":"NEW"}"#), "can't be read")),
        ("a list", (json(201, "[]"), "can't be read")),
        ("HTML with status 200", (Action::html(200), "has status 200 and can't be read")),
        ("204", (Action::Respond(Response::raw(204, "application/json", "")), "has status 204")),
        ("a redirect", (Action::redirect("https://login.example.com/?session=1"), "does not follow redirects")),
    ];
    each(&rows, |(action, expected)| {
        for took_effect in [false, true] {
            let fault = create(action.clone());
            let fault = if took_effect { fault.processed() } else { fault };
            may_have_been_started(fault, took_effect, expected);
        }
    });
}

fn may_have_been_started(fault: Fault, took_effect: bool, expected: &str) {
    let mut fixture = Fixture::new(quick());
    let fault = fixture.simulator.fault(fault);
    let outcome = fixture.apply();
    assert_eq!(fault.hits(), 1);
    let error = outcome.error("Live migration may have been started");
    let import = format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>");
    says(
        &error.detail,
        &[
            expected,
            "may have been started",
            "not sent again",
            CLUSTER,
            &import,
            "If none is running, run terraform apply.",
        ],
    );
    nothing_is_stored(&fixture);
    assert_eq!(fixture.received(Operation::Create), 1, "it is sent once:\n{}", fixture.simulator.log());
    // Some of the faults change the operation's answer, so that the request has taken effect in any case.
    let exists = !fixture.simulator.migrations().is_empty();
    assert!(exists || !took_effect, "{}", fixture.simulator.log());
    if exists {
        imported_after_a_conflict(&mut fixture);
    } else {
        fixture.apply().assert_silent();
    }
    assert_eq!(fixture.id(), fixture.migration().id);
    fixture.assert_settled();
}

/// A second apply reports that a migration runs there, and how to import it.
fn imported_after_a_conflict(fixture: &mut Fixture) {
    let outcome = fixture.apply();
    let error = outcome.error("Another live migration is running");
    says(
        &error.detail,
        &[
            "No live migration was started by this request.",
            "It may be yours",
            &format!("terraform import <ADDRESS> {GROUP}/<MIGRATION_ID>"),
        ],
    );
    nothing_is_stored(fixture);
    fixture.import().assert_ok();
}

#[test]
fn refused_start_proves_that_nothing_was_started() {
    let field = r#"{"error":400,"errorCode":"VALIDATION_ERROR","detail":"Invalid attribute.","reason":"Bad Request",
        "badRequestDetail":{"fields":[{"field":"source.clusterName","description":"Unknown cluster."}]}}"#;
    let rows = [
        (
            "a field",
            (
                Action::Respond(Response::json(400, field)),
                "source.cluster_name",
                vec!["Unknown cluster.", "Correct the fields"],
            ),
        ),
        (
            "not the role",
            (Action::error(403, "USER_UNAUTHORIZED", "No."), "", vec!["Organization Owner", "access list"]),
        ),
        (
            "not on the access list",
            (
                Action::error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "No."),
                "",
                vec!["Add the address of this machine to the access list"],
            ),
        ),
        (
            "another project",
            (
                Action::error(404, "GROUP_NOT_FOUND", "No group."),
                "destination.group_id",
                vec!["`destination.group_id` is an Atlas project", "link"],
            ),
        ),
        ("another version", (Action::error(406, "VERSION_GONE", "No."), "", vec!["api_version"])),
        ("a gateway's 404", (Action::html(404), "", vec!["It usually comes from a gateway or proxy, not from Atlas"])),
        (
            "an empty 418",
            (Action::Respond(Response::raw(418, "text/plain", "")), "", vec!["has status 418 and is empty"]),
        ),
    ];
    each(&rows, |(action, path, told)| {
        let mut fixture = Fixture::new(quick());
        fixture.simulator.fault(create(action.clone()));
        let outcome = fixture.apply();
        let error = outcome.error("Can't start live migration");
        says(&error.detail, told);
        says(&error.detail, &["No live migration was started.", "Request: POST"]);
        assert_eq!(error.path, *path);
        nothing_is_stored(&fixture);
        assert_eq!((fixture.received(Operation::Create), fixture.simulator.migrations().len()), (1, 0));
        fixture.started().assert_settled();
    });
}

#[test]
fn accepts_a_start_response_with_little_in_it() {
    let rows = [
        ("its id only", json!({})),
        ("nulls", json!({"status": null, "readyForCutover": null, "lagTimeSeconds": null, "migrationHosts": null})),
        ("a new word", json!({"status": "CONTEMPLATING", "readyForCutover": false, "surprise": {"deep": [1]}})),
    ];
    each(&rows, |expected| {
        let mut fixture = Fixture::new(quick());
        let id = "6296fb4c7c7aa997cf94e9a8";
        let mut answer = expected.clone();
        answer["_id"] = id.into();
        fixture.simulator.fault(create(Action::Respond(Response::json(201, answer.to_string()))));
        fixture.apply().assert_silent();
        assert_eq!((fixture.id(), fixture.attribute("ready_for_cutover")), (id.to_owned(), json!(false)));
        assert_eq!(fixture.attribute("status"), expected["status"]);
        assert!(!fixture.state.is_tainted(ADDRESS));
    });
}
