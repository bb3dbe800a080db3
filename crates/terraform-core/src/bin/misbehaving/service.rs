//! The RPCs, with the faults that are about messages.

use std::time::Duration;

use serde_json::{Value as Json, json};
use terraform_core::value::{ConversionError, Inspect, Type, Value};
use tf_provider::schema::{Attribute, Behavior, Block, Nesting};
use tf_provider::testing;
use tokio::sync::watch;
use tonic::codegen::Bytes;
use tonic::{Request, Response, Status};

use crate::extras;
use crate::fault;
use crate::proto::tfplugin5 as pb;
use crate::proto::tfplugin5::provider_server::Provider;
use crate::record::{self, record};
use crate::thing::{self, identity_type, thing_type};

type Answer<T> = Result<Response<T>, Status>;

/// The provider.
#[derive(Default)]
pub(crate) struct Service {
    stopped: watch::Sender<bool>,
}

#[tonic::async_trait]
impl Provider for Service {
    async fn get_schema(
        &self,
        _: Request<pb::get_provider_schema::Request>,
    ) -> Answer<pb::get_provider_schema::Response> {
        record("GetSchema", &Json::Null);
        let capabilities = pb::ServerCapabilities {
            plan_destroy: fault() != "no-destroy-plan",
            get_provider_schema_optional: fault() != "schema-each-time",
            ..Default::default()
        };
        Ok(Response::new(pb::get_provider_schema::Response {
            provider: Some(schema(0, &Block::new().attribute(Attribute::string("token")))),
            resource_schemas: [("fake_thing".to_owned(), schema(1, &thing::block()))].into(),
            data_source_schemas: [("fake_facts".to_owned(), schema(0, &extras::facts()))].into(),
            action_schemas: [("fake_poke".to_owned(), pb::ActionSchema { schema: Some(schema(0, &extras::poke())) })]
                .into(),
            server_capabilities: Some(capabilities),
            ..Default::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<pb::get_resource_identity_schemas::Request>,
    ) -> Answer<pb::get_resource_identity_schemas::Response> {
        record("GetResourceIdentitySchemas", &Json::Null);
        let id = pb::resource_identity_schema::IdentityAttribute {
            name: "id".into(),
            r#type: Bytes::from_static(br#""string""#),
            required_for_import: true,
            ..Default::default()
        };
        let schema = pb::ResourceIdentitySchema { version: 0, identity_attributes: vec![id] };
        let identity_schemas = [("fake_thing".to_owned(), schema)].into();
        Ok(Response::new(pb::get_resource_identity_schemas::Response { identity_schemas, diagnostics: vec![] }))
    }

    async fn prepare_provider_config(
        &self,
        request: Request<pb::prepare_provider_config::Request>,
    ) -> Answer<pb::prepare_provider_config::Response> {
        let prepared_config = request.into_inner().config;
        record("PrepareProviderConfig", &json!({"config": record::provider(prepared_config.as_ref())}));
        let diagnostics = said("prepare");
        Ok(Response::new(pb::prepare_provider_config::Response { prepared_config, diagnostics }))
    }

    async fn configure(&self, request: Request<pb::configure::Request>) -> Answer<pb::configure::Response> {
        let request = request.into_inner();
        let shown = json!({
            "config": record::provider(request.config.as_ref()),
            "terraform_version": request.terraform_version,
            "client_capabilities": record::capabilities(request.client_capabilities),
        });
        record("Configure", &shown);
        Ok(Response::new(pb::configure::Response { diagnostics: said("configure") }))
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<pb::validate_resource_type_config::Request>,
    ) -> Answer<pb::validate_resource_type_config::Response> {
        let request = request.into_inner();
        let shown = json!({
            "type_name": request.type_name,
            "config": record::thing(request.config.as_ref()),
            "client_capabilities": record::capabilities(request.client_capabilities),
        });
        record("ValidateResourceTypeConfig", &shown);
        let diagnostics = match fault().as_str() {
            "diagnostic-severity" => vec![diagnostic(0, "Severity of zero", None)],
            "diagnostic-path" => vec![diagnostic(1, "Points nowhere", Some("nothing"))],
            "diagnostic-summary" => vec![diagnostic(2, "Two\nlines", None)],
            _ => said("validate"),
        };
        Ok(Response::new(pb::validate_resource_type_config::Response { diagnostics }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<pb::upgrade_resource_state::Request>,
    ) -> Answer<pb::upgrade_resource_state::Response> {
        let request = request.into_inner();
        let raw = request.raw_state.unwrap_or_default().json;
        let text = String::from_utf8_lossy(&raw);
        let stored = serde_json::from_str::<Json>(&text).unwrap_or_default();
        let shown = json!({"type_name": request.type_name, "version": request.version, "raw_state": stored});
        record("UpgradeResourceState", &shown);
        let mut state = testing::decode_json(text.as_bytes(), &thing_type()).map_err(invalid)?;
        match fault().as_str() {
            "upgrade-null" => state = Value::Null,
            "upgrade-unknown" => thing::set(&mut state, "size", Value::Unknown),
            _ => {}
        }
        let diagnostics = said("upgrade");
        Ok(Response::new(pb::upgrade_resource_state::Response { upgraded_state: encode(&state)?, diagnostics }))
    }

    async fn read_resource(&self, request: Request<pb::read_resource::Request>) -> Answer<pb::read_resource::Response> {
        let request = request.into_inner();
        let shown = json!({
            "type_name": request.type_name,
            "current_state": record::thing(request.current_state.as_ref()),
            "current_identity": record::identity(request.current_identity.as_ref()),
            "private": record::private(&request.private),
            "client_capabilities": record::capabilities(request.client_capabilities),
        });
        record("ReadResource", &shown);
        let state = thing::read(&decode(request.current_state.as_ref())?);
        let identity = (fault() != "read-drops-identity").then_some(request.current_identity).flatten();
        Ok(Response::new(pb::read_resource::Response {
            new_identity: identity.or_else(|| identity_of(&state).filter(|_| fault() != "read-drops-identity")),
            new_state: encode(&state)?,
            private: request.private,
            diagnostics: said("read"),
            deferred: None,
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<pb::plan_resource_change::Request>,
    ) -> Answer<pb::plan_resource_change::Response> {
        let request = request.into_inner();
        let shown = json!({
            "type_name": request.type_name,
            "prior_state": record::thing(request.prior_state.as_ref()),
            "proposed_new_state": record::thing(request.proposed_new_state.as_ref()),
            "config": record::thing(request.config.as_ref()),
            "prior_private": record::private(&request.prior_private),
            "prior_identity": record::identity(request.prior_identity.as_ref()),
            "client_capabilities": record::capabilities(request.client_capabilities),
        });
        record("PlanResourceChange", &shown);
        let prior = decode(request.prior_state.as_ref())?;
        let proposed = decode(request.proposed_new_state.as_ref())?;
        let config = decode(request.config.as_ref())?;
        // Terraform announces deferral in every apply, and nowhere else.
        let in_apply = request.client_capabilities.is_some_and(|capabilities| capabilities.deferral_allowed);
        let planned = thing::plan(&prior, &proposed, &config, in_apply);
        let mut requires_replace = Vec::new();
        if !prior.is_null() && !planned.is_null() && planned.get("kind") != prior.get("kind") {
            requires_replace.push(path("kind"));
        }
        let mut planned_identity = if prior.is_null() { None } else { request.prior_identity };
        match fault().as_str() {
            "plan-bad-path" if !prior.is_null() => requires_replace.push(path("nothing")),
            "plan-replaces-in-apply" if in_apply && !prior.is_null() => requires_replace.push(path("size")),
            "plan-identity-unknown" => planned_identity = identity_data(Value::Unknown),
            _ => {}
        }
        let diagnostics = match (prior.is_null(), proposed.is_null()) {
            (true, _) => said("plan-create"),
            (_, true) => said("plan-destroy"),
            _ => said("plan-update"),
        };
        let reached = format!(
            "{}>{}",
            String::from_utf8_lossy(&request.prior_private),
            if proposed.is_null() { "forget" } else { "plan" }
        );
        Ok(Response::new(pb::plan_resource_change::Response {
            planned_state: malformed("plan", &planned).map_or_else(|| encode(&planned), |bytes| Ok(Some(bytes)))?,
            requires_replace,
            planned_private: reached.into(),
            diagnostics,
            legacy_type_system: fault() == "plan-legacy",
            deferred: (fault() == "plan-deferred").then_some(pb::Deferred { reason: 1 }),
            planned_identity,
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<pb::apply_resource_change::Request>,
    ) -> Answer<pb::apply_resource_change::Response> {
        let request = request.into_inner();
        let shown = json!({
            "type_name": request.type_name,
            "prior_state": record::thing(request.prior_state.as_ref()),
            "planned_state": record::thing(request.planned_state.as_ref()),
            "config": record::thing(request.config.as_ref()),
            "planned_private": record::private(&request.planned_private),
            "planned_identity": record::identity(request.planned_identity.as_ref()),
        });
        record("ApplyResourceChange", &shown);
        let planned = decode(request.planned_state.as_ref())?;
        let mut diagnostics = Vec::new();
        match (fault().as_str(), planned.is_null()) {
            ("apply-status", false) => return Err(Status::internal("lost")),
            ("apply-crash", false) => std::process::exit(9),
            ("apply-wait", false) => {
                let mut stopped = self.stopped.subscribe();
                let _ = stopped.wait_for(|stopped| *stopped).await;
                diagnostics.push(diagnostic(2, "Stopped", None));
            }
            ("apply-hang", false) => tokio::time::sleep(Duration::from_secs(3600)).await,
            ("apply-error" | "apply-error-null", false) => diagnostics.push(diagnostic(1, "Failed", None)),
            ("apply-warning", false) => diagnostics.push(diagnostic(2, "Mind", None)),
            ("destroy-error", true) => diagnostics.push(diagnostic(1, "Refused", None)),
            _ => {}
        }
        let state = thing::apply(&planned, &decode(request.prior_state.as_ref())?, &decode(request.config.as_ref())?);
        let identity = identity_of(&state).filter(|_| fault() != "apply-drops-identity");
        Ok(Response::new(pb::apply_resource_change::Response {
            new_state: malformed("apply", &state).map_or_else(|| encode(&state), |bytes| Ok(Some(bytes)))?,
            private: request.planned_private,
            diagnostics,
            legacy_type_system: false,
            new_identity: identity,
        }))
    }

    async fn import_resource_state(
        &self,
        request: Request<pb::import_resource_state::Request>,
    ) -> Answer<pb::import_resource_state::Response> {
        let request = request.into_inner();
        let shown = json!({
            "type_name": request.type_name,
            "id": request.id,
            "identity": record::identity(request.identity.as_ref()),
            "client_capabilities": record::capabilities(request.client_capabilities),
        });
        record("ImportResourceState", &shown);
        let by_identity = request.identity.map(|identity| identity.identity_data);
        let id = match &by_identity {
            Some(data) => {
                let msgpack = data.as_ref().map(|data| data.msgpack.clone()).unwrap_or_default();
                match testing::decode_msgpack(&msgpack, &identity_type()).map_err(invalid)?.get("id") {
                    Value::String(id) => id.clone(),
                    _ => String::new(),
                }
            }
            None => request.id,
        };
        let state = thing::import(&id);
        let mut object = pb::import_resource_state::ImportedResource {
            type_name: "fake_thing".into(),
            identity: identity_of(&state),
            state: encode(&state)?,
            private: "imported".into(),
        };
        match fault().as_str() {
            "import-no-type" => object.type_name.clear(),
            "import-null" => object.state = None,
            "import-no-identity" => object.identity = None,
            _ => {}
        }
        let imported_resources = match fault().as_str() {
            "import-none" => vec![],
            "import-two" => vec![object.clone(), object],
            _ => vec![object],
        };
        Ok(Response::new(pb::import_resource_state::Response { imported_resources, ..Default::default() }))
    }

    async fn validate_data_source_config(
        &self,
        request: Request<pb::validate_data_source_config::Request>,
    ) -> Answer<pb::validate_data_source_config::Response> {
        let request = request.into_inner();
        let config = record::decoded(request.config.as_ref(), &extras::facts().implied_type());
        record("ValidateDataSourceConfig", &json!({"type_name": request.type_name, "config": config}));
        Ok(Response::new(pb::validate_data_source_config::Response { diagnostics: said("validate-data") }))
    }

    async fn read_data_source(
        &self,
        request: Request<pb::read_data_source::Request>,
    ) -> Answer<pb::read_data_source::Response> {
        extras::read_facts(&request.into_inner()).map(Response::new)
    }

    async fn validate_action_config(
        &self,
        request: Request<pb::validate_action_config::Request>,
    ) -> Answer<pb::validate_action_config::Response> {
        let request = request.into_inner();
        extras::record_poke("ValidateActionConfig", &request.type_name, request.config.as_ref(), None);
        Ok(Response::new(pb::validate_action_config::Response { diagnostics: said("validate-action") }))
    }

    async fn plan_action(&self, request: Request<pb::plan_action::Request>) -> Answer<pb::plan_action::Response> {
        let request = request.into_inner();
        let (config, capabilities) = (request.config.as_ref(), request.client_capabilities);
        extras::record_poke("PlanAction", &request.action_type, config, capabilities);
        let deferred = (fault() == "action-deferred").then_some(pb::Deferred { reason: 1 });
        Ok(Response::new(pb::plan_action::Response { diagnostics: said("plan-action"), deferred }))
    }

    async fn invoke_action(&self, request: Request<pb::invoke_action::Request>) -> Answer<extras::Events> {
        let request = request.into_inner();
        let (config, capabilities) = (request.config.as_ref(), request.client_capabilities);
        extras::record_poke("InvokeAction", &request.action_type, config, capabilities);
        Ok(Response::new(extras::events(self.stopped.subscribe())))
    }

    async fn stop(&self, _: Request<pb::stop::Request>) -> Answer<pb::stop::Response> {
        record("Stop", &Json::Null);
        self.stopped.send_replace(true);
        Ok(Response::new(pb::stop::Response { error: String::new() }))
    }
}

fn schema(version: i64, block: &Block) -> pb::Schema {
    let mut block = proto_block(block);
    if fault() == "schema" {
        block.attributes.push(pb::schema::Attribute { name: "broken".into(), ..block.attributes[0].clone() });
        if let Some(broken) = block.attributes.last_mut() {
            (broken.required, broken.optional, broken.computed) = (false, false, false);
        }
    }
    pb::Schema { version, block: Some(block) }
}

fn proto_block(block: &Block) -> pb::schema::Block {
    let attribute = |attribute: &Attribute| pb::schema::Attribute {
        name: attribute.name.clone(),
        r#type: attribute.r#type.to_json().to_string().into(),
        required: attribute.behavior == Behavior::Required,
        optional: matches!(attribute.behavior, Behavior::Optional | Behavior::OptionalComputed),
        computed: matches!(attribute.behavior, Behavior::Computed | Behavior::OptionalComputed),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        ..Default::default()
    };
    let nested = block.blocks.iter().map(|nested| pb::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(proto_block(&nested.block)),
        nesting: if nested.nesting == Nesting::Single { 1 } else { 2 },
        ..Default::default()
    });
    pb::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: nested.collect(),
        ..Default::default()
    }
}

/// `warn-X` and `fail-X` say something in the call X.
pub(crate) fn said(call: &str) -> Vec<pb::Diagnostic> {
    let fault = fault();
    let severity = match fault.split_once('-') {
        Some(("fail", about)) if about == call => 1,
        Some(("warn", about)) if about == call => 2,
        _ => return Vec::new(),
    };
    vec![diagnostic(severity, &format!("From {call}"), None)]
}

pub(crate) fn diagnostic(severity: i32, summary: &str, attribute: Option<&str>) -> pb::Diagnostic {
    let attribute = attribute.map(path);
    pb::Diagnostic { severity, summary: summary.into(), detail: "Detail.".into(), attribute }
}

fn path(attribute: &str) -> pb::AttributePath {
    use pb::attribute_path::{Step, step::Selector};
    pb::AttributePath { steps: vec![Step { selector: Some(Selector::AttributeName(attribute.into())) }] }
}

/// `plan-missing-attribute` and so on: bytes that are not a thing.
fn malformed(call: &str, thing: &Value) -> Option<pb::DynamicValue> {
    let fault = fault();
    let bytes = match fault.strip_prefix(call)? {
        "-missing-attribute" => testing::encode_msgpack(&identity(Value::Null), &identity_type()),
        "-wrong-type" => {
            let (mut thing, mut types) = (thing.clone(), thing_type());
            thing::set(&mut thing, "name", Value::List(vec![]));
            if let Type::Object(types) = &mut types {
                types.insert("name".to_owned(), Type::list(Type::String));
            }
            testing::encode_msgpack(&thing, &types)
        }
        "-garbage" => Ok(vec![0xa5, b'x']),
        _ => return None,
    };
    bytes.ok().map(|bytes| pb::DynamicValue { msgpack: bytes.into(), json: Bytes::new() })
}

fn encode(thing: &Value) -> Result<Option<pb::DynamicValue>, Status> {
    encode_as(thing, &thing::block())
}

fn decode(value: Option<&pb::DynamicValue>) -> Result<Value, Status> {
    decode_as(value, &thing::block())
}

/// An object of a block as it is sent.
pub(crate) fn encode_as(value: &Value, block: &Block) -> Result<Option<pb::DynamicValue>, Status> {
    let msgpack = testing::encode_msgpack(value, &block.implied_type()).map_err(invalid)?;
    Ok(Some(pb::DynamicValue { msgpack: msgpack.into(), json: Bytes::new() }))
}

/// Reads an object of a block.
pub(crate) fn decode_as(value: Option<&pb::DynamicValue>, block: &Block) -> Result<Value, Status> {
    let bytes = value.map(|value| value.msgpack.clone()).unwrap_or_default();
    let r#type = block.implied_type();
    if bytes.is_empty() { Ok(Value::Null) } else { testing::decode_msgpack(&bytes, &r#type).map_err(invalid) }
}

fn invalid(error: ConversionError) -> Status {
    Status::invalid_argument(format!("{}: {error}", error.path))
}

fn identity_of(thing: &Value) -> Option<pb::ResourceIdentityData> {
    let id = thing.get("id").clone();
    if thing.is_null() || id.is_unknown() { None } else { identity_data(id) }
}

fn identity(id: Value) -> Value {
    Value::Map([("id".to_owned(), id)].into())
}

fn identity_data(id: Value) -> Option<pb::ResourceIdentityData> {
    let msgpack = testing::encode_msgpack(&identity(id), &identity_type()).ok()?.into();
    Some(pb::ResourceIdentityData { identity_data: Some(pb::DynamicValue { msgpack, json: Bytes::new() }) })
}
