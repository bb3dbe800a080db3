//! The handshake: the line, the listener, and invalid environments.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{HandshakeLine, Id, health, shutdown};
use crate::process::{Plugin, program, started_by_terraform};

/// Starts the plugin, and returns its error message.
async fn error(variables: &[(&str, &str)]) -> String {
    let mut command = started_by_terraform();
    command.envs(variables.iter().copied());
    let (status, stdout, stderr) = Plugin::start(command).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    stderr
}

#[tokio::test]
async fn process_started_by_a_user_explains_itself_and_fails() {
    let (status, stdout, stderr) = Plugin::start(program()).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("terraform-provider-health 0.0.1 is the Terraform provider"), "{stderr}");
}

#[tokio::test]
async fn rejects_other_protocol_versions() {
    let stderr = error(&[("PLUGIN_PROTOCOL_VERSIONS", "6,7")]).await;
    assert!(stderr.contains("version 5 of Terraform's plugin protocol") && stderr.contains("`6,7`"), "{stderr}");
}

#[tokio::test]
async fn rejects_invalid_client_certificate() {
    let stderr = error(&[("PLUGIN_CLIENT_CERT", "-----BEGIN CERTIFICATE-----\nAAAA")]).await;
    assert!(stderr.contains("PLUGIN_CLIENT_CERT"), "{stderr}");
}

#[tokio::test]
async fn missing_socket_directory_is_reported() {
    let stderr = error(&[("PLUGIN_UNIX_SOCKET_DIR", "/does/not/exist")]).await;
    assert!(stderr.contains("`/does/not/exist/plugin-"), "{stderr}");
}

#[tokio::test]
async fn uses_plain_text_on_a_private_socket_without_a_certificate() {
    let mut plugin = Plugin::start(started_by_terraform());
    let line = HandshakeLine::parse(&plugin.line().await);
    assert_eq!(line.fields.len(), 6);
    assert_eq!([0, 1, 2, 4, 5].map(|n| line.fields[n].as_str()), ["1", "5", "unix", "grpc", ""]);
    let directory = Path::new(line.address()).parent().unwrap();
    assert_eq!(directory.metadata().unwrap().mode() & 0o777, 0o700);

    let channel = line.channel().await.unwrap();
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    assert_eq!(health(&channel, "nothing").await.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn line_says_that_multiplexing_is_not_supported() {
    let mut command = started_by_terraform();
    command.env("PLUGIN_MULTIPLEX_GRPC", "true");
    let line = HandshakeLine::parse(&Plugin::start(command).line().await);
    assert_eq!(line.fields[6..], ["false"]);
}

#[tokio::test]
async fn long_tmpdir_is_supported() {
    let mut command = started_by_terraform();
    command.env("TMPDIR", format!("/tmp/{}", "x".repeat(200)));
    let mut plugin = Plugin::start(command);
    let line = HandshakeLine::parse(&plugin.line().await);
    assert!(line.address().len() <= 107);
    shutdown(&line.channel().await.unwrap()).await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn tcp_uses_a_port_of_the_range_with_tls() {
    let id = Id::new();
    let mut command = started_by_terraform();
    command.arg("--tcp").env("PLUGIN_CLIENT_CERT", id.pem());
    let mut plugin = Plugin::start(command);
    let line = HandshakeLine::parse(&plugin.line().await);
    assert_eq!(line.fields[2], "tcp");
    let port: u16 = line.address().strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((10000..=25000).contains(&port));
    let channel = line.tls_channel(line.tls(&id, &[&rustls::version::TLS13])).await;
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
}
