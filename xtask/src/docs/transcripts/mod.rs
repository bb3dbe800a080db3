//! Transcripts: what the commands of a guide print, and tables of what the provider does, from real runs with Terraform and the
//! simulator.
//!
//! Reading order: `scenario` (the commands), `session` (where they run), `normalize` (what is made equal), `measure` (the tables),
//! `recording` (the animated image of the README).

mod measure;
mod normalize;
mod recording;
mod scenario;
mod session;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use normalize::without_durations;
use scenario::Line;
use session::{Session, Setup};

use super::region;
use crate::repository::{self, Repository};

const SCENARIOS: &str = "xtask/scenarios";

/// Runs every scenario and writes the parts, or with `check` compares them.
///
/// # Errors
/// If a command of a scenario ends otherwise than it says, or a part is not as it would be now.
pub(crate) fn run(repository: &Repository, check: bool) -> Result<(), String> {
    let Some(setup) = Setup::build(repository)? else {
        eprintln!("skipped: the transcripts need a Terraform that this machine can't have");
        return Ok(());
    };
    let mut scenarios = Vec::new();
    for path in repository.files(SCENARIOS, "txt")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let lines = scenario::parse(&repository::read(&path)?).map_err(|why| format!("{name}: {why}"))?;
        scenarios.push((name, lines));
    }
    let mut parts = BTreeMap::new();
    for (name, lines) in scenarios {
        if name == "recording" {
            let picture = recording::draw(&setup, &lines)?;
            put(repository, &repository.join(recording::PATH), &picture, check)?;
        } else {
            parts.extend(run_scenario(&setup, &name, &lines)?);
        }
    }
    parts.extend(measure::tables(&setup)?);
    for path in repository.files("", "md")? {
        let fresh = region::fill(&repository::read(&path)?, |what| content(&parts, what))?;
        put(repository, &path, &fresh, check)?;
    }
    Ok(())
}

/// What belongs into a part of a page; `None` for the parts that `cargo xtask docs` writes.
fn content(parts: &BTreeMap<String, String>, what: &str) -> Result<Option<String>, String> {
    if !comes_from_run(what) {
        return Ok(None);
    }
    parts.get(what).cloned().map(Some).ok_or_else(|| format!("no scenario has `{what}`"))
}

/// Whether a part is written from a run.
pub(super) fn comes_from_run(what: &str) -> bool {
    what.starts_with("transcript ") || what.starts_with("measured ")
}

fn put(repository: &Repository, path: &Path, fresh: &str, check: bool) -> Result<(), String> {
    let name = repository.name(path);
    if fs::read_to_string(path).is_ok_and(|text| text == fresh) {
        return Ok(());
    }
    if check {
        return Err(format!(
            "{name}: not what a run prints now; run `cargo xtask transcripts`, and read the difference"
        ));
    }
    eprintln!("wrote {name}");
    fs::write(path, fresh).map_err(|error| format!("{name}: {error}"))
}

/// Runs a scenario; returns the parts by the names that pages use.
fn run_scenario(setup: &Setup, name: &str, lines: &[Line]) -> Result<BTreeMap<String, String>, String> {
    let mut session = setup.session()?;
    session.env("TF_CLI_ARGS", "-no-color");
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut step = "start".to_owned();
    for line in lines {
        match line {
            Line::Step(name) => step.clone_from(name),
            Line::Run { command, status, shown } => {
                let output = expect(&mut session, command, *status).map_err(|why| format!("{name}: {why}"))?;
                if *shown {
                    let text = format!("$ {command}\n{}", without_durations(&output));
                    parts.entry(format!("transcript {name} {step}")).or_default().push(text.trim_end().to_owned());
                }
            }
            line => session.prepare(line).map_err(|why| format!("{name}: {why}"))?,
        }
    }
    Ok(parts.into_iter().map(|(name, texts)| (name, format!("```text\n{}\n```\n", texts.join("\n\n")))).collect())
}

fn expect(session: &mut Session<'_>, command: &str, status: i32) -> Result<String, String> {
    let ran = session.run(command)?;
    if ran.status == status {
        Ok(ran.output)
    } else {
        Err(format!("`{command}` ended with {}, not {status}:\n{}", ran.status, ran.output))
    }
}
