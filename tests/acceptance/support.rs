//! The fixture of the acceptance tests: a simulator and a workspace that is configured for it. Also parses diagnostics.

use std::sync::Arc;
use std::time::Duration;

use atlas_simulator::{Config, EventKind, Field, Operation, Override, Request, Simulator};
use serde_json::Value;
use test_support::terraform::{Feature, ProviderBinary, Run, Terraform, Workspace};

use crate::configuration::{ADDRESS, HEAD, Resource};

/// The source address of the provider.
pub(crate) const SOURCE_ADDRESS: &str = "atlas-live-migration/atlas";

/// The simulated time from the start of a migration until it is ready for cutover.
pub(crate) const UNTIL_READY: Duration = Duration::from_secs(4);

/// A simulator, and a workspace whose environment configures the provider for it.
pub(crate) struct Fixture {
    /// The folder with the configuration. The first field, so that it is dropped before the simulator.
    pub(crate) workspace: Workspace,
    /// The simulator.
    pub(crate) atlas: Arc<Simulator>,
}

impl Fixture {
    /// Uses the Terraform on PATH and the configuration of [`frozen`].
    pub(crate) fn new() -> Self {
        Self::on(&Terraform::on_path())
    }

    /// Uses another Terraform.
    pub(crate) fn on(terraform: &Terraform) -> Self {
        Self::with(terraform, frozen())
    }

    /// Uses another Terraform and a configured simulator.
    pub(crate) fn with(terraform: &Terraform, config: Config) -> Self {
        Self::of(Workspace::new(terraform, &provider()), config)
    }

    /// Uses an existing workspace and a configured simulator.
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

    /// Selects the legacy API.
    pub(crate) fn legacy(self) -> Self {
        self.workspace.env("MONGODB_ATLAS_API_VERSION", "v1.0");
        self
    }

    /// The example for this Terraform.
    pub(crate) fn example(&self) -> Resource {
        Resource::example(self.workspace.terraform())
    }

    /// Replaces the configuration.
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

    /// Applies the configuration, and returns the ID of the example's migration.
    #[track_caller]
    pub(crate) fn start(&self, configuration: impl ToString) -> String {
        self.apply(configuration).success();
        self.id(ADDRESS)
    }

    /// The ID of a resource, read from the state file.
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

    /// The attributes of the example in the state file.
    #[track_caller]
    pub(crate) fn stored(&self) -> Value {
        let found = self.instances().into_iter().find(|(address, _)| address == ADDRESS);
        found.map(|(_, instance)| instance["attributes"].clone()).unwrap_or_default()
    }

    /// The migrations in the state file, with their addresses.
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

    /// The number of migrations that requests have started.
    pub(crate) fn starts(&self) -> usize {
        let events = self.atlas.events();
        events.iter().filter(|event| matches!(event.kind, EventKind::Created { .. })).count()
    }

    /// The number of starts, cutovers and validations that were requested.
    pub(crate) fn writes(&self) -> usize {
        [Operation::Create, Operation::Cutover, Operation::Validate]
            .into_iter()
            .map(|operation| self.atlas.received(operation))
            .sum()
    }

    /// The User-Agent, which must be the same in every request.
    #[track_caller]
    pub(crate) fn user_agent(&self) -> String {
        let mut agents: Vec<_> = self.atlas.requests().into_iter().filter_map(|request| request.user_agent).collect();
        agents.dedup();
        assert_eq!(agents.len(), 1, "{agents:?}");
        agents.remove(0)
    }

    /// The only request of an operation.
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

/// The Terraform on PATH if it has a feature, else the newest; `None` if that isn't available.
pub(crate) fn with(feature: Feature) -> Option<Terraform> {
    Terraform::with(feature)
}

/// A frozen clock, and validations that end at once.
pub(crate) fn frozen() -> Config {
    Config { speed: 0.0, validation_for: Duration::ZERO, ..Config::default() }
}

/// A read response with this status and without readiness and lag.
pub(crate) fn with_status(status: &str) -> Override {
    Override {
        status: Field::Value(status.to_owned()),
        ready_for_cutover: Field::Absent,
        lag_time_seconds: Field::Absent,
        ..Override::default()
    }
}

/// A diagnostic as Terraform prints it.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// The first line without "Error: " or "Warning: ".
    pub(crate) summary: String,
    /// The following lines, joined to one line.
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

/// Asserts an error with this summary, where `…` matches an ID, at this line of the configuration, or anywhere for an
/// empty line. Returns its text.
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
    // Terraform prints the line as `  12:   drop_enabled = true`.
    let place = if line.is_empty() { String::new() } else { format!(": {}", one_line(line)) };
    let fits = |shown: &Diagnostic| {
        shown.is_error == is_error && is_summary(&shown.summary, summary) && shown.text.contains(&place)
    };
    match diagnostics(run).into_iter().find(fits) {
        Some(shown) => shown.text,
        None => run.fail(&format!("no diagnostic \"{summary}\" at `{line}`")),
    }
}

/// Whether a summary is the expected one, where `…` matches the ID of a migration.
pub(crate) fn is_summary(summary: &str, expected: &str) -> bool {
    if summary == expected {
        return true;
    }
    let Some((before, after)) = expected.split_once('…') else { return false };
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

/// The text with white space collapsed to single spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
