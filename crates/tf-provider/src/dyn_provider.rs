//! An object-safe [`Provider`], with [`Value`] in place of its configuration type.

use std::future::Future;
use std::pin::Pin;

use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::Outcome;
use crate::provider::{ConfigureRequest, Provider};
use crate::schema::{Schema, check};
use crate::value::{Model, Value, configured};

pub(crate) trait DynProvider: Send + Sync + 'static {
    fn schema(&self) -> &Schema;
    fn schema_problems(&self) -> Vec<String>;
    fn validate(&self, config: Value, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn configure<'a>(&'a self, request: ConfigureRequest<Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, ()>;
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

pub(crate) fn into_dyn(provider: impl Provider) -> Box<dyn DynProvider> {
    let schema = provider.schema();
    Box::new(ProviderAdapter { provider, schema })
}

struct ProviderAdapter<P> {
    provider: P,
    schema: Schema,
}

impl<P: Provider> DynProvider for ProviderAdapter<P> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn schema_problems(&self) -> Vec<String> {
        check::provider(&self.schema, P::Config::FIELDS)
    }

    fn validate(&self, config: Value, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let config = configured(config, diagnostics)?;
        self.provider.validate(config, diagnostics);
        Ok(())
    }

    fn configure<'a>(&'a self, request: ConfigureRequest<Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, ()> {
        Box::pin(async move {
            let config = configured(request.config, diagnostics)?;
            let request =
                ConfigureRequest { config, terraform_version: request.terraform_version, context: request.context };
            self.provider.configure(request, diagnostics).await
        })
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.provider.close())
    }
}
