//! What the tests share: a simulated Atlas, a workspace that talks to it, and how a diagnostic is read. It must not know
//! any single behaviour of the provider.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Config, EventKind, Field, Operation, Override, Request, Simulator};
use serde_json::Value;
use test_support::terraform::{Feature, ProviderBinary, Run, Terraform, Workspace};

use crate::configuration::{ADDRESS, HEAD, Resource};

/// The source address of the provider.
pub(crate) const SOURCE_ADDRESS: &str = "atlas-live-migration/atlas";

/// How long a migration lives until it is ready, on the simulator's clock.
pub(crate) const UNTIL_READY: Duration = Duration::from_secs(4);

/// A simulated Atlas and a workspace whose environment leads there.
pub(crate) struct Fixture {
    /// The folder with the configuration. First, so that it goes before the simulator.
    pub(crate) workspace: Workspace,
    /// Atlas.
    pub(crate) atlas: Arc<Simulator>,
}

impl Fixture {
    /// The Terraform on PATH, and an Atlas whose clock stands still and whose validation jobs succeed at once.
    pub(crate) fn new() -> Self {
        Self::on(&Terraform::on_path())
    }

    /// The same with another Terraform.
    pub(crate) fn on(terraform: &Terraform) -> Self {
        Self::with(terraform, frozen())
    }

    /// Any Terraform and any Atlas.
    pub(crate) fn with(terraform: &Terraform, config: Config) -> Self {
        Self::of(Workspace::new(terraform, &provider()), config)
    }

    /// Any workspace and any Atlas.
    pub(crate) fn of(workspace: Workspace, config: Config) -> Self {
        let atlas = Arc::new(Simulator::start(config).unwrap());
        let log = Arc::clone(&atlas);
        workspace.attach("requests that Atlas received", move || log.log());
        workspace
            .env("MONGODB_ATLAS_BASE_URL", atlas.url())
            .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY)
            .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)
            .env("ATLAS_POLL_INTERVAL", "20ms");
        Self { workspace, atlas }
    }

    /// Speaks the legacy dialect from now on.
    pub(crate) fn legacy(self) -> Self {
        self.workspace.env("MONGODB_ATLAS_API_VERSION", "v1.0");
        self
    }

    /// The example for this Terraform.
    pub(crate) fn example(&self) -> Resource {
        Resource::example(self.workspace.terraform())
    }

    /// Makes this the whole configuration.
    pub(crate) fn write(&self, configuration: impl ToString) -> &Self {
        self.workspace.file("main.tf", HEAD.to_owned() + &configuration.to_string());
        self
    }

    /// Writes the configuration and applies it.
    #[track_caller]
    pub(crate) fn apply(&self, configuration: impl ToString) -> Run {
        self.write(configuration);
        self.run(&["apply", "-auto-approve"])
    }

    /// Writes the configuration and plans it.
    #[track_caller]
    pub(crate) fn plan(&self, configuration: impl ToString) -> Run {
        self.write(configuration);
        self.run(&["plan"])
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.workspace.run(arguments)
    }

    /// Applies the example and returns the id of its migration.
    #[track_caller]
    pub(crate) fn start(&self, configuration: impl ToString) -> String {
        self.apply(configuration).success();
        self.id(ADDRESS)
    }

    /// The id of a resource in the state, with one look at the raw file: it costs no Terraform.
    #[track_caller]
    pub(crate) fn id(&self, address: &str) -> String {
        let found = self.instances().into_iter().find(|(other, _)| other == address);
        let Some((_, instance)) = found else { panic!("{address} is not in the state: {:?}", self.addresses()) };
        instance["attributes"]["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The addresses of the migrations in the state.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.instances().into_iter().map(|(address, _)| address).collect()
    }

    /// The attributes of the example in the state file, as they are stored.
    #[track_caller]
    pub(crate) fn stored(&self) -> Value {
        let found = self.instances().into_iter().find(|(address, _)| address == ADDRESS);
        found.map(|(_, instance)| instance["attributes"].clone()).unwrap_or_default()
    }

    /// The migrations in the state file with their addresses.
    fn instances(&self) -> Vec<(String, Value)> {
        let state: Value = serde_json::from_slice(&self.workspace.state_file()).unwrap_or_default();
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        let ours = resources.into_iter().filter(|resource| resource["type"] == "atlas_live_migration");
        ours.flat_map(|resource| {
            let name = format!("atlas_live_migration.{}", resource["name"].as_str().unwrap());
            let instances = resource["instances"].as_array().cloned().unwrap_or_default();
            instances.into_iter().map(move |instance| match &instance["index_key"] {
                Value::Null => (name.clone(), instance),
                key => (format!("{name}[{key}]"), instance),
            })
        })
        .collect()
    }

    /// How many migrations Atlas has started in answer to a request.
    pub(crate) fn starts(&self) -> usize {
        let events = self.atlas.events();
        events.iter().filter(|event| matches!(event.kind, EventKind::Created { .. })).count()
    }

    /// The requests that would change something: starts, cutovers and validation jobs.
    pub(crate) fn writes(&self) -> usize {
        [Operation::Create, Operation::Cutover, Operation::Validate]
            .into_iter()
            .map(|operation| self.atlas.received(operation))
            .sum()
    }

    /// The User-Agent, the same in every request.
    #[track_caller]
    pub(crate) fn user_agent(&self) -> String {
        let mut agents: Vec<_> = self.atlas.requests().into_iter().filter_map(|request| request.user_agent).collect();
        agents.dedup();
        assert_eq!(agents.len(), 1, "{agents:?}");
        agents.remove(0)
    }

    /// The one request of an operation.
    #[track_caller]
    pub(crate) fn only_request(&self, operation: Operation) -> Request {
        let mut found: Vec<_> = self.atlas.requests().into_iter().filter(|r| r.authenticated).collect();
        found.retain(|request| request.operation == operation);
        assert_eq!(found.len(), 1, "{}", self.atlas.log());
        found.remove(0)
    }
}

/// The built provider.
pub(crate) fn provider() -> ProviderBinary {
    ProviderBinary::new(SOURCE_ADDRESS, env!("CARGO_BIN_EXE_terraform-provider-atlas"))
}

/// The Terraform on PATH if it has a feature, else the newest; `None` where that cannot be had.
pub(crate) fn with(feature: Feature) -> Option<Terraform> {
    Terraform::with(feature)
}

/// An Atlas whose clock the test moves, and whose validation jobs are decided at once.
pub(crate) fn frozen() -> Config {
    Config { speed: 0.0, validation_for: Duration::ZERO, ..Config::default() }
}

/// What a read answers when it tells this status.
pub(crate) fn with_status(status: &str) -> Override {
    Override {
        status: Field::Value(status.to_owned()),
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Absent,
        ..Override::default()
    }
}

/// One diagnostic as Terraform prints it without colours.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// The rest of its first line.
    pub(crate) summary: String,
    /// All that follows, in one line.
    pub(crate) text: String,
    is_error: bool,
}

/// The diagnostics of a run.
pub(crate) fn diagnostics(run: &Run) -> Vec<Diagnostic> {
    [run.stdout(), run.stderr()].into_iter().flat_map(diagnostics_in).collect()
}

/// The summaries of the errors of a run.
pub(crate) fn errors(run: &Run) -> Vec<String> {
    diagnostics(run).into_iter().filter(|shown| shown.is_error).map(|shown| shown.summary).collect()
}

/// The summaries of the warnings of a run.
pub(crate) fn warnings(run: &Run) -> Vec<String> {
    diagnostics(run).into_iter().filter(|shown| !shown.is_error).map(|shown| shown.summary).collect()
}

/// Asserts an error with this summary, where `…` stands for an ID, at this line of the configuration; an empty line means any
/// place. Returns its text.
#[track_caller]
pub(crate) fn error_at(run: &Run, summary: &str, line: &str) -> String {
    found(run, true, summary, line)
}

/// Asserts a warning, as [`error_at`] does an error.
#[track_caller]
pub(crate) fn warning_at(run: &Run, summary: &str, line: &str) -> String {
    found(run, false, summary, line)
}

#[track_caller]
fn found(run: &Run, is_error: bool, summary: &str, line: &str) -> String {
    // Terraform shows the line as «  12:   drop_enabled = true».
    let place = if line.is_empty() { String::new() } else { format!(": {}", one_line(line)) };
    let fits = |shown: &Diagnostic| {
        shown.is_error == is_error && is_summary(&shown.summary, summary) && shown.text.contains(&place)
    };
    match diagnostics(run).into_iter().find(fits) {
        Some(shown) => shown.text,
        None => run.fail(&format!("no diagnostic «{summary}» at «{line}»")),
    }
}

/// Whether a summary is this one; `…` stands for the ID of a migration.
pub(crate) fn is_summary(summary: &str, expected: &str) -> bool {
    let Some((before, after)) = expected.split_once('…') else { return summary == expected };
    let id = summary.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).unwrap_or_default();
    id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn diagnostics_in(output: &str) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = Vec::new();
    for line in output.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' '])) {
        let head = |word| line.strip_prefix(word).map(str::to_owned);
        match (head("Error: "), head("Warning: ")) {
            (Some(summary), _) => all.push(Diagnostic { summary, text: String::new(), is_error: true }),
            (_, Some(summary)) => all.push(Diagnostic { summary, text: String::new(), is_error: false }),
            (None, None) => {
                if let Some(shown) = all.last_mut() {
                    shown.text = one_line(&format!("{} {line}", shown.text));
                }
            }
        }
    }
    all
}

/// A text with every run of white space one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
