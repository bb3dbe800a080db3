//! A provider whose resource behaves as its `mode` says, correctly or not.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::super::{Server, service::Service};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::plugin::Lifecycle;
use crate::private::Private;
use crate::provider::{ConfigureRequest, Provider, Resources};
use crate::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, ImportTarget, ModifyPlanRequest, PlanDestroyRequest,
    PlanResponse, ReadRequest, ReadResponse, Resource, UpdateRequest, ValidateRequest,
};
use crate::schema::{Attribute, Block, IdentitySchema, NestedBlock, Schema};
use crate::value::{Attr, Type, Value};

#[derive(Clone, Debug, crate::Model)]
pub(super) struct Config {
    pub(super) region: Attr<String>,
    pub(super) version_seen: Attr<String>,
}

#[derive(Clone, Debug, crate::Model)]
pub(super) struct Model {
    pub(super) id: Value,
    pub(super) mode: Attr<String>,
    pub(super) size: Attr<i64>,
    pub(super) secret_wo: Attr<String>,
    pub(super) item: Attr<Vec<Item>>,
}

#[derive(Clone, Debug, crate::Model)]
pub(super) struct Item {
    pub(super) name: Attr<String>,
    pub(super) made: Attr<String>,
}

#[derive(Clone, Debug, crate::Model)]
pub(super) struct Identity {
    pub(super) id: Attr<String>,
    pub(super) region: Attr<String>,
}

/// Records what happens in the provider, for the tests.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) events: Mutex<Vec<String>>,
    pub(super) waiting: Notify,
    pub(super) ended: Notify,
}

impl Recorder {
    pub(super) fn record(&self, what: impl Into<String>) {
        self.events.lock().unwrap().push(what.into());
    }

    pub(super) fn has(&self, what: &str) -> bool {
        self.events.lock().unwrap().iter().any(|event| event == what)
    }
}

/// An invalid one registers its resource type twice.
#[derive(Default)]
pub(super) struct TestProvider {
    recorder: Arc<Recorder>,
    is_invalid: bool,
}

struct TestResource(Arc<Recorder>);

impl Provider for TestProvider {
    type Config = Config;

    fn schema(&self) -> Schema {
        Schema::new(
            Block::new()
                .attribute(Attribute::string("region").required())
                .attribute(Attribute::string("version_seen").computed()),
        )
    }

    fn resources(&self) -> Resources {
        let resources = Resources::new().with(TestResource(Arc::clone(&self.recorder)));
        if self.is_invalid { resources.with(TestResource(Arc::default())) } else { resources }
    }

    fn validate(&self, config: Config, diagnostics: &mut Diagnostics) {
        assert_ne!(config.region.as_str(), Some("panic"));
        diagnostics.push(Diagnostic::warning("seen", "validated").at("region"));
    }

    async fn configure(&self, request: ConfigureRequest<Config>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        assert_ne!(request.config.region.as_str(), Some("panic"));
        self.recorder.record(format!("configured {:?} for {}", request.config.region, request.terraform_version));
        diagnostics.ok()
    }

    async fn close(&self) {
        self.recorder.record("closed");
        self.recorder.ended.notify_one();
    }
}

fn panic_if_requested(mode: &Attr<String>, step: &str) {
    assert_ne!(mode.as_str(), Some("panic"), "in {step}");
}

fn identity(mode: &Attr<String>) -> Option<Identity> {
    let id = match mode.as_str() {
        Some("anonymous") => return None,
        Some("vague") => Attr::Unknown,
        _ => Attr::Known("1".to_owned()),
    };
    Some(Identity { id, region: Attr::Null })
}

impl TestResource {
    async fn apply(
        &self,
        mut planned: Model,
        cancel: crate::CancellationToken,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        panic_if_requested(&planned.mode, "apply");
        match planned.mode.as_str() {
            Some("wait") => {
                self.0.waiting.notify_one();
                cancel.cancelled().await;
                self.0.record("cancelled");
                self.0.ended.notify_one();
                return Err(diagnostics.fail(Diagnostic::error("Interrupted", "it was cancelled")));
            }
            Some("misfit") => planned.id = Value::Bool(true),
            _ => planned.id = Value::String("1".into()),
        }
        planned.secret_wo = Attr::Known("leak".into());
        let identity = identity(&planned.mode);
        Ok(Applied { state: planned, private: Private::from_bytes("applied"), identity })
    }
}

impl Resource for TestResource {
    type Model = Model;
    type Identity = Identity;

    fn type_name(&self) -> &'static str {
        "test_resource"
    }

    fn schema(&self) -> Schema {
        let item = Block::new().attribute(Attribute::string("name")).attribute(Attribute::string("made").computed());
        let block = Block::new()
            .attribute(Attribute::string("id").computed())
            .attribute(Attribute::string("mode").required())
            .attribute(Attribute::number("size"))
            .attribute(Attribute::string("secret_wo").write_only())
            .block(NestedBlock::list("item", item));
        Schema { version: 2, block }
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(IdentitySchema::new().required("id", Type::String, "The id.").optional(
            "region",
            Type::String,
            "The region.",
        ))
    }

    fn validate(&self, request: ValidateRequest<Model>, diagnostics: &mut Diagnostics) {
        panic_if_requested(&request.config.mode, "validate");
        if request.config.mode.as_str() == Some("own error") {
            diagnostics.push(Diagnostic::error("Too old", "use something else").at("secret_wo"));
        }
        if request.config.mode.as_str() == Some("colorful") {
            diagnostics.push(Diagnostic::warning("a [red] light", "[bold]: see item[0]"));
        }
    }

    fn upgrade_json(
        &self,
        version: i64,
        mut state: serde_json::Value,
        _: &mut Diagnostics,
    ) -> Result<serde_json::Value, Failed> {
        state["mode"] = format!("upgraded from {version}").into();
        Ok(state)
    }

    fn state_loaded(&self, state: &Model) {
        panic_if_requested(&state.mode, "loaded");
        self.0.record(format!("loaded {}", state.mode.as_str().unwrap_or_default()));
    }

    async fn read(
        &self,
        request: ReadRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Model, Identity>, Failed> {
        let mut state = request.state;
        panic_if_requested(&state.mode, "read");
        diagnostics.push(Diagnostic::warning("Read", "read the object"));
        state.secret_wo = Attr::Known("leak".into());
        let identity = identity(&state.mode);
        let removed = state.mode.as_str() == Some("removed");
        Ok(ReadResponse { state: Some(state).filter(|_| !removed), private: request.private, identity })
    }

    async fn modify_plan(
        &self,
        request: ModifyPlanRequest<Model, Identity>,
        _: &mut Diagnostics,
    ) -> Result<PlanResponse<Model, Identity>, Failed> {
        let mut planned = request.planned;
        panic_if_requested(&planned.mode, "plan");
        self.0.record(format!("proposed secret {:?}, configured {:?}", planned.secret_wo, request.config.secret_wo));
        planned.secret_wo = Attr::Known("leak".into());
        let identity = identity(&planned.mode);
        Ok(PlanResponse {
            planned,
            requires_replace: vec![Path::root("mode")],
            private: Private::from_bytes("planned"),
            identity,
        })
    }

    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Model, Identity>,
        _: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        panic_if_requested(&request.prior.mode, "plan_destroy");
        Ok(Private::from_bytes("destroy"))
    }

    async fn create(
        &self,
        request: CreateRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        self.apply(request.planned, request.context.cancel, diagnostics).await
    }

    async fn update(
        &self,
        request: UpdateRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        self.apply(request.planned, request.context.cancel, diagnostics).await
    }

    async fn delete(
        &self,
        request: DeleteRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        panic_if_requested(&request.prior.mode, "delete");
        match request.prior.mode.as_str() {
            Some("stuck") => Err(diagnostics.fail(Diagnostic::error("Stuck", "it stays"))),
            _ => Ok(()),
        }
    }

    async fn import(
        &self,
        request: ImportRequest<Identity>,
        _: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        let id = match request.target {
            ImportTarget::Id(id) => id,
            ImportTarget::Identity(identity) => identity.id.into_known().unwrap(),
        };
        assert_ne!(id, "panic");
        let state = Model {
            id: Value::String(id),
            mode: Attr::Null,
            size: Attr::Null,
            secret_wo: Attr::Null,
            item: Attr::Null,
        };
        Ok(Applied { state, private: Private::default(), identity: None })
    }
}

pub(super) fn serve() -> (Service, Arc<Recorder>, Lifecycle) {
    let provider = TestProvider::default();
    let recorder = Arc::clone(&provider.recorder);
    let lifecycle = Lifecycle::default();
    (Service(Arc::new(Server::new(provider, lifecycle.clone()))), recorder, lifecycle)
}

pub(super) fn serve_invalid() -> Service {
    let provider = TestProvider { is_invalid: true, ..TestProvider::default() };
    Service(Arc::new(Server::new(provider, Lifecycle::default())))
}

pub(super) fn resource_type() -> Type {
    TestResource(Arc::default()).schema().implied_type()
}

pub(super) fn identity_type() -> Type {
    TestResource(Arc::default()).identity_schema().unwrap().implied_type()
}
