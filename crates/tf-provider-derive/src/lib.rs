//! The derive macro for the `Model` trait of `tf-provider`, which re-exports it.

mod expand;

use proc_macro::TokenStream;

/// Implements `Model`, `FromValue` and `IntoValue` for a struct whose fields are the attributes and blocks of a schema.
///
/// The name of a field is the name of its attribute or block: `r#type` is the attribute `type`, and
/// `#[model(rename = "name")]` sets another name.
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    expand::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
