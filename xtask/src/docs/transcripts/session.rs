//! A working folder with real Terraform, the built provider and a simulated Atlas. It must not know the scenarios.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use atlas_simulator::{Config, Simulator};

use super::normalize::Normalizer;
use super::scenario::Line;
use crate::command;
use crate::repository::Repository;

/// The version of Terraform: the output of others differs in details.
const TERRAFORM: &str = "1.15";

/// What every session of a run shares: the programs.
pub(super) struct Setup {
    /// How many sessions were opened: each has a folder of its own.
    sessions: Cell<usize>,
    root: PathBuf,
    folder: PathBuf,
    terraform: PathBuf,
}

impl Setup {
    /// Builds the provider and finds Terraform; `None` if this machine can't have that Terraform.
    ///
    /// # Errors
    /// If the build fails or a file can't be written.
    pub(super) fn build(repository: &Repository) -> Result<Option<Self>, String> {
        let script = repository.join("scripts/terraform-path");
        let found =
            Command::new(&script).arg(TERRAFORM).output().map_err(|error| format!("{}: {error}", script.display()))?;
        if found.status.code() == Some(3) {
            return Ok(None);
        }
        let terraform = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        if terraform.is_empty() {
            return Err(String::from_utf8_lossy(&found.stderr).into_owned());
        }
        command::run(
            Command::new("cargo")
                .args(["build", "--quiet", "--package", "terraform-provider-atlas", "--bins"])
                .current_dir(repository.root()),
        )?;
        let folder = std::env::temp_dir().join(format!("atlas-docs-{}", std::process::id()));
        let setup = Self {
            sessions: Cell::new(0),
            root: repository.root().to_owned(),
            folder,
            terraform: PathBuf::from(terraform),
        };
        setup.install(&repository.target().join("debug/terraform-provider-atlas"))?;
        Ok(Some(setup))
    }

    /// Offers the provider as a mirror in a CLI configuration of its own.
    fn install(&self, provider: &Path) -> Result<(), String> {
        let mirror = self.folder.join("mirror");
        command::output(Command::new(self.root.join("scripts/place-provider")).args([provider, &mirror]))?;
        let programs = self.folder.join("bin");
        fs::create_dir_all(&programs).map_err(|error| error.to_string())?;
        // A script and not a link: the private Terraform finds its library beside itself.
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", self.terraform.display());
        write(&programs.join("terraform"), &script)?;
        command::run(Command::new("chmod").arg("755").arg(programs.join("terraform")))?;
        let text = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
            mirror.display().to_string()
        );
        write(&self.folder.join("terraform.rc"), &text)
    }

    /// Opens a working folder with an Atlas of its own, whose clock stands still.
    ///
    /// # Errors
    /// If the simulator can't be started or the folder can't be made.
    pub(super) fn session(&self) -> Result<Session<'_>, String> {
        let atlas = Simulator::start(Config { speed: 0.0, ..Config::default() }).map_err(|error| error.to_string())?;
        self.sessions.set(self.sessions.get() + 1);
        let folder = self.folder.join(format!("session-{}", self.sessions.get()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let env = vec![
            ("MONGODB_ATLAS_BASE_URL".to_owned(), atlas.url()),
            ("MONGODB_ATLAS_CLIENT_ID".to_owned(), Config::CLIENT_ID.to_owned()),
            ("MONGODB_ATLAS_CLIENT_SECRET".to_owned(), Config::CLIENT_SECRET.to_owned()),
            ("ATLAS_POLL_INTERVAL".to_owned(), "200ms".to_owned()),
        ];
        Ok(Session { setup: self, atlas, folder, env, normalizer: Normalizer::default() })
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) struct Session<'a> {
    setup: &'a Setup,
    pub(super) atlas: Simulator,
    folder: PathBuf,
    env: Vec<(String, String)>,
    normalizer: Normalizer,
}

/// What a command printed, and how it ended.
pub(super) struct Ran {
    pub(super) status: i32,
    /// Standard output and standard error together, with IDs and times replaced.
    pub(super) output: String,
}

impl Session<'_> {
    /// Runs a shell command.
    ///
    /// # Errors
    /// If it can't be started.
    pub(super) fn run(&mut self, text: &str) -> Result<Ran, String> {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        // One pipe for both, so that their order is that of a terminal.
        command.arg("-c").arg(format!("exec 2>&1\n{text}")).current_dir(&self.folder).env_clear();
        command.env("PATH", format!("{}:{path}", self.setup.folder.join("bin").display()));
        command
            .env("HOME", &self.folder)
            .env("TF_CLI_CONFIG_FILE", self.setup.folder.join("terraform.rc"))
            .env("TF_INPUT", "0");
        command.envs(self.env.iter().cloned());
        let ran = command.output().map_err(|error| format!("{text}: {error}"))?;
        let output = self.normalizer.apply(&String::from_utf8_lossy(&ran.stdout));
        Ok(Ran { status: ran.status.code().unwrap_or(-1), output })
    }

    /// Sets a variable for the commands that follow; without a value, unsets it.
    pub(super) fn env(&mut self, name: &str, value: &str) {
        self.env.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.env.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Does what a line says that runs no command.
    ///
    /// # Errors
    /// If a file can't be read or written, or an edit changes nothing.
    pub(super) fn prepare(&mut self, line: &Line) -> Result<(), String> {
        match line {
            Line::Copy(example) => self.copy(example)?,
            Line::Env(name, value) => self.env(name, value),
            Line::Replace { file, old, new } => {
                let text = self.read(file)?;
                if !text.contains(old.as_str()) {
                    return Err(format!("{file} has no `{old}`"));
                }
                self.write(file, &text.replace(old.as_str(), new))?;
            }
            Line::Append { file, text } => {
                let before = self.read(file).unwrap_or_default();
                self.write(file, &format!("{before}{text}\n"))?;
            }
            Line::Advance(by) => self.atlas.advance(*by),
            Line::Speed(factor) => self.atlas.set_speed(*factor),
            Line::Fail(reason) => {
                let migrations = self.atlas.migrations();
                let id = migrations.last().map(|migration| migration.id.clone()).ok_or("no migration is running")?;
                self.atlas.fail(&id, reason);
            }
            Line::Step(_) | Line::Say(_) | Line::Hide(_) | Line::Run { .. } => {}
        }
        Ok(())
    }

    fn copy(&self, example: &str) -> Result<(), String> {
        let from = self.setup.root.join(example);
        for entry in fs::read_dir(&from).map_err(|error| format!("{}: {error}", from.display()))? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                fs::copy(&path, self.folder.join(name)).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        Ok(())
    }

    fn read(&self, file: &str) -> Result<String, String> {
        crate::repository::read(&self.folder.join(file))
    }

    /// Writes a file of the working folder.
    ///
    /// # Errors
    /// If it can't be written.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<(), String> {
        write(&self.folder.join(file), text)
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
