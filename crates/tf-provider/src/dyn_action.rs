//! An object-safe [`Action`], with [`Value`] in place of its model.

use crate::action::{Action, InvokeRequest, PlanActionRequest, Progress};
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::Outcome;
use crate::resource::ValidateRequest;
use crate::schema::{Schema, check};
use crate::value::{Model, Value, configured};

pub(crate) trait DynAction: Send + Sync + 'static {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn schema_problems(&self) -> Vec<String>;
    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn plan(&self, request: PlanActionRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn invoke<'a>(
        &'a self,
        request: InvokeRequest<Value>,
        progress: Progress,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, ()>;
}

pub(crate) fn into_dyn(action: impl Action) -> Box<dyn DynAction> {
    let schema = action.schema();
    Box::new(ActionAdapter { action, schema })
}

struct ActionAdapter<A> {
    action: A,
    schema: Schema,
}

impl<A: Action> DynAction for ActionAdapter<A> {
    fn type_name(&self) -> &'static str {
        self.action.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn schema_problems(&self) -> Vec<String> {
        check::action(self.type_name(), &self.schema, A::Model::FIELDS)
    }

    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let config = configured(request.config, diagnostics)?;
        self.action.validate(ValidateRequest { config, context: request.context }, diagnostics);
        Ok(())
    }

    fn plan(&self, request: PlanActionRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let config = configured(request.config, diagnostics)?;
        self.action.plan(PlanActionRequest { config, context: request.context }, diagnostics);
        Ok(())
    }

    fn invoke<'a>(
        &'a self,
        request: InvokeRequest<Value>,
        progress: Progress,
        diagnostics: &'a mut Diagnostics,
    ) -> Outcome<'a, ()> {
        Box::pin(async move {
            let config = configured(request.config, diagnostics)?;
            self.action.invoke(InvokeRequest { config, context: request.context }, progress, diagnostics).await
        })
    }
}
