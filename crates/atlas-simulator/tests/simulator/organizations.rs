//! The projects that can be migrated into an organization.

use crate::http::{Client, Response, V2023, V2024, frozen};
use atlas_simulator::{
    Access, Action, AvailableProject, Config, Credential, Deployment, Fault, Operation, Organization, Role, Simulator,
};
use serde_json::{Value, json};

const OTHER_ORG: &str = "ffffffffffffffffffffffff";

fn path(org_id: &str) -> String {
    format!("/api/atlas/v2/orgs/{org_id}/liveMigrations/availableProjects")
}

fn list(client: &mut Client, org_id: &str) -> Response {
    client.signed("GET", &path(org_id), &[("accept", V2023)], "").unwrap()
}

#[test]
fn lists_the_projects_of_a_linked_organization() {
    let simulator = frozen();
    let response = list(&mut Client::new(&simulator), Config::ORG_ID);
    assert_eq!((response.status, response.header("content-type")), (200, Some(V2023)));
    let projects = response.json();
    assert_eq!(projects.as_array().unwrap().len(), 2);
    assert_eq!(projects[0]["projectId"], "9b43a5b329223c3a1591a678");
    assert_eq!(projects[0]["migrationHosts"][0], "vm001.example.com");
    let complete = json!({
        "name": "events", "clusterId": "5f1e8a3c7d9b2a4c6e8f0a05", "mongoDBVersion": "7.0.14",
        "featureCompatibilityVersion": "7.0", "sharded": true, "shardsSize": 3, "tlsEnabled": true, "managed": true,
        "dbSizeBytes": 3_298_534_883_328_u64, "oplogSizeMB": 51_200, "agentVersion": "108.0.2.8729-1",
    });
    let required = json!({
        "name": "reports", "mongoDBVersion": "6.0.19", "featureCompatibilityVersion": "6.0", "sharded": false,
        "tlsEnabled": false, "managed": false,
    });
    assert_eq!(projects[1]["deployments"], json!([complete, required]));
    assert_eq!(simulator.received(Operation::AvailableProjects), 1);
}

#[test]
fn an_organization_without_a_link_has_no_projects() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let response = list(&mut client, Config::UNLINKED_ORG_ID);
    assert_eq!((response.status, response.json()), (200, json!([])));
    simulator.set_organization(Organization { linked: false, ..Organization::example(Config::ORG_ID) });
    assert_eq!(list(&mut client, Config::ORG_ID).json(), json!([]));
}

#[test]
fn lists_the_configured_projects() {
    let project = AvailableProject {
        project_id: "9b43a5b329223c3a1591a678".to_owned(),
        name: "Legacy".to_owned(),
        migration_hosts: Vec::new(),
        deployments: vec![Deployment::monitored("A")],
    };
    let organization = Organization { id: OTHER_ORG.to_owned(), linked: true, projects: vec![project] };
    let simulator = Simulator::start(Config { organizations: vec![organization], ..Config::default() }).unwrap();
    let mut client = Client::new(&simulator);
    let projects = list(&mut client, OTHER_ORG).json();
    assert_eq!((&projects[0]["name"], &projects[0]["migrationHosts"]), (&json!("Legacy"), &json!([])));
    assert_eq!(list(&mut client, Config::ORG_ID).code(), "ORG_NOT_FOUND");
}

#[test]
fn rejects_unknown_organizations_paths_versions_and_methods() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let (known, legacy) = (path(Config::ORG_ID), path(Config::ORG_ID).replace("v2", "v1.0"));
    for (method, path, accept, status, code) in [
        ("GET", path(OTHER_ORG), V2023, 404, "ORG_NOT_FOUND"),
        ("GET", path("x"), V2023, 404, "INVALID_ORG_ID"),
        ("GET", legacy, "application/json", 404, "RESOURCE_NOT_FOUND"),
        ("GET", format!("{known}/more"), V2023, 404, "RESOURCE_NOT_FOUND"),
        ("GET", known.clone(), V2024, 406, "INVALID_VERSION_DATE"),
        ("POST", known, V2023, 405, "METHOD_NOT_ALLOWED"),
    ] {
        let response = client.signed(method, &path, &[("accept", accept)], "").unwrap();
        assert_eq!((response.status, response.code().as_str()), (status, code), "{method} {path}");
    }
}

#[test]
fn only_an_organization_owner_lists_projects() {
    let simulator = frozen();
    let limited = Access { groups: Some(vec![crate::http::GROUP.to_owned()]), ..Access::new(Role::OrgOwner) };
    simulator.add_key(Credential { access: limited, ..Credential::owner("limited", "secret") });
    for (key, secret, status) in [
        (Config::MEMBER_PUBLIC_KEY, Config::MEMBER_PRIVATE_KEY, 403),
        ("limited", "secret", 403),
        (Config::PUBLIC_KEY, "wrong", 401),
    ] {
        let response = list(&mut Client::with_key(&simulator, key, secret), Config::ORG_ID);
        assert_eq!((response.status, response.code().as_str()), (status, "USER_UNAUTHORIZED"), "{key}");
    }
}

#[test]
fn a_fault_applies_to_available_projects() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    simulator.fault(Fault::new(Operation::AvailableProjects, Action::html(502)));
    simulator.fault(Fault::new(Operation::AvailableProjects, Action::Truncate));
    assert_eq!(list(&mut client, Config::ORG_ID).status, 502);
    assert!(client.signed("GET", &path(Config::ORG_ID), &[("accept", V2023)], "").is_err());
    assert_eq!(list(&mut client, Config::ORG_ID).status, 200);
}

#[test]
fn the_control_api_lists_and_sets_organizations() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let control = |method, body: &Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = Client::new(&simulator).raw(method, "/simulator/organizations", &[], &body).unwrap();
        (response.status, response.json())
    };
    let (_, organizations) = control("GET", &Value::Null);
    assert_eq!((&organizations[0]["id"], &organizations[1]["linked"]), (&json!(Config::ORG_ID), &json!(false)));
    let mut changed = organizations[0].clone();
    changed["projects"][0]["deployments"] = json!([
        {"name": "A", "mongodb_version": "5.0.30", "feature_compatibility_version": "5.0"}
    ]);
    assert_eq!(control("POST", &changed).0, 200);
    let deployments = &list(&mut client, Config::ORG_ID).json()[0]["deployments"];
    assert_eq!((&deployments[0]["mongoDBVersion"], &deployments[0]["sharded"]), (&json!("5.0.30"), &json!(false)));
    assert_eq!(control("POST", &json!({"id": Config::ORG_ID, "linked": false})).0, 200);
    assert_eq!(list(&mut client, Config::ORG_ID).json(), json!([]));
    assert_eq!(control("GET", &Value::Null).1.as_array().unwrap().len(), 2);
    for wrong in [
        json!({"id": "x"}),
        json!({"linked": true}),
        json!({"id": OTHER_ORG, "projects": [{"project_id": "x", "name": "P"}]}),
        json!({"id": OTHER_ORG, "color": "blue"}),
    ] {
        assert_eq!(control("POST", &wrong).0, 400, "{wrong}");
    }
}
