//! A cancellation ends reads and delays, and awaits a write in flight.

use std::time::Duration;

use atlas_client::{CallOptions, CancellationToken, Client, Config, ErrorKind};

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, WORKING, access_token, client, config, migration};

fn cancellable() -> (CallOptions, CancellationToken) {
    let cancel = CancellationToken::new();
    (CallOptions::within(Duration::from_secs(24 * 3600), cancel.clone()), cancel)
}

#[tokio::test]
async fn prevents_a_write_that_is_not_sent() {
    let server = Server::start(|_, _| Reply::json(201, WORKING)).await;
    let (options, cancel) = cancellable();
    cancel.cancel();
    let client = client(&server.url(), access_token());
    let error = client.create(&migration(), &options).await.unwrap_err();
    assert!(error.is_cancelled() && error.nothing_was_sent());
    assert!(client.read(GROUP, ID, &options).await.unwrap_err().is_cancelled());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn ends_the_delay_before_a_retry() {
    let server = Server::start(|_, _| Reply::with(429, &["retry-after: 3600"], "")).await;
    let (options, cancel) = cancellable();
    let client = client(&server.url(), access_token());
    let (request, waiting) = (migration(), server.received(1));
    let (created, ()) = tokio::join!(client.create(&request, &options), async {
        waiting.await;
        cancel.cancel();
    });
    let error = created.unwrap_err();
    assert!(error.is_cancelled() && !error.outcome_unknown(), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn ends_a_read_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(200, WORKING.into())).await;
    let (options, cancel) = cancellable();
    let client = client(&server.url(), access_token());
    let (read, ()) = tokio::join!(client.read(GROUP, ID, &options), async {
        server.received(1).await;
        cancel.cancel();
    });
    assert!(read.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn awaits_a_write_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let (options, cancel) = cancellable();
    let client = client(&server.url(), access_token());
    let request = migration();
    let mut create = Box::pin(client.create(&request, &options));
    tokio::select! {
        result = &mut create => panic!("it is held: {result:?}"),
        () = server.received(1) => cancel.cancel(),
    }
    let still = tokio::time::timeout(Duration::from_millis(50), &mut create).await;
    assert!(still.is_err(), "it did not wait: {still:?}");
    server.release();
    assert_eq!(create.await.unwrap().id, ID);
}

#[tokio::test]
async fn gives_up_a_write_in_flight_after_thirty_seconds() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let (options, cancel) = cancellable();
    let client =
        Client::new(Config { request_timeout: Duration::from_secs(3600), ..config(&server.url(), access_token()) });
    let request = migration();
    let mut create = Box::pin(client.create(&request, &options));
    tokio::select! {
        result = &mut create => panic!("it is held: {result:?}"),
        () = server.received(1) => cancel.cancel(),
    }
    // From here on only timers are pending, so the paused clock advances to the next of them.
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let error = create.await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled) && error.outcome_unknown(), "{error:?}");
    let waited = begin.elapsed();
    assert!(waited >= CallOptions::CANCEL_GRACE && waited < 2 * CallOptions::CANCEL_GRACE, "{waited:?}");
}

#[tokio::test]
async fn dropped_future_does_not_interrupt_a_write_in_flight() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(201, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let (options, _cancel) = cancellable();
    let client = client(&server.url(), access_token());
    let request = migration();
    tokio::select! {
        result = client.create(&request, &options) => panic!("it is held: {result:?}"),
        () = server.received(1) => {}
    }
    // After these requests on other connections the server would have seen the first one closed.
    for _ in 0..3 {
        client.read(GROUP, ID, &options).await.unwrap();
    }
    assert_eq!(server.disconnected(), 0);
}

#[tokio::test]
async fn dropped_future_interrupts_a_read_in_flight() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(200, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let (options, _cancel) = cancellable();
    let client = client(&server.url(), access_token());
    tokio::select! {
        result = client.read(GROUP, ID, &options) => panic!("it is held: {result:?}"),
        () = server.received(1) => {}
    }
    for _ in 0..3 {
        client.read(GROUP, ID, &options).await.unwrap();
    }
    assert_eq!(server.disconnected(), 1);
}
