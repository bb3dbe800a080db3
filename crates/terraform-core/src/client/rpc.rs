//! The calls that a walk makes, one function each.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tonic::codegen::Bytes;

use super::convert::{
    bytes_json, dynamic, identity_data, identity_json, identity_of, path_of, received_json, value_of,
};
use super::messages::{
    ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
};
use super::{Client, Exchange, Response};
use crate::config::{Kind, type_of};
use crate::diagnostic::Diagnostic;
use crate::proto::tfplugin5 as proto;
use crate::schema::{self, Schemas};
use crate::value::{Path, Value, to_json};

/// Which object a call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) kind: Kind,
    /// The type of the resource, data source or action.
    pub(crate) type_name: &'a str,
    /// The address, which the provider never sees.
    pub(crate) address: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// What an address of the configuration names.
    pub(crate) fn at(address: &'a str) -> Self {
        Self { kind: Kind::of(address), type_name: type_of(address), address: Some(address) }
    }
}

/// Makes a call; without a response the caller returns what Terraform makes of that.
macro_rules! responded {
    ($client:ident, $exchange:ident, $call:expr) => {
        match $client.call(&mut $exchange, $call).await {
            Ok(response) => response,
            Err(error) => return Client::lost($exchange, error),
        }
    };
}

impl Client {
    /// GetSchema and, for a Terraform that knows identities, GetResourceIdentitySchemas.
    pub(crate) async fn get_schemas(&mut self) -> Response<Arc<Schemas>> {
        let mut exchange = self.exchange("GetSchema", None, Json::Null);
        let request = proto::get_provider_schema::Request {};
        let response = responded!(self, exchange, self.raw().get_schema(request));
        let mut identities = None;
        if self.abilities.identity {
            exchange = self.exchange("GetResourceIdentitySchemas", None, Json::Null);
            let request = proto::get_resource_identity_schemas::Request {};
            identities = Some(responded!(self, exchange, self.raw().get_resource_identity_schemas(request)));
        }
        match schema::decode(&response, identities.as_ref(), self.abilities.write_only) {
            Ok(schemas) => {
                let schemas = Arc::new(schemas);
                self.set_schemas(Arc::clone(&schemas));
                Response { diagnostics: Vec::new(), content: Some(schemas), exchange }
            }
            Err(problems) => {
                let summary = "Failed to load plugin schemas";
                for problem in &problems {
                    self.recorder.violate(exchange.violation(summary, problem.clone()));
                }
                Self::lost(exchange, Diagnostic::core(summary, &problems.join("\n"), &Path::default()))
            }
        }
    }

    /// PrepareProviderConfig.
    pub(crate) async fn prepare(&self, config: &Value) -> Response<()> {
        let block = self.provider_block();
        let r#type = block.implied_type();
        let mut exchange = self.exchange("PrepareProviderConfig", None, json!({"config": to_json(config)}));
        let request = proto::prepare_provider_config::Request { config: dynamic(config, &r#type) };
        let response = responded!(self, exchange, self.raw().prepare_provider_config(request));
        let content = value_of(response.prepared_config.as_ref(), &r#type).map(drop);
        self.finish(exchange, &response.diagnostics, Some(block), content)
    }

    /// Configure.
    pub(crate) async fn configure(&self, terraform_version: &str, config: &Value) -> Response<()> {
        let block = self.provider_block();
        let mut exchange = self.exchange("Configure", None, json!({"config": to_json(config)}));
        let request = proto::configure::Request {
            terraform_version: terraform_version.to_owned(),
            config: dynamic(config, &block.implied_type()),
            client_capabilities: self.capabilities(),
        };
        let response = responded!(self, exchange, self.raw().configure(request));
        self.finish(exchange, &response.diagnostics, Some(block), Ok(()))
    }

    /// ValidateResourceTypeConfig, ValidateDataSourceConfig or ValidateActionConfig.
    pub(crate) async fn validate(&self, target: Target<'_>, config: &Value) -> Response<()> {
        let block = self.block(target);
        let rpc = match target.kind {
            Kind::Resource => "ValidateResourceTypeConfig",
            Kind::Data => "ValidateDataSourceConfig",
            Kind::Action => "ValidateActionConfig",
        };
        let shown = json!({"type_name": target.type_name, "config": to_json(config)});
        let mut exchange = self.exchange(rpc, target.address, shown);
        let (type_name, config) = (target.type_name.to_owned(), dynamic(config, &block.implied_type()));
        let diagnostics = match target.kind {
            Kind::Resource => {
                let client_capabilities = self.capabilities();
                let request = proto::validate_resource_type_config::Request { type_name, config, client_capabilities };
                responded!(self, exchange, self.raw().validate_resource_type_config(request)).diagnostics
            }
            Kind::Data => {
                let request = proto::validate_data_source_config::Request { type_name, config };
                responded!(self, exchange, self.raw().validate_data_source_config(request)).diagnostics
            }
            Kind::Action => {
                let request = proto::validate_action_config::Request { type_name, config };
                responded!(self, exchange, self.raw().validate_action_config(request)).diagnostics
            }
        };
        self.finish(exchange, &diagnostics, Some(block), Ok(()))
    }

    /// UpgradeResourceState, with the version of the schema that the state was written with and its JSON.
    pub(crate) async fn upgrade(&self, target: Target<'_>, version: i64, stored: &str) -> Response<Value> {
        let block = &self.resource(target.type_name).block;
        let shown = json!({"type_name": target.type_name, "version": version, "raw_state": stored});
        let mut exchange = self.exchange("UpgradeResourceState", target.address, shown);
        let json = Bytes::copy_from_slice(stored.as_bytes());
        let request = proto::upgrade_resource_state::Request {
            type_name: target.type_name.to_owned(),
            version,
            raw_state: Some(proto::RawState { json, flatmap: [].into() }),
        };
        let response = responded!(self, exchange, self.raw().upgrade_resource_state(request));
        let content = value_of(response.upgraded_state.as_ref(), &block.implied_type());
        exchange.response = json!({"upgraded_state": received_json(&content)});
        self.finish(exchange, &response.diagnostics, Some(block), content)
    }

    /// ReadResource.
    pub(crate) async fn read(&self, target: Target<'_>, read: &ReadRequest) -> Response<ReadResponse> {
        let schema = self.resource(target.type_name);
        let r#type = schema.block.implied_type();
        let shown = json!({
            "type_name": target.type_name,
            "current_state": to_json(&read.state),
            "private": bytes_json(&read.private),
            "current_identity": identity_json(read.identity.as_ref()),
        });
        let mut exchange = self.exchange("ReadResource", target.address, shown);
        let request = proto::read_resource::Request {
            type_name: target.type_name.to_owned(),
            current_state: dynamic(&read.state, &r#type),
            private: Bytes::copy_from_slice(&read.private),
            provider_meta: None,
            client_capabilities: self.capabilities(),
            current_identity: identity_data(read.identity.as_ref(), schema.identity.as_ref()),
        };
        let response = responded!(self, exchange, self.raw().read_resource(request));
        let state = value_of(response.new_state.as_ref(), &r#type);
        exchange.response = json!({"new_state": received_json(&state), "private": bytes_json(&response.private)});
        let refused = self.refuse_deferral(&exchange, response.deferred.as_ref());
        let identity = identity_of(response.new_identity.as_ref(), schema.identity.as_ref());
        let content =
            state.and_then(|state| Ok(ReadResponse { state, private: response.private.to_vec(), identity: identity? }));
        self.finish(exchange, &response.diagnostics, Some(&schema.block), content).with(refused)
    }

    /// PlanResourceChange.
    pub(crate) async fn plan(&self, target: Target<'_>, plan: &PlanRequest) -> Response<PlanResponse> {
        let schema = self.resource(target.type_name);
        let r#type = schema.block.implied_type();
        let shown = json!({
            "type_name": target.type_name,
            "prior_state": to_json(&plan.prior),
            "proposed_new_state": to_json(&plan.proposed),
            "config": to_json(&plan.config),
            "prior_private": bytes_json(&plan.private),
            "prior_identity": identity_json(plan.identity.as_ref()),
        });
        let mut exchange = self.exchange("PlanResourceChange", target.address, shown);
        let request = proto::plan_resource_change::Request {
            type_name: target.type_name.to_owned(),
            prior_state: dynamic(&plan.prior, &r#type),
            proposed_new_state: dynamic(&plan.proposed, &r#type),
            config: dynamic(&plan.config, &r#type),
            prior_private: Bytes::copy_from_slice(&plan.private),
            provider_meta: None,
            client_capabilities: self.capabilities(),
            prior_identity: identity_data(plan.identity.as_ref(), schema.identity.as_ref()),
        };
        let response = responded!(self, exchange, self.raw().plan_resource_change(request));
        let planned = value_of(response.planned_state.as_ref(), &r#type);
        let paths: Result<Vec<Path>, String> = response.requires_replace.iter().map(path_of).collect();
        exchange.response = json!({
            "planned_state": received_json(&planned),
            "requires_replace": paths.iter().flatten().map(ToString::to_string).collect::<Vec<_>>(),
            "planned_private": bytes_json(&response.planned_private),
        });
        let refused = self.refuse_deferral(&exchange, response.deferred.as_ref());
        self.refuse_legacy(&exchange, response.legacy_type_system);
        let identity = identity_of(response.planned_identity.as_ref(), schema.identity.as_ref());
        let content = planned.and_then(|planned| {
            let private = response.planned_private.to_vec();
            Ok(PlanResponse { planned, requires_replace: paths?, private, identity: identity? })
        });
        self.finish(exchange, &response.diagnostics, Some(&schema.block), content).with(refused)
    }

    /// ApplyResourceChange.
    pub(crate) async fn apply(&self, target: Target<'_>, apply: &ApplyRequest) -> Response<ApplyResponse> {
        let schema = self.resource(target.type_name);
        let r#type = schema.block.implied_type();
        let shown = json!({
            "type_name": target.type_name,
            "prior_state": to_json(&apply.prior),
            "planned_state": to_json(&apply.planned),
            "config": to_json(&apply.config),
            "planned_private": bytes_json(&apply.private),
            "planned_identity": identity_json(apply.identity.as_ref()),
        });
        let mut exchange = self.exchange("ApplyResourceChange", target.address, shown);
        let request = proto::apply_resource_change::Request {
            type_name: target.type_name.to_owned(),
            prior_state: dynamic(&apply.prior, &r#type),
            planned_state: dynamic(&apply.planned, &r#type),
            config: dynamic(&apply.config, &r#type),
            planned_private: Bytes::copy_from_slice(&apply.private),
            provider_meta: None,
            planned_identity: identity_data(apply.identity.as_ref(), schema.identity.as_ref()),
        };
        let response = responded!(self, exchange, self.raw().apply_resource_change(request));
        let state = value_of(response.new_state.as_ref(), &r#type);
        exchange.response = json!({"new_state": received_json(&state), "private": bytes_json(&response.private)});
        self.refuse_legacy(&exchange, response.legacy_type_system);
        let problem = state.as_ref().err().map(|problem| self.undecodable(&exchange, problem));
        let private = response.private.to_vec();
        let content = identity_of(response.new_identity.as_ref(), schema.identity.as_ref())
            .map(|identity| ApplyResponse { state: state.ok(), private, identity });
        self.finish(exchange, &response.diagnostics, Some(&schema.block), content).with(problem)
    }

    /// ImportResourceState.
    pub(crate) async fn import(&self, target: Target<'_>, import: &ImportRequest) -> Response<Vec<ImportResponse>> {
        let schema = self.resource(target.type_name);
        let (id, identity) = match import {
            ImportRequest::Id(id) => (id.clone(), None),
            ImportRequest::Identity(identity) => (String::new(), Some(identity)),
        };
        let shown = json!({"type_name": target.type_name, "id": id, "identity": identity_json(identity)});
        let mut exchange = self.exchange("ImportResourceState", target.address, shown);
        let request = proto::import_resource_state::Request {
            type_name: target.type_name.to_owned(),
            id,
            client_capabilities: self.capabilities(),
            identity: identity_data(identity, schema.identity.as_ref()),
        };
        let response = responded!(self, exchange, self.raw().import_resource_state(request));
        let refused = self.refuse_deferral(&exchange, response.deferred.as_ref());
        let one = |object: &proto::import_resource_state::ImportedResource| {
            Ok(ImportResponse {
                type_name: object.type_name.clone(),
                state: value_of(object.state.as_ref(), &schema.block.implied_type())?,
                private: object.private.to_vec(),
                identity: identity_of(object.identity.as_ref(), schema.identity.as_ref())?,
            })
        };
        let content: Result<Vec<_>, String> = response.imported_resources.iter().map(one).collect();
        let states = content.iter().flatten().map(|object| to_json(&object.state));
        exchange.response = json!({"imported_resources": states.collect::<Vec<_>>()});
        self.finish(exchange, &response.diagnostics, Some(&schema.block), content).with(refused)
    }

    /// Stop.
    pub(crate) async fn stop(&self) -> Response<()> {
        let mut exchange = self.exchange("Stop", None, Json::Null);
        let response = responded!(self, exchange, self.raw().stop(proto::stop::Request {}));
        let content = if response.error.is_empty() { Ok(()) } else { Err(response.error) };
        self.finish(exchange, &[], None, content)
    }

    pub(super) fn exchange(&self, rpc: &'static str, address: Option<&str>, request: Json) -> Exchange {
        Exchange { rpc, address: address.map(str::to_owned), request, response: Json::Null }
    }

    /// The schema of the provider block.
    ///
    /// # Panics
    /// When the schema was not read: the test is wrong.
    pub(crate) fn provider_block(&self) -> &schema::Block {
        &self.schemas().expect("the schema is read first").provider
    }

    pub(super) fn capabilities(&self) -> Option<proto::ClientCapabilities> {
        self.abilities.capabilities.then_some(proto::ClientCapabilities {
            deferral_allowed: self.deferral_allowed,
            write_only_attributes_allowed: self.abilities.write_only,
        })
    }

    /// A deferral is an error in every walk that does not announce that it may be.
    pub(super) fn refuse_deferral(
        &self,
        exchange: &Exchange,
        deferred: Option<&proto::Deferred>,
    ) -> Option<Diagnostic> {
        let rule = "Provider deferred changes when Terraform did not allow deferrals";
        let detail = format!("reason {:?}", deferred?.reason());
        self.recorder.violate(exchange.violation(rule, detail.clone()));
        let error = Diagnostic::core(rule, &detail, &Path::default()).at(exchange.address.as_deref());
        (!self.deferral_allowed).then_some(error)
    }

    fn refuse_legacy(&self, exchange: &Exchange, legacy_type_system: bool) {
        if legacy_type_system {
            let text = "legacy_type_system is set, which switches Terraform's checks off";
            self.recorder.violate(exchange.violation("Provider claims the legacy type system", text));
        }
    }
}
