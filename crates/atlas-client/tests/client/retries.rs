//! What is repeated, how often, and when it ends.

use std::time::{Duration, Instant};

use atlas_client::{Client, Config, ErrorKind};

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, WORKING, access_token, client, config, limits, migration, within};

#[tokio::test]
async fn a_read_survives_every_passing_trouble() {
    let troubles = [
        Reply::with(500, &[], ""),
        Reply::with(503, &["retry-after: 0"], "<html>"),
        Reply::with(429, &[], ""),
        Reply::Close,
        Reply::Reset,
        Reply::Half("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"_id\"".into()),
        Reply::json(200, "<html><title>Maintenance</title>"),
    ];
    let count = troubles.len();
    let server =
        Server::start(move |_, number| troubles.get(number).cloned().unwrap_or_else(|| Reply::json(200, WORKING)))
            .await;
    let migration = client(&server.url(), access_token()).read(GROUP, ID, &limits()).await.unwrap();
    assert_eq!(migration.lag_time_seconds, Some(3));
    // hyper itself repeats what a pooled connection never began to send, so there may be no more than these.
    assert_eq!(server.requests().len(), count + 1);
}

#[tokio::test]
async fn answer_that_cannot_be_read_is_requested_three_times() {
    for reply in [
        Reply::Half("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"_id\"".into()),
        Reply::json(200, "<html><title>Sign in</title>"),
        Reply::json(200, "[]"),
        Reply::json(200, ""),
        Reply::with(204, &[], ""),
        Reply::json(200, r#"{"_id":"000000000000000000000000","status":"COMPLETE"}"#),
        Reply::Huge(9 * 1024 * 1024),
    ] {
        let answers = reply.clone();
        let server = Server::start(move |_, _| answers.clone()).await;
        let client = client(&server.url(), access_token());
        let error = client.read(GROUP, ID, &limits()).await.unwrap_err();
        assert!(!matches!(error.kind(), ErrorKind::Deadline { .. }), "{error:?}");
        assert_eq!((server.requests().len(), error.attempts()), (3, 3), "{error}");
        client.validation(GROUP, ID, &limits()).await.unwrap_err();
        assert_eq!(server.requests().len(), 6);
    }
}

#[tokio::test]
async fn a_read_that_is_never_answered_is_tried_again_after_its_time_limit() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Hold(200, WORKING.into()),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let short = Config { request_timeout: Duration::from_millis(100), ..config(&server.url(), access_token()) };
    Client::new(short).read(GROUP, ID, &limits()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_write_that_is_never_answered_is_not_tried_again() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let short = Config { request_timeout: Duration::from_millis(100), ..config(&server.url(), access_token()) };
    let error = Client::new(short).create(&migration(), &limits()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Timeout(limit) if limit.as_millis() == 100), "{error:?}");
    assert!(error.perhaps_executed());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn writes_are_sent_again_after_429() {
    let server = Server::start(|_, number| match number {
        0 => Reply::with(429, &["retry-after: 0"], ""),
        1 => Reply::with(429, &[], ""),
        _ => Reply::json(201, WORKING),
    })
    .await;
    client(&server.url(), access_token()).create(&migration(), &limits()).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.method == "POST" && request.body == requests[0].body));
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = Server::start(|_, number| match number {
        0 => Reply::with(429, &["retry-after: 1"], ""),
        _ => Reply::json(200, WORKING),
    })
    .await;
    let begin = Instant::now();
    client(&server.url(), access_token()).read(GROUP, ID, &limits()).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_fails_at_once_and_says_so() {
    let server = Server::start(|_, _| Reply::with(429, &["retry-after: 3600"], "")).await;
    let begin = Instant::now();
    let error = client(&server.url(), access_token()).create(&migration(), &limits()).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(30));
    let ErrorKind::Deadline { retry_after: Some(wait), last: Some(last) } = error.kind() else { panic!("{error:?}") };
    assert_eq!((wait.as_secs(), last.status(), error.status()), (3600, Some(429), Some(429)));
    assert!(error.to_string().contains("wait 3600 s, longer than the time that is left"), "{error}");
    assert!(!error.perhaps_executed());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_read_ends_with_its_deadline_and_tells_the_last_cause() {
    let server = Server::start(|_, _| Reply::with(500, &[], "out of order")).await;
    let error =
        client(&server.url(), access_token()).read(GROUP, ID, &within(Duration::from_secs(1))).await.unwrap_err();
    let ErrorKind::Deadline { retry_after: None, last: Some(last) } = error.kind() else { panic!("{error:?}") };
    assert_eq!(last.api().unwrap().excerpt.as_deref(), Some("out of order"));
    assert!(error.attempts() > 2, "{error}");
    assert!(error.causes().contains("status 500, out of order"), "{}", error.causes());
}

#[tokio::test]
async fn a_deadline_cuts_off_a_read_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(200, WORKING.into())).await;
    let error =
        client(&server.url(), access_token()).read(GROUP, ID, &within(Duration::from_millis(100))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { retry_after: None, last: None }), "{error:?}");
}

#[tokio::test]
async fn a_deadline_does_not_cut_off_a_write_in_flight() {
    let server = Server::start(|_, _| Reply::Hold(201, WORKING.into())).await;
    let client = client(&server.url(), access_token());
    let limits = within(Duration::from_millis(500));
    let deadline = limits.deadline;
    let request = migration();
    let create = client.create(&request, &limits);
    let later = async {
        tokio::time::sleep_until(deadline + Duration::from_millis(20)).await;
        server.release();
    };
    let (created, ()) = tokio::join!(create, later);
    assert_eq!(created.unwrap().id, ID);
}

#[tokio::test]
async fn after_the_deadline_nothing_is_sent() {
    let server = Server::start(|_, _| Reply::json(201, WORKING)).await;
    let client = client(&server.url(), access_token());
    let error = client.create(&migration(), &within(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { .. }) && error.nothing_was_sent());
    let error = client.read(GROUP, ID, &within(Duration::ZERO)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Deadline { .. }));
    assert!(server.requests().is_empty());
}
