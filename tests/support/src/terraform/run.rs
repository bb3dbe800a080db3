//! What one finished Terraform command did, and the assertions on it. A failed one tells the whole story: command,
//! folder, configuration, exit status, output, and every log that the test attached to its workspace.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use super::group::Group;
use super::text;
use super::workspace::Scene;

/// A finished Terraform command.
#[derive(Debug)]
pub struct Run {
    pub(super) command: String,
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) group: Group,
    pub(super) scene: Arc<Scene>,
}

impl Run {
    /// Asserts exit status 0.
    #[track_caller]
    pub fn success(&self) -> &Self {
        self.exit(0)
    }

    /// Asserts exit status 1, Terraform's answer to every error: no crash (11), no signal, no `plan` with changes (2).
    #[track_caller]
    pub fn failure(&self) -> &Self {
        self.exit(1)
    }

    /// Asserts an exit status.
    #[track_caller]
    pub fn exit(&self, code: i32) -> &Self {
        if self.status.code() != Some(code) {
            self.fail(&format!("exit status {code} was expected, and it was {}", self.status));
        }
        self
    }

    /// Asserts that the output has this very text, line breaks and all.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        if !self.stdout.contains(text) && !self.stderr.contains(text) {
            self.fail(&format!("the output lacks the text {text:?}"));
        }
        self
    }

    /// Asserts that the output says this, however Terraform wraps it and frames it.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        if self.count(text) == 0 {
            self.fail(&format!("the output does not say {text:?}"));
        }
        self
    }

    /// Asserts that the output does not say this, however wrapped.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        if self.count(text) != 0 {
            self.fail(&format!("the output says {text:?}"));
        }
        self
    }

    /// How often the output says this, however wrapped.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        let text = text::unwrapped(text);
        [&self.stdout, &self.stderr].iter().map(|stream| text::unwrapped(stream).matches(&text).count()).sum()
    }

    /// The exit status, or the signal.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// Standard output without colours and without the warning about development overrides.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Standard error, likewise.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The process group that the command led, to ask whether a process is left in it.
    #[must_use]
    pub fn group(&self) -> Group {
        self.group
    }

    /// Fails the test with a reason of its own and with the whole story.
    ///
    /// # Panics
    /// Always.
    #[track_caller]
    pub fn fail(&self, reason: &str) -> ! {
        panic!("{}", self.scene.story(reason, &self.command, &self.status.to_string(), &self.stdout, &self.stderr))
    }
}

/// The folder, the files and the attached logs, for a failure's story.
impl Scene {
    pub(super) fn story(&self, reason: &str, command: &str, status: &str, stdout: &str, stderr: &str) -> String {
        let mut story =
            format!("{reason}\n\ncommand: {command}\nfolder:  {}\nstatus:  {status}\n", self.folder.display());
        let mut section = |title: &str, text: &str| {
            // Writing to a String cannot fail.
            write!(story, "\n---- {title} ----\n{}\n", text.trim_end()).ok();
        };
        for (name, text) in configuration(&self.folder) {
            section(&name, &text);
        }
        section("standard output", stdout);
        section("standard error", stderr);
        for (name, text) in self.attachments() {
            section(&name, &text);
        }
        story
    }
}

/// The configuration files of a folder and of the modules below it, by name.
fn configuration(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            if path.is_dir() && !name.ends_with(".terraform") {
                folders.push(path);
            } else if [".tf", ".tf.json", ".tfvars"].iter().any(|end| name.ends_with(end)) {
                files.push((name, std::fs::read_to_string(&path).unwrap_or_else(|error| error.to_string())));
            }
        }
    }
    files.sort();
    files
}
