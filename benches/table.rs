//! The table at the end of `make bench`: what was measured, how much it was, and what it should be. It knows no bench.

use std::fmt;
use std::time::Duration;

/// Lines of figure, measured value and aim.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    figure: String,
    measured: String,
    aim: String,
    /// Whether the aim is met; none where there is none.
    met: Option<bool>,
}

impl Table {
    /// A figure without an aim.
    pub(crate) fn tell(&mut self, figure: impl Into<String>, measured: impl Into<String>) {
        self.lines.push(Line { figure: figure.into(), measured: measured.into(), aim: String::new(), met: None });
    }

    /// A figure with an aim.
    pub(crate) fn judge(
        &mut self,
        figure: impl Into<String>,
        measured: impl Into<String>,
        aim: impl Into<String>,
        met: bool,
    ) {
        self.lines.push(Line { figure: figure.into(), measured: measured.into(), aim: aim.into(), met: Some(met) });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> &str| self.lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
        let (figures, measured) = (width(|line| &line.figure), width(|line| &line.measured));
        writeln!(f, "{:figures$}  {:>measured$}  aim", "figure", "measured")?;
        for line in &self.lines {
            let verdict = match line.met {
                None => "",
                Some(true) => "  met",
                Some(false) => "  MISSED",
            };
            writeln!(f, "{:figures$}  {:>measured$}  {}{verdict}", line.figure, line.measured, line.aim)?;
        }
        Ok(())
    }
}

/// The middle one; zero where there is none.
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

/// How many times `b` goes into `a`.
pub(crate) fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(f64::MIN_POSITIVE)
}
