//! Starts that Atlas rejects, or whose outcome is unknown.

use atlas_simulator::{Access, Action, Config, Credential, Fault, Operation, Response, Role, Seed, Stage};

use super::{assert_snapshot, fixture};
use crate::configuration::{GROUP, HOST, OTHER_GROUP};
use crate::milestones::without_validation;
use crate::support::{Fixture, frozen};

/// Applies the example without the validation and with this fault.
#[track_caller]
fn assert_start_snapshot(name: &str, situation: &str, fault: Fault) {
    let fixture = Fixture::new();
    fixture.atlas.fault(fault);
    assert_snapshot(name, situation, fixture.apply(without_validation(&fixture)).failure());
}

/// Applies the example without the validation, and asserts that nothing was started or stored.
#[track_caller]
fn assert_rejected(name: &str, situation: &str, fixture: &Fixture) {
    assert_snapshot(name, situation, fixture.apply(without_validation(fixture)).failure());
    assert_eq!((fixture.starts(), fixture.addresses().len()), (0, 0), "{}", fixture.atlas.log());
}

fn start(action: Action) -> Fault {
    Fault::new(Operation::Create, action)
}

#[test]
fn start_rejected_for_the_credentials() {
    let wrong = Fixture::new();
    wrong.workspace.env("MONGODB_ATLAS_PRIVATE_API_KEY", "99999999-2222-4333-8444-555555555555");
    assert_rejected("start_401_key_pair", "The private key does not belong to the public one.", &wrong);

    let member = Fixture::new();
    member
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
    assert_rejected("start_403_role", "An Organization Member starts a migration.", &member);

    let access = Access { off_access_list: true, ..Access::new(Role::OrgOwner) };
    let key = Credential { access, ..Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY) };
    assert_rejected(
        "start_403_access_list",
        "The access list of the key does not have this machine.",
        &fixture(Config { keys: vec![key], ..frozen() }),
    );
}

#[test]
fn start_rejected_for_unknown_project_cluster_or_link() {
    assert_rejected(
        "start_404_project",
        "Atlas does not know the project of the destination.",
        &fixture(Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..frozen() }),
    );
    assert_rejected(
        "start_404_cluster",
        "The project has no cluster of that name.",
        &fixture(Config { clusters: Some(vec![(GROUP.to_owned(), "another".to_owned())]), ..frozen() }),
    );
    assert_rejected(
        "start_404_link",
        "The organization of the source is not linked.",
        &fixture(Config { linked_sources: Some(Vec::new()), ..frozen() }),
    );
}

#[test]
fn start_rejected_for_the_api_version() {
    for (name, status, situation) in [
        ("start_406", 406, "Atlas does not serve the version that is asked for."),
        ("start_410", 410, "Atlas has retired the API."),
    ] {
        assert_start_snapshot(
            name,
            situation,
            start(Action::error(status, "INVALID_VERSION_DATE", "The version is not available.")),
        );
    }
}

#[test]
fn start_rejected_because_another_is_running() {
    let busy = Fixture::new();
    let seed = Seed { migration_hosts: vec![HOST.to_owned()], ..Seed::new(OTHER_GROUP, "another", Stage::Working) };
    busy.atlas.seed_migration(seed);
    assert_rejected("start_409", "The migration host is busy.", &busy);
}

#[test]
fn start_rejected_for_too_many_requests() {
    assert_start_snapshot(
        "start_429",
        "Atlas requires a wait of for an hour.",
        start(Action::rate_limited(3600)).forever(),
    );
}

#[test]
fn start_rejected_for_its_fields() {
    let one = r#"{"error":400,"errorCode":"INVALID_ATTRIBUTE","reason":"Bad Request","detail":"The name of the host is invalid.",
        "badRequestDetail":{"fields":[{"field":"migrationHosts[0]","description":"must be a fully qualified name"}]}}"#;
    assert_start_snapshot(
        "start_400_field",
        "Atlas refuses a field.",
        start(Action::Respond(Response::json(400, one))),
    );
    let two = r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","detail":"The request has 2 invalid attributes",
        "badRequestDetail":{"fields":[{"field":"source.username","description":"is too long"},
        {"field":"destination.clusterName","description":"[red] must not be empty"}]}}"#;
    assert_start_snapshot(
        "start_400_fields",
        "Atlas refuses two fields.",
        start(Action::Respond(Response::json(400, two))),
    );
    let bare = r#"{"error":400}"#;
    assert_start_snapshot(
        "start_400_bare",
        "Atlas refuses without a reason.",
        start(Action::Respond(Response::json(400, bare))),
    );
}

#[test]
fn start_outcome_is_unknown() {
    for (name, situation, fault) in [
        (
            "start_500",
            "Atlas has an internal error.",
            start(Action::error(500, "UNEXPECTED_ERROR", "Unexpected error.")),
        ),
        ("start_502_html", "A gateway answers with an HTML page.", start(Action::html(502)).processed()),
        (
            "start_503_empty",
            "A gateway answers with nothing.",
            start(Action::Respond(Response::raw(503, "text/plain", ""))),
        ),
        ("start_connection_reset", "The connection breaks before the answer.", start(Action::Reset).processed()),
        ("start_truncated", "The connection breaks within the answer.", start(Action::Truncate).processed()),
        ("start_without_id", "The answer has no id.", start(Action::WithoutId).processed()),
        ("start_invalid_json", "The answer is no JSON.", start(Action::InvalidJson).processed()),
    ] {
        assert_start_snapshot(name, situation, fault);
    }
}

#[test]
fn start_gets_no_response() {
    assert_start_snapshot("start_no_response", "Atlas does not answer.", start(Action::Silence).processed());
}

#[test]
fn start_gets_html_or_a_redirect() {
    assert_start_snapshot("start_403_html", "A proxy forbids the request with an HTML page.", start(Action::html(403)));
    assert_start_snapshot(
        "start_307",
        "A redirect leads elsewhere.",
        start(Action::redirect("https://elsewhere.example.com/")),
    );
}
