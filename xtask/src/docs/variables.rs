//! Whether the page of the provider names every environment variable that the provider reads.

use terraform_provider_atlas::Environment;

use crate::repository::{self, Repository};

const PAGE: &str = "docs/index.md";

/// The variables that are missing in the page.
///
/// # Errors
/// If the page can't be read.
pub(crate) fn problems(repository: &Repository) -> Result<Vec<String>, String> {
    let page = repository::read(&repository.join(PAGE))?;
    let missing = Environment::variables().filter(|name| !page.contains(&format!("`{name}`")));
    Ok(missing.map(|name| format!("{PAGE}: the environment variable `{name}` is missing")).collect())
}
