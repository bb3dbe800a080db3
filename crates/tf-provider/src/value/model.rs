//! Structs for blocks: [`Model`].

use super::{FromValue, IntoValue, Value};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};

/// A struct with a field for each attribute and block of a schema.
///
/// `#[derive(Model)]` implements it, together with [`FromValue`] and [`IntoValue`], for a struct with named fields. The
/// field `r#type` is the attribute `type`; `#[model(rename = "name")]` sets another name. A field for a nested block or
/// object has a type that derives `Model` too.
///
/// ```
/// use tf_provider::{Attr, FromValue, IntoValue, Model, Value};
///
/// #[derive(Clone, Debug, PartialEq, Model)]
/// struct Greeting {
///     name: Attr<String>,
///     r#type: Attr<String>,
///     #[model(rename = "repeat")]
///     times: Attr<i64>,
///     signature: Attr<Signature>,
/// }
///
/// #[derive(Clone, Debug, PartialEq, Model)]
/// struct Signature {
///     text: Attr<String>,
/// }
///
/// assert_eq!(Greeting::FIELDS, ["name", "type", "repeat", "signature"]);
///
/// let greeting = Greeting {
///     name: Attr::Known("Ada".into()),
///     r#type: Attr::Null,
///     times: Attr::Unknown,
///     signature: Attr::Known(Signature { text: Attr::Null }),
/// };
/// let value = greeting.clone().into_value();
/// assert_eq!(value.attribute("repeat"), Some(&Value::Unknown));
/// assert_eq!(Greeting::from_value(value), Ok(greeting));
/// ```
pub trait Model: FromValue + IntoValue + Clone + Send + Sync + 'static {
    /// The names of the attributes and blocks, in the order of the fields.
    const FIELDS: &'static [&'static str];
}

/// Converts a configuration to a model.
pub(crate) fn configured<M: Model>(value: Value, diagnostics: &mut Diagnostics) -> Result<M, Failed> {
    M::from_value(value).map_err(|error| {
        let detail = format!("The provider can't use the value of `{}`: {}.", error.path, error.message);
        diagnostics.fail(Diagnostic::error("Invalid value", detail).at(error.path))
    })
}

/// The model of a resource without identity, or of a provider block without arguments.
impl Model for () {
    const FIELDS: &'static [&'static str] = &[];
}

impl FromValue for () {
    fn from_value(_: super::Value) -> Result<Self, super::ConversionError> {
        Ok(())
    }
}

impl IntoValue for () {
    fn into_value(self) -> super::Value {
        super::Value::Null
    }
}

#[cfg(test)]
mod tests {
    use crate::path::Path;
    use crate::value::{Attr, FromValue, IntoValue, Model, Value};

    #[derive(Clone, Debug, PartialEq, Model)]
    struct Keywords {
        r#type: Attr<String>,
        r#match: Attr<i64>,
        raw: Attr<bool>,
        #[model(rename = "self")]
        myself: Attr<bool>,
    }

    #[derive(Clone, Debug, PartialEq, Model)]
    struct Empty {}

    #[test]
    fn attribute_has_the_name_of_its_field_unless_renamed() {
        assert_eq!(Keywords::FIELDS, ["type", "match", "raw", "self"]);
        let model = Keywords {
            r#type: Attr::Known("a".into()),
            r#match: Attr::Unknown,
            raw: Attr::Null,
            myself: Attr::Known(true),
        };
        let value = model.clone().into_value();
        assert_eq!(value.attribute("type"), Some(&Value::String("a".into())));
        assert_eq!(value.attribute("self"), Some(&Value::Bool(true)));
        assert_eq!(Keywords::from_value(value), Ok(model));
        for name in ["type", "self"] {
            let wrong = Value::Map([(name.to_owned(), Value::List(Vec::new()))].into());
            assert_eq!(Keywords::from_value(wrong).map_err(|error| error.path), Err(Path::root(name)));
        }
    }

    #[test]
    fn model_without_fields_is_an_empty_object() {
        assert_eq!(Empty {}.into_value(), Value::Map([].into()));
        assert_eq!(Empty::from_value(Value::Map([].into())), Ok(Empty {}));
        assert!(Empty::from_value(Value::Null).is_err());
    }
}
