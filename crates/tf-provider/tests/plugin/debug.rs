//! Debug mode: a plugin that the user starts and ends, and that Terraform connects to.

use std::path::Path;

use serde_json::Value;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{HandshakeLine, health, shutdown};
use crate::process::{Plugin, program};

/// Starts the plugin, and returns the value of `TF_REATTACH_PROVIDERS`.
async fn start(arguments: &[&str]) -> (Plugin, Value) {
    let mut command = program();
    command.arg("--debug").args(arguments).env("TF_LOG", "INFO");
    let mut plugin = Plugin::start(command);
    let json = loop {
        let line = plugin.line().await;
        if let Some(value) = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='") {
            break serde_json::from_str(value.strip_suffix('\'').unwrap()).unwrap();
        }
    };
    (plugin, json)
}

fn line(json: &Value) -> HandshakeLine {
    let address = json["examples/health"]["Addr"]["String"].as_str().unwrap();
    HandshakeLine::parse(&format!("1|5|unix|{address}|grpc|"))
}

#[tokio::test]
async fn runs_until_interrupted_despite_shutdowns_and_closed_connections() {
    let (plugin, json) = start(&[]).await;
    let reattach = &json["examples/health"];
    assert_eq!((&reattach["Protocol"], &reattach["Test"]), (&"grpc".into(), &true.into()));
    assert_eq!((&reattach["ProtocolVersion"], &reattach["Addr"]["Network"]), (&5.into(), &"unix".into()));
    assert!(reattach["Pid"].as_u64().unwrap() > 0);

    let line = line(&json);
    for _ in 0..2 {
        let channel = line.channel().await.unwrap();
        shutdown(&channel).await.unwrap();
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
    plugin.signal("INT").await;
    let (status, _, _) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!Path::new(line.address()).exists());
}

#[tokio::test]
async fn second_interrupt_ends_the_process_at_once() {
    let (plugin, json) = start(&["--busy"]).await;
    let line = line(&json);
    plugin.signal("INT").await;
    // The plugin has handled the first interrupt when it accepts no more connections.
    while line.connect().await.is_ok() {
        tokio::task::yield_now().await;
    }
    plugin.signal("INT").await;
    assert_eq!(plugin.end().await.0.code(), Some(0));
}
