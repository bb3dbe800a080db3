//! Paths, media types, projects and bodies that are rejected, and the responses to them.

use crate::http::{Client, GROUP, V2023, V2024, body, frozen, path};
use atlas_simulator::{Config, Simulator};
use serde_json::json;

#[test]
fn a_wrong_accept_gets_406_and_a_wrong_content_type_415() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let text = body("B", "vm").to_string();
    for (headers, status, code) in [
        (vec![("content-type", V2024)], 406, "INVALID_VERSION_DATE"),
        (vec![("accept", "application/json"), ("content-type", V2024)], 406, "INVALID_VERSION_DATE"),
        (vec![("accept", V2024), ("content-type", "application/json")], 415, "UNSUPPORTED_MEDIA_TYPE"),
        (vec![("accept", V2024)], 415, "UNSUPPORTED_MEDIA_TYPE"),
    ] {
        let response = client.signed("POST", &path(""), &headers, &text).unwrap();
        assert_eq!((response.status, response.code().as_str()), (status, code));
    }
    assert_eq!(client.signed("GET", &path("/6296fb4c7c7aa997cf94e9a8"), &[("accept", V2024)], "").unwrap().status, 406);
    assert!(simulator.migrations().is_empty());
}

#[test]
fn both_versions_of_create_respond_with_their_content_type() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let newest = client.create(&body("B", "vm1"));
    assert_eq!(newest.header("content-type"), Some(V2024));
    let mut older = body("C", "vm2");
    older["dropEnabled"] = json!(true);
    let headers = [("accept", V2023), ("content-type", V2023)];
    let created = client.signed("POST", &path(""), &headers, &older.to_string()).unwrap();
    assert_eq!((created.status, created.header("content-type")), (201, Some(V2023)));
    assert_eq!(simulator.erasures(GROUP, "C"), 1);
    assert_eq!(client.create(&older).json()["badRequestDetail"]["fields"][0]["field"], "dropEnabled");
}

#[test]
fn an_unknown_path_gets_404_and_a_wrong_method_405() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    for (method, path, status, code) in [
        ("GET", "/api/atlas/v2/groups".to_owned(), 404, "RESOURCE_NOT_FOUND"),
        ("GET", path(""), 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", path("/6296fb4c7c7aa997cf94e9a8"), 405, "METHOD_NOT_ALLOWED"),
        ("GET", path("/validate"), 405, "METHOD_NOT_ALLOWED"),
    ] {
        let response = client.signed(method, &path, &[("accept", V2023)], "").unwrap();
        assert_eq!((response.status, response.code().as_str()), (status, code), "{method} {path}");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
}

#[test]
fn unknown_projects_and_clusters_get_a_json_404() {
    let config = Config {
        groups: Some(vec![GROUP.to_owned()]),
        clusters: Some(vec![(GROUP.to_owned(), "B".to_owned())]),
        linked_sources: Some(vec!["9b43a5b329223c3a1591a678".to_owned()]),
        ..Config::default()
    };
    let simulator = Simulator::start(config).unwrap();
    let mut client = Client::new(&simulator);
    let mut get = |group: &str| {
        let path = format!("/api/atlas/v2/groups/{group}/liveMigrations/6296fb4c7c7aa997cf94e9a8");
        let response = client.signed("GET", &path, &[("accept", V2023)], "").unwrap();
        (response.status, response.code())
    };
    assert_eq!(get("ffffffffffffffffffffffff"), (404, "GROUP_NOT_FOUND".to_owned()));
    assert_eq!(get("FFFFFFFFFFFFFFFFFFFFFFFF"), (404, "INVALID_GROUP_ID".to_owned()));
    assert_eq!(get(GROUP), (404, "RESOURCE_NOT_FOUND".to_owned()));
    assert_eq!(client.create(&body("C", "vm")).code(), "CLUSTER_NOT_FOUND");
    let mut unlinked = body("B", "vm");
    unlinked["source"]["groupId"] = json!("ffffffffffffffffffffffff");
    assert_eq!(client.create(&unlinked).code(), "GROUP_NOT_FOUND");
    assert_eq!(client.create(&body("B", "vm")).status, 201);
}

#[test]
fn an_invalid_body_names_every_field_and_starts_nothing() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let mut wrong = body("", "vm");
    wrong["source"]["ssl"] = json!("yes");
    let response = client.create(&wrong);
    assert_eq!(response.status, 400);
    let response = response.json();
    assert_eq!((&response["error"], &response["errorCode"]), (&json!(400), &json!("VALIDATION_ERROR")));
    assert_eq!(
        (&response["reason"], &response["parameters"]),
        (&json!("Bad Request"), &json!(["source.ssl", "destination.clusterName"]))
    );
    let fields = json!([
        {"field": "source.ssl", "description": "Must be a boolean."},
        {"field": "destination.clusterName", "description": "Must be a non-empty string."},
    ]);
    assert_eq!(response["badRequestDetail"]["fields"], fields);
    assert_eq!(client.validate(&wrong).status, 400);
    assert!(simulator.events().is_empty());
}

#[test]
fn rejects_a_body_for_a_v2_cutover() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = simulator.seed_migration(atlas_simulator::Seed::new(GROUP, "B", atlas_simulator::Stage::Ready));
    let cutover = path(&format!("/{id}/cutover"));
    assert_eq!(client.signed("PUT", &cutover, &[("accept", V2023)], "{}").unwrap().status, 400);
    assert_eq!(client.cut_over(&id).status, 202);
}

#[test]
fn reports_and_enforces_the_rate_limit() {
    let config = Config { speed: 0.0, rate_limit: 2, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let mut client = Client::new(&simulator);
    let missing = "/6296fb4c7c7aa997cf94e9a8";
    let first = client.get(missing);
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), (Some("2"), Some("1")));
    client.get(missing);
    let rejected = client.get(missing);
    assert_eq!(
        (rejected.status, rejected.code().as_str(), rejected.header("retry-after")),
        (429, "RATE_LIMITED", Some("60"))
    );
    simulator.advance(std::time::Duration::from_secs(60));
    assert_eq!(client.get(missing).status, 404);
}
