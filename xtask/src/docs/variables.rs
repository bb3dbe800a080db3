//! Whether the page of the provider names every environment variable that the provider reads.
//!
//! It must not know what they mean.

use proc_macro2::TokenTree;

use super::source;
use crate::repository::{self, Repository};

const SOURCE: &str = "src/config/environment.rs";
const PAGE: &str = "docs/index.md";

/// The variables that are missing in the page.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn problems(repository: &Repository) -> Result<Vec<String>, String> {
    let page = repository::read(&repository.join(PAGE))?;
    let mut names = Vec::new();
    collect(source::tokens(&repository.join(SOURCE))?, &mut names);
    if names.is_empty() {
        return Err(format!("{SOURCE} names no variable any more: is it another file now?"));
    }
    let missing = names.into_iter().filter(|name| !page.contains(&format!("`{name}`")));
    Ok(missing.map(|name| format!("{PAGE}: the variable `{name}` of {SOURCE} is missing")).collect())
}

fn collect(tokens: Vec<TokenTree>, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream().into_iter().collect(), names),
            TokenTree::Literal(literal) => names.extend(source::string(&literal).filter(|text| is_variable(text))),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn is_variable(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
