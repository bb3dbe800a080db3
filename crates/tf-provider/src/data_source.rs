//! The trait of a data source.

use std::future::Future;

use crate::diagnostics::{Diagnostics, Failed};
use crate::resource::{RequestContext, ValidateRequest};
use crate::schema::Schema;
use crate::value::Model;

/// A request to read a data source.
#[derive(Clone, Debug)]
pub struct ReadDataRequest<M> {
    /// The configuration, with defaults for null, and null for computed attributes. Without unknown values: Terraform
    /// delays the read until all values are known.
    pub config: M,
    /// Cancellation and client capabilities.
    pub context: RequestContext,
}

/// A data source: reads from the remote system and changes nothing.
///
/// As for a [`Resource`](crate::Resource), the framework decodes the configuration, rejects null for required and values for
/// computed attributes, warns about deprecated arguments, and runs the validators of the schema.
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
    /// The configuration, and the result of a read.
    type Model: Model;

    /// The type name with the provider's prefix, such as `example_file`.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// Validates a configuration without the remote system. Any value can be unknown.
    fn validate(&self, request: ValidateRequest<Self::Model>, diagnostics: &mut Diagnostics) {
        let _ = (request, diagnostics);
    }

    /// Returns the configuration with values for the computed attributes, and without unknown values.
    ///
    /// # Errors
    /// When the object can't be read. Terraform then ends the command.
    fn read(
        &self,
        request: ReadDataRequest<Self::Model>,
        diagnostics: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Model, Failed>> + Send;
}
