//! Refreshes and imports that fail, and warnings of a refresh.

use atlas_simulator::{Action, Config, Fault, Operation, Response};

use super::{assert_snapshot, fixture};
use crate::configuration::{ADDRESS, GROUP, OTHER_GROUP};
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, frozen};

fn started() -> (Fixture, String) {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    (fixture, id)
}

#[test]
fn refresh_is_rejected() {
    let (fixture, _) = started();
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
        fixture.atlas.fault(Fault::new(Operation::Read, action));
        assert_snapshot(name, situation, fixture.run(&["plan"]).failure());
    }
    fixture.atlas.revoke(Config::PUBLIC_KEY);
    assert_snapshot("refresh_401", "The key was deleted.", fixture.run(&["plan"]).failure());
}

#[test]
fn refresh_reports_that_the_migration_has_ended() {
    let (fixture, id) = started();
    fixture.atlas.age_out(&id);
    assert_snapshot(
        "plan_not_found",
        "Atlas does not know the migration any more.",
        &fixture.workspace.plan_is_empty(),
    );

    let (fixture, id) = started();
    fixture.atlas.fail(&id, "The oplog rolled over.");
    assert_snapshot("plan_failed", "The migration has failed.", &fixture.workspace.plan_is_empty());

    let fixture = super::fixture(frozen());
    fixture.start(without_validation(&fixture).with("drop_enabled", "true"));
    fixture.atlas.advance(UNTIL_READY + frozen().expires_after);
    assert_snapshot(
        "plan_expired_drop",
        "The migration has expired; it had erased the destination.",
        &fixture.workspace.plan_is_empty(),
    );
}

#[test]
fn refresh_reports_a_sunset_header() {
    let (fixture, _) = started();
    let headers = Action::header("Sunset", "Wed, 31 Dec 2031 23:59:59 GMT");
    fixture.atlas.fault(Fault::new(Operation::Read, headers));
    assert_snapshot("plan_sunset", "Atlas announces the end of the API.", &fixture.workspace.plan_is_empty());
}

#[test]
fn import_fails() {
    let fixture = fixture(Config { groups: Some(vec![GROUP.to_owned()]), ..frozen() });
    fixture.write(without_validation(&fixture));
    for (name, situation, id) in [
        ("import_malformed", "The id has one part.", "6b05559c068929e7603e398c".to_owned()),
        ("import_404", "There is no such migration.", format!("{GROUP}/5f0000000000000000000009")),
        ("import_404_project", "There is no such project.", format!("{OTHER_GROUP}/5f0000000000000000000009")),
    ] {
        assert_snapshot(name, situation, fixture.run(&["import", ADDRESS, &id]).failure());
    }
}

#[test]
fn imported_migration_differs_from_the_configuration() {
    let (fixture, id) = started();
    std::fs::remove_file(fixture.workspace.path().join("terraform.tfstate")).unwrap();
    fixture.run(&["import", ADDRESS, &format!("{GROUP}-{id}")]).success();
    let other = without_validation(&fixture).with("migration_hosts", "[\"vm002.example.com\"]");
    assert_snapshot("import_other_host", "Another host stands in the configuration.", fixture.plan(other).failure());
    let other = without_validation(&fixture).destination("group_id", &format!("\"{OTHER_GROUP}\""));
    assert_snapshot(
        "import_other_group",
        "Another project stands in the configuration.",
        fixture.plan(other).failure(),
    );
}
