//! A provider that declares its behavior in schemas: a resource, a data source and an action.

use std::sync::Arc;

use super::super::{Server, service::Service};
use super::fixture::Recorder;
use super::messages::encode;
use crate::action::{InvokeRequest, PlanActionRequest};
use crate::data_source::ReadDataRequest;
use crate::plugin::Lifecycle;
use crate::proto::tfplugin5::DynamicValue;
use crate::resource::{
    Applied, CreateRequest, DeleteRequest, ReadRequest, ReadResponse, UpdateRequest, ValidateRequest,
};
use crate::schema::{Attribute, Block, NestedBlock};
use crate::{
    Action, Actions, Attr, DataSource, DataSources, Diagnostic, Diagnostics, Failed, Path, Private, Progress, Provider,
    Resource, Resources, Schema, Type, Value,
};

pub(super) const SERVER: &str = "declared_server";
pub(super) const LOOKUP: &str = "declared_lookup";
pub(super) const RUN: &str = "declared_run";

/// The name or mode that makes an operation panic.
pub(super) const PANIC: &str = "panic";

#[derive(Clone, Debug, crate::Model)]
struct ServerModel {
    name: Attr<String>,
    size: Attr<i64>,
    id: Attr<String>,
    note: Attr<String>,
    tags: Attr<Vec<Attr<String>>>,
    token: Attr<String>,
    secret_wo: Attr<String>,
    disk: Attr<Disk>,
    port: Attr<Vec<Port>>,
}

#[derive(Clone, Debug, crate::Model)]
struct Disk {
    kind: Attr<String>,
    id: Attr<String>,
}

#[derive(Clone, Debug, crate::Model)]
struct Port {
    number: Attr<i64>,
}

struct ServerResource;

fn server_schema() -> Schema {
    let tags = |tags: Vec<Attr<String>>| {
        let empty = tags.iter().position(|tag| tag.as_str() == Some(""))?;
        Some(Diagnostic::error("Tag is empty", "Remove it.").at(Path::default().index(empty)))
    };
    let disk = Block::new()
        .attribute(Attribute::string("kind").default("ssd").requires_replace())
        .attribute(Attribute::string("id").computed());
    let port = Block::new().attribute(Attribute::number("number").required().validate(|number: i64| {
        (number > 65_535).then(|| Diagnostic::error("Port is out of range", "Set it to 65535 or less."))
    }));
    Schema::new(
        Block::new()
            .attribute(Attribute::string("name").required().requires_replace())
            .attribute(Attribute::number("size").default(1_i64))
            .attribute(Attribute::string("id").computed())
            .attribute(Attribute::string("note").optional_computed())
            .attribute(Attribute::new("tags", Type::list(Type::String)).validate(tags))
            .attribute(Attribute::string("token").sensitive())
            .attribute(Attribute::string("secret_wo").write_only())
            .block(NestedBlock::single("disk", disk).required())
            .block(NestedBlock::list("port", port)),
    )
}

impl Resource for ServerResource {
    type Model = ServerModel;
    type Identity = ();

    fn type_name(&self) -> &'static str {
        SERVER
    }

    fn schema(&self) -> Schema {
        server_schema()
    }

    fn validate(&self, request: ValidateRequest<ServerModel>, diagnostics: &mut Diagnostics) {
        if request.config.name.as_str() == Some("misplaced") {
            diagnostics.push(Diagnostic::warning("Misplaced", "It has no such attribute.").at("disk.size"));
        }
    }

    async fn read(
        &self,
        request: ReadRequest<ServerModel, ()>,
        _: &mut Diagnostics,
    ) -> Result<ReadResponse<ServerModel, ()>, Failed> {
        Ok(ReadResponse { state: Some(request.state), private: request.private, identity: None })
    }

    async fn create(
        &self,
        request: CreateRequest<ServerModel, ()>,
        _: &mut Diagnostics,
    ) -> Result<Applied<ServerModel, ()>, Failed> {
        Ok(Applied { state: request.planned, private: Private::default(), identity: None })
    }

    async fn update(
        &self,
        request: UpdateRequest<ServerModel, ()>,
        _: &mut Diagnostics,
    ) -> Result<Applied<ServerModel, ()>, Failed> {
        Ok(Applied { state: request.planned, private: Private::default(), identity: None })
    }

    async fn delete(&self, _: DeleteRequest<ServerModel, ()>, _: &mut Diagnostics) -> Result<(), Failed> {
        Ok(())
    }

    fn generate_config(&self, mut config: ServerModel) -> ServerModel {
        config.note = config.note.or("generated".to_owned());
        config
    }
}

#[derive(Clone, Debug, crate::Model)]
struct LookupModel {
    name: Attr<String>,
    region: Attr<String>,
    id: Attr<String>,
}

struct LookupDataSource;

fn lookup_schema() -> Schema {
    let name = Attribute::string("name").required().validate(|name: String| {
        name.is_empty().then(|| Diagnostic::error("Name is empty", "Set it to the name of a server."))
    });
    let block = Block::new()
        .attribute(name)
        .attribute(Attribute::string("region").default("eu"))
        .attribute(Attribute::string("id").computed());
    Schema::new(block)
}

impl DataSource for LookupDataSource {
    type Model = LookupModel;

    fn type_name(&self) -> &'static str {
        LOOKUP
    }

    fn schema(&self) -> Schema {
        lookup_schema()
    }

    fn validate(&self, request: ValidateRequest<LookupModel>, diagnostics: &mut Diagnostics) {
        if request.config.name.as_str() == Some("old") {
            diagnostics.push(Diagnostic::warning("Old name", "Use the new one.").at("name"));
        }
    }

    async fn read(
        &self,
        request: ReadDataRequest<LookupModel>,
        diagnostics: &mut Diagnostics,
    ) -> Result<LookupModel, Failed> {
        let mut state = request.config;
        let name = state.name.as_str().unwrap_or_default();
        assert_ne!(name, PANIC);
        if name == "missing" {
            return Err(diagnostics.fail(Diagnostic::error("No such server", "There is none.").at("name")));
        }
        state.id = Attr::Known(format!("id of {name}"));
        Ok(state)
    }
}

#[derive(Clone, Debug, crate::Model)]
struct RunModel {
    mode: Attr<String>,
    times: Attr<i64>,
}

/// Behaves as `mode` says.
struct RunAction(Arc<Recorder>);

fn run_schema() -> Schema {
    let block = Block::new()
        .attribute(Attribute::string("mode").required())
        .attribute(Attribute::number("times").default(2_i64));
    Schema::new(block)
}

impl Action for RunAction {
    type Model = RunModel;

    fn type_name(&self) -> &'static str {
        RUN
    }

    fn schema(&self) -> Schema {
        run_schema()
    }

    fn validate(&self, request: ValidateRequest<RunModel>, diagnostics: &mut Diagnostics) {
        if request.config.mode.as_str() == Some("invalid") {
            diagnostics.push(Diagnostic::error("Unknown mode", "Set another one.").at("mode"));
        }
    }

    fn plan(&self, request: PlanActionRequest<RunModel>, diagnostics: &mut Diagnostics) {
        assert_ne!(request.config.mode.as_str(), Some(PANIC));
        let detail = format!("{:?} {:?}", request.config.mode, request.config.times);
        diagnostics.push(Diagnostic::warning("Will run", detail));
    }

    async fn invoke(
        &self,
        request: InvokeRequest<RunModel>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        for time in 1..=request.config.times.into_known().unwrap_or_default() {
            progress.send(format!("line {time}"));
        }
        match request.config.mode.as_str() {
            Some("fail") => return Err(diagnostics.fail(Diagnostic::error("Failed", "It failed.").at("mode"))),
            Some("misplaced") => diagnostics.push(Diagnostic::warning("Misplaced", "No such attribute.").at("speed")),
            Some(PANIC) => panic!("requested by the test"),
            Some("detach") => {
                let detached = progress.clone();
                tokio::spawn(async move {
                    loop {
                        detached.send("from a task that outlives the call");
                        tokio::task::yield_now().await;
                    }
                });
            }
            Some("wait") => {
                self.0.waiting.notify_one();
                request.context.cancel.cancelled().await;
                progress.send("after Stop");
                self.0.record(format!("disconnected: {}", request.context.disconnected.is_cancelled()));
                self.0.ended.notify_one();
                return Err(diagnostics.fail(Diagnostic::error("Interrupted", "It was cancelled.")));
            }
            _ => {}
        }
        Ok(())
    }
}

struct Declared(Arc<Recorder>);

impl Provider for Declared {
    type Config = ();

    fn schema(&self) -> Schema {
        Schema::new(Block::new())
    }

    fn resources(&self) -> Resources {
        Resources::new().with(ServerResource)
    }

    fn data_sources(&self) -> DataSources {
        DataSources::new().with(LookupDataSource)
    }

    fn actions(&self) -> Actions {
        Actions::new().with(RunAction(Arc::clone(&self.0)))
    }
}

pub(super) fn serve_declared() -> (Service, Arc<Recorder>) {
    let recorder = Arc::<Recorder>::default();
    (Service(Arc::new(Server::new(Declared(Arc::clone(&recorder)), Lifecycle::default()))), recorder)
}

/// An object of the schema, with null for what isn't given.
fn object(schema: &Schema, given: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let Value::Map(mut attributes) = crate::schema::walk::empty(&schema.block) else { panic!() };
    for (name, value) in given {
        assert!(attributes.insert(name.to_owned(), value).is_some(), "{name}");
    }
    Value::Map(attributes)
}

pub(super) fn server<const N: usize>(given: [(&'static str, Value); N]) -> Option<DynamicValue> {
    encode(&object(&server_schema(), given), &server_schema().implied_type())
}

pub(super) fn server_type() -> Type {
    server_schema().implied_type()
}

pub(super) fn disk(kind: Value, id: Value) -> Value {
    Value::Map([("kind".to_owned(), kind), ("id".to_owned(), id)].into())
}

pub(super) fn port(number: i64) -> Value {
    Value::Map([("number".to_owned(), Value::Number(number.into()))].into())
}

pub(super) fn lookup<const N: usize>(given: [(&'static str, Value); N]) -> Option<DynamicValue> {
    encode(&object(&lookup_schema(), given), &lookup_schema().implied_type())
}

pub(super) fn lookup_type() -> Type {
    lookup_schema().implied_type()
}

pub(super) fn run<const N: usize>(given: [(&'static str, Value); N]) -> Option<DynamicValue> {
    encode(&object(&run_schema(), given), &run_schema().implied_type())
}
