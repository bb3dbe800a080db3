//! What tests learn of the requests: the record, the log, waiting for events, and the end of the server.

use crate::http::{Client, LONG, V2024, body, frozen};
use atlas_simulator::{Config, Observer, Operation, Outcome, Simulator};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_request_is_recorded_raw_and_shown_masked() {
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
fn a_test_waits_for_an_event_without_sleeping() {
    let simulator = frozen();
    std::thread::scope(|scope| {
        scope.spawn(|| Client::new(&simulator).create(&body("B", "vm")));
        assert!(simulator.wait_for(LONG, |state| state.answered(Operation::Create) == 1), "{}", simulator.log());
    });
    assert!(!simulator.wait_for(Duration::ZERO, |state| state.received(Operation::Read) > 0));
    assert!(simulator.wait_for(Duration::ZERO, |state| state.received(Operation::Any) == 1));
}

#[test]
fn the_observer_sees_each_finished_request_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let seen = Arc::clone(&seen);
        Observer::new(move |request| seen.lock().unwrap().push((request.number, request.outcome)))
    };
    let simulator = Simulator::start(Config { observer: Some(observer), ..Config::default() }).unwrap();
    Client::new(&simulator).create(&body("B", "vm"));
    drop(simulator);
    assert_eq!(*seen.lock().unwrap(), [(1, Outcome::Answered(401)), (2, Outcome::Answered(201))]);
}

#[test]
fn only_loopback_is_listened_on() {
    let listen = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let error = Simulator::start(Config { listen, ..Config::default() }).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn a_dropped_simulator_listens_no_more() {
    let simulator = frozen();
    let mut client = Client::new(&simulator);
    client.challenge();
    drop(simulator);
    client.give_up();
    assert!(client.raw("GET", "/", &[], "").is_err());
}

#[test]
fn a_server_that_panicked_panics_in_drop() {
    let observer = Observer::new(|_| panic!("on purpose"));
    let simulator = Simulator::start(Config { observer: Some(observer), ..Config::default() }).unwrap();
    assert!(Client::new(&simulator).raw("GET", "/", &[], "").is_err());
    let panic = catch_unwind(AssertUnwindSafe(|| drop(simulator))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
}
