//! A refresh and an import that fail, and what a refresh has found.

use atlas_simulator::{Action, Config, Fault, Operation, Response};

use super::{lab, shows};
use crate::configuration::{ADDRESS, GROUP, OTHER_GROUP};
use crate::support::{Lab, UNTIL_READY, still};
use crate::wishes::plain;

/// A started migration.
fn started() -> (Lab, String) {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    (lab, id)
}

#[test]
fn refresh_that_is_refused() {
    let (lab, _) = started();
    for (name, situation, action) in [
        (
            "refresh_403",
            "The account may not read.",
            Action::error(403, "USER_UNAUTHORIZED", "The user is not authorized."),
        ),
        (
            "refresh_404_project",
            "Atlas does not know the project.",
            Action::error(404, "GROUP_NOT_FOUND", "No such group."),
        ),
        ("refresh_404_html", "A gateway knows no such page.", Action::html(404)),
        (
            "refresh_406",
            "Atlas does not serve the version.",
            Action::error(406, "INVALID_VERSION_DATE", "Not available."),
        ),
        ("refresh_429", "Atlas requires a wait of for an hour.", Action::rate_limited(3600)),
        (
            "refresh_503",
            "Atlas is down and asks to come back in an hour.",
            Action::Respond(Response::error(503, "SERVICE_UNAVAILABLE", "Down.").header("retry-after", "3600")),
        ),
    ] {
        lab.atlas.fault(Fault::new(Operation::Read, action));
        shows(name, situation, lab.run(&["plan"]).failure());
    }
    lab.atlas.revoke(Config::PUBLIC_KEY);
    shows("refresh_401", "The key was deleted.", lab.run(&["plan"]).failure());
}

#[test]
fn refresh_that_finds_the_end() {
    let (lab, id) = started();
    lab.atlas.age_out(&id);
    shows("plan_unknown_to_atlas", "Atlas does not know the migration any more.", &lab.workspace.plan_is_empty());

    let (lab, id) = started();
    lab.atlas.fail(&id, "The oplog rolled over.");
    shows("plan_failed", "The migration has failed.", &lab.workspace.plan_is_empty());

    let lab = super::lab(still());
    lab.start(plain(&lab).with("drop_enabled", "true"));
    lab.atlas.advance(UNTIL_READY + still().expires_after);
    shows(
        "plan_expired_drop",
        "The migration has expired; it had erased the destination.",
        &lab.workspace.plan_is_empty(),
    );
}

#[test]
fn refresh_of_many_finds_an_announcement() {
    let (lab, _) = started();
    let headers = Action::header("Sunset", "Wed, 31 Dec 2031 23:59:59 GMT");
    lab.atlas.fault(Fault::new(Operation::Read, headers));
    shows("plan_sunset", "Atlas announces the end of the API.", &lab.workspace.plan_is_empty());
}

#[test]
fn import_that_fails() {
    let lab = lab(Config { groups: Some(vec![GROUP.to_owned()]), ..still() });
    lab.write(plain(&lab));
    for (name, situation, id) in [
        ("import_malformed", "The id has one part.", "6b05559c068929e7603e398c".to_owned()),
        ("import_404", "There is no such migration.", format!("{GROUP}/5f0000000000000000000009")),
        ("import_404_project", "There is no such project.", format!("{OTHER_GROUP}/5f0000000000000000000009")),
    ] {
        shows(name, situation, lab.run(&["import", ADDRESS, &id]).failure());
    }
}

#[test]
fn import_into_another_configuration() {
    let (lab, id) = started();
    std::fs::remove_file(lab.workspace.path().join("terraform.tfstate")).unwrap();
    lab.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let other = plain(&lab).with("migration_hosts", "[\"vm002.example.com\"]");
    shows("import_other_host", "Another host stands in the configuration.", lab.plan(other).failure());
    let other = plain(&lab).destination("group_id", &format!("\"{OTHER_GROUP}\""));
    shows("import_other_group", "Another project stands in the configuration.", lab.plan(other).failure());
}
