//! The lines that an action shows while it waits: rare, one each time something changed, and a sign of life in between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tf_provider::Progress;
use tokio::time::Instant;

use super::model::Migration;
use crate::duration;

/// The least time between two lines. Up to Terraform 1.15, lines that cross an interrupt can crash Terraform.
const AT_LEAST: Duration = Duration::from_secs(10);

/// The most time between two lines.
const AT_MOST: Duration = Duration::from_secs(10 * 60);

/// When the last line about a migration was shown, by whichever action.
#[derive(Debug, Default)]
pub(crate) struct LastLine(Mutex<Option<Instant>>);

impl LastLine {
    /// The time since then.
    fn passed(&self, now: Instant) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|last| now.duration_since(last))
    }

    fn set(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
}

/// Shows lines about one migration.
pub(crate) struct Reporter {
    progress: Progress,
    last_line: Arc<LastLine>,
    shown: Shown,
    /// The first lag that was read and when, for the estimate.
    first_lag: Option<(i64, Instant)>,
}

/// What a line says about: a change is worth another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    status: String,
    ready: bool,
    cutover_requested: bool,
}

impl Reporter {
    /// Shows how to recover the migration before anything can go wrong: a remote backend may not have stored its ID yet. Shows
    /// nothing within 10 seconds of a line of an earlier action, which has shown it.
    pub(crate) fn start(progress: Progress, last_line: Arc<LastLine>, group_id: &str, id: &str, now: Instant) -> Self {
        if last_line.passed(now).is_none_or(|passed| passed >= AT_LEAST) {
            progress.send(format!("live migration {id}; to recover it: terraform import <ADDRESS> {group_id}/{id}"));
            last_line.set(now);
        }
        Self { progress, last_line, shown: Shown::default(), first_lag: None }
    }

    /// Shows lines while another wait for the migration runs.
    pub(crate) async fn until<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                biased;
                result = &mut other => return result,
                () = tokio::time::sleep(AT_MOST) => {
                    self.progress.send("another operation of this run waits for the live migration");
                    self.last_line.set(Instant::now());
                }
            }
        }
    }

    /// Shows a line about what was read, if one is due.
    pub(super) fn read(&mut self, state: &Migration, now: Instant) {
        let lag = state.lag_time_seconds.known().copied();
        let estimate = self.estimate(lag, now).unwrap_or_default();
        let shown = Shown {
            status: state.status_text().to_owned(),
            ready: state.ready_for_cutover.known() == Some(&true),
            cutover_requested: state.cutover_requested_at.is_known(),
        };
        let passed = self.last_line.passed(now).unwrap_or(AT_MOST);
        if passed < AT_LEAST || (passed < AT_MOST && shown == self.shown) {
            return;
        }
        let lag = lag.map(|lag| format!(", lag {lag} s")).unwrap_or_default();
        let phase = match (shown.cutover_requested, shown.ready) {
            (true, _) => ", cutover requested",
            (false, true) => ", ready for cutover",
            (false, false) => &estimate,
        };
        self.progress.send(format!("{}{lag}{phase}", shown.status));
        self.shown = shown;
        self.last_line.set(now);
    }

    /// When the lag is gone if it keeps shrinking as it did since the first reading.
    fn estimate(&mut self, lag: Option<i64>, now: Instant) -> Option<String> {
        let Some(lag) = lag.filter(|lag| *lag > 0) else {
            self.first_lag = None;
            return None;
        };
        let (first, at) = *self.first_lag.get_or_insert((lag, now));
        if lag > first {
            self.first_lag = Some((lag, now));
            return None;
        }
        let (shrunk, passed) = ((first - lag) as f64, now.duration_since(at).as_secs_f64());
        let left = Duration::try_from_secs_f64(lag as f64 * passed / shrunk).ok()?;
        let left = Duration::from_secs(left.as_secs().max(1));
        (passed >= AT_LEAST.as_secs_f64()).then(|| format!(", ready in about {}", duration::text(left)))
    }
}

#[cfg(test)]
mod tests {
    use tf_provider::Attr;

    use super::*;

    fn migration(lag: Option<i64>, ready: bool) -> Migration {
        Migration {
            status: Attr::Known("WORKING".into()),
            lag_time_seconds: lag.into(),
            ready_for_cutover: Attr::Known(ready),
            ..Migration::default()
        }
    }

    #[test]
    fn lines_are_rare_and_follow_changes() {
        let (progress, mut lines) = Progress::recorded();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut reporter = Reporter::start(progress, Arc::default(), "g", "i", start);
        for (seconds, lag, ready) in [
            (1, Some(600), false),  // too early
            (11, Some(600), false), // the first line
            (15, Some(500), true),  // a change, too early
            (21, Some(500), true),  // the change
            (60, Some(0), true),    // no change
            (621, Some(0), true),   // a sign of life
        ] {
            reporter.read(&migration(lag, ready), after(seconds));
        }
        assert_eq!(
            lines(),
            [
                "live migration i; to recover it: terraform import <ADDRESS> g/i",
                "WORKING, lag 600 s",
                "WORKING, lag 500 s, ready for cutover",
                "WORKING, lag 0 s, ready for cutover",
            ]
        );
    }

    #[test]
    fn second_action_keeps_its_distance_from_the_lines_of_the_first() {
        let (progress, mut lines) = Progress::recorded();
        let (start, last_line) = (Instant::now(), Arc::<LastLine>::default());
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut reporter = |seconds| {
            let mut reporter = Reporter::start(progress.clone(), Arc::clone(&last_line), "g", "i", after(seconds));
            reporter.read(&migration(Some(0), true), after(seconds));
            lines().len()
        };
        assert_eq!([reporter(0), reporter(9), reporter(10), reporter(12)], [1, 0, 1, 0]);
    }

    #[test]
    fn estimate_needs_a_lag_that_shrinks_for_a_while() {
        let (progress, _) = Progress::recorded();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut reporter = Reporter::start(progress, Arc::default(), "g", "i", start);
        assert_eq!(reporter.estimate(Some(600), after(0)), None);
        assert_eq!(reporter.estimate(Some(590), after(5)), None);
        assert_eq!(reporter.estimate(Some(500), after(100)).as_deref(), Some(", ready in about 8 min 20 s"));
        assert_eq!(reporter.estimate(Some(700), after(110)), None);
        assert_eq!(reporter.estimate(Some(700), after(130)), None);
        assert_eq!(reporter.estimate(None, after(140)), None);
        assert_eq!(reporter.estimate(Some(0), after(150)), None);
    }
}
