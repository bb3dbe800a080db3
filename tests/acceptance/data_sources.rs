//! The data sources: what they return, what they reject, and that they send nothing that changes anything.

use atlas_simulator::{Config, Operation, Organization};
use serde_json::{Value, json};

use crate::configuration::GROUP;
use crate::support::{Fixture, UNTIL_READY, error_at};

const MIGRATION: &str = "data \"atlas_live_migration\" \"orders\" {\n  group_id = atlas_live_migration.orders.group_id\n  id       \
                         = atlas_live_migration.orders.id\n}\n";

fn available(org_id: &str) -> String {
    format!("data \"atlas_live_migration_available_projects\" \"all\" {{\n  org_id = \"{org_id}\"\n}}\n")
}

/// An attribute of a data source in the state.
fn data(fixture: &Fixture, name: &str) -> Value {
    let state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    let resources = state["resources"].as_array().cloned().unwrap_or_default();
    let found = resources.into_iter().find(|resource| resource["mode"] == "data");
    found.map(|resource| resource["instances"][0]["attributes"][name].clone()).unwrap_or_default()
}

#[test]
fn live_migration_shows_what_atlas_returns() {
    let fixture = Fixture::new();
    fixture.start(fixture.example());
    fixture.atlas.advance(UNTIL_READY);
    fixture.apply(fixture.example().to_string() + MIGRATION).success();
    assert_eq!(data(&fixture, "status"), "WORKING");
    assert_eq!((data(&fixture, "ready_for_cutover"), data(&fixture, "lag_time_seconds")), (json!(true), json!(0)));
    assert_eq!(data(&fixture, "migration_hosts"), json!(["vm001.example.com"]));
    fixture.workspace.plan_is_empty();
}

#[test]
fn live_migration_that_atlas_does_not_know_is_an_error_with_advice() {
    let fixture = Fixture::new();
    let id = "6b091334da4b2f42b931c320";
    fixture
        .write(format!("data \"atlas_live_migration\" \"orders\" {{\n  group_id = \"{GROUP}\"\n  id = \"{id}\"\n}}\n"));
    let run = fixture.run(&["plan"]);
    run.failure();
    let text = error_at(&run, &format!("Live migration is unknown to Atlas: {id}"), &format!("id = \"{id}\""));
    assert!(text.contains("Check group_id and id"), "{text}");
}

#[test]
fn available_projects_feed_one_for_each() {
    let fixture = Fixture::new();
    let output = "output \"clusters\" {\n  value = flatten([for project in \
                  data.atlas_live_migration_available_projects.all.projects : [for cluster in project.deployments : \
                  \"${project.name}/${cluster.name}/${cluster.tls_enabled}/${project.migration_hosts[0]}\"]])\n}\n";
    fixture.apply(available(Config::ORG_ID) + output).success();
    let expected: Vec<_> = Organization::example(Config::ORG_ID)
        .projects
        .iter()
        .flat_map(|project| {
            project.deployments.iter().map(|cluster| {
                format!("{}/{}/{}/{}", project.name, cluster.name, cluster.tls_enabled, project.migration_hosts[0])
            })
        })
        .collect();
    let state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    assert_eq!(state["outputs"]["clusters"]["value"], json!(expected));
    let project = &data(&fixture, "projects")[0];
    assert!(project["deployments"][0]["db_size_bytes"].as_i64().is_some_and(|size| size > 0), "{project}");
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.writes(), 0);
}

#[test]
fn organizations_without_projects_are_errors_at_their_id() {
    let fixture = Fixture::new();
    let unlinked = Config::UNLINKED_ORG_ID;
    for (org_id, summary) in [
        (unlinked, "No project is available for migration"),
        ("5f0000000000000000000009", "Can't read available projects: organization not found (404)"),
    ] {
        fixture.write(available(org_id));
        let run = fixture.run(&["plan"]);
        run.failure();
        let text = error_at(&run, summary, &format!("org_id = \"{org_id}\""));
        assert!(text.contains("atlas liveMigrations link create"), "{text}");
    }
    fixture.write(available("orders"));
    error_at(&fixture.run(&["validate"]), "Malformed organization ID", "org_id = \"orders\"");
}

#[test]
fn available_projects_need_api_version_v2_and_an_owner() {
    let fixture = Fixture::new().legacy();
    fixture.write(available(Config::ORG_ID));
    let run = fixture.run(&["plan"]);
    run.failure().says("`api_version = \"v1.0\"`, which can't list projects");
    assert_eq!(fixture.atlas.requests().len(), 0);

    let fixture = Fixture::new();
    fixture
        .workspace
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::MEMBER_PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::MEMBER_PRIVATE_KEY);
    fixture.write(available(Config::ORG_ID));
    let run = fixture.run(&["plan"]);
    run.failure().says("Organization Owner");
    assert_eq!(fixture.atlas.received(Operation::Create), 0);
}
