//! A scenario: a text file of `xtask/scenarios` with the commands of a guide, one a line. It must not run them.
//!
//! | line | meaning |
//! | --- | --- |
//! | `# …` | a comment |
//! | `copy FOLDER` | copies the files of an example into the working folder |
//! | `env NAME=VALUE` | sets a variable for the commands that follow; without a value, unsets it |
//! | `step NAME` | begins a part of the transcript, which a page names |
//! | `say …` | a line that only the recording shows |
//! | `hide TEXT` | the recording leaves out lines with this text |
//! | `$ COMMAND`, `$1 COMMAND` | runs and shows a command, which exits with 0, or with the number |
//! | `> COMMAND` | runs a command that is not shown |
//! | `replace FILE \| OLD \| NEW` | edits a file |
//! | `append FILE \| TEXT` | adds a line to a file |
//! | `advance SECONDS`, `speed FACTOR`, `fail REASON` | the simulator: its clock, and the end of the newest migration |

use std::time::Duration;

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Copies the files of a folder.
    Copy(String),
    /// Sets a variable.
    Env(String, String),
    /// Begins a part.
    Step(String),
    /// A line of the recording.
    Say(String),
    /// Leaves lines out of the recording.
    Hide(String),
    /// Runs a command.
    Run { command: String, status: i32, shown: bool },
    /// Replaces text in a file.
    Replace { file: String, old: String, new: String },
    /// Adds a line to a file.
    Append { file: String, text: String },
    /// Advances the clock of the simulator.
    Advance(Duration),
    /// Sets the speed of that clock.
    Speed(f64),
    /// Lets the newest migration fail.
    Fail(String),
}

/// Reads a scenario.
///
/// # Errors
/// If a line is none of the above; the text names it.
pub(super) fn parse(text: &str) -> Result<Vec<Line>, String> {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|text| line(text).ok_or_else(|| format!("not a line of a scenario: {text}"))).collect()
}

fn line(text: &str) -> Option<Line> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    Some(match word {
        "copy" => Line::Copy(rest.to_owned()),
        "env" => rest.split_once('=').map(|(name, value)| Line::Env(name.to_owned(), value.to_owned()))?,
        "step" => Line::Step(rest.to_owned()),
        "say" => Line::Say(rest.to_owned()),
        "hide" => Line::Hide(rest.to_owned()),
        ">" => Line::Run { command: rest.to_owned(), status: 0, shown: false },
        "$" => Line::Run { command: rest.to_owned(), status: 0, shown: true },
        "replace" => {
            let mut parts = rest.splitn(3, " | ").map(str::to_owned);
            Line::Replace { file: parts.next()?, old: parts.next()?, new: parts.next()? }
        }
        "append" => {
            let (file, text) = rest.split_once(" |")?;
            Line::Append { file: file.to_owned(), text: text.strip_prefix(' ').unwrap_or(text).to_owned() }
        }
        "advance" => Line::Advance(Duration::from_secs(rest.parse().ok()?)),
        "speed" => Line::Speed(rest.parse().ok()?),
        "fail" => Line::Fail(rest.to_owned()),
        _ => {
            let status = word.strip_prefix('$')?.parse().ok()?;
            Line::Run { command: rest.to_owned(), status, shown: true }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_are_errors() {
        let lines = parse("# no\n\nstep plan\n$2 terraform plan -detailed-exitcode\nreplace a.tf | b | c\n").unwrap();
        let command = "terraform plan -detailed-exitcode".to_owned();
        assert_eq!(
            lines,
            [
                Line::Step("plan".to_owned()),
                Line::Run { command, status: 2, shown: true },
                Line::Replace { file: "a.tf".to_owned(), old: "b".to_owned(), new: "c".to_owned() },
            ]
        );
        assert!(parse("speed fast").is_err() && parse("run x").is_err());
    }
}
