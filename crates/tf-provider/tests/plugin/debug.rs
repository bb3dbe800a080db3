//! Debug mode: a plugin that the user starts and ends, and Terraform attaches to.

use std::path::Path;

use serde_json::Value;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::client::{Greeting, health, shutdown};
use crate::process::{Plugin, program};

/// Starts the plugin, and reads what it prints up to the value of `TF_REATTACH_PROVIDERS`.
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

fn greeting(json: &Value) -> Greeting {
    let address = json["examples/health"]["Addr"]["String"].as_str().unwrap();
    Greeting::parse(&format!("1|5|unix|{address}|grpc|"))
}

#[tokio::test]
async fn it_tells_how_to_attach_and_outlives_shutdowns_and_connections_until_interrupted() {
    let (plugin, json) = start(&[]).await;
    let reattach = &json["examples/health"];
    assert_eq!((&reattach["Protocol"], &reattach["Test"]), (&"grpc".into(), &true.into()));
    assert_eq!((&reattach["ProtocolVersion"], &reattach["Addr"]["Network"]), (&5.into(), &"unix".into()));
    assert!(reattach["Pid"].as_u64().unwrap() > 0);

    let greeting = greeting(&json);
    for _ in 0..2 {
        let channel = greeting.channel().await.unwrap();
        shutdown(&channel).await.unwrap();
        assert_eq!(health(&channel, "plugin").await.unwrap(), ServingStatus::Serving);
    }
    plugin.signal("INT").await;
    let (status, _, _) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(!Path::new(greeting.address()).exists());
}

#[tokio::test]
async fn the_second_interrupt_waits_for_nothing() {
    let (plugin, json) = start(&["--busy"]).await;
    let greeting = greeting(&json);
    plugin.signal("INT").await;
    // The first one is taken in when nobody gets in any more.
    while greeting.connect().await.is_ok() {
        tokio::task::yield_now().await;
    }
    plugin.signal("INT").await;
    assert_eq!(plugin.end().await.0.code(), Some(0));
}
