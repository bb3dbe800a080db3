//! Observation by tests: the record, the log, waiting for events, the end of the server.

use crate::http::{Client, LONG, V2024, body, frozen};
use atlas_simulator::{Config, Observer, Operation, Outcome, Simulator};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn records_the_body_and_masks_it_in_the_log() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    let id = client.create(&body("B", "vm")).id();
    let requests = simulator.requests();
    let create = &requests[1];
    assert_eq!((create.operation, create.status(), create.connection), (Operation::Create, Some(201), 1));
    assert_eq!((create.accept.as_deref(), create.content_type.as_deref()), (Some(V2024), Some(V2024)));
    assert_eq!(create.json(), body("B", "vm"));
    assert!(create.authenticated && create.processed);
    let log = simulator.log();
    assert!(log.contains("\"password\":\"***\"") && log.contains(&id), "{log}");
    for secret in ["hunter2", Config::PRIVATE_KEY] {
        assert!(!log.contains(secret) && !format!("{requests:?} {simulator:?}").contains(secret));
    }
}

#[test]
fn wait_for_returns_when_the_state_matches() {
    let simulator = frozen();
    std::thread::scope(|scope| {
        scope.spawn(|| Client::new(&simulator).create(&body("B", "vm")));
        assert!(simulator.wait_for(LONG, |state| state.responded(Operation::Create) == 1), "{}", simulator.log());
    });
    assert!(!simulator.wait_for(Duration::ZERO, |state| state.received(Operation::Read) > 0));
    assert!(simulator.wait_for(Duration::ZERO, |state| state.received(Operation::Any) == 1));
}

#[test]
fn the_observer_is_notified_once_per_finished_request() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let seen = Arc::clone(&seen);
        Observer::new(move |request| seen.lock().unwrap().push((request.number, request.outcome)))
    };
    let simulator = Simulator::start(Config { observer: Some(observer), ..Config::default() }).unwrap();
    Client::new(&simulator).create(&body("B", "vm"));
    drop(simulator);
    assert_eq!(*seen.lock().unwrap(), [(1, Outcome::Responded(401)), (2, Outcome::Responded(201))]);
}

#[test]
fn rejects_an_address_that_is_not_loopback() {
    let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let error = Simulator::start(Config { listen, ..Config::default() }).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn a_dropped_simulator_stops_listening() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.challenge();
    drop(simulator);
    client.disconnect();
    assert!(client.raw("GET", "/", &[], "").is_err());
}

#[test]
fn drop_panics_when_the_server_has_panicked() {
    let observer = Observer::new(|_| panic!("on purpose"));
    let simulator = Simulator::start(Config { observer: Some(observer), ..Config::default() }).unwrap();
    assert!(Client::new(&simulator).raw("GET", "/", &[], "").is_err());
    let panic = catch_unwind(AssertUnwindSafe(|| drop(simulator))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
}
