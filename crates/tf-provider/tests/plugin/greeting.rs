//! The handshake: what the plugin prints, where it listens, and what it refuses.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{Greeting, Id, health, shutdown};
use crate::process::{Plugin, hosted, program};

/// Starts the plugin and returns what it says when it does not serve.
async fn refusal(variables: &[(&str, &str)]) -> String {
    let mut command = hosted();
    command.envs(variables.iter().copied());
    let (status, stdout, stderr) = Plugin::start(command).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    stderr
}

#[tokio::test]
async fn started_by_hand_it_says_what_it_is_and_fails() {
    let (status, stdout, stderr) = Plugin::start(program()).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.starts_with("terraform-provider-health 0.0.1 is the Terraform provider"), "{stderr}");
}

#[tokio::test]
async fn versions_without_ours_are_refused() {
    let stderr = refusal(&[("PLUGIN_PROTOCOL_VERSIONS", "6,7")]).await;
    assert!(stderr.contains("version 5 of Terraform's plugin protocol") && stderr.contains("`6,7`"), "{stderr}");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_refused_and_never_ignored() {
    let stderr = refusal(&[("PLUGIN_CLIENT_CERT", "-----BEGIN CERTIFICATE-----\nAAAA")]).await;
    assert!(stderr.contains("PLUGIN_CLIENT_CERT"), "{stderr}");
}

#[tokio::test]
async fn a_socket_directory_that_does_not_exist_is_named() {
    let stderr = refusal(&[("PLUGIN_UNIX_SOCKET_DIR", "/does/not/exist")]).await;
    assert!(stderr.contains("`/does/not/exist/plugin-"), "{stderr}");
}

#[tokio::test]
async fn without_a_certificate_it_speaks_plain_text_on_a_private_socket() {
    let mut plugin = Plugin::start(hosted());
    let greeting = Greeting::parse(&plugin.line().await);
    assert_eq!(greeting.fields.len(), 6);
    assert_eq!([0, 1, 2, 4, 5].map(|n| greeting.fields[n].as_str()), ["1", "5", "unix", "grpc", ""]);
    let directory = Path::new(greeting.address()).parent().unwrap();
    assert_eq!(directory.metadata().unwrap().mode() & 0o777, 0o700);

    let channel = greeting.channel().await.unwrap();
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    assert_eq!(health(&channel, "nothing").await.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn the_question_for_multiplexing_is_answered_with_no() {
    let mut command = hosted();
    command.env("PLUGIN_MULTIPLEX_GRPC", "true");
    let greeting = Greeting::parse(&Plugin::start(command).line().await);
    assert_eq!(greeting.fields[6..], ["false"]);
}

#[tokio::test]
async fn a_long_tmpdir_does_not_make_the_path_too_long() {
    let mut command = hosted();
    command.env("TMPDIR", format!("/tmp/{}", "x".repeat(200)));
    let mut plugin = Plugin::start(command);
    let greeting = Greeting::parse(&plugin.line().await);
    assert!(greeting.address().len() <= 107);
    shutdown(&greeting.channel().await.unwrap()).await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn tcp_takes_a_port_of_the_range_and_speaks_tls_there() {
    let id = Id::new();
    let mut command = hosted();
    command.arg("--tcp").env("PLUGIN_CLIENT_CERT", id.pem());
    let mut plugin = Plugin::start(command);
    let greeting = Greeting::parse(&plugin.line().await);
    assert_eq!(greeting.fields[2], "tcp");
    let port: u16 = greeting.address().strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((10000..=25000).contains(&port));
    let channel = greeting.tls_channel(greeting.tls(&id, &[&rustls::version::TLS13])).await;
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
}
