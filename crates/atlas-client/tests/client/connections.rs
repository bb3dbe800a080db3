//! Connections that can't be established or must not be trusted.

use std::time::Duration;

use atlas_client::{ConnectCause, ErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{Reply, Server};
use crate::support::{GROUP, ID, WORKING, access_token, client, migration, options, within};

/// The URL of a port without a listener.
async fn unused_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn refused_connection_is_retried_and_sends_nothing() {
    let error = client(&unused_address().await, access_token())
        .create(&migration(), &within(Duration::from_millis(500)))
        .await
        .unwrap_err();
    let ErrorKind::Deadline { last: Some(last), .. } = error.kind() else { panic!("{error:?}") };
    assert!(matches!(last.kind(), ErrorKind::Connect(ConnectCause::Refused, _)), "{last:?}");
    assert!(last.causes().contains("refused"), "{}", last.causes());
    assert!(error.nothing_was_sent() && !error.outcome_unknown() && error.attempts() > 1);
}

#[tokio::test]
async fn host_without_tls_is_an_error_after_one_attempt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read_u8().await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let client = client(&url, access_token());
    let error = client.create(&migration(), &within(Duration::from_millis(200))).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(ConnectCause::Tls, _)), "{error:?}");
    assert_eq!((error.attempts(), error.nothing_was_sent()), (1, true));
}

#[tokio::test]
async fn untrusted_certificate_is_an_error_after_one_attempt() {
    use std::sync::Arc;
    use tokio_rustls::{TlsAcceptor, rustls};

    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(server));
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let client = client(&format!("https://localhost:{port}"), access_token());
    let error = client.create(&migration(), &options()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect(ConnectCause::Untrusted, _)), "{error:?}");
    assert!(error.nothing_was_sent() && error.attempts() == 1);
    assert!(error.causes().contains("UnknownIssuer"), "{}", error.causes());
}

#[tokio::test]
async fn new_client_sends_nothing() {
    let server = Server::start(|_, _| Reply::json(200, WORKING)).await;
    let client = client(&server.url(), access_token());
    assert!(server.requests().is_empty());
    client.read(GROUP, ID, &options()).await.unwrap();
}
