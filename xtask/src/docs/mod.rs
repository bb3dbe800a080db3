//! The documentation: its generated parts, and checks that keep the rest true.
//!
//! Reading order: `region` (where a generated part stands in a Markdown file), `schema` and `variables` (what is generated from
//! the provider's own schemas), `transcripts` (what is generated from runs), then the checks: `markdown` with `links`,
//! `summaries`, `variables`.

mod links;
mod markdown;
mod region;
mod schema;
mod summaries;
pub(crate) mod transcripts;
mod variables;

use std::fs;

use terraform_provider_atlas::{AtlasProvider, Environment};
use tf_provider::schema::{IdentitySchema, Schema};
use tf_provider::{Provider, Resources};

use crate::compatibility::Record;
use crate::repository::{self, Repository};

/// Writes the generated parts, or with `check` compares them, and checks the rest.
///
/// # Errors
/// If something is wrong; the text lists every problem.
pub(crate) fn run(repository: &Repository, check: bool) -> Result<(), String> {
    let mut problems = Vec::new();
    problems.extend(tf_provider::schema_problems(AtlasProvider::new(Environment::default())));
    generate(repository, check, &mut problems)?;
    problems.extend(links::problems(repository)?);
    problems.extend(summaries::problems(repository)?);
    problems.extend(variables::problems(repository)?);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(format!("the documentation is not right:\n  {}", problems.join("\n  ")))
    }
}

fn generate(repository: &Repository, check: bool, problems: &mut Vec<String>) -> Result<(), String> {
    let provider = AtlasProvider::new(Environment::default());
    let content = |what: &str| content(repository, &provider, what);
    for path in repository.files("", "md")? {
        let text = repository::read(&path)?;
        let name = repository.name(&path);
        let fresh = region::fill(&text, content).map_err(|why| format!("{name}: {why}"))?;
        if fresh == text {
            continue;
        }
        if check {
            problems.push(format!("{name}: a generated part is not as it would be now; run `cargo xtask docs`"));
        } else {
            fs::write(&path, fresh).map_err(|error| format!("{name}: {error}"))?;
            eprintln!("wrote {name}");
        }
    }
    Ok(())
}

/// What belongs into a region of this name; `None` if it is kept.
fn content(repository: &Repository, provider: &AtlasProvider, what: &str) -> Result<Option<String>, String> {
    let resources = provider.resources();
    let content = match what.split_once(' ') {
        Some(("example", path)) => example(repository, path)?,
        Some(("schema", "provider")) => schema::page(&provider.schema()),
        Some(("schema", name)) if !name.contains(' ') => schema::page(resource(&resources, name)?.0),
        Some(("identity", name)) => resource(&resources, name)?.1.map(schema::identity).unwrap_or_default(),
        // Kept while the provider doesn't announce them.
        Some(("schema", name)) => match name.split_once(' ') {
            Some(("data-source", name)) => return Ok(announced(provider.data_sources().schemas(), name)),
            Some(("action", name)) => return Ok(announced(provider.actions().schemas(), name)),
            _ => return Err(format!("no kind of schema: {name}")),
        },
        Some(("table", "variables")) => variables::table(&provider.schema()),
        Some(("table", "compatibility")) => Record::read(repository)?.table(),
        _ if transcripts::comes_from_run(what) => return Ok(None),
        _ => return Err(format!("unknown generated part `{what}`")),
    };
    Ok(Some(content))
}

fn example(repository: &Repository, path: &str) -> Result<String, String> {
    let language = match path.rsplit_once('.') {
        Some((_, "sh")) => "shell",
        Some((_, "yml")) => "yaml",
        _ => "terraform",
    };
    Ok(format!("```{language}\n{}\n```\n", repository::read(&repository.join(path))?.trim_end()))
}

fn resource<'a>(resources: &'a Resources, type_name: &str) -> Result<(&'a Schema, Option<&'a IdentitySchema>), String> {
    let found = resources.schemas().find(|(name, ..)| *name == type_name);
    found.map(|(_, schema, identity)| (schema, identity)).ok_or_else(|| format!("no resource type {type_name}"))
}

/// The page part of one of these schemas; `None` if it is not among them.
fn announced<'a>(schemas: impl IntoIterator<Item = (&'static str, &'a Schema)>, type_name: &str) -> Option<String> {
    schemas.into_iter().find(|(name, _)| *name == type_name).map(|(_, schema)| schema::page(schema))
}
