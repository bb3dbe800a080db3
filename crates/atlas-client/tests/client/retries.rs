//! Which failures are retried, how often, and until when.

use std::time::{Duration, Instant};

use atlas_client::{Client, Config, ErrorKind};

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, WORKING, access_token, client, config, migration, options, within};

#[tokio::test]
async fn read_is_retried_after_every_temporary_failure() {
    let failures = [
        Reply::with(500, &[], ""),
        Reply::with(503, &["retry-after: 0"], "<html>"),
        Reply::with(429, &[], ""),
        Reply::Close,
        Reply::Reset,
        Reply::Half("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"_id\"".into()),
        Reply::json(200, "<html><title>Maintenance</title>"),
    ];
    let count = failures.len();
    let server =
        Server::start(move |_, number| failures.get(number).cloned().unwrap_or_else(|| Reply::json(200, WORKING)))
            .await;
    let migration = client(&server.url(), access_token()).read(GROUP, ID, &options()).await.unwrap();
    assert_eq!(migration.lag_time_seconds, Some(3));
    // hyper resends a request that never left a pooled connection. The count shows that nothing else was resent.
    assert_eq!(server.requests().len(), count + 1);
}

#[tokio::test]
async fn unreadable_response_is_requested_three_times() {
    for reply in [
        Reply::Half("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"_id\"".into()),
        Reply::json(200, "<html><title>Sign in</title>"),
        Reply::json(200, "[]"),
        Reply::json(200, ""),
        Reply::with(204, &[], ""),
        Reply::json(200, r#"{"_id":"000000000000000000000000","status":"COMPLETE"}"#),
        Reply::Huge(9 * 1024 * 1024),
    ] {
        let responses = reply.clone();
        let server = Server::start(move |_, _| responses.clone()).await;
        let client = client(&server.url(), access_token());
        let error = client.read(GROUP, ID, &options()).await.unwrap_err();
        assert!(!matches!(error.kind(), ErrorKind::Deadline { .. }), "{error:?}");
        assert_eq!((server.requests().len(), error.attempts()), (3, 3), "{error}");
        client.validation(GROUP, ID, &options()).await.unwrap_err();
        assert_eq!(server.requests().len(), 6);
    }
}

#[tokio::test]
async fn read_is_retried_after_the_time_limit_of_an_attempt() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(200, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let short = Config { request_timeout: Duration::from_millis(100), ..config(&server.url(), access_token()) };
    Client::new(short).read(GROUP, ID, &options()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn write_is_not_retried_after_the_time_limit_of_an_attempt() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let short = Config { request_timeout: Duration::from_millis(100), ..config(&server.url(), access_token()) };
    let error = Client::new(short).create(&migration(), &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout(limit) if limit.as_millis() == 100), "{error:?}");
    assert!(error.outcome_unknown());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn write_is_retried_after_429() {
    let server = Server::start(|_, number| match number {
        0 => Reply::with(429, &["retry-after: 0"], ""),
        1 => Reply::with(429, &[], ""),
        _ => Reply::json(201, WORKING),
    })
    .await;
    client(&server.url(), access_token()).create(&migration(), &options()).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.method == "POST" && request.body == requests[0].body));
}

#[tokio::test]
async fn waits_for_retry_after() {
    let server = Server::start(|_, number| match number {
        0 => Reply::with(429, &["retry-after: 1"], ""),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let begin = Instant::now();
    client(&server.url(), access_token()).read(GROUP, ID, &options()).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn retry_after_beyond_the_deadline_is_an_error_at_once() {
    let server = Server::start(|_, _| Reply::with(429, &["retry-after: 3600"], "")).await;
    let begin = Instant::now();
    let error = client(&server.url(), access_token()).create(&migration(), &options()).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(30));
    let ErrorKind::Deadline { retry_after: Some(wait), last: Some(last) } = error.kind() else { panic!("{error:?}") };
    assert_eq!((wait.as_secs(), last.status(), error.status()), (3600, Some(429), Some(429)));
    assert!(error.to_string().contains("a wait of 3600 s, which ends after the deadline"), "{error}");
    assert!(!error.outcome_unknown());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn deadline_of_a_read_has_the_last_error() {
    let server = Server::start(|_, _| Reply::with(500, &[], "out of order")).await;
    let error =
        client(&server.url(), access_token()).read(GROUP, ID, &within(Duration::from_secs(1))).await.unwrap_err();
    let ErrorKind::Deadline { retry_after: None, last: Some(last) } = error.kind() else { panic!("{error:?}") };
    assert_eq!(last.api().unwrap().excerpt.as_deref(), Some("out of order"));
    assert!(error.attempts() > 2, "{error}");
    assert!(error.causes().contains("status 500, out of order"), "{}", error.causes());
}

#[tokio::test]
async fn deadline_interrupts_a_read_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(200, WORKING.into())).await;
    let error =
        client(&server.url(), access_token()).read(GROUP, ID, &within(Duration::from_millis(100))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { retry_after: None, last: None }), "{error:?}");
}

#[tokio::test]
async fn deadline_does_not_interrupt_a_write_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let client = client(&server.url(), access_token());
    let options = within(Duration::from_millis(500));
    let deadline = options.deadline;
    let request = migration();
    let create = client.create(&request, &options);
    let later = async {
        tokio::time::sleep_until(deadline + Duration::from_millis(20)).await;
        server.release();
    };
    let (created, ()) = tokio::join!(create, later);
    assert_eq!(created.unwrap().id, ID);
}

#[tokio::test]
async fn sends_nothing_after_the_deadline() {
    let server = Server::start(|_, _| Reply::json(201, WORKING)).await;
    let client = client(&server.url(), access_token());
    let error = client.create(&migration(), &within(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { .. }) && error.nothing_was_sent());
    let error = client.read(GROUP, ID, &within(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { .. }));
    assert!(server.requests().is_empty());
}
