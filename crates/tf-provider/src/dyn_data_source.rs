//! An object-safe [`DataSource`], with [`Value`] in place of its model.

use crate::data_source::{DataSource, ReadDataRequest};
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::Outcome;
use crate::resource::ValidateRequest;
use crate::schema::{Schema, check};
use crate::value::{IntoValue, Model, Value, configured};

pub(crate) trait DynDataSource: Send + Sync + 'static {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn schema_problems(&self) -> Vec<String>;
    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed>;
    fn read<'a>(&'a self, request: ReadDataRequest<Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, Value>;
}

pub(crate) fn into_dyn(data_source: impl DataSource) -> Box<dyn DynDataSource> {
    let schema = data_source.schema();
    Box::new(DataSourceAdapter { data_source, schema })
}

struct DataSourceAdapter<D> {
    data_source: D,
    schema: Schema,
}

impl<D: DataSource> DynDataSource for DataSourceAdapter<D> {
    fn type_name(&self) -> &'static str {
        self.data_source.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn schema_problems(&self) -> Vec<String> {
        check::data_source(self.type_name(), &self.schema, D::Model::FIELDS)
    }

    fn validate(&self, request: ValidateRequest<Value>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let config = configured(request.config, diagnostics)?;
        self.data_source.validate(ValidateRequest { config, context: request.context }, diagnostics);
        Ok(())
    }

    fn read<'a>(&'a self, request: ReadDataRequest<Value>, diagnostics: &'a mut Diagnostics) -> Outcome<'a, Value> {
        Box::pin(async move {
            let config = configured(request.config, diagnostics)?;
            let state =
                self.data_source.read(ReadDataRequest { config, context: request.context }, diagnostics).await?;
            Ok(state.into_value())
        })
    }
}
