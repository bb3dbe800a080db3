//! Rust sources as tokens, so that comments and strings are not mistaken for code.
//!
//! It must not know what is looked for.

use std::path::Path;

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};

use crate::repository;

/// The tokens of a file.
///
/// # Errors
/// When it cannot be read, or is no Rust.
pub(crate) fn tokens(path: &Path) -> Result<Vec<TokenTree>, String> {
    let text = repository::read(path)?;
    let stream: TokenStream = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(stream.into_iter().collect())
}

/// The tokens inside of a group with this delimiter.
pub(crate) fn inside(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<Vec<TokenTree>> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.stream().into_iter().collect()),
        _ => None,
    }
}

/// Whether it is this identifier.
pub(crate) fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

/// Whether it is this punctuation.
pub(crate) fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

/// The value of a string literal without escapes; `None` for another literal.
pub(crate) fn string(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    let value = text.strip_prefix('"')?.strip_suffix('"')?;
    (!value.contains('\\')).then(|| value.to_owned())
}
