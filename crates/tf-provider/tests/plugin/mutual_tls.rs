//! Only a client with Terraform's certificate and its key can connect.

use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ClientConfig};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{HandshakeLine, Id, health};
use crate::process::{Plugin, started_by_terraform};

/// A plugin that was started with the certificate of `id`.
async fn plugin_of(id: &Id) -> (Plugin, HandshakeLine) {
    let mut command = started_by_terraform();
    command.env("PLUGIN_CLIENT_CERT", id.pem());
    let mut plugin = Plugin::start(command);
    let line = HandshakeLine::parse(&plugin.line().await);
    (plugin, line)
}

/// The alert with which the plugin rejects a client. In TLS 1.3 the client gets it with the first read.
async fn alert(line: &HandshakeLine, config: ClientConfig) -> AlertDescription {
    let error = match line.connect_tls(config).await {
        Err(error) => error,
        Ok(mut stream) => stream.read_u8().await.expect_err("the plugin accepted the client"),
    };
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => panic!("no alert but {error}"),
    }
}

/// Asserts that the plugin still serves its own client.
async fn assert_serves(line: &HandshakeLine, id: &Id) {
    let channel = line.tls_channel(line.tls(id, &[&TLS13])).await;
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
}

#[tokio::test]
async fn accepts_its_client_with_tls_1_3_and_1_2_and_negotiates_h2() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    for version in [&TLS13, &TLS12] {
        let stream = line.connect_tls(line.tls(&id, &[version])).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let channel = line.tls_channel(line.tls(&id, &[version])).await;
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn rejects_the_certificate_with_another_key() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    for version in [&TLS13, &TLS12] {
        let other = id.with_another_key();
        assert_eq!(alert(&line, line.tls(&other, &[version])).await, AlertDescription::DecryptError);
    }
    assert_serves(&line, &id).await;
}

#[tokio::test]
async fn rejects_another_certificate() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    let other = Id::new();
    assert_eq!(alert(&line, line.tls(&other, &[&TLS13])).await, AlertDescription::AccessDenied);
    assert_serves(&line, &id).await;
}

#[tokio::test]
async fn rejects_a_missing_certificate() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    let alert = alert(&line, line.tls_without_certificate()).await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
    assert_serves(&line, &id).await;
}

#[tokio::test]
async fn rejects_plain_text() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    let status = match line.channel().await {
        Err(_) => None,
        Ok(channel) => health(&channel, "plugin").await.ok(),
    };
    assert_eq!(status, None);
    assert_serves(&line, &id).await;
}

#[tokio::test]
async fn silent_clients_do_not_delay_others() {
    let id = Id::new();
    let (_plugin, line) = plugin_of(&id).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(line.connect().await.unwrap());
    }
    // Far less than the handshake timeout of the plugin.
    timeout(Duration::from_secs(5), assert_serves(&line, &id)).await.expect("delayed");
}
