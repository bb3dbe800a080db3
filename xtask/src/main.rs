//! Development tasks, run as `cargo xtask COMMAND`: the documentation and the release archives. They write only to the
//! repository and its target folder.

mod command;
mod docs;
mod release;
mod repository;

use std::process::ExitCode;

use repository::Repository;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  docs [--check]             Write the generated parts of every Markdown file, then check links,
                             anchors, error summaries and variables; with --check write nothing,
                             and fail where a part would change
  release [--target TRIPLE]  Build the release binary and pack it for the Terraform registry; the
                             default is this machine's target, on Linux with musl
";

enum Task {
    Help,
    Docs { check: bool },
    Release { target: Option<String> },
}

fn main() -> ExitCode {
    let repository = Repository::of_this_build();
    let done = match task() {
        Ok(Task::Help) => {
            eprint!("{HELP}");
            Ok(())
        }
        Ok(Task::Docs { check }) => docs::run(&repository, check),
        Ok(Task::Release { target }) => release::run(&repository, target.as_deref()),
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
    use lexopt::prelude::{Long, Short, Value, ValueExt as _};

    let mut task = None;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        task = Some(match (argument, task) {
            (Long("help") | Short('h'), _) => return Ok(Task::Help),
            (Value(name), None) => match name.to_str() {
                Some("docs") => Task::Docs { check: false },
                Some("release") => Task::Release { target: None },
                _ => return Err(format!("unknown command {}", name.display())),
            },
            (Long("check"), Some(Task::Docs { .. })) => Task::Docs { check: true },
            (Long("target"), Some(Task::Release { .. })) => {
                let target = arguments.value().and_then(|value| value.string());
                Task::Release { target: Some(target.map_err(|error| error.to_string())?) }
            }
            (other, _) => return Err(other.unexpected().to_string()),
        });
    }
    task.ok_or_else(|| "a command is missing".to_owned())
}
