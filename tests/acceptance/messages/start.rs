//! A start that Atlas refuses, or of which nobody knows whether it took place.

use atlas_simulator::{Access, Action, Config, Credential, Fault, Operation, Response, Role, Seed, Stage};

use super::{lab, shows};
use crate::configuration::{GROUP, HOST, OTHER_GROUP};
use crate::support::{Lab, still};
use crate::wishes::plain;

/// Applies the example without its validation job, against an Atlas that does this to the start.
#[track_caller]
fn start_shows(name: &str, situation: &str, fault: Fault) {
    let lab = Lab::new();
    lab.atlas.fault(fault);
    shows(name, situation, lab.apply(plain(&lab)).failure());
}

#[track_caller]
fn refused_by_shows(name: &str, situation: &str, config: Config) {
    let lab = lab(config);
    shows(name, situation, lab.apply(plain(&lab)).failure());
}

fn start(action: Action) -> Fault {
    Fault::new(Operation::Create, action)
}

#[test]
fn refused_for_who_asks() {
    let wrong = Lab::new();
    wrong.workspace.env("MONGODB_ATLAS_PRIVATE_API_KEY", "99999999-2222-4333-8444-555555555555");
    shows("start_401_key_pair", "The private key does not belong to the public one.", &wrong.apply(plain(&wrong)));

    let member = Lab::new();
    member
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
    shows("start_403_role", "An Organization Member starts a migration.", &member.apply(plain(&member)));

    let access = Access { off_access_list: true, ..Access::new(Role::OrgOwner) };
    let key = Credential { access, ..Credential::owner(Config::PUBLIC_KEY, Config::PRIVATE_KEY) };
    refused_by_shows(
        "start_403_access_list",
        "The access list of the key does not have this machine.",
        Config { keys: vec![key], ..still() },
    );
}

#[test]
fn refused_for_what_is_not_there() {
    refused_by_shows(
        "start_404_project",
        "Atlas does not know the project of the destination.",
        Config { groups: Some(vec![OTHER_GROUP.to_owned()]), ..still() },
    );
    refused_by_shows(
        "start_404_cluster",
        "The project has no cluster of that name.",
        Config { clusters: Some(vec![(GROUP.to_owned(), "another".to_owned())]), ..still() },
    );
    refused_by_shows(
        "start_404_link",
        "The organization of the source is not linked.",
        Config { linked_sources: Some(Vec::new()), ..still() },
    );
}

#[test]
fn refused_for_the_version_of_the_api() {
    for (name, status, situation) in [
        ("start_406", 406, "Atlas does not serve the version that is asked for."),
        ("start_410", 410, "Atlas has retired the API."),
    ] {
        start_shows(
            name,
            situation,
            start(Action::error(status, "INVALID_VERSION_DATE", "The version is not available.")),
        );
    }
}

#[test]
fn refused_because_another_runs() {
    let busy = Lab::new();
    let seed = Seed { migration_hosts: vec![HOST.to_owned()], ..Seed::new(OTHER_GROUP, "another", Stage::Working) };
    busy.atlas.seed_migration(seed);
    shows("start_409", "The migration host is busy.", &busy.apply(plain(&busy)));
}

#[test]
fn refused_for_too_many_requests() {
    start_shows("start_429", "Atlas requires a wait of for an hour.", start(Action::rate_limited(3600)).forever());
}

#[test]
fn refused_for_its_fields() {
    let one = r#"{"error":400,"errorCode":"INVALID_ATTRIBUTE","reason":"Bad Request","detail":"The name of the host is invalid.",
        "badRequestDetail":{"fields":[{"field":"migrationHosts[0]","description":"must be a fully qualified name"}]}}"#;
    start_shows("start_400_field", "Atlas refuses a field.", start(Action::Respond(Response::json(400, one))));
    let two = r#"{"error":400,"errorCode":"VALIDATION_ERROR","reason":"Bad Request","detail":"The request has 2 invalid attributes",
        "badRequestDetail":{"fields":[{"field":"source.username","description":"is too long"},
        {"field":"destination.clusterName","description":"[red] must not be empty"}]}}"#;
    start_shows("start_400_fields", "Atlas refuses two fields.", start(Action::Respond(Response::json(400, two))));
    let bare = r#"{"error":400}"#;
    start_shows("start_400_bare", "Atlas refuses without a reason.", start(Action::Respond(Response::json(400, bare))));
}

#[test]
fn perhaps_started() {
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
        ("start_broken", "The connection breaks before the answer.", start(Action::Reset).processed()),
        ("start_half", "The connection breaks within the answer.", start(Action::Truncate).processed()),
        ("start_without_id", "The answer has no id.", start(Action::WithoutId).processed()),
        ("start_no_json", "The answer is no JSON.", start(Action::InvalidJson).processed()),
    ] {
        start_shows(name, situation, fault);
    }
}

#[test]
fn perhaps_started_without_any_answer() {
    start_shows("start_silence", "Atlas does not answer.", start(Action::Silence).processed());
}

#[test]
fn refused_with_a_page_or_led_elsewhere() {
    start_shows("start_403_html", "A proxy forbids the request with an HTML page.", start(Action::html(403)));
    start_shows("start_307", "A redirect leads elsewhere.", start(Action::redirect("https://elsewhere.example.com/")));
}
