//! Development tasks, run as `cargo xtask COMMAND`: the documentation and the release archives. They write only to the
//! repository and its target folder.

mod command;
mod compatibility;
mod docs;
mod matrix;
mod release;
mod repository;

use std::path::PathBuf;
use std::process::ExitCode;

use repository::Repository;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  docs [--check]             Write the generated parts of every Markdown file, then check links,
                             anchors, error summaries and variables; with --check write nothing,
                             and fail where a part would change
  transcripts [--check]      Run xtask/scenarios with Terraform and the simulator, and write what it
                             prints, the measured tables and the recording; with --check compare
  matrix [--versions LIST] [--filter TEXT]
                             Run the acceptance tests on every private copy of Terraform, or on
                             those listed: a minor version such as 1.6, a command such as tofu, or
                             a path. The results are recorded in docs/compatibility.json; with a
                             filter nothing is recorded
  release [--target TRIPLE] [--snapshot] [--verify]
                             Build the provider and write its archive and SBOM into target/dist.
                             The target is by default this machine's, on Linux with musl. Refuses
                             a commit that is not ready for a release; with --snapshot it packs any
                             working tree. --verify builds a second time and compares the bytes
  release --sums FOLDER [--snapshot]
                             Write manifest, checksums, signature (gpg) and notes of a release
                             into a folder that has the archives and SBOMs of every platform
";

enum Task {
    Help,
    Docs { check: bool },
    Transcripts { check: bool },
    Matrix(matrix::Options),
    Release(release::Options),
    Sums { folder: PathBuf, snapshot: bool },
}

fn main() -> ExitCode {
    let repository = Repository::of_this_build();
    let done = match task() {
        Ok(Task::Help) => {
            eprint!("{HELP}");
            Ok(())
        }
        Ok(Task::Docs { check }) => docs::run(&repository, check),
        Ok(Task::Transcripts { check }) => docs::transcripts::run(&repository, check),
        Ok(Task::Matrix(options)) => matrix::run(&repository, &options),
        Ok(Task::Release(options)) => release::run(&repository, &options),
        Ok(Task::Sums { folder, snapshot }) => release::sums(&repository, &folder, snapshot),
        Err(why) => Err(format!("{why}\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn task() -> Result<Task, String> {
    use lexopt::prelude::{Long, Short, Value};

    let mut task = None;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        task = Some(match (argument, task) {
            (Long("help") | Short('h'), _) => return Ok(Task::Help),
            (Value(name), None) => match name.to_str() {
                Some("docs") => Task::Docs { check: false },
                Some("transcripts") => Task::Transcripts { check: false },
                Some("matrix") => Task::Matrix(matrix::Options::default()),
                Some("release") => Task::Release(release::Options::default()),
                _ => return Err(format!("unknown command {}", name.display())),
            },
            (Long("check"), Some(Task::Docs { .. })) => Task::Docs { check: true },
            (Long("check"), Some(Task::Transcripts { .. })) => Task::Transcripts { check: true },
            (Long("versions"), Some(Task::Matrix(options))) => {
                let list = string(&mut arguments)?;
                let versions = list.split_whitespace().filter(|word| *word != "all").map(str::to_owned).collect();
                Task::Matrix(matrix::Options { versions, ..options })
            }
            (Long("filter"), Some(Task::Matrix(options))) => {
                Task::Matrix(matrix::Options { filter: string(&mut arguments)?, ..options })
            }
            (Long("target"), Some(Task::Release(options))) => {
                Task::Release(release::Options { target: Some(string(&mut arguments)?), ..options })
            }
            (Long("snapshot"), Some(Task::Release(options))) => {
                Task::Release(release::Options { snapshot: true, ..options })
            }
            (Long("snapshot"), Some(Task::Sums { folder, .. })) => Task::Sums { folder, snapshot: true },
            (Long("verify"), Some(Task::Release(options))) => {
                Task::Release(release::Options { verify: true, ..options })
            }
            (Long("sums"), Some(Task::Release(release::Options { target: None, snapshot, verify: false }))) => {
                let folder = arguments.value().map_err(|error| error.to_string())?.into();
                Task::Sums { folder, snapshot }
            }
            (other, _) => return Err(other.unexpected().to_string()),
        });
    }
    task.ok_or_else(|| "a command is missing".to_owned())
}

/// The value of an option.
fn string(arguments: &mut lexopt::Parser) -> Result<String, String> {
    use lexopt::ValueExt as _;

    arguments.value().and_then(|value| value.string()).map_err(|error| error.to_string())
}
