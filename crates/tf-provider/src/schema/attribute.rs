//! An attribute of a block.

use std::fmt;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::value::{FromValue, IntoValue, Type, Value};

/// Who sets the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behavior {
    /// The user must set it. The framework rejects null at validation, which Terraform accepts. In a GROUP block only
    /// if the block has any value.
    Required,
    /// The user can set it. Null otherwise.
    Optional,
    /// The provider sets it. The user can't.
    Computed,
    /// The user can set it. Otherwise the provider does, for example with a default.
    OptionalComputed,
}

/// An attribute of a block. It is optional unless a builder method changes that.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Lower-case letters, digits and underscores.
    pub name: String,
    /// The type of its values.
    pub r#type: Type,
    /// Who sets the value.
    pub behavior: Behavior,
    /// Hidden in Terraform's output; still stored in the state.
    pub sensitive: bool,
    /// Read from the configuration and never stored. Requires Terraform 1.11: the framework rejects a value from older
    /// versions, and sets it to null in every plan and state.
    pub write_only: bool,
    /// The description for users, in Markdown.
    pub description: String,
    /// Why the attribute is deprecated, and what replaces it.
    pub deprecated: Option<String>,
    /// What the framework plans where the configuration has null. Only for [`Behavior::OptionalComputed`].
    pub default: Option<Value>,
    /// Whether a change makes Terraform replace the object. A prior value of null counts as the default.
    pub requires_replace: bool,
    /// Validators of a known value.
    pub validators: Vec<Validator>,
}

/// A validator of one value of a configuration, see [`Attribute::validate`].
#[derive(Clone)]
pub struct Validator(Arc<Check>);

type Check = dyn Fn(&Value) -> Option<Diagnostic> + Send + Sync;

impl Validator {
    fn new<T: FromValue>(check: impl Fn(T) -> Option<Diagnostic> + Send + Sync + 'static) -> Self {
        // A value of another type is reported where the configuration becomes the resource's model.
        Self(Arc::new(move |value| T::from_value(value.clone()).ok().and_then(&check)))
    }

    /// Validates a known value at this path. The path of the diagnostic is relative to it.
    pub(crate) fn check(&self, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        if let Some(diagnostic) = (self.0)(value) {
            let path = at.steps().iter().chain(diagnostic.path.steps()).cloned().collect::<Path>();
            diagnostics.push(diagnostic.at(path));
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}

/// Only copies of one validator are equal.
impl PartialEq for Validator {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Attribute {
    /// An optional attribute.
    pub fn new(name: impl Into<String>, r#type: Type) -> Self {
        Self {
            name: name.into(),
            r#type,
            behavior: Behavior::Optional,
            sensitive: false,
            write_only: false,
            description: String::new(),
            deprecated: None,
            default: None,
            requires_replace: false,
            validators: Vec::new(),
        }
    }

    /// An optional string.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, Type::String)
    }

    /// An optional bool.
    pub fn bool(name: impl Into<String>) -> Self {
        Self::new(name, Type::Bool)
    }

    /// An optional number.
    pub fn number(name: impl Into<String>) -> Self {
        Self::new(name, Type::Number)
    }

    /// The user must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.behavior = Behavior::Required;
        self
    }

    /// Only the provider sets it.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.behavior = Behavior::Computed;
        self
    }

    /// The user can set it. Otherwise the provider does.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.behavior = Behavior::OptionalComputed;
        self
    }

    /// The user can set it. Otherwise the framework plans this value.
    #[must_use]
    pub fn default(mut self, value: impl IntoValue) -> Self {
        self.default = Some(value.into_value());
        self.optional_computed()
    }

    /// A change replaces the object.
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.requires_replace = true;
        self
    }

    /// Adds a validator. It runs on values that are neither null nor unknown, but elements of a list or map can be either.
    /// The path of the diagnostic is relative to the attribute.
    ///
    /// ```
    /// use tf_provider::Diagnostic;
    /// use tf_provider::schema::Attribute;
    ///
    /// let size = Attribute::number("size").validate(|size: i64| {
    ///     (size < 0).then(|| Diagnostic::error("Size is negative", "Set `size` to 0 or more."))
    /// });
    /// ```
    #[must_use]
    pub fn validate<T: FromValue>(mut self, check: impl Fn(T) -> Option<Diagnostic> + Send + Sync + 'static) -> Self {
        self.validators.push(Validator::new(check));
        self
    }

    /// Hidden in Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// The description for users, in Markdown.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Why the attribute is deprecated, and what replaces it.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecated = Some(message.into());
        self
    }
}
