//! A stop ends what may end, and waits for what must not be cut off.

use std::time::Duration;

use atlas_client::{CancellationToken, Client, Config, ErrorKind, Limits};

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, WORKING, access_token, client, config, migration};

fn stoppable() -> (Limits, CancellationToken) {
    let stop = CancellationToken::new();
    (Limits::within(Duration::from_secs(24 * 3600), stop.clone()), stop)
}

#[tokio::test]
async fn before_a_write_is_sent_it_prevents_it() {
    let server = Server::start(|_, _| Reply::json(201, WORKING)).await;
    let (limits, stop) = stoppable();
    stop.cancel();
    let client = client(&server.url(), access_token());
    let error = client.create(&migration(), &limits).await.unwrap_err();
    assert!(error.is_stopped() && error.nothing_was_sent());
    assert!(client.read(GROUP, ID, &limits).await.unwrap_err().is_stopped());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn during_a_delay_it_ends_a_write_at_once_and_nothing_more_is_sent() {
    let server = Server::start(|_, _| Reply::with(429, &["retry-after: 3600"], "")).await;
    let (limits, stop) = stoppable();
    let client = client(&server.url(), access_token());
    let (request, waiting) = (migration(), server.received(1));
    let (created, ()) = tokio::join!(client.create(&request, &limits), async {
        waiting.await;
        stop.cancel();
    });
    let error = created.unwrap_err();
    assert!(error.is_stopped() && !error.perhaps_executed(), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn it_ends_a_read_in_flight_at_once() {
    let server = Server::start(|_, _| Reply::Hold(200, WORKING.into())).await;
    let (limits, stop) = stoppable();
    let client = client(&server.url(), access_token());
    let (read, ()) = tokio::join!(client.read(GROUP, ID, &limits), async {
        server.received(1).await;
        stop.cancel();
    });
    assert!(read.unwrap_err().is_stopped());
}

#[tokio::test]
async fn a_write_in_flight_is_awaited_to_its_end() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let (limits, stop) = stoppable();
    let client = client(&server.url(), access_token());
    let request = migration();
    let mut create = Box::pin(client.create(&request, &limits));
    tokio::select! {
        result = &mut create => panic!("it is held: {result:?}"),
        () = server.received(1) => stop.cancel(),
    }
    let still = tokio::time::timeout(Duration::from_millis(50), &mut create).await;
    assert!(still.is_err(), "it did not wait: {still:?}");
    server.release();
    assert_eq!(create.await.unwrap().id, ID);
}

#[tokio::test]
async fn a_write_in_flight_is_given_up_thirty_seconds_after_a_stop() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let (limits, stop) = stoppable();
    let client =
        Client::new(Config { request_timeout: Duration::from_secs(3600), ..config(&server.url(), access_token()) });
    let request = migration();
    let mut create = Box::pin(client.create(&request, &limits));
    tokio::select! {
        result = &mut create => panic!("it is held: {result:?}"),
        () = server.received(1) => stop.cancel(),
    }
    // From here on everything waits for the clock alone, which now jumps from one event to the next.
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let error = create.await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Stopped) && error.perhaps_executed(), "{error:?}");
    let waited = begin.elapsed();
    assert!(waited >= Limits::STOP_GRACE && waited < 2 * Limits::STOP_GRACE, "{waited:?}");
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_cut_off_a_write_in_flight() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(201, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let (limits, _stop) = stoppable();
    let client = client(&server.url(), access_token());
    let request = migration();
    tokio::select! {
        result = client.create(&request, &limits) => panic!("it is held: {result:?}"),
        () = server.received(1) => {}
    }
    // Whole exchanges on other connections: by now the server would have seen the first one closed.
    for _ in 0..3 {
        client.read(GROUP, ID, &limits).await.unwrap();
    }
    assert_eq!(server.abandoned(), 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_from_a_read_closes_it() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(200, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let (limits, _stop) = stoppable();
    let client = client(&server.url(), access_token());
    tokio::select! {
        result = client.read(GROUP, ID, &limits) => panic!("it is held: {result:?}"),
        () = server.received(1) => {}
    }
    for _ in 0..3 {
        client.read(GROUP, ID, &limits).await.unwrap();
    }
    assert_eq!(server.abandoned(), 1);
}
