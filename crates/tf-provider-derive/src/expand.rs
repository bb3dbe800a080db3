//! Expands a struct into its implementations of the traits.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Token, Type};

/// A field and the name of its attribute in the schema.
struct ModelField<'a> {
    ident: &'a Ident,
    name: String,
    ty: &'a Type,
}

/// The implementations of `Model`, `FromValue` and `IntoValue` for a struct.
pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let fields = model_fields(&input)?;
    let ident = &input.ident;
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    // With the span of the type, so that the compiler reports a missing trait there.
    let from_fields = fields.iter().map(|ModelField { ident, name, ty }| {
        let from_value = quote_spanned!(ty.span()=> <#ty as ::tf_provider::FromValue>::from_value);
        quote! {
            #ident: #from_value(attributes.remove(#name).unwrap_or_default())
                .map_err(|error| error.under(::tf_provider::path::Step::Attribute(#name.to_owned())))?
        }
    });
    let into_fields = fields.iter().map(|ModelField { ident, name, ty }| {
        let into_value = quote_spanned!(ty.span()=> <#ty as ::tf_provider::IntoValue>::into_value);
        quote!((#name.to_owned(), #into_value(self.#ident)))
    });
    // Without fields, a binding would be unused.
    let attributes = if fields.is_empty() { quote!(_) } else { quote!(mut attributes) };

    Ok(quote! {
        #[automatically_derived]
        impl ::tf_provider::Model for #ident {
            const FIELDS: &'static [&'static str] = &[#(#names),*];
        }

        #[automatically_derived]
        impl ::tf_provider::FromValue for #ident {
            fn from_value(value: ::tf_provider::Value) -> ::std::result::Result<Self, ::tf_provider::ConversionError> {
                let ::tf_provider::Value::Map(#attributes) = value else {
                    return ::std::result::Result::Err(::tf_provider::ConversionError::new("an object is required"));
                };
                ::std::result::Result::Ok(Self { #(#from_fields,)* })
            }
        }

        #[automatically_derived]
        impl ::tf_provider::IntoValue for #ident {
            fn into_value(self) -> ::tf_provider::Value {
                ::tf_provider::Value::Map(::std::collections::BTreeMap::from([#(#into_fields,)*]))
            }
        }
    })
}

/// The fields of the struct, or all errors in them.
fn model_fields(input: &DeriveInput) -> Result<Vec<ModelField<'_>>> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => named,
            Fields::Unnamed(_) | Fields::Unit => {
                return Err(Error::new_spanned(&input.ident, "`Model` requires a struct with named fields"));
            }
        },
        Data::Enum(data) => return Err(Error::new(data.enum_token.span, "`Model` requires a struct, not an enum")),
        Data::Union(data) => {
            return Err(Error::new(data.union_token.span, "`Model` requires a struct, not a union"));
        }
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "`Model` does not support generic parameters"));
    }

    let mut errors = Vec::new();
    if let Some(attribute) = input.attrs.iter().find(|attribute| attribute.path().is_ident("model")) {
        errors.push(Error::new_spanned(attribute, "`#[model(...)]` belongs on a field"));
    }
    let mut fields = Vec::new();
    let mut seen = BTreeSet::new();
    for field in &named.named {
        // A named field has an identifier.
        let Some(ident) = &field.ident else { continue };
        let rename = rename(&field.attrs).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        let (name, span) = match rename {
            Some(name) => (name.value(), name.span()),
            None => (ident.unraw().to_string(), ident.span()),
        };
        if !seen.insert(name.clone()) {
            errors.push(Error::new(span, format!("attribute `{name}` is the name of two fields")));
        }
        fields.push(ModelField { ident, name, ty: &field.ty });
    }
    let error = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    });
    error.map_or(Ok(fields), Err)
}

/// The string in `#[model(rename = "...")]`.
fn rename(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let mut rename = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename") {
                return Err(meta.error("unknown option: only `rename` is supported"));
            }
            if rename.is_some() {
                return Err(meta.error("`rename` is set twice"));
            }
            if !meta.input.peek(Token![=]) {
                return Err(meta.error("`rename` requires a string: `rename = \"name\"`"));
            }
            rename = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(rename)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn errors(input: TokenStream) -> Vec<String> {
        expand(input).expect_err("should be rejected").into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn implements_the_three_traits() {
        let input = quote! {
            /// A greeting.
            #[derive(Clone, Model)]
            pub(crate) struct Greeting {
                /// Documented.
                pub r#type: Attr<String>,
                #[model(rename = "repeat")]
                times: Attr<i64>,
            }
        };
        let expected = quote! {
            #[automatically_derived]
            impl ::tf_provider::Model for Greeting {
                const FIELDS: &'static [&'static str] = &["type", "repeat"];
            }

            #[automatically_derived]
            impl ::tf_provider::FromValue for Greeting {
                fn from_value(value: ::tf_provider::Value) -> ::std::result::Result<Self, ::tf_provider::ConversionError> {
                    let ::tf_provider::Value::Map(mut attributes) = value else {
                        return ::std::result::Result::Err(::tf_provider::ConversionError::new("an object is required"));
                    };
                    ::std::result::Result::Ok(Self {
                        r#type: <Attr<String> as ::tf_provider::FromValue>::from_value(
                            attributes.remove("type").unwrap_or_default()
                        )
                        .map_err(|error| error.under(::tf_provider::path::Step::Attribute("type".to_owned())))?,
                        times: <Attr<i64> as ::tf_provider::FromValue>::from_value(
                            attributes.remove("repeat").unwrap_or_default()
                        )
                        .map_err(|error| error.under(::tf_provider::path::Step::Attribute("repeat".to_owned())))?,
                    })
                }
            }

            #[automatically_derived]
            impl ::tf_provider::IntoValue for Greeting {
                fn into_value(self) -> ::tf_provider::Value {
                    ::tf_provider::Value::Map(::std::collections::BTreeMap::from([
                        ("type".to_owned(), <Attr<String> as ::tf_provider::IntoValue>::into_value(self.r#type)),
                        ("repeat".to_owned(), <Attr<i64> as ::tf_provider::IntoValue>::into_value(self.times)),
                    ]))
                }
            }
        };
        assert_eq!(
            expand(input).map(|tokens| tokens.to_string()).map_err(|error| error.to_string()),
            Ok(expected.to_string())
        );
    }

    #[test]
    fn rejects_types_without_named_fields() {
        assert_eq!(
            errors(quote!(
                enum E {
                    A,
                }
            )),
            ["`Model` requires a struct, not an enum"]
        );
        assert_eq!(errors(quote!(union U { a: u8 })), ["`Model` requires a struct, not a union"]);
        assert_eq!(
            errors(quote!(
                struct T(String);
            )),
            ["`Model` requires a struct with named fields"]
        );
        assert_eq!(
            errors(quote!(
                struct T;
            )),
            ["`Model` requires a struct with named fields"]
        );
    }

    #[test]
    fn rejects_generic_parameters() {
        for input in [
            quote!(
                struct G<T> {
                    a: T,
                }
            ),
            quote!(
                struct G<'a> {
                    a: &'a str,
                }
            ),
        ] {
            assert_eq!(errors(input), ["`Model` does not support generic parameters"]);
        }
    }

    #[test]
    fn rejects_wrong_options() {
        for (attribute, expected) in [
            (quote!(#[model(name = "a")]), "unknown option: only `rename` is supported"),
            (quote!(#[model(rename)]), "`rename` requires a string: `rename = \"name\"`"),
            (quote!(#[model(rename("a"))]), "`rename` requires a string: `rename = \"name\"`"),
            (quote!(#[model(rename = 1)]), "expected string literal"),
            (quote!(#[model(rename = )]), "unexpected end of input, expected string literal"),
            (quote!(#[model(rename = "a", rename = "b")]), "`rename` is set twice"),
            (quote!(#[model(rename = "a")] #[model(rename = "b")]), "`rename` is set twice"),
            (quote!(#[model]), "expected attribute arguments in parentheses: #[model(...)]"),
        ] {
            assert_eq!(errors(quote!(struct S { #attribute a: String })), [expected], "{attribute}");
        }
        assert_eq!(
            errors(quote!(
                #[model(rename = "a")]
                struct S {}
            )),
            ["`#[model(...)]` belongs on a field"]
        );
    }

    #[test]
    fn reports_every_error_in_the_fields() {
        let input = quote! {
            struct S {
                r#type: String,
                #[model(rename = "type")]
                kind: String,
                #[model(default)]
                size: i64,
            }
        };
        let expected = ["attribute `type` is the name of two fields", "unknown option: only `rename` is supported"];
        assert_eq!(errors(input), expected);
    }
}
