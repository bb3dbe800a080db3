//! The data source `fake_facts` and the action `fake_poke`, with the faults of each.

use std::time::Duration;

use serde_json::json;
use terraform_core::value::Value;
use tf_provider::schema::{Attribute, Block};
use tokio::sync::{mpsc, watch};
use tonic::Status;
use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;

use crate::fault;
use crate::proto::tfplugin5 as pb;
use crate::proto::tfplugin5::invoke_action::{Event, event};
use crate::record::{self, record};
use crate::service::{decode_as, diagnostic, encode_as, said};
use crate::thing;

/// The stream of an action.
pub(crate) type Events = BoxStream<Event>;

/// The schema of facts.
pub(crate) fn facts() -> Block {
    Block::new()
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::string("about"))
        .attribute(Attribute::number("size").computed())
}

/// The schema of a poke.
pub(crate) fn poke() -> Block {
    Block::new().attribute(Attribute::string("name").required()).attribute(Attribute::string("about"))
}

pub(crate) fn read_facts(request: &pb::read_data_source::Request) -> Result<pb::read_data_source::Response, Status> {
    let shown = json!({
        "type_name": request.type_name,
        "config": record::decoded(request.config.as_ref(), &facts().implied_type()),
        "client_capabilities": record::capabilities(request.client_capabilities),
    });
    record("ReadDataSource", &shown);
    let mut facts = decode_as(request.config.as_ref(), &self::facts())?;
    thing::set(&mut facts, "size", Value::Number(7_i64.into()));
    match fault().as_str() {
        "data-null" => facts = Value::Null,
        "data-unknown" => thing::set(&mut facts, "size", Value::Unknown),
        "data-other" => thing::set(&mut facts, "about", Value::String("other".into())),
        _ => {}
    }
    let state = match fault().as_str() {
        "data-garbage" => Some(pb::DynamicValue { msgpack: vec![0xa5, b'x'].into(), ..Default::default() }),
        _ => encode_as(&facts, &self::facts())?,
    };
    let deferred = (fault() == "data-deferred").then_some(pb::Deferred { reason: 1 });
    Ok(pb::read_data_source::Response { state, diagnostics: said("data"), deferred })
}

/// Records a call with the configuration of a poke.
pub(crate) fn record_poke(
    rpc: &str,
    type_name: &str,
    config: Option<&pb::DynamicValue>,
    capabilities: Option<pb::ClientCapabilities>,
) {
    let config = record::decoded(config, &poke().implied_type());
    let capabilities = record::capabilities(capabilities);
    record(rpc, &json!({"type_name": type_name, "config": config, "client_capabilities": capabilities}));
}

/// The events of an action.
pub(crate) fn events(mut stopped: watch::Receiver<bool>) -> Events {
    let (send, events) = mpsc::channel(4);
    tokio::spawn(async move {
        let started = progress("poking");
        let done = completed(said("invoke"));
        let planned = match fault().as_str() {
            "action-no-type" => vec![Ok(Event { r#type: None }), done],
            "action-no-completed" => vec![started],
            "action-no-event" => vec![],
            "action-progress-after-completed" => vec![done, started],
            "action-two-completed" => vec![done.clone(), done],
            "action-status" => vec![started, Err(Status::internal("lost"))],
            "action-crash" => std::process::abort(),
            "action-error" => vec![started, completed(vec![diagnostic(1, "Failed", None)])],
            "action-wait" | "action-progress-after-stop" => {
                let _ = send.send(started).await;
                let _ = stopped.wait_for(|stopped| *stopped).await;
                let end = completed(vec![diagnostic(1, "Stopped", None)]);
                if fault() == "action-wait" {
                    vec![end]
                } else {
                    // Not before the answer to Stop.
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    vec![progress("still poking"), end]
                }
            }
            "action-hang" => {
                let _ = send.send(started).await;
                tokio::time::sleep(Duration::from_secs(3600)).await;
                vec![]
            }
            _ => vec![started, progress("poked"), done],
        };
        for event in planned {
            let _ = send.send(event).await;
        }
    });
    Box::pin(ReceiverStream::new(events))
}

fn progress(message: &str) -> Result<Event, Status> {
    Ok(Event { r#type: Some(event::Type::Progress(event::Progress { message: message.into() })) })
}

fn completed(diagnostics: Vec<pb::Diagnostic>) -> Result<Event, Status> {
    Ok(Event { r#type: Some(event::Type::Completed(event::Completed { diagnostics })) })
}
