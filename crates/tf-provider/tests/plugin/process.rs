//! The plugin as a child process: environment, output, signals and exit.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Only a plugin that hangs needs longer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// The plugin without go-plugin's environment variables.
pub(crate) fn program() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(built_example);
    let program: &Path = &PROGRAM;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PLUGIN_") || text.starts_with("TF_") {
            command.env_remove(&name);
        }
    }
    command.env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The example that cargo built. `cargo test --test plugin` doesn't build it, so this fails if it is older than its
/// sources.
fn built_example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/plugin_health");
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = newest(&package.join("src")).max(newest(&package.join("examples/plugin_health.rs")));
    let fresh = program.metadata().is_ok_and(|program| program.modified().unwrap() >= sources);
    assert!(fresh, "{} is missing or older than its sources: run `cargo test` without `--test`", program.display());
    program
}

/// The modification time of the newest file in or at `path`. Unit tests are no part of the example.
fn newest(path: &Path) -> SystemTime {
    if path.ends_with("tests") || path.ends_with("tests.rs") {
        UNIX_EPOCH
    } else if path.is_dir() {
        std::fs::read_dir(path).unwrap().map(|entry| newest(&entry.unwrap().path())).max().unwrap_or(UNIX_EPOCH)
    } else {
        path.metadata().unwrap().modified().unwrap()
    }
}

/// The plugin with Terraform's environment variables, except for the certificate.
pub(crate) fn started_by_terraform() -> Command {
    let mut command = program();
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env("TF_LOG", "TRACE");
    command
}

/// A running plugin. It is killed and its temporary directory is removed when it is dropped.
pub(crate) struct Plugin {
    child: Child,
    _temporary: Temporary,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Plugin {
    pub(crate) fn start(mut command: Command) -> Self {
        let temporary = Temporary::new();
        if command.as_std().get_envs().all(|(name, _)| name != "TMPDIR") {
            command.env("TMPDIR", &temporary.0);
        }
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, _temporary: temporary, stdout, stderr }
    }

    pub(crate) async fn line(&mut self) -> String {
        timeout(TIMEOUT, self.stdout.next_line()).await.expect("no line in time").unwrap().expect("no line")
    }

    /// Reads standard error until a line contains `text`.
    pub(crate) async fn until_logs(&mut self, text: &str) {
        let search = async {
            while let Some(line) = self.stderr.next_line().await.unwrap() {
                if line.contains(text) {
                    return;
                }
            }
            panic!("the plugin ended without writing `{text}`");
        };
        timeout(TIMEOUT, search).await.unwrap_or_else(|_| panic!("the plugin didn't write `{text}` in time"));
    }

    /// Sends a signal, such as `INT`.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("the plugin has ended").to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(status.success());
    }

    /// Waits for the exit. Returns the status and the rest of standard output and standard error.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, String) {
        let status = timeout(TIMEOUT, self.child.wait()).await.expect("the plugin does not end").unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.into_inner().read_to_string(&mut stdout).await.unwrap();
        self.stderr.into_inner().read_to_string(&mut stderr).await.unwrap();
        (status, stdout, stderr)
    }
}

/// A temporary directory for one plugin, because killed plugins don't remove their sockets.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("plugin-test-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A plugin that is being killed may still write to it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
