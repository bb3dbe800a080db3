//! The commands of Terraform for tests: validate, plan, apply, destroy, import.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::certificate::Certificate;
use super::client::Abilities;
use super::config::{Config, ImportTarget};
use super::engine::Engine;
use super::event::EventLog;
use super::outcome::Outcome;
use super::plan::{Plan, PlanOptions};
use super::provider::Provider;
use super::running::Running;
use super::schema::Schemas;
use super::state::State;
use super::violation::{self, Violation};
use super::walk::{self, Command, Control, Settings, WorkingState};

/// A Terraform of the newest kind with one provider; every setting makes it another one.
///
/// # Defaults
/// Terraform 1.15.5 with write-only attributes, identities and client capabilities; AutoMTLS; ten calls at once; a minute for each call;
/// an environment of nothing at all.
#[derive(Clone)]
pub struct Core {
    settings: Settings,
    collect: bool,
    engine: Arc<Engine>,
    schemas: Arc<Mutex<Option<Arc<Schemas>>>>,
    /// The rules that were broken while the schemas were read; the next command reports them.
    pending: Arc<Mutex<Vec<Violation>>>,
}

impl Core {
    /// For a built provider binary.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let settings = Settings {
            binary: binary.as_ref().to_owned(),
            environment: Vec::new(),
            abilities: Abilities { write_only: true, identity: true, capabilities: true },
            certificate: Some(Certificate::shared()),
            terraform_version: "1.15.5".to_owned(),
            parallelism: 10,
            limit: Duration::from_secs(60),
            orphan_limit: Duration::from_secs(10),
        };
        Self {
            settings,
            collect: false,
            engine: Arc::new(Engine::start()),
            schemas: Arc::default(),
            pending: Arc::default(),
        }
    }

    /// Sets a variable for the provider.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.settings.environment.push((name.into(), value.into()));
        self
    }

    /// Whether write-only attributes are known; false acts as Terraform 1.10 and older, for which they are ordinary attributes.
    pub fn write_only(mut self, known: bool) -> Self {
        self.settings.abilities.write_only = known;
        self.forget_schemas()
    }

    /// Whether identities are known and ALPN is demanded; false acts as Terraform 1.11 and older.
    pub fn identity(mut self, known: bool) -> Self {
        self.settings.abilities.identity = known;
        self.forget_schemas()
    }

    /// Whether client capabilities are sent; false acts as Terraform 1.8 and older.
    pub fn client_capabilities(mut self, sent: bool) -> Self {
        self.settings.abilities.capabilities = sent;
        self
    }

    /// Whether AutoMTLS is used; false is what `TF_DISABLE_PLUGIN_TLS` makes of it.
    pub fn tls(mut self, used: bool) -> Self {
        self.settings.certificate = used.then(Certificate::shared);
        self
    }

    /// Sets the version that Configure sends.
    pub fn terraform_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.settings.terraform_version);
        self
    }

    /// Sets how many objects are worked on at once.
    pub fn parallelism(mut self, objects: usize) -> Self {
        self.settings.parallelism = objects;
        self
    }

    /// Sets how long one call may take.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.settings.limit = limit;
        self
    }

    /// Sets how long the provider may take to end after Terraform is gone. Default 10 s.
    pub fn orphan_limit(mut self, limit: Duration) -> Self {
        self.settings.orphan_limit = limit;
        self
    }

    /// Hands broken rules out in the outcome instead of failing the test.
    pub fn collect_violations(mut self) -> Self {
        self.collect = true;
        self
    }

    /// The schemas that the provider announces, read once by a process of its own.
    ///
    /// # Panics
    /// When there are none.
    #[track_caller]
    pub fn schemas(&self) -> Arc<Schemas> {
        match self.load_schemas() {
            Ok(schemas) => schemas,
            Err(outcome) => panic!("the provider has no valid schema:\n{outcome}"),
        }
    }

    /// `terraform validate`.
    #[track_caller]
    pub fn validate(&self, config: &Config) -> Outcome {
        let outcome = match self.command(config) {
            Ok(command) => self.drive(&command, walk::validate(&command)),
            Err(outcome) => *outcome,
        };
        self.checked(outcome)
    }

    /// `terraform plan`, without the walk of validate before it. The state stays as it is.
    #[track_caller]
    pub fn plan(&self, config: &Config, state: &State, options: PlanOptions) -> Plan {
        let mut plan = match self.command(config) {
            Ok(command) => {
                let mut plan = self.engine.run(walk::plan(&command, state, options));
                plan.outcome.events = command.events.take();
                plan
            }
            Err(outcome) => Plan::failed(*outcome, config, state, options),
        };
        plan.outcome = self.checked(plan.outcome);
        plan
    }

    /// `terraform apply PLAN`: the state becomes what Terraform saves.
    ///
    /// # Panics
    /// When the plan has errors: Terraform would not have kept it.
    #[track_caller]
    pub fn apply(&self, plan: &Plan, state: &mut State) -> Outcome {
        let (outcome, saved) = self.start_apply(plan, state).join();
        *state = saved;
        outcome
    }

    /// Starts `terraform apply PLAN` in the background, to be watched and interrupted.
    ///
    /// # Panics
    /// When the plan has errors: Terraform would not have kept it.
    #[track_caller]
    pub fn start_apply(&self, plan: &Plan, state: &State) -> Running {
        assert!(!plan.outcome.has_errors(), "a plan with errors cannot be applied:\n{}", plan.outcome);
        let working = WorkingState::new(state.clone());
        let control = Control::new();
        let task = match self.command_with(&plan.config, control.clone()) {
            Ok(command) => {
                let (plan, working) = (plan.clone(), working.clone());
                let events = command.events.clone();
                let task = self.engine.spawn(async move { walk::apply(&command, &plan, &working).await });
                (task, events)
            }
            Err(outcome) => (self.engine.spawn(async { *outcome }), EventLog::default()),
        };
        Running::new(Arc::clone(&self.engine), control, task.1, working, task.0, self.collect)
    }

    /// `terraform apply`: validate, plan and apply, as far as there is no error.
    #[track_caller]
    pub fn apply_now(&self, config: &Config, state: &mut State) -> Outcome {
        self.whole(config, state, PlanOptions::default())
    }

    /// `terraform destroy`: validate, the walk before it, its plan and its apply, as far as there is no error.
    #[track_caller]
    pub fn destroy(&self, config: &Config, state: &mut State) -> Outcome {
        self.whole(config, state, PlanOptions::destroy())
    }

    /// `terraform apply` with options.
    #[track_caller]
    pub fn apply_with(&self, config: &Config, state: &mut State, options: PlanOptions) -> Outcome {
        self.whole(config, state, options)
    }

    /// `terraform import ADDRESS ID`.
    #[track_caller]
    pub fn import(&self, config: &Config, address: &str, id: &str, state: &mut State) -> Outcome {
        let outcome = match self.command(config) {
            Ok(command) => self.drive(&command, walk::import_command(&command, address, id, state)),
            Err(outcome) => *outcome,
        };
        self.checked(outcome)
    }

    /// Plans and applies an import block for one address; the configuration must have a resource there.
    #[track_caller]
    pub fn import_block(&self, config: &Config, address: &str, target: ImportTarget, state: &mut State) -> Outcome {
        self.apply_now(&config.clone().import(address, target), state)
    }

    /// Starts a process for single calls; nothing is sent yet.
    ///
    /// # Panics
    /// When it does not come up.
    #[track_caller]
    pub fn start(&self) -> Provider {
        match Provider::start(Arc::clone(&self.engine), &self.settings, self.collect) {
            Ok(provider) => provider,
            Err(diagnostic) => panic!("the provider does not come up: {diagnostic}"),
        }
    }

    /// The runtime that everything runs on.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    #[track_caller]
    fn whole(&self, config: &Config, state: &mut State, options: PlanOptions) -> Outcome {
        let mut outcome = self.validate(config);
        if outcome.has_errors() {
            return outcome;
        }
        let plan = self.plan(config, state, options);
        outcome.absorb(plan.outcome.clone());
        if outcome.has_errors() {
            return outcome;
        }
        outcome.absorb(self.apply(&plan, state));
        outcome
    }

    fn drive(&self, command: &Command, work: impl Future<Output = Outcome>) -> Outcome {
        let mut outcome = self.engine.run(work);
        outcome.events = command.events.take();
        outcome
    }

    #[track_caller]
    fn checked(&self, mut outcome: Outcome) -> Outcome {
        outcome.violations.append(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if !self.collect {
            violation::refuse(&outcome.violations, &outcome.stderr());
        }
        outcome
    }

    fn command(&self, config: &Config) -> Result<Command, Box<Outcome>> {
        self.command_with(config, Control::new())
    }

    fn command_with(&self, config: &Config, control: Control) -> Result<Command, Box<Outcome>> {
        Ok(Command {
            schemas: self.load_schemas()?,
            settings: Arc::new(self.settings.clone()),
            control,
            events: EventLog::default(),
            config: Arc::new(config.clone()),
        })
    }

    fn load_schemas(&self) -> Result<Arc<Schemas>, Box<Outcome>> {
        let mut kept = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schemas) = &*kept {
            return Ok(Arc::clone(schemas));
        }
        let (schemas, outcome) = self.engine.run(walk::load_schemas(&self.settings, EventLog::default()))?;
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).extend(outcome.violations);
        *kept = Some(Arc::clone(&schemas));
        Ok(schemas)
    }

    /// The schemas look different to another Terraform.
    fn forget_schemas(mut self) -> Self {
        self.schemas = Arc::default();
        self
    }
}
