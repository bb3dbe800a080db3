//! Starts a plugin binary as Terraform does, or deliberately otherwise, and reads its handshake line.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::certificate::Certificate;
use super::handshake::Handshake;
use super::process::Process;

/// The value that tells a plugin that Terraform starts it.
pub const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long a plugin may take to its handshake line; Terraform waits 60 s.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(20);

/// A plugin that is about to be started. Its environment holds nothing but what is given here.
#[derive(Clone)]
pub struct Launch {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    cookie: Option<String>,
    versions: Option<String>,
    certificate: Option<Arc<Certificate>>,
    client_cert: Option<String>,
    limit: Duration,
}

/// Why a plugin did not come up.
#[derive(Debug)]
pub struct LaunchError {
    /// What Terraform tells the user.
    pub message: String,
    /// What came on standard output.
    pub stdout: String,
    /// What came on standard error until the plugin ended, or was killed.
    pub stderr: String,
    /// How it ended, where it ended by itself.
    pub exit: Option<ExitStatus>,
}

impl Launch {
    /// As Terraform starts it: cookie, versions 5 and 6, AutoMTLS.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let certificate = Certificate::shared();
        Self {
            binary: binary.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            cookie: Some(MAGIC_COOKIE.to_owned()),
            versions: Some("5,6".to_owned()),
            client_cert: Some(certificate.pem.clone()),
            certificate: Some(certificate),
            limit: HANDSHAKE_LIMIT,
        }
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Adds a command line argument; Terraform gives none.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets another magic cookie, or none.
    pub fn cookie(mut self, cookie: Option<&str>) -> Self {
        self.cookie = cookie.map(str::to_owned);
        self
    }

    /// Sets the offered protocol versions as they are written in the variable, or leaves it unset.
    pub fn versions(mut self, versions: Option<&str>) -> Self {
        self.versions = versions.map(str::to_owned);
        self
    }

    /// Sets the certificate that the plugin is told of and that the connection uses; none is plaintext.
    pub fn certificate(mut self, certificate: Option<Arc<Certificate>>) -> Self {
        self.client_cert = certificate.as_ref().map(|certificate| certificate.pem.clone());
        self.certificate = certificate;
        self
    }

    /// Sets the text of `PLUGIN_CLIENT_CERT` apart from the certificate that is used.
    pub fn client_cert_text(mut self, text: &str) -> Self {
        self.client_cert = Some(text.to_owned());
        self
    }

    /// Sets how long the handshake line may take. Default 20 s.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts the plugin and waits for its line. Must run on a tokio runtime with IO and time.
    ///
    /// # Errors
    /// When the plugin cannot be started, ends, stays silent or says something else. It is killed then.
    pub async fn start(self) -> Result<Process, LaunchError> {
        let mut child = self
            .command()
            .spawn()
            .map_err(|error| LaunchError::new(format!("fork/exec {}: {error}", self.binary.display())))?;
        let stdout = child.stdout.take().ok_or_else(|| LaunchError::new("standard output is not piped"))?;
        let mut stdout = BufReader::new(stdout);
        let process = Process::watch(child, self.certificate.clone());
        let mut line = String::new();
        let read = tokio::time::timeout(self.limit, stdout.read_line(&mut line)).await;
        let problem = match read {
            Err(_) => Some("the plugin wrote no handshake line in time".to_owned()),
            Ok(Err(error)) => Some(format!("standard output: {error}")),
            Ok(Ok(0)) => Some("the plugin ended without a handshake line".to_owned()),
            Ok(Ok(_)) => None,
        };
        let offered: Vec<u32> =
            self.versions.as_deref().unwrap_or("5").split(',').filter_map(|v| v.parse().ok()).collect();
        let handshake = match problem {
            Some(problem) => Err(problem),
            None => Handshake::parse(&line, &offered),
        };
        match handshake {
            Ok(handshake) => Ok(process.shake_hands(line, handshake, stdout)),
            Err(message) => Err(process.give_up(message, line, stdout).await),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(&self.arguments).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(cookie) = &self.cookie {
            command.env("TF_PLUGIN_MAGIC_COOKIE", cookie);
        }
        if let Some(versions) = &self.versions {
            command.env("PLUGIN_PROTOCOL_VERSIONS", versions);
        }
        if let Some(certificate) = &self.client_cert {
            command.env("PLUGIN_CLIENT_CERT", certificate);
        }
        command.env("PLUGIN_MIN_PORT", "10000").env("PLUGIN_MAX_PORT", "25000");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

impl LaunchError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), stdout: String::new(), stderr: String::new(), exit: None }
    }
}

impl fmt::Display for LaunchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, stdout, stderr, exit } = self;
        write!(formatter, "{message}\n  exit: {exit:?}\n  stdout: {stdout:?}\n  stderr: {stderr}")
    }
}

impl std::error::Error for LaunchError {}
