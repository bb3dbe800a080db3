//! The calls that a walk makes, one function each. Knows no order between them.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tonic::codegen::Bytes;

use super::convert::{
    bytes_json, diagnostics_json, dynamic, identity_data, identity_json, identity_of, path_of, received_json, value_of,
};
use super::{Answer, Client, Exchange};
use crate::diagnostic::Diagnostic;
use crate::schema::{self, Schemas};
use crate::value::{Path, Value, to_json};
use crate::wire::tfplugin5 as wire;

/// Which object a call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// The resource type.
    pub(crate) type_name: &'a str,
    /// The address, which the provider never sees.
    pub(crate) address: Option<&'a str>,
}

/// UpgradeResourceState.
#[derive(Clone, Debug)]
pub(crate) struct UpgradeRequest<'a> {
    /// The version of the schema that the state was written with.
    pub(crate) version: i64,
    /// The stored attributes as JSON text.
    pub(crate) json: &'a str,
}

/// ReadResource.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// The state so far.
    pub state: Option<Value>,
    /// The private bytes so far.
    pub private: Vec<u8>,
    /// The identity so far.
    pub identity: Option<Value>,
}

/// The answer to ReadResource.
#[derive(Clone, Debug)]
pub struct ReadAnswer {
    /// The state; null for a deleted object.
    pub state: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}

/// PlanResourceChange.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The object before; null for a create.
    pub prior: Value,
    /// What Terraform proposes; null for a destroy.
    pub proposed: Value,
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity before.
    pub identity: Option<Value>,
}

/// The answer to PlanResourceChange.
#[derive(Clone, Debug)]
pub struct PlanAnswer {
    /// The planned object.
    pub planned: Value,
    /// The paths that the provider cannot update.
    pub requires_replace: Vec<Path>,
    /// The private bytes for the apply.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// ApplyResourceChange.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The object before; null for a create.
    pub prior: Value,
    /// The planned object; null for a destroy.
    pub planned: Value,
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// The answer to ApplyResourceChange. The private bytes come also where the state is lost.
#[derive(Clone, Debug)]
pub struct ApplyAnswer {
    /// The new state, null for a destroyed object; none where it does not decode.
    pub state: Option<Value>,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}

/// ImportResourceState.
#[derive(Clone, Debug)]
pub enum ImportRequest {
    /// By id.
    Id(String),
    /// By identity, optional parts null.
    Identity(Value),
}

/// One object of the answer to ImportResourceState.
#[derive(Clone, Debug)]
pub struct ImportAnswer {
    /// The resource type, which must be set.
    pub type_name: String,
    /// The state.
    pub state: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
}

impl Client {
    /// GetSchema and, for a Terraform that knows identities, GetResourceIdentitySchemas.
    pub(crate) async fn get_schemas(&mut self) -> Answer<Arc<Schemas>> {
        let mut exchange = self.exchange("GetSchema", None, Json::Null);
        let answer = self.call(&mut exchange, self.raw().get_schema(wire::get_provider_schema::Request {})).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Self::lost(exchange, error),
        };
        let identities = if self.abilities.identity { self.get_identities().await } else { Ok(None) };
        let identities = match identities {
            Ok(identities) => identities,
            Err(error) => return Self::lost(exchange, error),
        };
        match schema::decode(&answer, identities.as_ref(), self.abilities.write_only) {
            Ok(schemas) => {
                let schemas = Arc::new(schemas);
                self.set_schemas(Arc::clone(&schemas));
                Answer { diagnostics: Vec::new(), content: Some(schemas), exchange }
            }
            Err(problems) => {
                let summary = "Failed to load plugin schemas";
                for problem in &problems {
                    self.recorder.violate(exchange.violation(summary, problem.clone()));
                }
                Self::lost(exchange, Diagnostic::core(summary, &problems.join("\n"), &Path::root()))
            }
        }
    }

    async fn get_identities(&self) -> Result<Option<wire::get_resource_identity_schemas::Response>, Diagnostic> {
        let mut exchange = self.exchange("GetResourceIdentitySchemas", None, Json::Null);
        let request = wire::get_resource_identity_schemas::Request {};
        let mut raw = self.raw();
        // Unimplemented is fine: a provider without identities.
        let call = async {
            match raw.get_resource_identity_schemas(request).await {
                Err(status) if status.code() == tonic::Code::Unimplemented => Ok(tonic::Response::new(None)),
                other => other.map(|response| tonic::Response::new(Some(response.into_inner()))),
            }
        };
        self.call(&mut exchange, call).await
    }

    /// PrepareProviderConfig.
    pub(crate) async fn prepare(&self, config: &Value) -> Answer<()> {
        let ty = self.provider_block().implied_type();
        let mut exchange = self.exchange("PrepareProviderConfig", None, json!({"config": to_json(config)}));
        let request = wire::prepare_provider_config::Request { config: dynamic(config, &ty, self.abilities.refined) };
        match self.call(&mut exchange, self.raw().prepare_provider_config(request)).await {
            Ok(answer) => {
                exchange.answer = json!({"diagnostics": diagnostics_json(&answer.diagnostics)});
                let content = value_of(answer.prepared_config.as_ref(), &ty).map(|_| ());
                self.finish(exchange, &answer.diagnostics, Some(self.provider_block()), content)
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    /// Configure.
    pub(crate) async fn configure(&self, terraform_version: &str, config: &Value) -> Answer<()> {
        let ty = self.provider_block().implied_type();
        let mut exchange = self.exchange("Configure", None, json!({"config": to_json(config)}));
        let request = wire::configure::Request {
            terraform_version: terraform_version.to_owned(),
            config: dynamic(config, &ty, self.abilities.refined),
            client_capabilities: self.capabilities(),
        };
        match self.call(&mut exchange, self.raw().configure(request)).await {
            Ok(answer) => {
                exchange.answer = json!({"diagnostics": diagnostics_json(&answer.diagnostics)});
                self.finish(exchange, &answer.diagnostics, Some(self.provider_block()), Ok(()))
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    /// ValidateResourceTypeConfig.
    pub(crate) async fn validate(&self, target: Target<'_>, config: &Value) -> Answer<()> {
        let schema = &self.resource(target.type_name).block;
        let request = json!({"type_name": target.type_name, "config": to_json(config)});
        let mut exchange = self.exchange("ValidateResourceTypeConfig", target.address, request);
        let request = wire::validate_resource_type_config::Request {
            type_name: target.type_name.to_owned(),
            config: dynamic(config, &schema.implied_type(), self.abilities.refined),
            client_capabilities: self.capabilities(),
        };
        match self.call(&mut exchange, self.raw().validate_resource_type_config(request)).await {
            Ok(answer) => {
                exchange.answer = json!({"diagnostics": diagnostics_json(&answer.diagnostics)});
                self.finish(exchange, &answer.diagnostics, Some(schema), Ok(()))
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    /// UpgradeResourceState.
    pub(crate) async fn upgrade(&self, target: Target<'_>, upgrade: UpgradeRequest<'_>) -> Answer<Value> {
        let schema = &self.resource(target.type_name).block;
        let ty = schema.implied_type();
        let stored = serde_json::from_str::<Json>(upgrade.json).unwrap_or_else(|_| upgrade.json.into());
        let shown = json!({"type_name": target.type_name, "version": upgrade.version, "raw_state": stored});
        let mut exchange = self.exchange("UpgradeResourceState", target.address, shown);
        let request = wire::upgrade_resource_state::Request {
            type_name: target.type_name.to_owned(),
            version: upgrade.version,
            raw_state: Some(wire::RawState {
                json: Bytes::copy_from_slice(upgrade.json.as_bytes()),
                flatmap: [].into(),
            }),
        };
        match self.call(&mut exchange, self.raw().upgrade_resource_state(request)).await {
            Ok(answer) => {
                exchange.answer = json!({
                    "upgraded_state": received_json(answer.upgraded_state.as_ref(), &ty),
                    "diagnostics": diagnostics_json(&answer.diagnostics),
                });
                let content = value_of(answer.upgraded_state.as_ref(), &ty);
                self.finish(exchange, &answer.diagnostics, Some(schema), content)
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    /// UpgradeResourceIdentity, only called where the stored version of the identity differs.
    pub(crate) async fn upgrade_identity(
        &self,
        target: Target<'_>,
        upgrade: UpgradeRequest<'_>,
    ) -> Answer<Option<Value>> {
        let schema = self.resource(target.type_name).identity.as_ref();
        let shown = json!({"type_name": target.type_name, "version": upgrade.version, "raw_identity": upgrade.json});
        let mut exchange = self.exchange("UpgradeResourceIdentity", target.address, shown);
        let request = wire::upgrade_resource_identity::Request {
            type_name: target.type_name.to_owned(),
            version: upgrade.version,
            raw_identity: Some(wire::RawState {
                json: Bytes::copy_from_slice(upgrade.json.as_bytes()),
                flatmap: [].into(),
            }),
        };
        match self.call(&mut exchange, self.raw().upgrade_resource_identity(request)).await {
            Ok(answer) => {
                let content = identity_of(answer.upgraded_identity.as_ref(), schema);
                exchange.answer = json!({
                    "upgraded_identity": content.as_ref().map_or(Json::Null, |identity| identity_json(identity.as_ref())),
                    "diagnostics": diagnostics_json(&answer.diagnostics),
                });
                self.finish(exchange, &answer.diagnostics, None, content)
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    /// ReadResource.
    pub(crate) async fn read(&self, target: Target<'_>, read: &ReadRequest) -> Answer<ReadAnswer> {
        let schema = self.resource(target.type_name);
        let ty = schema.block.implied_type();
        let state = read.state.clone().unwrap_or(Value::Null);
        let shown = json!({
            "type_name": target.type_name,
            "current_state": to_json(&state),
            "private": bytes_json(&read.private),
            "current_identity": identity_json(read.identity.as_ref()),
        });
        let mut exchange = self.exchange("ReadResource", target.address, shown);
        let request = wire::read_resource::Request {
            type_name: target.type_name.to_owned(),
            current_state: dynamic(&state, &ty, false),
            private: Bytes::copy_from_slice(&read.private),
            provider_meta: None,
            client_capabilities: self.capabilities(),
            current_identity: identity_data(read.identity.as_ref(), schema.identity.as_ref()),
        };
        let answer = match self.call(&mut exchange, self.raw().read_resource(request)).await {
            Ok(answer) => answer,
            Err(error) => return Self::lost(exchange, error),
        };
        let identity = identity_of(answer.new_identity.as_ref(), schema.identity.as_ref());
        exchange.answer = json!({
            "new_state": received_json(answer.new_state.as_ref(), &ty),
            "private": bytes_json(&answer.private),
            "new_identity": identity.as_ref().map_or(Json::Null, |identity| identity_json(identity.as_ref())),
            "diagnostics": diagnostics_json(&answer.diagnostics),
        });
        let refused = self.refuse_deferral(&exchange, answer.deferred.as_ref());
        let content = value_of(answer.new_state.as_ref(), &ty)
            .and_then(|state| Ok(ReadAnswer { state, private: answer.private.to_vec(), identity: identity? }));
        let mut answer = self.finish(exchange, &answer.diagnostics, Some(&schema.block), content);
        answer.diagnostics.extend(refused);
        answer
    }

    /// PlanResourceChange.
    pub(crate) async fn plan(&self, target: Target<'_>, plan: &PlanRequest) -> Answer<PlanAnswer> {
        let schema = self.resource(target.type_name);
        let ty = schema.block.implied_type();
        let shown = json!({
            "type_name": target.type_name,
            "prior_state": to_json(&plan.prior),
            "proposed_new_state": to_json(&plan.proposed),
            "config": to_json(&plan.config),
            "prior_private": bytes_json(&plan.private),
            "prior_identity": identity_json(plan.identity.as_ref()),
        });
        let mut exchange = self.exchange("PlanResourceChange", target.address, shown);
        let request = wire::plan_resource_change::Request {
            type_name: target.type_name.to_owned(),
            prior_state: dynamic(&plan.prior, &ty, false),
            proposed_new_state: dynamic(&plan.proposed, &ty, self.abilities.refined),
            config: dynamic(&plan.config, &ty, self.abilities.refined),
            prior_private: Bytes::copy_from_slice(&plan.private),
            provider_meta: None,
            client_capabilities: self.capabilities(),
            prior_identity: identity_data(plan.identity.as_ref(), schema.identity.as_ref()),
        };
        let answer = match self.call(&mut exchange, self.raw().plan_resource_change(request)).await {
            Ok(answer) => answer,
            Err(error) => return Self::lost(exchange, error),
        };
        let identity = identity_of(answer.planned_identity.as_ref(), schema.identity.as_ref());
        let paths: Result<Vec<Path>, String> = answer.requires_replace.iter().map(path_of).collect();
        exchange.answer = json!({
            "planned_state": received_json(answer.planned_state.as_ref(), &ty),
            "requires_replace": paths.iter().flatten().map(ToString::to_string).collect::<Vec<_>>(),
            "planned_private": bytes_json(&answer.planned_private),
            "planned_identity": identity.as_ref().map_or(Json::Null, |identity| identity_json(identity.as_ref())),
            "diagnostics": diagnostics_json(&answer.diagnostics),
        });
        let refused = self.refuse_deferral(&exchange, answer.deferred.as_ref());
        self.refuse_legacy(&exchange, answer.legacy_type_system);
        let content = value_of(answer.planned_state.as_ref(), &ty).and_then(|planned| {
            let private = answer.planned_private.to_vec();
            Ok(PlanAnswer { planned, requires_replace: paths?, private, identity: identity? })
        });
        let mut answer = self.finish(exchange, &answer.diagnostics, Some(&schema.block), content);
        answer.diagnostics.extend(refused);
        answer
    }

    /// ApplyResourceChange.
    pub(crate) async fn apply(&self, target: Target<'_>, apply: &ApplyRequest) -> Answer<ApplyAnswer> {
        let schema = self.resource(target.type_name);
        let ty = schema.block.implied_type();
        let shown = json!({
            "type_name": target.type_name,
            "prior_state": to_json(&apply.prior),
            "planned_state": to_json(&apply.planned),
            "config": to_json(&apply.config),
            "planned_private": bytes_json(&apply.private),
            "planned_identity": identity_json(apply.identity.as_ref()),
        });
        let mut exchange = self.exchange("ApplyResourceChange", target.address, shown);
        let request = wire::apply_resource_change::Request {
            type_name: target.type_name.to_owned(),
            prior_state: dynamic(&apply.prior, &ty, false),
            planned_state: dynamic(&apply.planned, &ty, self.abilities.refined),
            config: dynamic(&apply.config, &ty, false),
            planned_private: Bytes::copy_from_slice(&apply.private),
            provider_meta: None,
            planned_identity: identity_data(apply.identity.as_ref(), schema.identity.as_ref()),
        };
        let answer = match self.call(&mut exchange, self.raw().apply_resource_change(request)).await {
            Ok(answer) => answer,
            Err(error) => return Self::lost(exchange, error),
        };
        let identity = identity_of(answer.new_identity.as_ref(), schema.identity.as_ref());
        exchange.answer = json!({
            "new_state": received_json(answer.new_state.as_ref(), &ty),
            "private": bytes_json(&answer.private),
            "new_identity": identity.as_ref().map_or(Json::Null, |identity| identity_json(identity.as_ref())),
            "diagnostics": diagnostics_json(&answer.diagnostics),
        });
        self.refuse_legacy(&exchange, answer.legacy_type_system);
        let state = value_of(answer.new_state.as_ref(), &ty);
        let problem = state.as_ref().err().cloned();
        let private = answer.private.to_vec();
        let content = identity.map(|identity| ApplyAnswer { state: state.ok(), private, identity });
        let mut answer = self.finish(exchange, &answer.diagnostics, Some(&schema.block), content);
        answer.diagnostics.extend(problem.map(|problem| self.undecodable(&answer.exchange, &problem)));
        answer
    }

    /// ImportResourceState.
    pub(crate) async fn import(&self, target: Target<'_>, import: &ImportRequest) -> Answer<Vec<ImportAnswer>> {
        let schema = self.resource(target.type_name);
        let (id, identity) = match import {
            ImportRequest::Id(id) => (id.clone(), None),
            ImportRequest::Identity(identity) => (String::new(), Some(identity)),
        };
        let shown = json!({"type_name": target.type_name, "id": id, "identity": identity_json(identity)});
        let mut exchange = self.exchange("ImportResourceState", target.address, shown);
        let request = wire::import_resource_state::Request {
            type_name: target.type_name.to_owned(),
            id,
            client_capabilities: self.capabilities(),
            identity: identity_data(identity, schema.identity.as_ref()),
        };
        let answer = match self.call(&mut exchange, self.raw().import_resource_state(request)).await {
            Ok(answer) => answer,
            Err(error) => return Self::lost(exchange, error),
        };
        let ty = schema.block.implied_type();
        let objects = answer.imported_resources.iter().map(|object| received_json(object.state.as_ref(), &ty));
        exchange.answer = json!({
            "imported_resources": objects.collect::<Vec<_>>(),
            "diagnostics": diagnostics_json(&answer.diagnostics),
        });
        let refused = self.refuse_deferral(&exchange, answer.deferred.as_ref());
        let one = |object: &wire::import_resource_state::ImportedResource| {
            Ok(ImportAnswer {
                type_name: object.type_name.clone(),
                state: value_of(object.state.as_ref(), &ty)?,
                private: object.private.to_vec(),
                identity: identity_of(object.identity.as_ref(), schema.identity.as_ref())?,
            })
        };
        let content = answer.imported_resources.iter().map(one).collect();
        // Diagnostics of an import have no configuration that a path could point into.
        let mut answer = self.finish(exchange, &answer.diagnostics, Some(&schema.block), content);
        answer.diagnostics.extend(refused);
        answer
    }

    /// Stop.
    pub(crate) async fn stop(&self) -> Answer<()> {
        let mut exchange = self.exchange("Stop", None, Json::Null);
        match self.call(&mut exchange, self.raw().stop(wire::stop::Request {})).await {
            Ok(answer) => {
                let content = if answer.error.is_empty() { Ok(()) } else { Err(answer.error) };
                self.finish(exchange, &[], None, content)
            }
            Err(error) => Self::lost(exchange, error),
        }
    }

    fn exchange(&self, rpc: &'static str, address: Option<&str>, request: Json) -> Exchange {
        Exchange { rpc, address: address.map(str::to_owned), request, answer: Json::Null }
    }

    /// The schema of the provider block.
    ///
    /// # Panics
    /// When the schema was not asked for: the test is wrong.
    pub(crate) fn provider_block(&self) -> &schema::Block {
        &self.schemas().expect("the schema is asked for first").provider
    }

    fn capabilities(&self) -> Option<wire::ClientCapabilities> {
        self.abilities.capabilities.then_some(wire::ClientCapabilities {
            deferral_allowed: self.deferral_allowed,
            write_only_attributes_allowed: self.abilities.write_only,
        })
    }

    /// A deferral is an error in every walk that does not announce that it may be.
    fn refuse_deferral(&self, exchange: &Exchange, deferred: Option<&wire::Deferred>) -> Option<Diagnostic> {
        let rule = "Provider deferred changes when Terraform did not allow deferrals";
        let detail = format!("reason {:?}", deferred?.reason());
        self.recorder.violate(exchange.violation(rule, detail.clone()));
        (!self.deferral_allowed).then(|| Diagnostic::core(rule, &detail, &Path::root()).at(exchange.address.as_deref()))
    }

    fn refuse_legacy(&self, exchange: &Exchange, legacy_type_system: bool) {
        if legacy_type_system {
            let text = "legacy_type_system is set, which switches Terraform's checks off";
            self.recorder.violate(exchange.violation("Provider claims the legacy type system", text));
        }
    }
}
