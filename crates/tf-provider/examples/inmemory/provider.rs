//! The provider block.

use std::sync::Arc;

use tf_provider::schema::{Attribute, Block};
use tf_provider::{
    Actions, Attr, ConfigureRequest, DataSources, Diagnostic, Diagnostics, Failed, Model, Provider, Resources, Schema,
};

use crate::lookup::ThingDataSource;
use crate::store::Store;
use crate::thing::ThingResource;
use crate::touch::TouchAction;

#[derive(Clone, Debug, Model)]
pub(crate) struct Config {
    pub folder: Attr<String>,
}

/// The provider and its types share a store, which `configure` opens.
#[derive(Default)]
pub(crate) struct InMemory {
    store: Arc<Store>,
}

impl Provider for InMemory {
    type Config = Config;

    fn schema(&self) -> Schema {
        let folder = Attribute::string("folder").description(
            "The folder that keeps each thing as a JSON file. By default things live as long as the process, which is \
             one command of Terraform.",
        );
        Schema::new(Block::new().description("Things in memory.").attribute(folder))
    }

    fn resources(&self) -> Resources {
        Resources::new().with(ThingResource::new(Arc::clone(&self.store)))
    }

    fn data_sources(&self) -> DataSources {
        DataSources::new().with(ThingDataSource::new(Arc::clone(&self.store)))
    }

    fn actions(&self) -> Actions {
        Actions::new().with(TouchAction::new(Arc::clone(&self.store)))
    }

    fn validate(&self, config: Config, diagnostics: &mut Diagnostics) {
        if config.folder.as_str() == Some("") {
            diagnostics
                .push(Diagnostic::error("Folder is empty", "Set `folder` to a path, or leave it out.").at("folder"));
        }
    }

    async fn configure(&self, request: ConfigureRequest<Config>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        match request.config.folder {
            Attr::Null => Ok(()),
            Attr::Known(folder) => {
                self.store.move_to(folder.into());
                Ok(())
            }
            Attr::Unknown => Err(diagnostics.fail(
                Diagnostic::error(
                    "Folder is unknown",
                    "`folder` depends on a value that is known after apply. Apply that resource first, or set a known value.",
                )
                .at("folder"),
            )),
        }
    }

    async fn close(&self) {
        // Release here what the provider holds, such as a session.
        tracing::info!("closing the store");
    }
}
