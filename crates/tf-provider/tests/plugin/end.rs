//! The end of the process, and events that must not end it.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_stream::StreamExt;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{HandshakeLine, broker, health, shutdown, stdio};
use crate::process::{Plugin, started_by_terraform};

/// The time after which go-plugin kills a plugin that is still running after a Shutdown.
const KILLED_AFTER: Duration = Duration::from_secs(2);

async fn start(arguments: &[&str]) -> (Plugin, HandshakeLine) {
    let mut command = started_by_terraform();
    command.args(arguments);
    let mut plugin = Plugin::start(command);
    let line = HandshakeLine::parse(&plugin.line().await);
    (plugin, line)
}

fn directory(line: &HandshakeLine) -> &Path {
    Path::new(line.address()).parent().unwrap()
}

#[tokio::test]
async fn shutdown_ends_streams_and_process_and_removes_the_socket() {
    let (plugin, line) = start(&[]).await;
    let channel = line.channel().await.unwrap();
    let (mut stdio, mut broker) = (stdio(&channel).await, broker(&channel).await);
    let began = Instant::now();
    shutdown(&channel).await.unwrap();
    assert!(stdio.next().await.is_none());
    assert!(broker.next().await.is_none());
    let (status, stdout, _) = plugin.end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(0), ""));
    assert!(began.elapsed() < KILLED_AFTER);
    assert!(!directory(&line).exists());
}

#[tokio::test]
async fn shutdown_ends_in_time_despite_a_running_operation() {
    let (plugin, line) = start(&["--busy"]).await;
    let channel = line.channel().await.unwrap();
    let began = Instant::now();
    shutdown(&channel).await.unwrap();
    let (status, _, stderr) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < KILLED_AFTER);
    assert!(stderr.contains("exiting while operations are still running"), "{stderr}");
    assert!(!directory(&line).exists());
}

#[tokio::test]
async fn streams_stay_open_without_messages() {
    let (_plugin, line) = start(&[]).await;
    let channel = line.channel().await.unwrap();
    let (mut stdio, mut broker) = (stdio(&channel).await, broker(&channel).await);
    // When a later request has completed, a stream that ended or sent a message at once would have shown it.
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    assert!(timeout(Duration::from_millis(50), stdio.next()).await.is_err());
    assert!(timeout(Duration::from_millis(50), broker.next()).await.is_err());
}

#[tokio::test]
async fn process_ends_after_its_last_connection() {
    let (mut plugin, line) = start(&[]).await;
    let channel = line.channel().await.unwrap();
    health(&channel, "plugin").await.unwrap();
    drop(channel);
    plugin.until_logs("the last connection was closed").await;
    let (status, _, _) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!directory(&line).exists());
}

#[tokio::test]
async fn client_can_reconnect() {
    let (_plugin, line) = start(&[]).await;
    for _ in 0..3 {
        let channel = line.channel().await.unwrap();
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn signals_do_not_end_the_process_and_sigterm_is_reported_each_time() {
    let (mut plugin, line) = start(&[]).await;
    let channel = line.channel().await.unwrap();
    for _ in 0..2 {
        plugin.signal("INT").await;
        plugin.signal("HUP").await;
        plugin.signal("TERM").await;
        plugin.until_logs("received SIGTERM").await;
    }
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    shutdown(&channel).await.unwrap();
    let (status, _, stderr) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!stderr.contains("received SIGTERM"), "an interrupt was handled as SIGTERM");
}

#[tokio::test]
async fn rejects_connections_after_a_shutdown() {
    let (plugin, line) = start(&["--busy"]).await;
    let channel = line.channel().await.unwrap();
    shutdown(&channel).await.unwrap();
    let rejected = async {
        while line.connect().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    // Long before the process gives up the running operation and ends.
    timeout(Duration::from_secs(1), rejected).await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn panic_has_the_form_that_terraform_shows() {
    let mut command = started_by_terraform();
    command.arg("--panic");
    let (status, stdout, stderr) = Plugin::start(command).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(101), ""));
    let mut lines = stderr.lines();
    assert_eq!(lines.next(), Some("panic: requested by --panic"));
    assert!(lines.nth(1).unwrap().starts_with("terraform-provider-health 0.0.1, "), "{stderr}");
}
