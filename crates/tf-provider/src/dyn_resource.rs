//! An object-safe [`Resource`], with [`Value`] in place of its types.

use std::future::Future;
use std::pin::Pin;

use crate::diagnostics::{Diagnostic, Diagnostics, Failed, REPORT};
use crate::private::Private;
use crate::resource::{
    Applied, CreateRequest, DeleteRequest, ImportRequest, ImportTarget, ModifyPlanRequest, PlanDestroyRequest,
    PlanResponse, ReadRequest, ReadResponse, Resource, UpdateRequest, ValidateRequest,
};
use crate::schema::{IdentitySchema, Schema, check};
use crate::value::{IntoValue, Model, Value, configured};

/// The return type of an async method of an object-safe trait.
pub(crate) type Outcome<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// An identity is `None` if the resource has none.
pub(crate) trait DynResource: Send + Sync + 'static {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn identity_schema(&self) -> Option<&IdentitySchema>;
    fn schema_problems(&self) -> Vec<String>;
    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn upgrade_json(
        &self,
        version: i64,
        state: serde_json::Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<serde_json::Value, Failed>;
    fn state_loaded(&self, state: Value, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn read<'a>(
        &'a self,
        request: ReadRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, ReadResponse<Value, Value>>;
    fn modify_plan<'a>(
        &'a self,
        request: ModifyPlanRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, PlanResponse<Value, Value>>;
    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Value, Value>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed>;
    fn create<'a>(
        &'a self,
        request: CreateRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>>;
    fn update<'a>(
        &'a self,
        request: UpdateRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>>;
    fn delete<'a>(&'a self, request: DeleteRequest<Value, Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, ()>;
    fn generate_config(&self, config: Value, diagnostics: &mut Diagnostics) -> Result<Value, Failed>;
    fn import<'a>(
        &'a self,
        request: ImportRequest<Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>>;
}

pub(crate) fn into_dyn(resource: impl Resource) -> Box<dyn DynResource> {
    let (schema, identity) = (resource.schema(), resource.identity_schema());
    Box::new(ResourceAdapter { resource, schema, identity })
}

struct ResourceAdapter<R> {
    resource: R,
    schema: Schema,
    identity: Option<IdentitySchema>,
}

fn from_stored<M: Model>(value: Value, what: &str, diagnostics: &mut Diagnostics) -> Result<M, Failed> {
    M::from_value(value).map_err(|error| {
        let detail =
            format!("The provider can't use the value of `{}` in {what}: {}. {REPORT}", error.path, error.message);
        diagnostics.fail(Diagnostic::error("Invalid stored value", detail).at(error.path))
    })
}

impl<R: Resource> ResourceAdapter<R> {
    fn state(value: Value, diagnostics: &mut Diagnostics) -> Result<R::Model, Failed> {
        from_stored(value, "the state", diagnostics)
    }

    fn planned(value: Value, diagnostics: &mut Diagnostics) -> Result<R::Model, Failed> {
        from_stored(value, "the plan", diagnostics)
    }

    fn identity(value: Option<Value>, diagnostics: &mut Diagnostics) -> Result<Option<R::Identity>, Failed> {
        value.map(|value| from_stored(value, "the identity", diagnostics)).transpose()
    }
}

fn into_values<M: IntoValue, I: IntoValue>(applied: Applied<M, I>) -> Applied<Value, Value> {
    Applied {
        state: applied.state.into_value(),
        private: applied.private,
        identity: applied.identity.map(IntoValue::into_value),
    }
}

impl<R: Resource> DynResource for ResourceAdapter<R> {
    fn type_name(&self) -> &'static str {
        self.resource.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> Option<&IdentitySchema> {
        self.identity.as_ref()
    }

    fn schema_problems(&self) -> Vec<String> {
        let mut problems = check::resource(self.type_name(), &self.schema, R::Model::FIELDS);
        if let Some(identity) = &self.identity {
            problems.extend(check::identity(self.type_name(), identity, R::Identity::FIELDS));
        }
        problems
    }

    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let config = configured(request.config, diagnostics)?;
        self.resource.validate(ValidateRequest { config, context: request.context }, diagnostics);
        Ok(())
    }

    fn upgrade_json(
        &self,
        version: i64,
        state: serde_json::Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<serde_json::Value, Failed> {
        self.resource.upgrade_json(version, state, diagnostics)
    }

    fn state_loaded(&self, state: Value, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        self.resource.state_loaded(&Self::state(state, diagnostics)?);
        Ok(())
    }

    fn read<'a>(
        &'a self,
        request: ReadRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, ReadResponse<Value, Value>> {
        Box::pin(async move {
            let request = ReadRequest {
                state: Self::state(request.state, diagnostics)?,
                private: request.private,
                identity: Self::identity(request.identity, diagnostics)?,
                context: request.context,
            };
            let response = self.resource.read(request, diagnostics).await?;
            Ok(ReadResponse {
                state: response.state.map(IntoValue::into_value),
                private: response.private,
                identity: response.identity.map(IntoValue::into_value),
            })
        })
    }

    fn modify_plan<'a>(
        &'a self,
        request: ModifyPlanRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, PlanResponse<Value, Value>> {
        Box::pin(async move {
            let request = ModifyPlanRequest {
                config: configured(request.config, diagnostics)?,
                prior: request.prior.map(|prior| Self::state(prior, diagnostics)).transpose()?,
                planned: configured(request.planned, diagnostics)?,
                requires_replace: request.requires_replace,
                private: request.private,
                identity: Self::identity(request.identity, diagnostics)?,
                context: request.context,
            };
            let response = self.resource.modify_plan(request, diagnostics).await?;
            Ok(PlanResponse {
                planned: response.planned.into_value(),
                requires_replace: response.requires_replace,
                private: response.private,
                identity: response.identity.map(IntoValue::into_value),
            })
        })
    }

    fn plan_destroy(
        &self,
        request: PlanDestroyRequest<Value, Value>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        let request = PlanDestroyRequest {
            prior: Self::state(request.prior, diagnostics)?,
            private: request.private,
            identity: Self::identity(request.identity, diagnostics)?,
            context: request.context,
        };
        self.resource.plan_destroy(request, diagnostics)
    }

    fn create<'a>(
        &'a self,
        request: CreateRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>> {
        Box::pin(async move {
            let request = CreateRequest {
                config: configured(request.config, diagnostics)?,
                planned: Self::planned(request.planned, diagnostics)?,
                private: request.private,
                identity: Self::identity(request.identity, diagnostics)?,
                context: request.context,
            };
            self.resource.create(request, diagnostics).await.map(into_values)
        })
    }

    fn update<'a>(
        &'a self,
        request: UpdateRequest<Value, Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>> {
        Box::pin(async move {
            let request = UpdateRequest {
                config: configured(request.config, diagnostics)?,
                prior: Self::state(request.prior, diagnostics)?,
                planned: Self::planned(request.planned, diagnostics)?,
                private: request.private,
                identity: Self::identity(request.identity, diagnostics)?,
                context: request.context,
            };
            self.resource.update(request, diagnostics).await.map(into_values)
        })
    }

    fn delete<'a>(&'a self, request: DeleteRequest<Value, Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, ()> {
        Box::pin(async move {
            let request = DeleteRequest {
                prior: Self::state(request.prior, diagnostics)?,
                private: request.private,
                identity: Self::identity(request.identity, diagnostics)?,
                context: request.context,
            };
            self.resource.delete(request, diagnostics).await
        })
    }

    fn generate_config(&self, config: Value, diagnostics: &mut Diagnostics) -> Result<Value, Failed> {
        Ok(self.resource.generate_config(Self::state(config, diagnostics)?).into_value())
    }

    fn import<'a>(
        &'a self,
        request: ImportRequest<Value>,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, Applied<Value, Value>> {
        Box::pin(async move {
            let target = match request.target {
                ImportTarget::Id(id) => ImportTarget::Id(id),
                ImportTarget::Identity(identity) => ImportTarget::Identity(configured(identity, diagnostics)?),
            };
            self.resource.import(ImportRequest { target, context: request.context }, diagnostics).await.map(into_values)
        })
    }
}
