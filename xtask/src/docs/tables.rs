//! Tables that are written from the schema and from files: environment variables, compatibility.

use std::fmt::Write as _;

use tf_provider::Schema;

use crate::repository::{self, Repository};

/// What every run of the compatibility matrix proved.
const COMPATIBILITY: &str = "docs/compatibility.toml";

/// Which variables stand for which argument, from the descriptions in the provider's schema.
pub(super) fn variables(provider: &Schema) -> String {
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

/// The versions that the acceptance tests ran with.
///
/// # Errors
/// If the file has a line that is not understood.
pub(super) fn compatibility(repository: &Repository) -> Result<String, String> {
    let path = repository.join(COMPATIBILITY);
    if !path.exists() {
        return Ok("No run of the compatibility matrix is recorded yet.\n".to_owned());
    }
    let runs = runs(&repository::read(&path)?).map_err(|line| format!("{COMPATIBILITY}: not understood: {line}"))?;
    let mut table = String::from("| version | tests passed | failed | date |\n| --- | --- | --- | --- |\n");
    for run in runs {
        let of = |key: &str| run.values.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
        let product = if run.product == "opentofu" { "OpenTofu" } else { "Terraform" };
        let _ =
            writeln!(table, "| {product} {} | {} | {} | {} |", of("version"), of("passed"), of("failed"), of("date"));
    }
    Ok(table)
}

struct Run {
    product: String,
    values: Vec<(String, String)>,
}

/// The tables of the file: `[[terraform]]` or `[[opentofu]]`, then `key = value` lines.
fn runs(text: &str) -> Result<Vec<Run>, &str> {
    let mut runs: Vec<Run> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(product) = line.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
            runs.push(Run { product: product.to_owned(), values: Vec::new() });
        } else {
            let (Some((key, value)), Some(run)) = (line.split_once('='), runs.last_mut()) else { return Err(line) };
            run.values.push((key.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
        }
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use tf_provider::schema::{Attribute, Block};

    use super::*;

    #[test]
    fn variables_are_those_of_the_descriptions() {
        let attribute = Attribute::string("a").description("Default `x_y`. Set with `A_B` or `C_1`.");
        let table = variables(&Schema::new(Block::new().attribute(attribute).attribute(Attribute::string("b"))));
        assert!(table.ends_with("| `a` | `A_B`, `C_1` |\n"), "{table}");
    }

    #[test]
    fn runs_are_read_and_other_lines_are_errors() {
        let read = runs("# no\n[[terraform]]\nversion = \"1.6.6\"\npassed = 273\n").ok().unwrap();
        assert_eq!(read[0].product, "terraform");
        assert_eq!(read[0].values[0], ("version".to_owned(), "1.6.6".to_owned()));
        assert_eq!(runs("passed").err(), Some("passed"));
    }
}
