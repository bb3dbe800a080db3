//! The table at the end of `make bench`: metric, measured value and target.

use std::fmt;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    metric: String,
    measured: String,
    target: String,
    /// Whether the target is met; `None` without a target.
    met: Option<bool>,
}

impl Table {
    /// Adds a metric without a target.
    pub(crate) fn record(&mut self, metric: impl Into<String>, measured: impl Into<String>) {
        self.lines.push(Line { metric: metric.into(), measured: measured.into(), target: String::new(), met: None });
    }

    /// Adds a metric with a target.
    pub(crate) fn check(
        &mut self,
        metric: impl Into<String>,
        measured: impl Into<String>,
        target: impl Into<String>,
        met: bool,
    ) {
        self.lines.push(Line {
            metric: metric.into(),
            measured: measured.into(),
            target: target.into(),
            met: Some(met),
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> &str| self.lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
        let (metrics, measured) = (width(|line| &line.metric), width(|line| &line.measured));
        writeln!(f, "{:metrics$}  {:>measured$}  target", "metric", "measured")?;
        for line in &self.lines {
            let verdict = match line.met {
                None => "",
                Some(true) => "  met",
                Some(false) => "  MISSED",
            };
            writeln!(f, "{:metrics$}  {:>measured$}  {}{verdict}", line.metric, line.measured, line.target)?;
        }
        Ok(())
    }
}

/// The median; zero without samples.
pub(crate) fn median(samples: &[Duration]) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// As `1.23 ms`.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// As `1.23 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// Millions of bytes, as `1.23 MB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// `a` divided by `b`.
pub(crate) fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(f64::MIN_POSITIVE)
}
