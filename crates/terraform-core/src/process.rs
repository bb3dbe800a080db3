//! A plugin process that runs: its output, its signals, its end, and what Terraform demands of them.

use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinHandle;

use super::certificate::Certificate;
use super::handshake::Handshake;
use super::launch::LaunchError;
use super::violation::Violation;

/// How long Terraform waits after Shutdown before it kills.
pub(super) const EXIT_LIMIT: Duration = Duration::from_secs(2);
/// How long output may take to end after the process has ended: a child of the plugin may hold it open.
const OUTPUT_LIMIT: Duration = Duration::from_secs(2);
/// Longer log lines are chopped by Terraform.
const MAX_LOG_LINE: usize = 64 * 1024;

/// A running plugin; killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: u32,
    /// The handshake line as it came.
    pub line: String,
    handshake: Option<Handshake>,
    certificate: Option<Arc<Certificate>>,
    stdout: Output,
    stderr: Output,
}

/// What remains of a process that has ended.
#[derive(Clone, Debug)]
pub struct ProcessReport {
    /// The walk that it served.
    pub walk: &'static str,
    /// How it ended; none when it still ran at the last look.
    pub exit: Option<ExitStatus>,
    /// Whether it had to be killed, or was killed on purpose.
    pub killed: bool,
    /// What it wrote to standard output after the handshake line.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// One stream of output, read to its end in the background.
#[derive(Debug)]
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Takes over a process that was just started; its standard output is still with the caller.
    pub(super) fn watch(mut child: Child, certificate: Option<Arc<Certificate>>) -> Self {
        let stderr = child.stderr.take().map_or_else(Output::none, Output::read);
        // A process that has not been waited for has an id.
        let pid = child.id().unwrap_or_default();
        Self { child, pid, line: String::new(), handshake: None, certificate, stdout: Output::none(), stderr }
    }

    pub(super) fn shake_hands(mut self, line: String, handshake: Handshake, stdout: BufReader<ChildStdout>) -> Self {
        self.stdout = Output::read(stdout);
        self.line = line;
        self.handshake = Some(handshake);
        self
    }

    /// Collects the output of a plugin that did not come up.
    pub(super) async fn give_up(
        mut self,
        message: String,
        line: String,
        stdout: BufReader<ChildStdout>,
    ) -> LaunchError {
        self.stdout = Output::read(stdout);
        let exit = self.wait(Duration::from_millis(200)).await;
        if exit.is_none() {
            self.kill().await;
        }
        self.stdout.finish().await;
        self.stderr.finish().await;
        LaunchError { message, stdout: line + &self.stdout.text(), stderr: self.stderr.text(), exit }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The handshake line.
    ///
    /// # Panics
    /// Never: a process without a handshake is not handed out.
    pub fn handshake(&self) -> &Handshake {
        self.handshake.as_ref().expect("set before the process is handed out")
    }

    /// The certificate in its environment.
    pub(super) fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.certificate.as_ref()
    }

    /// What came on standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// What came on standard output after the handshake line so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Waits for the end; none when the time is over.
    pub async fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(limit, self.child.wait()).await.ok()?.ok()
    }

    /// Kills it the hard way and waits for the end.
    pub async fn kill(&mut self) -> Option<ExitStatus> {
        // It may have ended by itself meanwhile.
        let _ = self.child.start_kill();
        self.child.wait().await.ok()
    }

    /// Closes the reading ends of its output, as the death of Terraform does.
    pub(super) fn close_output(&mut self) {
        self.stdout.close();
        self.stderr.close();
    }

    /// Waits for the rest of the output and returns what broke Terraform's rules about it.
    pub(super) async fn report(mut self, walk: &'static str, killed: bool) -> (ProcessReport, Vec<Violation>) {
        let exit = self.child.try_wait().ok().flatten();
        let mut violations = Vec::new();
        if exit.is_some() && !(self.stdout.finish().await && self.stderr.finish().await) {
            let text = "a child process keeps the plugin's output open, which blocks Terraform's exit without limit";
            violations.push(Violation::general("Plugin output stays open", text));
        }
        let report = ProcessReport { walk, exit, killed, stdout: self.stdout.text(), stderr: self.stderr.text() };
        if !report.stdout.is_empty() {
            let text = format!("{walk}: wrote to standard output after the handshake: {:?}", report.stdout);
            violations.push(Violation::general("Plugin wrote to standard output", text));
        }
        violations.extend(log_violations(&report.stderr).into_iter().map(|text| {
            Violation::general("Plugin wrote a log line that Terraform cannot read", format!("{walk}: {text}"))
        }));
        (report, violations)
    }
}

impl Output {
    fn none() -> Self {
        Self { bytes: Arc::default(), reader: None }
    }

    fn read(mut stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    /// Waits for the end of the stream; false when it stays open.
    async fn finish(&mut self) -> bool {
        match &mut self.reader {
            Some(reader) => tokio::time::timeout(OUTPUT_LIMIT, reader).await.is_ok(),
            None => true,
        }
    }

    fn close(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Display for ProcessReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exit = self.exit.map_or_else(|| "still running".to_owned(), |exit| exit.to_string());
        write!(formatter, "process of {}: {exit}{}", self.walk, if self.killed { ", killed" } else { "" })?;
        if !self.stderr.is_empty() {
            write!(formatter, "\n  {}", self.stderr.trim_end().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// What is wrong with the lines on standard error.
fn log_violations(stderr: &str) -> Vec<String> {
    stderr.lines().filter_map(|line| log_problem(line).map(|problem| format!("{problem}: {line:.500}"))).collect()
}

fn log_problem(line: &str) -> Option<&'static str> {
    if line.len() > MAX_LOG_LINE {
        return Some("longer than 64 KiB");
    }
    if line.starts_with("panic: ") || line.starts_with("fatal error: ") {
        return Some("The plugin crashed!");
    }
    let Ok(Json::Object(fields)) = serde_json::from_str::<Json>(line) else { return Some("no JSON object") };
    for name in ["@message", "@level", "@timestamp"] {
        match fields.get(name) {
            Some(Json::String(_)) => {}
            Some(_) => return Some("a field that must be a string is none, which makes Terraform panic"),
            None => return Some("@message, @level or @timestamp is missing"),
        }
    }
    let level = fields["@level"].as_str().unwrap_or_default();
    let timestamp = fields["@timestamp"].as_str().unwrap_or_default();
    if !["trace", "debug", "info", "warn", "error"].contains(&level) {
        return Some("unknown @level");
    }
    (!has_six_fraction_digits(timestamp)).then_some("@timestamp is not written with six fraction digits")
}

/// `2006-01-02T15:04:05.000000Z` or with an offset in place of the `Z`.
fn has_six_fraction_digits(timestamp: &str) -> bool {
    let Some((seconds, rest)) = timestamp.split_once('.') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    seconds.len() == 19 && digits == 6 && (&rest[6..] == "Z" || rest.len() == 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_are_checked_as_terraform_reads_them() {
        let line = |timestamp: &str, level: &str| {
            format!(r#"{{"@level":{level},"@message":"m","@module":"x","@timestamp":"{timestamp}"}}"#)
        };
        for fine in
            [line("2026-01-02T03:04:05.123456Z", r#""info""#), line("2026-01-02T03:04:05.123456+01:00", r#""trace""#)]
        {
            assert_eq!(log_problem(&fine), None, "{fine}");
        }
        for wrong in [
            line("2026-01-02T03:04:05.123Z", r#""info""#),
            line("2026-01-02T03:04:05Z", r#""info""#),
            line("2026-01-02T03:04:05.123456Z", "3"),
            line("2026-01-02T03:04:05.123456Z", r#""loud""#),
            r#"{"@level":"info"}"#.to_owned(),
            "plain text".to_owned(),
            "panic: oh".to_owned(),
            "x".repeat(MAX_LOG_LINE + 1),
        ] {
            assert!(log_problem(&wrong).is_some(), "{wrong}");
        }
    }
}
