//! The environment variables that the provider reads: a table, and whether the page of the provider names all of them.

use std::fmt::Write as _;

use terraform_provider_atlas::Environment;
use tf_provider::Schema;

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

/// Which variables stand for which argument, from the descriptions in the provider's schema.
pub(super) fn table(provider: &Schema) -> String {
    let mut table =
        String::from("| argument | environment variables; the first one that is set is used |\n| --- | --- |\n");
    for attribute in &provider.block.attributes {
        let words = attribute.description.split('`').skip(1).step_by(2);
        let names: Vec<_> = words.filter(|word| is_variable(word)).map(|word| format!("`{word}`")).collect();
        if !names.is_empty() {
            let _ = writeln!(table, "| `{}` | {} |", attribute.name, names.join(", "));
        }
    }
    table
}

fn is_variable(word: &str) -> bool {
    word.contains('_') && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use tf_provider::schema::{Attribute, Block};

    use super::*;

    #[test]
    fn variables_are_those_of_the_descriptions() {
        let attribute = Attribute::string("a").description("Default `x_y`. Set with `A_B` or `C_1`.");
        let table = table(&Schema::new(Block::new().attribute(attribute).attribute(Attribute::string("b"))));
        assert!(table.ends_with("| `a` | `A_B`, `C_1` |\n"), "{table}");
    }
}
