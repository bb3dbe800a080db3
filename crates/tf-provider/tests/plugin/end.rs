//! How the plugin ends, and what must not end it.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_stream::StreamExt;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{Greeting, broker, health, shutdown, stdio};
use crate::process::{Plugin, hosted};

/// go-plugin kills a plugin that is still there so long after its Shutdown.
const KILLED_AFTER: Duration = Duration::from_secs(2);

async fn start(arguments: &[&str]) -> (Plugin, Greeting) {
    let mut command = hosted();
    command.args(arguments);
    let mut plugin = Plugin::start(command);
    let greeting = Greeting::parse(&plugin.line().await);
    (plugin, greeting)
}

fn directory(greeting: &Greeting) -> &Path {
    Path::new(greeting.address()).parent().unwrap()
}

#[tokio::test]
async fn shutdown_is_answered_ends_the_streams_and_leaves_nothing_behind() {
    let (plugin, greeting) = start(&[]).await;
    let channel = greeting.channel().await.unwrap();
    let (mut stdio, mut broker) = (stdio(&channel).await, broker(&channel).await);
    let began = Instant::now();
    shutdown(&channel).await.unwrap();
    assert!(stdio.next().await.is_none());
    assert!(broker.next().await.is_none());
    let (status, stdout, _) = plugin.end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(0), ""));
    assert!(began.elapsed() < KILLED_AFTER);
    assert!(!directory(&greeting).exists());
}

#[tokio::test]
async fn shutdown_ends_in_time_also_when_an_operation_hangs() {
    let (plugin, greeting) = start(&["--busy"]).await;
    let channel = greeting.channel().await.unwrap();
    let began = Instant::now();
    shutdown(&channel).await.unwrap();
    let (status, _, stderr) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < KILLED_AFTER);
    assert!(stderr.contains("leaving while operations are still running"), "{stderr}");
    assert!(!directory(&greeting).exists());
}

#[tokio::test]
async fn the_streams_stay_open_and_silent() {
    let (_plugin, greeting) = start(&[]).await;
    let channel = greeting.channel().await.unwrap();
    let (mut stdio, mut broker) = (stdio(&channel).await, broker(&channel).await);
    // A later call is answered: by then a stream that ended or spoke at once would have shown it.
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    assert!(timeout(Duration::from_millis(50), stdio.next()).await.is_err());
    assert!(timeout(Duration::from_millis(50), broker.next()).await.is_err());
}

#[tokio::test]
async fn an_orphan_ends_by_itself() {
    let (mut plugin, greeting) = start(&[]).await;
    let channel = greeting.channel().await.unwrap();
    health(&channel, "plugin").await.unwrap();
    drop(channel);
    plugin.says("the last connection is lost").await;
    let (status, _, _) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!directory(&greeting).exists());
}

#[tokio::test]
async fn a_host_that_comes_back_finds_the_plugin() {
    let (_plugin, greeting) = start(&[]).await;
    for _ in 0..3 {
        let channel = greeting.channel().await.unwrap();
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn signals_do_not_end_it_and_terminate_is_passed_on_each_time() {
    let (mut plugin, greeting) = start(&[]).await;
    let channel = greeting.channel().await.unwrap();
    for _ in 0..2 {
        plugin.signal("INT").await;
        plugin.signal("HUP").await;
        plugin.signal("TERM").await;
        plugin.says("asked to terminate").await;
    }
    assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    shutdown(&channel).await.unwrap();
    let (status, _, stderr) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!stderr.contains("asked to terminate"), "an interrupt was taken for a termination");
}

#[tokio::test]
async fn after_a_shutdown_nobody_gets_in() {
    let (plugin, greeting) = start(&["--busy"]).await;
    let channel = greeting.channel().await.unwrap();
    shutdown(&channel).await.unwrap();
    let refused = async {
        while greeting.connect().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    // Long before the operation that hangs is given up, and with it the process.
    timeout(Duration::from_secs(1), refused).await.unwrap();
    assert_eq!(plugin.end().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_panic_is_told_as_terraform_shows_it() {
    let mut command = hosted();
    command.arg("--panic");
    let (status, stdout, stderr) = Plugin::start(command).end().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(101), ""));
    let mut lines = stderr.lines();
    assert_eq!(lines.next(), Some("panic: asked to panic"));
    assert!(lines.nth(1).unwrap().starts_with("terraform-provider-health 0.0.1, "), "{stderr}");
}
