//! The data source `atlas_live_migration`: for a state that does not manage the migration.

use std::sync::Arc;

use atlas_client::CallOptions;
use tf_provider::data_source::ReadDataRequest;
use tf_provider::schema::{Attribute, Block, Schema};
use tf_provider::{Attr, DataSource, Diagnostics, Failed, Model, Type};

use crate::config::connection::Connection;
use crate::live_migration::diagnostics::data_sources::migration_not_read;
use crate::live_migration::read::TIMEOUT;
use crate::live_migration::validate;

pub(crate) struct LiveMigrationData(Arc<Connection>);

impl LiveMigrationData {
    /// Uses a connection that Configure fills.
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }
}

#[derive(Clone, Debug, Model)]
pub(crate) struct Data {
    group_id: Attr<String>,
    id: Attr<String>,
    status: Attr<String>,
    ready_for_cutover: Attr<bool>,
    lag_time_seconds: Attr<i64>,
    migration_hosts: Attr<Vec<Attr<String>>>,
}

impl DataSource for LiveMigrationData {
    type Model = Data;

    fn type_name(&self) -> &'static str {
        "atlas_live_migration"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            Block::new()
                .description("A live migration that another state manages: for a gate on its status, or for an alert.")
                .attribute(
                    Attribute::string("group_id")
                        .required()
                        .validate(validate::object_id)
                        .description("ID of the Atlas project of the destination, 24 hexadecimal digits."),
                )
                .attribute(
                    Attribute::string("id")
                        .required()
                        .validate(validate::migration_id)
                        .description("ID of the live migration, 24 hexadecimal digits."),
                )
                .attribute(Attribute::string("status").computed().description(
                    "Status: `NEW`, `WORKING`, `COMPLETE`, `FAILED`, `EXPIRED`, or one that is newer than this provider.",
                ))
                .attribute(
                    Attribute::bool("ready_for_cutover")
                        .computed()
                        .description("Whether the migration can be cut over. False if Atlas does not return it."),
                )
                .attribute(Attribute::number("lag_time_seconds").computed().description(
                    "Lag of the destination behind the source, in seconds. Null before the initial copy and after the \
                     cutover is requested.",
                ))
                .attribute(
                    Attribute::new("migration_hosts", Type::list(Type::String))
                        .computed()
                        .description("Host name of the migration host."),
                ),
        )
    }

    async fn read(&self, request: ReadDataRequest<Data>, diagnostics: &mut Diagnostics) -> Result<Data, Failed> {
        let atlas = self.0.atlas(diagnostics)?;
        let mut data = request.config;
        let (group_id, id) = (data.group_id.as_str().unwrap_or_default(), data.id.as_str().unwrap_or_default());
        let options = CallOptions::within(TIMEOUT, request.context.cancel);
        let response = match atlas.client.read(group_id, id, &options).await {
            Ok(response) => response,
            Err(error) => return Err(diagnostics.fail(migration_not_read(&error, &atlas, group_id, id))),
        };
        data.status = response.status.map(|status| status.as_str().to_owned()).into();
        data.ready_for_cutover = Attr::Known(response.ready_for_cutover == Some(true));
        data.lag_time_seconds = response.lag_time_seconds.into();
        data.migration_hosts =
            response.migration_hosts.map(|hosts| hosts.into_iter().map(Attr::Known).collect()).into();
        Ok(data)
    }
}
