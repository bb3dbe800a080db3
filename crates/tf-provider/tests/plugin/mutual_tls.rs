//! Who gets in: the holder of the certificate that the host handed over, and nobody else.

use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ClientConfig};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{Greeting, Id, health};
use crate::process::{Plugin, hosted};

/// A plugin that belongs to `id`.
async fn plugin_of(id: &Id) -> (Plugin, Greeting) {
    let mut command = hosted();
    command.env("PLUGIN_CLIENT_CERT", id.pem());
    let mut plugin = Plugin::start(command);
    let greeting = Greeting::parse(&plugin.line().await);
    (plugin, greeting)
}

/// The alert that the plugin refuses a client with. In TLS 1.3 it comes with the first read.
async fn alert(greeting: &Greeting, config: ClientConfig) -> AlertDescription {
    let error = match greeting.connect_tls(config).await {
        Err(error) => error,
        Ok(mut stream) => stream.read_u8().await.expect_err("the plugin let the client in"),
    };
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => panic!("no alert but {error}"),
    }
}

/// That the plugin still serves its own host.
async fn assert_serves(greeting: &Greeting, id: &Id) {
    let channel = greeting.tls_channel(greeting.tls(id, &[&TLS13])).await;
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
}

#[tokio::test]
async fn the_host_gets_in_with_tls_1_3_and_1_2_and_h2_is_chosen() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    for version in [&TLS13, &TLS12] {
        let stream = greeting.connect_tls(greeting.tls(&id, &[version])).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let channel = greeting.tls_channel(greeting.tls(&id, &[version])).await;
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn the_right_certificate_with_another_key_is_refused() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    for version in [&TLS13, &TLS12] {
        let thief = id.stolen();
        assert_eq!(alert(&greeting, greeting.tls(&thief, &[version])).await, AlertDescription::DecryptError);
    }
    assert_serves(&greeting, &id).await;
}

#[tokio::test]
async fn another_certificate_is_refused() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    let stranger = Id::new();
    assert_eq!(alert(&greeting, greeting.tls(&stranger, &[&TLS13])).await, AlertDescription::AccessDenied);
    assert_serves(&greeting, &id).await;
}

#[tokio::test]
async fn no_certificate_is_refused() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    let refused = alert(&greeting, greeting.tls_without_certificate()).await;
    assert_eq!(refused, AlertDescription::CertificateRequired);
    assert_serves(&greeting, &id).await;
}

#[tokio::test]
async fn plain_text_is_refused() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    let answer = match greeting.channel().await {
        Err(_) => None,
        Ok(channel) => health(&channel, "plugin").await.ok(),
    };
    assert_eq!(answer, None);
    assert_serves(&greeting, &id).await;
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_hold_others_up() {
    let id = Id::new();
    let (_plugin, greeting) = plugin_of(&id).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(greeting.connect().await.unwrap());
    }
    // Far less than the plugin's patience with the silent ones.
    timeout(Duration::from_secs(5), assert_serves(&greeting, &id)).await.expect("held up");
}
