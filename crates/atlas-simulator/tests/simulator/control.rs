//! The control API, as used with curl.

use crate::http::{Client, GROUP, LONG, body, frozen};
use atlas_simulator::Simulator;
use serde_json::{Value, json};

fn post(simulator: &Simulator, path: &str, body: &Value) -> (u16, Value) {
    let response = Client::new(simulator).raw("POST", &format!("/simulator/{path}"), &[], &body.to_string()).unwrap();
    (response.status, response.json())
}

fn get(simulator: &Simulator, path: &str) -> String {
    let response = Client::new(simulator).raw("GET", &format!("/simulator{path}"), &[], "").unwrap();
    assert_eq!(response.status, 200);
    String::from_utf8(response.body).unwrap()
}

#[test]
fn help_lists_every_path() {
    let simulator = frozen();
    for help in [get(&simulator, ""), get(&simulator, "/")] {
        for path in ["migrations", "organizations", "clock", "validation", "faults", "requests"] {
            assert!(help.contains(&format!("/simulator/{path}")), "{help}");
        }
    }
    assert!(simulator.requests().is_empty());
}

#[test]
fn moves_the_clock_and_sets_its_speed() {
    let simulator = frozen();
    let start = simulator.now();
    let (status, response) = post(&simulator, "clock", &json!({"advance": "96h"}));
    assert_eq!((status, &response["speed"]), (200, &json!(0.0)));
    assert_eq!(simulator.now().duration_since(start).unwrap().as_secs(), 96 * 3600);
    assert_eq!(post(&simulator, "clock", &json!({"speed": 60})).1["speed"], 60.0);
    for wrong in [json!({"advance": "soon"}), json!({"speed": -1}), json!({"unknown": 1}), json!([])] {
        let (status, response) = post(&simulator, "clock", &wrong);
        assert_eq!(status, 400);
        assert!(response["error"].is_string());
    }
}

#[test]
fn seeds_lists_fails_and_ages_out_migrations() {
    let simulator = frozen();
    let seed = json!({"group_id": GROUP, "cluster_name": "B", "stage": "ready", "migration_host": "vm7"});
    let (status, seeded) = post(&simulator, "migrations", &seed);
    let id = seeded["id"].as_str().unwrap().to_owned();
    assert_eq!((status, &seeded["ready_for_cutover"]), (200, &json!(true)));
    let shown: Value = serde_json::from_str(&get(&simulator, "/migrations")).unwrap();
    assert_eq!((&shown[0]["status"], &shown[0]["migration_hosts"]), (&json!("WORKING"), &json!(["vm7"])));

    let reason = json!({"reason": "the disk is full"});
    assert_eq!(post(&simulator, &format!("migrations/{id}/fail"), &reason).0, 200);
    assert_eq!(post(&simulator, &format!("migrations/{id}/fail"), &reason).0, 409);
    assert_eq!(simulator.migration(&id).unwrap().failure.as_deref(), Some("the disk is full"));
    assert_eq!(post(&simulator, &format!("migrations/{id}/age-out"), &json!({})).0, 200);
    assert_eq!(post(&simulator, "migrations/unknown/age-out", &json!({})).0, 404);
    assert_eq!(Client::new(&simulator).get(&format!("/{id}")).status, 404);
    for (field, value) in [("stage", "unknown"), ("group_id", "x")] {
        let mut wrong = seed.clone();
        wrong[field] = json!(value);
        assert_eq!(post(&simulator, "migrations", &wrong).0, 400);
    }
}

#[test]
fn the_next_validation_fails() {
    let simulator = frozen();
    assert_eq!(post(&simulator, "validation", &json!({"error": "no space"})).0, 200);
    let mut client = Client::new(&simulator);
    let id = client.validate(&body("B", "vm")).id();
    simulator.advance(LONG);
    assert_eq!(client.get(&format!("/validate/{id}")).json()["errorMessage"], "no space");
}

#[test]
fn adds_every_fault_of_the_help() {
    let simulator = frozen();
    for (index, fault) in [
        json!({"action": "error", "status": 500, "code": "X", "detail": "y"}),
        json!({"action": "html", "status": 502}),
        json!({"action": "rate-limited", "retry_after": 1, "times": 0}),
        json!({"action": "redirect", "url": "http://127.0.0.1:9/"}),
        json!({"action": "header", "name": "Sunset", "value": "x"}),
        json!({"action": "without-id"}),
        json!({"action": "invalid-json", "skip": 1}),
        json!({"action": "truncate", "times": 2}),
        json!({"action": "huge", "bytes": 1000}),
        json!({"action": "reset", "processed": true}),
        json!({"action": "silence", "before_authentication": true}),
        json!({"action": "hold"}),
        json!({"action": "stale-nonce"}),
        json!({"action": "expire-tokens"}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut fault = fault;
        fault["operation"] = json!("cutover");
        assert_eq!(post(&simulator, "faults", &fault), (200, json!({"number": index + 1})), "{fault}");
    }
    for wrong in [
        json!({"operation": "cutover", "action": "unknown"}),
        json!({"operation": "unknown", "action": "reset"}),
        json!({"operation": "read", "action": "html", "status": 7}),
        json!({"operation": "read"}),
    ] {
        assert_eq!(post(&simulator, "faults", &wrong).0, 400, "{wrong}");
    }
}

#[test]
fn a_fault_applies_is_released_and_ends() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    post(&simulator, "faults", &json!({"operation": "read", "action": "html", "status": 502, "times": 0}));
    assert_eq!(client.get("/6296fb4c7c7aa997cf94e9a8").status, 502);
    assert_eq!(post(&simulator, "faults/1/end", &json!({})).0, 200);
    post(&simulator, "faults", &json!({"operation": "read", "action": "hold"}));
    std::thread::scope(|scope| {
        let read = scope.spawn(move || client.get("/6296fb4c7c7aa997cf94e9a8").status);
        assert!(simulator.wait_for(LONG, |state| state.received(atlas_simulator::Operation::Read) == 2));
        assert_eq!(post(&simulator, "faults/2/release", &json!({})).0, 200);
        assert_eq!(read.join().unwrap(), 404);
    });
    assert_eq!(post(&simulator, "faults/3/release", &json!({})).0, 404);
    assert!(get(&simulator, "/requests").contains("(fault: response)"));
}
