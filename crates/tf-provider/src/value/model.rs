//! Structs that mirror a block: [`Model`] and the macro that writes it.

use super::{FromValue, IntoValue};

/// A struct whose fields are the attributes and blocks of a schema, by the same names. Written by
/// [`model!`](crate::model).
pub trait Model: FromValue + IntoValue + Clone + Send + Sync + 'static {
    /// The names of the fields, in their order.
    const FIELDS: &'static [&'static str];
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

/// Defines a struct that mirrors a block of a schema: each field is the attribute or block of its name.
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
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
        }

        impl $crate::FromValue for $name {
            fn from_value(value: $crate::Value) -> ::std::result::Result<Self, $crate::ConversionError> {
                let $crate::Value::Map(mut attributes) = value else {
                    return ::std::result::Result::Err($crate::ConversionError::new("an object is required"));
                };
                ::std::result::Result::Ok(Self {
                    $($field: $crate::FromValue::from_value(attributes.remove(stringify!($field)).unwrap_or_default())
                        .map_err(|error| error.under($crate::path::Step::Attribute(stringify!($field).to_owned())))?,)*
                })
            }
        }

        impl $crate::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::Map(::std::collections::BTreeMap::from([
                    $((stringify!($field).to_owned(), $crate::IntoValue::into_value(self.$field)),)*
                ]))
            }
        }
    };
}
