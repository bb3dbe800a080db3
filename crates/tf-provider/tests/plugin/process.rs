//! The plugin as a child process: its environment, what it prints, signals, and its end.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

/// The value of `TF_PLUGIN_MAGIC_COOKIE`, as Terraform sets it.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// More than anything in here takes; only a plugin that hangs takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The plugin's program, with none of go-plugin's variables in its environment.
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

/// The example, as cargo built it: with `--test plugin` it does not, and a stale one would be tested unawares.
fn built_example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/plugin_health");
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = newest(&package.join("src")).max(newest(&package.join("examples/plugin_health.rs")));
    let fresh = program.metadata().is_ok_and(|program| program.modified().unwrap() >= sources);
    assert!(fresh, "{} is missing or older than its sources: run `cargo test` without `--test`", program.display());
    program
}

/// When the newest file in or at `path` was written.
fn newest(path: &Path) -> SystemTime {
    if path.is_dir() {
        std::fs::read_dir(path).unwrap().map(|entry| newest(&entry.unwrap().path())).max().unwrap_or(UNIX_EPOCH)
    } else {
        path.metadata().unwrap().modified().unwrap()
    }
}

/// The program with the environment that Terraform gives, but for the certificate.
pub(crate) fn hosted() -> Command {
    let mut command = program();
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env("TF_LOG", "TRACE");
    command
}

/// A running plugin. It is killed when dropped, and what it leaves in its temporary directory is removed.
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

    /// The next line of standard output, which must come.
    pub(crate) async fn line(&mut self) -> String {
        timeout(PATIENCE, self.stdout.next_line()).await.expect("no line in time").unwrap().expect("no line")
    }

    /// Reads standard error until a line contains `text`.
    pub(crate) async fn says(&mut self, text: &str) {
        let search = async {
            while let Some(line) = self.stderr.next_line().await.unwrap() {
                if line.contains(text) {
                    return;
                }
            }
            panic!("the plugin ended and never said `{text}`");
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("the plugin did not say `{text}` in time"));
    }

    /// Sends a signal, such as `INT`.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("the plugin has ended").to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(status.success());
    }

    /// Waits for the end and returns it with the rest of standard output and of standard error.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, String) {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the plugin does not end").unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.into_inner().read_to_string(&mut stdout).await.unwrap();
        self.stderr.into_inner().read_to_string(&mut stderr).await.unwrap();
        (status, stdout, stderr)
    }
}

/// A temporary directory for one plugin: those that are killed leave their socket behind.
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
        // What is in the way belongs to a plugin that is being killed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
