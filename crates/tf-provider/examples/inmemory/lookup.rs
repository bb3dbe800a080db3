//! The data source `inmemory_thing`: a thing that another configuration manages.

use std::sync::Arc;

use tf_provider::data_source::ReadDataRequest;
use tf_provider::schema::{Attribute, Block};
use tf_provider::{Attr, DataSource, Diagnostic, Diagnostics, Failed, Model, Schema};

use crate::store::Store;

#[derive(Clone, Debug, Model)]
pub(crate) struct Lookup {
    pub id: Attr<String>,
    pub name: Attr<String>,
    pub size: Attr<i64>,
    pub touched: Attr<i64>,
}

pub(crate) struct ThingDataSource {
    store: Arc<Store>,
}

impl ThingDataSource {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl DataSource for ThingDataSource {
    type Model = Lookup;

    fn type_name(&self) -> &'static str {
        "inmemory_thing"
    }

    fn schema(&self) -> Schema {
        let id = Attribute::string("id").required().description("The ID of the thing.").validate(|id: String| {
            id.is_empty().then(|| Diagnostic::error("ID is empty", "Set `id` to the ID of a thing."))
        });
        let block = Block::new()
            .description("A thing that exists already.")
            .attribute(id)
            .attribute(Attribute::string("name").computed().description("The name."))
            .attribute(Attribute::number("size").computed().description("How big it is."))
            .attribute(Attribute::number("touched").computed().description("How often it was touched."));
        Schema::new(block)
    }

    async fn read(&self, request: ReadDataRequest<Lookup>, diagnostics: &mut Diagnostics) -> Result<Lookup, Failed> {
        let id = request.config.id.as_str().unwrap_or_default();
        let found = self.store.find(id, diagnostics)?;
        let Some(found) = found else {
            let detail = format!("There is no thing with the ID `{id}`.");
            return Err(diagnostics.fail(Diagnostic::error("Thing not found", detail).at("id")));
        };
        let (name, size, touched) = (found.name.into(), found.size.into(), found.touched.into());
        Ok(Lookup { name, size, touched, ..request.config })
    }
}
