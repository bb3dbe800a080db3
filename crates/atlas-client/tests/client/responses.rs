//! Unexpected responses: the error, and whether the outcome of a write is unknown.

use atlas_client::{Error, ErrorKind};

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, PASSWORD, TOKEN, WORKING, access_token, client, migration, options};

async fn failed_create(reply: Reply) -> (Error, Server) {
    let server = Server::start(move |_, _| reply.clone()).await;
    let error = client(&server.url(), access_token()).create(&migration(), &options()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "a create is never sent twice after {error}");
    (error, server)
}

#[tokio::test]
async fn outcome_of_a_create_is_unknown_without_a_readable_response() {
    let html = Reply::with(502, &["content-type: text/html"], "<html><title>Bad Gateway</title></html>");
    for reply in [
        Reply::json(500, r#"{"error":500,"errorCode":"UNEXPECTED_ERROR"}"#),
        html,
        Reply::with(503, &["retry-after: 0"], ""),
        Reply::Close,
        Reply::Reset,
        Reply::Half("HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"_id\":\"6f59".into()),
        Reply::Half("HTTP/1.1 2".into()),
        Reply::json(201, "{}"),
        Reply::json(201, r#"{"_id":""}"#),
        Reply::json(201, "not json"),
        Reply::json(201, ""),
        Reply::json(204, ""),
        Reply::Huge(2 * 1024 * 1024),
    ] {
        let shown = format!("{reply:?}").chars().take(60).collect::<String>();
        let (error, _) = failed_create(reply).await;
        assert!(error.outcome_unknown() && !error.nothing_was_sent(), "{shown}: {error}");
    }
}

#[tokio::test]
async fn outcome_of_a_create_is_known_after_a_4xx() {
    for reply in [
        Reply::json(400, r#"{"error":400,"errorCode":"VALIDATION_ERROR"}"#),
        Reply::json(409, r#"{"error":409,"errorCode":"CONFLICT"}"#),
        Reply::with(403, &[], "<html>"),
        Reply::Half("HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n{".into()),
    ] {
        let (error, _) = failed_create(reply).await;
        assert!(!error.outcome_unknown() && !error.nothing_was_sent(), "{error}");
    }
}

#[tokio::test]
async fn does_not_follow_a_redirect() {
    let elsewhere = Server::start(|_, _| Reply::json(201, WORKING)).await;
    let location = format!("location: {}/login?session=secret", elsewhere.url());
    let (error, _) = failed_create(Reply::with(307, &[&location], "")).await;
    let ErrorKind::Redirect { status: 307, location: Some(location) } = error.kind() else { panic!("{error:?}") };
    assert_eq!(location, &format!("{}/login", elsewhere.url()));
    assert!(error.outcome_unknown());
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn shows_the_title_of_a_gateway_page() {
    let page = format!("<!DOCTYPE html><html><head><title>502\nBad Gateway</title></head>{}", "x".repeat(100_000));
    let (error, _) = failed_create(Reply::with(502, &[], &page)).await;
    let api = error.api().unwrap();
    assert_eq!((api.is_json, api.excerpt.as_deref()), (false, Some("an HTML page, \"502 Bad Gateway\"")));
    assert!(error.to_string().ends_with("status 502, an HTML page, \"502 Bad Gateway\""), "{error}");
}

#[tokio::test]
async fn distinguishes_a_404_of_a_gateway() {
    let server = Server::start(|_, _| Reply::with(404, &[], "<html><title>Not Found</title>")).await;
    let error = client(&server.url(), access_token()).read(GROUP, ID, &options()).await.unwrap_err();
    assert!(!error.is_not_found_json() && error.status() == Some(404));
}

#[tokio::test]
async fn masks_an_echoed_secret() {
    let echo = format!("password {PASSWORD} token {TOKEN}").replace('"', "\\\"");
    let body = format!(r#"{{"error":400,"errorCode":"X","detail":"{echo}","parameters":["{echo}"]}}"#);
    for reply in [Reply::json(400, &body), Reply::with(400, &[], &echo), Reply::json(201, &format!("\"{echo}\""))] {
        let (error, _) = failed_create(reply).await;
        let shown = format!("{error} {error:?} {}", error.causes());
        assert!(!shown.contains("staple") && !shown.contains(TOKEN), "{shown}");
    }
}

#[tokio::test]
async fn masks_a_password_in_a_later_response() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "POST" => Reply::json(200, &format!(r#"{{"_id":"{ID}"}}"#)),
        _ => Reply::json(200, r#"{"status":"FAILED","errorMessage":"no user 'example' with 'line  break'"}"#),
    })
    .await;
    let client = client(&server.url(), access_token());
    let mut request = migration();
    request.source.password = Some("line \t break\n".into());
    client.validate(&request, &options()).await.unwrap();
    // A clone of the client, as another resource has.
    let validation = client.clone().validation(GROUP, ID, &options()).await.unwrap();
    assert_eq!(validation.error_message.as_deref(), Some("no user 'example' with '***'"));
}

#[tokio::test]
async fn masks_secrets_in_headers_and_statuses() {
    let headers = ["location: https://hunter2.example/hunter2", "sunset: hunter2", "content-length: 0"];
    let server = Server::start(move |request, number| match (request.method.as_str(), number) {
        ("POST", _) => Reply::with(307, &headers, ""),
        _ => Reply::json(200, r#"{"status":"hunter2"}"#),
    })
    .await;
    let client = client(&server.url(), access_token());
    let mut request = migration();
    request.source.password = Some("hunter2".into());
    let error = client.create(&request, &options()).await.unwrap_err();
    let read = client.read(GROUP, ID, &options()).await.unwrap();
    let shown = format!("{error} {error:?} {read:?} {:?}", client.take_notices());
    assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
}

#[tokio::test]
async fn shows_the_beginning_of_a_very_long_error() {
    let start = r#"{"error":403,"errorCode":"USER_UNAUTHORIZED","detail":"No access.","parameters":[""#;
    let body = format!("{start}{}\"]}}", "x".repeat(2 * 1024 * 1024));
    let (error, _) = failed_create(Reply::json(403, &body)).await;
    assert!(error.to_string().ends_with("status 403 USER_UNAUTHORIZED, No access."), "{error}");
    let (error, _) = failed_create(Reply::with(502, &[], &format!("upstream {}", "x".repeat(2 << 20)))).await;
    assert!(error.to_string().contains("status 502, upstream xxx"), "{error}");
    let half = format!("HTTP/1.1 404 Not Found\r\ncontent-length: 5000\r\n\r\n{start}");
    let (error, _) = failed_create(Reply::Half(half)).await;
    assert!(error.to_string().ends_with("status 404 USER_UNAUTHORIZED, No access."), "{error}");
}

#[tokio::test]
async fn cutover_ignores_the_body() {
    for reply in [
        Reply::with(202, &[], ""),
        Reply::json(202, r#"{"anything":1}"#),
        Reply::with(200, &[], "<html>"),
        Reply::with(204, &[], ""),
        Reply::Huge(2 * 1024 * 1024),
        Reply::Half("HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{".into()),
    ] {
        let server = Server::start(move |_, _| reply.clone()).await;
        client(&server.url(), access_token()).cutover(GROUP, ID, &options()).await.unwrap();
        assert_eq!(server.lines(), [format!("PUT /api/atlas/v2/groups/{GROUP}/liveMigrations/{ID}/cutover")]);
    }
}

#[tokio::test]
async fn error_names_operation_method_and_path() {
    let (error, _) = failed_create(Reply::json(400, r#"{"error":400,"errorCode":"X","detail":"No."}"#)).await;
    let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
    assert_eq!(error.to_string(), format!("create (POST {path}) failed: status 400 X, No."));
    let operation = error.operation();
    assert_eq!((operation.name(), operation.method(), &operation.path), ("create", "POST", &path));
}
