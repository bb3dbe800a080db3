//! The walks of Terraform: which process makes which calls in which order, and what the responses do to plan and state.
//! `session` is one process, `graph` the order of resources, `object` one stored object; `invoke` has data sources and actions;
//! `validate`, `plan`, `apply`, `destroy` and `import` are the walks.

mod apply;
mod change;
mod control;
mod destroy;
mod graph;
mod import;
mod invoke;
mod object;
mod plan;
mod session;
mod validate;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub(super) use apply::apply;
pub(super) use control::Control;
pub(super) use import::import_command;
pub(super) use plan::plan;
pub(super) use session::{Session, load_schemas};
pub(super) use validate::validate;

use super::certificate::Certificate;
use super::client::{Abilities, Client};
use super::config::Config;
use super::diagnostic::{Diagnostic, has_errors};
use super::event::EventLog;
use super::launch::Launch;
use super::outcome::Outcome;
use super::plan::Action;
use super::schema::Schemas;
use super::state::State;
use super::value::{Path, Value};

/// How Terraform and the provider are set up.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) binary: PathBuf,
    pub(super) environment: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    pub(super) abilities: Abilities,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) terraform_version: String,
    pub(super) parallelism: usize,
    pub(super) limit: Duration,
    pub(super) orphan_limit: Duration,
}

impl Settings {
    /// The provider binary, about to be started.
    pub(super) fn launch(&self) -> Launch {
        let launch = Launch::new(&self.binary).certificate(self.certificate.clone());
        self.environment.iter().fold(launch, |launch, (name, value)| launch.env(name, value))
    }
}

/// One command: what all its walks share.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) settings: Arc<Settings>,
    pub(super) schemas: Arc<Schemas>,
    pub(super) control: Control,
    pub(super) events: EventLog,
    pub(super) config: Arc<Config>,
}

/// The diagnostics of one object.
#[derive(Clone, Debug, Default)]
struct Notes {
    shown: Vec<Diagnostic>,
    dropped: Vec<Diagnostic>,
}

/// Why work on an object ended early; the notes have the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failed;

/// The object cannot be worked on any further; its error is in the notes.
type Step<T> = Result<T, Failed>;

impl Notes {
    /// Takes diagnostics; an error among them ends the work.
    fn take(&mut self, mut diagnostics: Vec<Diagnostic>) -> Step<()> {
        let failed = has_errors(&diagnostics);
        self.shown.append(&mut diagnostics);
        if failed { Err(Failed) } else { Ok(()) }
    }

    /// An error of Terraform itself.
    fn fail<T>(&mut self, summary: &str, detail: &str, address: &str) -> Step<T> {
        self.shown.push(Diagnostic::core(summary, detail, &Path::default()).at(Some(address)));
        Err(Failed)
    }

    fn has_errors(&self) -> bool {
        has_errors(&self.shown)
    }

    /// Drops the warnings, as Terraform does in the walk before a destroy.
    fn drop_warnings(&mut self) {
        let (errors, mut warnings) = std::mem::take(&mut self.shown).into_iter().partition(Diagnostic::is_error);
        self.shown = errors;
        self.dropped.append(&mut warnings);
    }

    fn into(self, outcome: &mut Outcome) {
        outcome.diagnostics.extend(self.shown);
        outcome.dropped.extend(self.dropped);
    }
}

/// The state that objects are read from and saved to while a walk runs.
#[derive(Clone, Default)]
pub(super) struct WorkingState(Arc<std::sync::Mutex<State>>);

impl WorkingState {
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(std::sync::Mutex::new(state)))
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(super) fn snapshot(&self) -> State {
        self.with(|state| state.clone())
    }
}

/// What the walk of a plan knows of objects by now: what happens to each, and its planned value.
#[derive(Clone, Default)]
struct Values(Arc<std::sync::Mutex<BTreeMap<String, (Action, Value)>>>);

impl Values {
    fn insert(&self, address: &str, action: Action, value: Value) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(address.to_owned(), (action, value));
    }

    fn get(&self, address: &str) -> Option<(Action, Value)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(address).cloned()
    }
}

/// What every object of an apply is worked on with.
#[derive(Clone)]
struct Walker {
    command: Command,
    client: Arc<Client>,
    state: WorkingState,
}
