//! The calls of data sources and actions, and the laws of the stream that InvokeAction returns.

use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};
use tonic::Status;

use super::convert::{dynamic, received_json, value_of};
use super::rpc::Target;
use super::{Client, Exchange, Response};
use crate::event::EventKind;
use crate::proto::tfplugin5::{self as proto, invoke_action::event::Type as Event};
use crate::value::{Value, to_json};

/// What an InvokeAction stream was.
#[derive(Default)]
struct Stream {
    progress: Vec<String>,
    completed: Option<proto::invoke_action::event::Completed>,
    /// The laws that it broke, each as a rule and what is wrong.
    broken: Vec<(&'static str, &'static str)>,
}

const CRASH: &str = "Terraform crashes";
const INVALID: &str = "Provider sent an invalid InvokeAction stream";

impl Client {
    /// ReadDataSource.
    pub(crate) async fn read_data(&self, target: Target<'_>, config: &Value) -> Response<Value> {
        let block = self.block(target);
        let r#type = block.implied_type();
        let mut exchange = self.about("ReadDataSource", target, config);
        let request = proto::read_data_source::Request {
            type_name: target.type_name.to_owned(),
            config: dynamic(config, &r#type),
            provider_meta: None,
            client_capabilities: self.capabilities(),
        };
        let response = match self.call(&mut exchange, self.raw().read_data_source(request)).await {
            Ok(response) => response,
            Err(error) => return Self::lost(exchange, error),
        };
        let content = value_of(response.state.as_ref(), &r#type);
        exchange.response = json!({"state": received_json(&content)});
        let refused = self.refuse_deferral(&exchange, response.deferred.as_ref());
        self.finish(exchange, &response.diagnostics, Some(block), content).with(refused)
    }

    /// PlanAction.
    pub(crate) async fn plan_action(&self, target: Target<'_>, config: &Value) -> Response<()> {
        let block = self.block(target);
        let mut exchange = self.about("PlanAction", target, config);
        let request = proto::plan_action::Request {
            action_type: target.type_name.to_owned(),
            config: dynamic(config, &block.implied_type()),
            client_capabilities: self.capabilities(),
        };
        let response = match self.call(&mut exchange, self.raw().plan_action(request)).await {
            Ok(response) => response,
            Err(error) => return Self::lost(exchange, error),
        };
        let refused = self.refuse_deferral(&exchange, response.deferred.as_ref());
        self.finish(exchange, &response.diagnostics, Some(block), Ok(())).with(refused)
    }

    /// InvokeAction, to the end of its stream.
    pub(crate) async fn invoke_action(&self, target: Target<'_>, config: &Value) -> Response<()> {
        let block = self.block(target);
        let mut exchange = self.about("InvokeAction", target, config);
        let request = proto::invoke_action::Request {
            action_type: target.type_name.to_owned(),
            config: dynamic(config, &block.implied_type()),
            client_capabilities: self.capabilities(),
        };
        let stream = match self.call(&mut exchange, self.receive(request, target)).await {
            Ok(stream) => stream,
            Err(error) => return Self::lost(exchange, error),
        };
        exchange.response = json!({"progress": stream.progress, "completed": stream.completed.is_some()});
        for (rule, detail) in stream.broken {
            // A stream that was cut on purpose is nobody's fault.
            if !self.recorder.is_interrupted() {
                self.recorder.violate(exchange.violation(rule, detail));
            }
        }
        let diagnostics = stream.completed.unwrap_or_default().diagnostics;
        self.finish(exchange, &diagnostics, Some(block), Ok(()))
    }

    async fn receive(
        &self,
        request: proto::invoke_action::Request,
        target: Target<'_>,
    ) -> Result<tonic::Response<Stream>, Status> {
        let mut events = self.raw().invoke_action(request).await?.into_inner();
        let mut stream = Stream::default();
        while let Some(event) = events.message().await? {
            if stream.completed.is_some() {
                stream.broken.push((INVALID, "an event comes after the completed event"));
            }
            match event.r#type {
                None => stream.broken.push((CRASH, "an event of InvokeAction has no type")),
                Some(Event::Completed(completed)) => drop(stream.completed.get_or_insert(completed)),
                Some(Event::Progress(progress)) => {
                    if self.recorder.stopped.load(Ordering::SeqCst) {
                        stream.broken.push((CRASH, "a progress event of InvokeAction comes after the answer to Stop"));
                    }
                    stream.progress.push(progress.message);
                    self.recorder.events.record(self.recorder.walk, target.address, EventKind::Progressed);
                }
            }
        }
        if stream.completed.is_none() {
            stream.broken.push((INVALID, "it ends without a completed event, which Terraform takes for success"));
        }
        Ok(tonic::Response::new(stream))
    }

    /// A call with the configuration of a data source or an action.
    fn about(&self, rpc: &'static str, target: Target<'_>, config: &Value) -> Exchange {
        let shown: Json = json!({"type_name": target.type_name, "config": to_json(config)});
        self.exchange(rpc, target.address, shown)
    }
}
