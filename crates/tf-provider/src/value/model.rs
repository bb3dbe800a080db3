//! Structs that mirror a block: [`Model`] and the macro that writes it.

use super::{FromValue, IntoValue, Value};
use crate::diagnostics::{Diagnostic, Diagnostics, Failed};

/// A struct whose fields are the attributes and blocks of a schema, by the same names. Written by
/// [`model!`](crate::model).
pub trait Model: FromValue + IntoValue + Clone + Send + Sync + 'static {
    /// The names of the fields, in their order.
    const FIELDS: &'static [&'static str];
}

/// The name of the attribute for a field: `type` for `r#type`.
#[doc(hidden)]
pub const fn field_name(field: &str) -> &str {
    match field.as_bytes() {
        [b'r', b'#', name @ ..] => match std::str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => field,
        },
        _ => field,
    }
}

/// A configuration as the provider's own type.
pub(crate) fn configured<M: Model>(value: Value, diagnostics: &mut Diagnostics) -> Result<M, Failed> {
    M::from_value(value).map_err(|error| {
        let detail = format!("The provider cannot use the value of `{}`: {}.", error.path, error.message);
        diagnostics.fail(Diagnostic::error("Unsuitable value", detail).at(error.path))
    })
}

/// Nothing: the model of a resource without identity.
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

/// Defines a struct that mirrors a block of a schema: each field is the attribute or block of its name. A field for an
/// attribute that is called like a keyword of Rust is a raw identifier: `r#type` is the attribute `type`.
///
/// ```
/// use tf_provider::{Attr, FromValue, IntoValue, Value, model};
///
/// model! {
///     /// A greeting.
///     #[derive(Clone, Debug, Default, PartialEq)]
///     pub struct Greeting {
///         /// Whom to greet.
///         pub name: Attr<String>,
///         /// How often.
///         pub times: Attr<i64>,
///     }
/// }
///
/// let greeting = Greeting { name: Attr::Known("Ada".into()), times: Attr::Unknown };
/// let value = greeting.clone().into_value();
/// assert_eq!(value.attribute("times"), Some(&Value::Unknown));
/// assert_eq!(Greeting::from_value(value), Ok(greeting));
/// ```
#[macro_export]
macro_rules! model {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl $crate::Model for $name {
            const FIELDS: &'static [&'static str] = &[$($crate::value::field_name(stringify!($field))),*];
        }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> ::std::result::Result<Self, $crate::ConversionError> {
                let $crate::Value::Map(mut attributes) = value else {
                    return ::std::result::Result::Err($crate::ConversionError::new("an object is required"));
                };
                ::std::result::Result::Ok(Self {
                    $($field: $crate::FromValue::from_value(attributes.remove($crate::value::field_name(stringify!($field))).unwrap_or_default())
                        .map_err(|error| error.under($crate::path::Step::Attribute($crate::value::field_name(stringify!($field)).to_owned())))?,)*
                })
            }
        }

        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::Map(::std::collections::BTreeMap::from([
                    $(($crate::value::field_name(stringify!($field)).to_owned(), $crate::IntoValue::into_value(self.$field)),)*
                ]))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Model as _;
    use crate::path::Path;
    use crate::value::{Attr, FromValue, IntoValue, Value};

    crate::model! {
        #[derive(Clone, Debug, PartialEq)]
        struct Keywords {
            r#type: Attr<String>,
            r#match: Attr<i64>,
            raw: Attr<bool>,
        }
    }

    #[test]
    fn raw_identifier_is_the_attribute_without_its_prefix() {
        assert_eq!(Keywords::FIELDS, ["type", "match", "raw"]);
        let model = Keywords { r#type: Attr::Known("a".into()), r#match: Attr::Unknown, raw: Attr::Null };
        let value = model.clone().into_value();
        assert_eq!(value.attribute("type"), Some(&Value::String("a".into())));
        assert_eq!(Keywords::from_value(value), Ok(model));
        let wrong = Value::Map([("type".to_owned(), Value::Bool(true))].into());
        assert_eq!(Keywords::from_value(wrong).map_err(|error| error.path), Err(Path::root("type")));
    }
}
