//! Every message as Terraform prints it, each in its own file in `snapshots/`.
//!
//! A changed text fails; `SNAPSHOTS=overwrite cargo test --test acceptance messages` accepts it. IDs, ports, times and
//! counts that differ from run to run are redacted as `[..]`.

mod access;
mod milestones;
mod plan;
mod refresh;
mod start;
mod validation;

use std::path::Path;

use atlas_simulator::Config;
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};
use test_support::terraform::{Run, Terraform};

use crate::configuration::{GROUP, OTHER_GROUP, SOURCE_GROUP};
use crate::support::Fixture;

/// Compares the diagnostics of a run with the snapshot of this name, which begins with a sentence about the situation.
#[track_caller]
fn assert_snapshot(name: &str, situation: &str, run: &Run) {
    let text = format!("# {situation}\n\n{}", diagnostics(run));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/snapshots");
    let expected = Data::read_from(&folder.join(format!("{name}.txt")), Some(DataFormat::Text));
    Assert::new().action_env("SNAPSHOTS").eq(redact(&text), expected);
}

/// The warnings and errors of a run, with the lines that Terraform adds to them.
fn diagnostics(run: &Run) -> String {
    let parts = [run.stdout(), run.stderr()].map(|stream| {
        let lines = stream.lines().map(|line| line.trim_start_matches(['│', '╷', '╵']).trim_end());
        let lines = lines.skip_while(|line| !["Warning: ", "Error: "].iter().any(|head| line.starts_with(head)));
        // Terraform's note below a plan.
        let lines = lines.take_while(|line| !line.starts_with("────"));
        // Terraform's own error after an interrupt, whose number depends on the version.
        let mut lines: Vec<_> = lines.filter(|line| *line != "Error: execution halted").collect();
        lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
        lines.join("\n").trim().to_owned()
    });
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// The text with everything redacted that differs from run to run, in the words of Terraform.
fn redact(text: &str) -> String {
    in_terraforms_words(text).lines().map(|line| redact_line(&without_attempts(line)) + "\n").collect()
}

/// The lines that OpenTofu adds to diagnostics differ from Terraform's in two places.
fn in_terraforms_words(text: &str) -> String {
    let no_block = r#"provider["registry.opentofu.org/atlas-live-migration/atlas"] with no configuration line 1"#;
    text.replace(no_block, "<empty> line 0").replace("registry.opentofu.org", "registry.terraform.io")
}

/// The number of attempts depends on the load of the machine.
fn without_attempts(line: &str) -> String {
    if let Some((before, _)) = line.split_once("Attempts: ") {
        return format!("{before}Attempts: [..]");
    }
    match line.split_once(" attempts") {
        Some((before, after)) => {
            format!("{}[..] attempts{after}", before.trim_end_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    }
}

fn redact_line(text: &str) -> String {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_word) {
        let word = &rest[begin..];
        let end = word.find(|c| !is_of_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(word[..end].trim_end_matches(':').len().max(1));
        out.push_str(&rest[..begin]);
        out.push_str(&redact_word(word));
        rest = after;
    }
    out + rest
}

fn redact_word(word: &str) -> String {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if word.len() == 24 && is_hex(word) && ![GROUP, OTHER_GROUP, SOURCE_GROUP].contains(&word) {
        return "[..]".to_owned();
    }
    if humantime::parse_rfc3339(word).is_ok() {
        return "[..]".to_owned();
    }
    match word.split_once(':') {
        // The last part of 127.0.0.1, or a name.
        Some((host @ ("1" | "localhost"), port)) if is_number(port) => format!("{host}:[..]"),
        _ => word.to_owned(),
    }
}

/// A fixture with a configured simulator.
fn fixture(config: Config) -> Fixture {
    Fixture::with(&Terraform::on_path(), config)
}

#[test]
fn redacts_ids_ports_times_and_attempts_only() {
    let shown = "GET http://127.0.0.1:40795/6b05559c068929e7603e398c since 2026-11-24T09:15:08Z: 12:30, `e01c9427f054fe80745f3f6c`.\n  \
                 Attempts: 12\n";
    let redacted = "GET http://127.0.0.1:[..]/[..] since [..]: 12:30, `e01c9427f054fe80745f3f6c`.\n  Attempts: [..]\n";
    assert_eq!(redact(shown), redacted);
}
