//! A folder of its own for one test, with a configuration, a CLI configuration that offers one provider and nothing
//! else, and the commands to run in it. The user's own Terraform settings play no part.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::{ProviderBinary, Run, Running, Terraform, environment, platform};

/// How long a command may take unless the test says otherwise.
const LIMIT: Duration = Duration::from_secs(120);

/// How long a provider may outlive its Terraform: go-plugin itself kills it after two seconds.
const GRACE: Duration = Duration::from_secs(3);

/// The version that a provider has in a mirror.
const MIRRORED: &str = "0.0.1";

/// A Terraform working folder. It is removed with the workspace unless the test failed; then its path is told.
#[derive(Debug)]
pub struct Workspace {
    terraform: Terraform,
    scene: Arc<Scene>,
    root: PathBuf,
    settings: Mutex<Settings>,
}

/// What a test sets for its later commands.
#[derive(Debug)]
struct Settings {
    variables: Vec<(OsString, OsString)>,
    limit: Duration,
}

/// What a failure tells of a workspace, shared with the runs in it.
pub(super) struct Scene {
    pub(super) folder: PathBuf,
    attachments: Mutex<Vec<(String, Attachment)>>,
}

type Attachment = Box<dyn Fn() -> String + Send>;

impl Workspace {
    /// A workspace whose provider is taken straight from its binary (`dev_overrides`): fast, and `init` is not needed.
    #[must_use]
    pub fn new(terraform: &Terraform, provider: &ProviderBinary) -> Self {
        let workspace = Self::bare(terraform);
        let plugins = workspace.root.join("plugins");
        provider.link_into(&plugins, None);
        workspace.offer(&format!("dev_overrides {{\n    {:?} = {:?}\n  }}", provider.source(), plugins));
        workspace
    }

    /// A workspace whose provider must be installed from a mirror in the file system by a real `terraform init`.
    #[must_use]
    pub fn with_mirror(terraform: &Terraform, provider: &ProviderBinary) -> Self {
        let workspace = Self::bare(terraform);
        let mirror = workspace.root.join("mirror");
        let package = mirror.join(terraform.registry()).join(provider.source()).join(MIRRORED).join(platform());
        provider.link_into(&package, Some(MIRRORED));
        workspace.offer(&format!("filesystem_mirror {{\n    path = {mirror:?}\n  }}"));
        workspace
    }

    /// A workspace without a provider, for what is built into Terraform.
    #[must_use]
    pub fn without_provider(terraform: &Terraform) -> Self {
        let workspace = Self::bare(terraform);
        // An empty block would mean the registry.
        workspace.offer(&format!("filesystem_mirror {{\n    path = {:?}\n  }}", workspace.root));
        workspace
    }

    /// Writes a file of the workspace, over the one that was there; folders in its name are made.
    #[track_caller]
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        let folder = path.parent().unwrap_or(self.path());
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, contents))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Sets an environment variable for every later command.
    pub fn env(&self, name: impl Into<OsString>, value: impl Into<OsString>) -> &Self {
        self.settings().variables.push((name.into(), value.into()));
        self
    }

    /// Sets how long each later command may take; two minutes when not set.
    pub fn limit(&self, limit: Duration) -> &Self {
        self.settings().limit = limit;
        self
    }

    /// Adds a log that a failure shall show, such as a server's; it is asked for only then.
    pub fn attach(&self, title: impl Into<String>, log: impl Fn() -> String + Send + 'static) -> &Self {
        self.scene.attachments.lock().unwrap_or_else(PoisonError::into_inner).push((title.into(), Box::new(log)));
        self
    }

    /// The working folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.scene.folder
    }

    /// The Terraform of this workspace.
    #[must_use]
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }

    /// Runs a command such as `["apply", "-auto-approve"]` to its end. `-no-color`, and `-input=false` where the command
    /// knows it, are added.
    ///
    /// # Panics
    /// When it takes longer than the limit, or leaves a process behind: a provider must not outlive its Terraform.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        let run = self.start(arguments).wait();
        let left = run.group().left_after(GRACE);
        if !left.is_empty() {
            run.group().signal(platform::Signal::Kill);
            run.fail(&format!("processes were left behind:\n{}", left.join("\n")));
        }
        run
    }

    /// Starts a command, as [`Workspace::run`] does, without waiting for it.
    #[track_caller]
    pub fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        let mut command = Command::new(self.terraform.path());
        environment::clean(&mut command);
        command.current_dir(self.path());
        command.env("TF_CLI_CONFIG_FILE", self.root.join("terraform.rc"));
        let settings = self.settings();
        command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
        command.args(with_flags(arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect()));
        Running::start(command, Arc::clone(&self.scene), settings.limit)
    }

    /// Asserts that a plan has nothing to do.
    #[track_caller]
    pub fn plan_is_empty(&self) -> Run {
        let run = self.run(["plan", "-detailed-exitcode"]);
        run.success();
        run
    }

    /// The state, as `terraform show -json` tells it.
    #[must_use]
    #[track_caller]
    pub fn state(&self) -> Value {
        self.json(["show", "-json"])
    }

    /// The values of a resource in the root module's state, by its address; null when it is not there.
    #[must_use]
    #[track_caller]
    pub fn resource(&self, address: &str) -> Value {
        let state = self.state();
        let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
        let found = resources.into_iter().flatten().find(|resource| resource["address"] == address);
        found.map_or(Value::Null, |resource| resource["values"].clone())
    }

    /// A new plan in Terraform's JSON form. The plan itself is left in `test.tfplan`, for `apply test.tfplan`.
    #[must_use]
    #[track_caller]
    pub fn plan_json(&self) -> Value {
        self.run(["plan", "-out=test.tfplan"]).success();
        self.json(["show", "-json", "test.tfplan"])
    }

    /// The bytes of the local state file; empty when there is none.
    #[must_use]
    pub fn state_file(&self) -> Vec<u8> {
        std::fs::read(self.path().join("terraform.tfstate")).unwrap_or_default()
    }

    #[track_caller]
    fn json<const N: usize>(&self, arguments: [&str; N]) -> Value {
        let run = self.run(arguments);
        run.success();
        serde_json::from_str(run.stdout()).unwrap_or_else(|error| run.fail(&format!("the output is no JSON: {error}")))
    }

    fn bare(terraform: &Terraform) -> Self {
        let root = own_folder();
        let folder = root.join("work");
        std::fs::create_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let scene = Arc::new(Scene { folder, attachments: Mutex::default() });
        let settings = Mutex::new(Settings { variables: Vec::new(), limit: LIMIT });
        Self { terraform: terraform.clone(), scene, root, settings }
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the CLI configuration, with one way to install providers and no other.
    fn offer(&self, installation: &str) {
        let path = self.root.join("terraform.rc");
        let text = format!("disable_checkpoint = true\n\nprovider_installation {{\n  {installation}\n}}\n");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the workspace is kept: {}", self.path().display());
        } else {
            std::fs::remove_dir_all(&self.root).ok();
        }
    }
}

impl Scene {
    /// What the attached logs say now.
    pub(super) fn attachments(&self) -> Vec<(String, String)> {
        let attachments = self.attachments.lock().unwrap_or_else(PoisonError::into_inner);
        attachments.iter().map(|(title, log)| (title.clone(), log())).collect()
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Makes a folder that no other test, process or crashed run has.
fn own_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("terraform-test-{}-{number}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return folder,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
}

/// Adds the flags for a run without a terminal, right behind the command's name.
fn with_flags(mut arguments: Vec<OsString>) -> Vec<OsString> {
    const ASKING: [&str; 6] = ["apply", "destroy", "import", "init", "plan", "refresh"];
    // Before the name stand only global options, such as -chdir=….
    let Some(at) = arguments.iter().position(|argument| !argument.to_string_lossy().starts_with('-')) else {
        return arguments;
    };
    if ASKING.iter().any(|name| arguments[at] == *name) {
        arguments.splice(at + 1..at + 1, ["-no-color".into(), "-input=false".into()]);
    } else if ["output", "show", "validate"].iter().any(|name| arguments[at] == *name) {
        arguments.insert(at + 1, "-no-color".into());
    }
    arguments
}

/// This machine in Terraform's words, as `linux_amd64`.
fn platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{machine}")
}
