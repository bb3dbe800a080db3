//! A provider that does what its configuration tells it to, right or wrong, and the messages to ask it with.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::super::{Server, service::Service};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};
use crate::path::Path;
use crate::plugin::Lifecycle;
use crate::private::Private;
use crate::proto::tfplugin5::{self as wire, ClientCapabilities, DynamicValue, RawState, ResourceIdentityData};
use crate::provider::{ConfigureRequest, Provider, Resources};
use crate::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, ImportTarget, ModifyPlanRequest, PlanDestroyRequest,
    PlanResponse, ReadRequest, ReadResponse, Resource, UpdateRequest, ValidateRequest,
};
use crate::schema::{Attribute, Block, IdentitySchema, NestedBlock, Schema};
use crate::value::{Attr, Type, Value, msgpack};

/// What the provider block has.
#[derive(Clone, Debug, crate::Model)]
pub(super) struct Config {
    pub(super) region: Attr<String>,
    pub(super) version_seen: Attr<String>,
}

/// What a subject has.
#[derive(Clone, Debug, crate::Model)]
pub(super) struct Model {
    pub(super) id: Value,
    pub(super) mode: Attr<String>,
    pub(super) size: Attr<i64>,
    pub(super) secret_wo: Attr<String>,
    pub(super) item: Attr<Vec<Item>>,
}

/// A block of a subject.
#[derive(Clone, Debug, crate::Model)]
pub(super) struct Item {
    pub(super) name: Attr<String>,
    pub(super) made: Attr<String>,
}

/// What names a subject.
#[derive(Clone, Debug, crate::Model)]
pub(super) struct Identity {
    pub(super) id: Attr<String>,
    pub(super) region: Attr<String>,
}

/// What the tests see of the inside.
#[derive(Default)]
pub(super) struct Witness {
    pub(super) seen: Mutex<Vec<String>>,
    pub(super) waiting: Notify,
    pub(super) ended: Notify,
}

impl Witness {
    pub(super) fn see(&self, what: impl Into<String>) {
        self.seen.lock().unwrap().push(what.into());
    }

    pub(super) fn saw(&self, what: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen == what)
    }
}

/// The provider. Unsound, it has its one resource type twice.
#[derive(Default)]
pub(super) struct Subjects {
    witness: Arc<Witness>,
    is_unsound: bool,
}

/// Its one resource type.
struct Subject(Arc<Witness>);

impl Provider for Subjects {
    type Config = Config;

    fn schema(&self) -> Schema {
        Schema::new(
            Block::new()
                .attribute(Attribute::string("region").required())
                .attribute(Attribute::string("version_seen").computed()),
        )
    }

    fn resources(&self) -> Resources {
        let resources = Resources::new().with(Subject(Arc::clone(&self.witness)));
        if self.is_unsound { resources.with(Subject(Arc::default())) } else { resources }
    }

    fn validate(&self, config: Config, diagnostics: &mut Diagnostics) {
        assert_ne!(config.region.as_str(), Some("panic"));
        diagnostics.push(Diagnostic::warning("seen", "validated").at("region"));
    }

    async fn configure(&self, request: ConfigureRequest<Config>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        assert_ne!(request.config.region.as_str(), Some("panic"));
        self.witness.see(format!("configured {:?} for {}", request.config.region, request.terraform_version));
        diagnostics.ok()
    }

    async fn close(&self) {
        self.witness.see("closed");
        self.witness.ended.notify_one();
    }
}

fn act(mode: &Attr<String>, step: &str) {
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

impl Subject {
    async fn make(
        &self,
        mut planned: Model,
        stop: crate::CancellationToken,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        act(&planned.mode, "apply");
        match planned.mode.as_str() {
            Some("wait") => {
                self.0.waiting.notify_one();
                stop.cancelled().await;
                self.0.see("stopped");
                self.0.ended.notify_one();
                return Err(diagnostics.fail(Diagnostic::error("Interrupted", "it was stopped")));
            }
            Some("misfit") => planned.id = Value::Bool(true),
            _ => planned.id = Value::String("1".into()),
        }
        planned.secret_wo = Attr::Known("leak".into());
        let identity = identity(&planned.mode);
        Ok(Applied { state: planned, private: Private::from_bytes("applied"), identity })
    }
}

impl Resource for Subject {
    type Model = Model;
    type Identity = Identity;

    fn type_name(&self) -> &'static str {
        "test_subject"
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
        act(&request.config.mode, "validate");
        if request.config.mode.as_str() == Some("says more") {
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
        act(&state.mode, "loaded");
        self.0.see(format!("loaded {}", state.mode.as_str().unwrap_or_default()));
    }

    async fn read(
        &self,
        request: ReadRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Model, Identity>, Failed> {
        let mut state = request.state;
        act(&state.mode, "read");
        diagnostics.push(Diagnostic::warning("Read", "so it was"));
        state.secret_wo = Attr::Known("leak".into());
        let identity = identity(&state.mode);
        let gone = state.mode.as_str() == Some("gone");
        Ok(ReadResponse { state: Some(state).filter(|_| !gone), private: request.private, identity })
    }

    async fn modify_plan(
        &self,
        request: ModifyPlanRequest<Model, Identity>,
        _: &mut Diagnostics,
    ) -> Result<PlanResponse<Model, Identity>, Failed> {
        let mut planned = request.planned;
        act(&planned.mode, "plan");
        self.0.see(format!("proposed secret {:?}, configured {:?}", planned.secret_wo, request.config.secret_wo));
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
        act(&request.prior.mode, "plan_destroy");
        Ok(Private::from_bytes("destroy"))
    }

    async fn create(
        &self,
        request: CreateRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        self.make(request.planned, request.call.stop, diagnostics).await
    }

    async fn update(
        &self,
        request: UpdateRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Model, Identity>, Failed> {
        self.make(request.planned, request.call.stop, diagnostics).await
    }

    async fn delete(
        &self,
        request: DeleteRequest<Model, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        act(&request.prior.mode, "delete");
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

/// A served provider, the inside of it, and the life it leads.
pub(super) fn serve() -> (Service, Arc<Witness>, Lifecycle) {
    let provider = Subjects::default();
    let witness = Arc::clone(&provider.witness);
    let lifecycle = Lifecycle::default();
    (Service(Arc::new(Server::new(provider, lifecycle.clone()))), witness, lifecycle)
}

/// A provider with an unsound schema.
pub(super) fn serve_unsound() -> Service {
    let provider = Subjects { is_unsound: true, ..Subjects::default() };
    Service(Arc::new(Server::new(provider, Lifecycle::default())))
}

/// An object of the test resource.
pub(super) fn object(mode: &str, change: impl FnOnce(&mut std::collections::BTreeMap<String, Value>)) -> Value {
    let mut attributes = std::collections::BTreeMap::from([
        ("id".to_owned(), Value::Null),
        ("mode".to_owned(), Value::String(mode.to_owned())),
        ("size".to_owned(), Value::Null),
        ("secret_wo".to_owned(), Value::Null),
        ("item".to_owned(), Value::List(vec![])),
    ]);
    change(&mut attributes);
    Value::Map(attributes)
}

/// An object with nothing but a mode.
pub(super) fn plain(mode: &str) -> Option<DynamicValue> {
    data(&object(mode, |_| {}))
}

fn subject_type() -> Type {
    Subject(Arc::default()).schema().implied_type()
}

pub(super) fn data(value: &Value) -> Option<DynamicValue> {
    encode(value, &subject_type())
}

pub(super) fn value(data: &Option<DynamicValue>) -> Value {
    decode(data, &subject_type())
}

pub(super) fn encode(value: &Value, r#type: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value, r#type).unwrap().into(), json: Default::default() })
}

pub(super) fn decode(data: &Option<DynamicValue>, r#type: &Type) -> Value {
    msgpack::decode(&data.as_ref().unwrap().msgpack, r#type).unwrap()
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn identity_type() -> Type {
    Subject(Arc::default()).identity_schema().unwrap().implied_type()
}

/// An identity as it travels.
pub(super) fn identity_data(id: Value, region: Value) -> Option<ResourceIdentityData> {
    let value = Value::Map([("id".to_owned(), id), ("region".to_owned(), region)].into());
    let msgpack = msgpack::encode(&value, &identity_type()).unwrap().into();
    Some(ResourceIdentityData { identity_data: Some(DynamicValue { msgpack, json: Default::default() }) })
}

/// The id in an identity that arrived.
pub(super) fn identity_id(data: &Option<ResourceIdentityData>) -> Option<Value> {
    let data = data.as_ref()?.identity_data.as_ref()?;
    msgpack::decode(&data.msgpack, &identity_type()).unwrap().attribute("id").cloned()
}

pub(super) fn raw_state(json: &str) -> Option<RawState> {
    Some(RawState { json: json.to_owned().into(), ..RawState::default() })
}

pub(super) fn client(write_only_attributes_allowed: bool) -> Option<ClientCapabilities> {
    Some(ClientCapabilities { write_only_attributes_allowed, deferral_allowed: false })
}

/// Bytes that are no value.
pub(super) fn garbage() -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: vec![0x81, 0xa2, 0xff, 0xff].into(), json: Default::default() })
}

/// The one error, as summary and detail, with the path as Terraform writes it.
pub(super) fn the_error(diagnostics: &[wire::Diagnostic]) -> (String, String, String) {
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity() == wire::diagnostic::Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{diagnostics:?}");
    (errors[0].summary.clone(), errors[0].detail.clone(), path_text(errors[0]))
}

/// The path of a diagnostic as Terraform writes it.
pub(super) fn path_text(diagnostic: &wire::Diagnostic) -> String {
    use wire::attribute_path::step::Selector;
    let mut path = Path::default();
    for step in diagnostic.attribute.iter().flat_map(|path| &path.steps) {
        path = match step.selector.clone().unwrap() {
            Selector::AttributeName(name) => path.attribute(name),
            Selector::ElementKeyString(key) => path.key(key),
            Selector::ElementKeyInt(index) => path.index(usize::try_from(index).unwrap()),
        };
    }
    path.to_string()
}
