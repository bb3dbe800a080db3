//! What a developer implements for each data source.

use std::future::Future;

use crate::diagnostics::{Diagnostics, Failed};
use crate::resource::{Call, ValidateRequest};
use crate::schema::Schema;
use crate::value::Model;

/// A data source to be read.
#[derive(Clone, Debug)]
pub struct ReadDataRequest<M> {
    /// The configuration, with defaults for what it leaves null and null for what is computed. Nothing in it is unknown:
    /// Terraform waits with the read until then.
    pub config: M,
    /// What each call carries.
    pub call: Call,
}

/// A data source: reads from the remote system and changes nothing.
///
/// As for a [`Resource`](crate::Resource), the framework decodes the configuration, refuses null for required and values for
/// computed attributes, warns where something deprecated is configured, and runs the validators of the schema.
///
/// ```
/// use tf_provider::data_source::ReadDataRequest;
/// use tf_provider::schema::{Attribute, Block};
/// use tf_provider::{Attr, DataSource, Diagnostic, Diagnostics, Failed, Model, Schema};
///
/// #[derive(Clone, Model)]
/// struct File {
///     path: Attr<String>,
///     content: Attr<String>,
/// }
///
/// struct FileDataSource;
///
/// impl DataSource for FileDataSource {
///     type Model = File;
///
///     fn type_name(&self) -> &'static str {
///         "example_file"
///     }
///
///     fn schema(&self) -> Schema {
///         let path = Attribute::string("path").required();
///         Schema::new(Block::new().attribute(path).attribute(Attribute::string("content").computed()))
///     }
///
///     async fn read(&self, request: ReadDataRequest<File>, diagnostics: &mut Diagnostics) -> Result<File, Failed> {
///         match std::fs::read_to_string(request.config.path.as_str().unwrap_or_default()) {
///             Ok(content) => Ok(File { content: Attr::Known(content), ..request.config }),
///             Err(error) => {
///                 let error = Diagnostic::error("File can't be read", format!("{error}.")).at("path");
///                 Err(diagnostics.fail(error))
///             }
///         }
///     }
/// }
/// ```
pub trait DataSource: Send + Sync + 'static {
    /// The configuration and the result.
    type Model: Model;

    /// The name of the type, with that of the provider before it.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// Checks a configuration without the remote system. Anything in it may be unknown.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Reads. The result is the configuration with the computed attributes filled in, and has nothing unknown.
    ///
    /// # Errors
    /// When it can't be read. Terraform then ends the command.
    fn read(
        &self,
        request: ReadDataRequest<Self::Model>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Model, Failed>> + Send;
}
