//! A simulated Atlas with the built provider beside it, and one resource to migrate with. Knows no faults.

use std::time::Duration;

use atlas_simulator::{Config as Atlas, Migration, Operation, Simulator};
use serde_json::{Value as Json, json};
use terraform_core::{Config, Core, ImportTarget, Outcome, PlanOptions, Running, State};

/// The resource that every test of this folder works on.
pub(crate) const ADDRESS: &str = "atlas_live_migration.orders";
/// Its destination's project.
pub(crate) const GROUP: &str = "e01c9427f054fe80745f3f6c";
/// Its destination's cluster.
pub(crate) const CLUSTER: &str = "B";
/// The password of its source, which must be shown nowhere.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// How long a test waits for a request that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A simulator, a core, a configuration and a state.
pub(crate) struct Fixture {
    pub(crate) simulator: Simulator,
    pub(crate) core: Core,
    pub(crate) body: Json,
    pub(crate) state: State,
}

/// A life without delays: ready at once, complete right after the cutover, on a clock that stands still.
pub(crate) fn quick() -> Atlas {
    Atlas {
        speed: 0.0,
        new_for: Duration::ZERO,
        sync_for: Duration::ZERO,
        cutover_for: Duration::ZERO,
        validation_for: Duration::ZERO,
        ..Atlas::default()
    }
}

/// As [`quick`], but the copying takes a minute of a clock that only the test moves.
pub(crate) fn slow() -> Atlas {
    Atlas { sync_for: Duration::from_secs(60), ..quick() }
}

/// The built provider with the address of Atlas, polling every few milliseconds.
pub(crate) fn core(simulator: &Simulator) -> Core {
    Core::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"))
        .env("MONGODB_ATLAS_BASE_URL", simulator.url())
        .env("ATLAS_POLL_INTERVAL", "5ms")
}

impl Fixture {
    /// With the key pair of the owner.
    pub(crate) fn new(atlas: Atlas) -> Self {
        let keys = [
            ("MONGODB_ATLAS_PUBLIC_API_KEY", Atlas::PUBLIC_KEY),
            ("MONGODB_ATLAS_PRIVATE_API_KEY", Atlas::PRIVATE_KEY),
        ];
        Self::with_environment(atlas, &keys)
    }

    /// With other credentials.
    pub(crate) fn with_environment(atlas: Atlas, variables: &[(&str, &str)]) -> Self {
        let simulator = Simulator::start(atlas).expect("a simulator starts");
        let core = core(&simulator);
        let core = variables.iter().fold(core, |core, (name, value)| core.env(*name, *value));
        let body = json!({
            "source": {
                "group_id": "9b43a5b329223c3a1591a678",
                "cluster_name": "A",
                "username": "reader",
                "password_wo": PASSWORD,
                "password_wo_version": 1,
            },
            "destination": {"group_id": GROUP, "cluster_name": CLUSTER},
            "migration_hosts": ["vm001.example.com"],
            "validate": false,
        });
        Self { simulator, core, body, state: State::default() }
    }

    /// With one more argument.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.set(name, value);
        self
    }

    /// With the migration started.
    pub(crate) fn started(mut self) -> Self {
        self.apply().assert_ok();
        assert_eq!(self.id(), self.simulator.migrations()[0].id);
        self
    }

    /// Sets an argument.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Json>) {
        self.body[name] = value.into();
    }

    pub(crate) fn config(&self) -> Config {
        Config::new().resource(ADDRESS, self.body.clone())
    }

    /// `terraform apply`. What is said and stored is searched for the password.
    pub(crate) fn apply(&mut self) -> Outcome {
        let outcome = self.core.apply_now(&self.config(), &mut self.state);
        self.keeps_the_secret(&outcome);
        outcome
    }

    /// `terraform apply -refresh-only`.
    pub(crate) fn refresh(&mut self) -> Outcome {
        let outcome = self.core.apply_with(&self.config(), &mut self.state, PlanOptions::refresh_only());
        self.keeps_the_secret(&outcome);
        outcome
    }

    /// An import block for the only migration, and what its apply says.
    pub(crate) fn import(&mut self) -> Outcome {
        let id = self.simulator.migrations()[0].id.clone();
        let target = ImportTarget::id(format!("{GROUP}/{id}"));
        let outcome = self.core.import_block(&self.config(), ADDRESS, target, &mut self.state);
        self.keeps_the_secret(&outcome);
        outcome
    }

    /// Plans and starts the apply, to be interrupted.
    pub(crate) fn start_apply(&self) -> Running {
        let plan = self.core.plan(&self.config(), &self.state, PlanOptions::default());
        self.core.start_apply(&plan, &self.state)
    }

    /// Fails the test unless nothing is left to do.
    pub(crate) fn assert_settled(&self) {
        self.core.plan(&self.config(), &self.state, PlanOptions::default()).assert_empty();
    }

    /// One attribute of the state.
    pub(crate) fn attribute(&self, name: &str) -> Json {
        self.state.attribute(ADDRESS, name)
    }

    /// The id in the state.
    pub(crate) fn id(&self) -> String {
        self.attribute("id").as_str().unwrap_or("(no id in the state)").to_owned()
    }

    /// The only migration that Atlas has.
    pub(crate) fn migration(&self) -> Migration {
        let migrations = self.simulator.migrations();
        assert_eq!(migrations.len(), 1, "{}", self.simulator.log());
        migrations[0].clone()
    }

    /// How many requests of an operation came.
    pub(crate) fn received(&self, operation: Operation) -> usize {
        self.simulator.received(operation)
    }

    /// Waits until that many requests of an operation came.
    pub(crate) fn wait_for(&self, operation: Operation, count: usize) {
        let came = self.simulator.wait_for(PATIENCE, |state| state.received(operation) >= count);
        assert!(came, "{operation:?} does not come:\n{}", self.simulator.log());
    }

    fn keeps_the_secret(&self, outcome: &Outcome) {
        for text in [outcome.to_string(), self.state.dump(), outcome.stderr()] {
            assert!(!text.contains(PASSWORD), "the password is shown:\n{text}");
        }
    }
}

/// Plays every row of a table at once, each against an Atlas of its own, and names the row that fails.
pub(crate) fn each<Row: Sync>(rows: &[(&str, Row)], play: impl Fn(&Row) + Sync) {
    let play = &play;
    let failed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = rows.iter().map(|(name, row)| (name, scope.spawn(move || play(row)))).collect();
        threads.into_iter().filter_map(|(name, thread)| Some((name, thread.join().err()?))).collect()
    });
    let messages: Vec<String> = failed
        .iter()
        .map(|(name, panic)| {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            format!("\"{name}\": {}", text.unwrap_or("panicked"))
        })
        .collect();
    assert!(messages.is_empty(), "{} of {} rows fail:\n{}", messages.len(), rows.len(), messages.join("\n\n"));
}

/// Fails unless the text has every one of these parts.
#[track_caller]
pub(crate) fn says(text: &str, parts: &[&str]) {
    let text = words(text);
    for part in parts {
        assert!(text.contains(&words(part)), "{part:?} is not said in:\n{text}");
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
