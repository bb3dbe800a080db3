//! Log lines on standard error in the format of HashiCorp's hclog, which Terraform parses and shows with `TF_LOG`.
//!
//! Fields are written unchanged: keep secrets out of them.

mod fields;
mod line;

use std::ffi::OsString;
use std::io::Write;
use std::time::SystemTime;

use tracing::field::Visit;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use fields::Fields;
use line::Line;

const THIS_CRATE: &str = "tf_provider";

/// Installs a subscriber for the level in `TF_LOG_PROVIDER` or, if that isn't set, in `TF_LOG`. Installs nothing
/// without a level.
///
/// `module` is the name of the program, shown as `@module`. For `own_crates` (such as `my_client`) and this crate,
/// every event of the level is written. For other crates only warnings and errors, because their details are noise and
/// can contain secrets.
///
/// Does nothing if a subscriber is installed already.
pub fn init(module: &'static str, own_crates: &'static [&'static str]) {
    let level = level(|name| std::env::var_os(name));
    if level == LevelFilter::OFF {
        return;
    }
    let subscriber = Registry::default().with(Hclog { module, own_crates, level, write: to_stderr });
    // Fails if another one is installed, which takes precedence.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The level of a provider's lines. As in Terraform's `internal/logging`, an unknown word means everything.
fn level(env: impl Fn(&str) -> Option<OsString>) -> LevelFilter {
    let given = ["TF_LOG_PROVIDER", "TF_LOG"].iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    let Some(given) = given else {
        return LevelFilter::OFF;
    };
    match given.to_string_lossy().to_ascii_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Writes a line at once, so that lines of several threads don't mix.
fn to_stderr(line: &[u8]) {
    // Terraform may have disconnected, and a failure can't be reported.
    let _ = std::io::stderr().lock().write_all(line);
}

struct Hclog<W> {
    module: &'static str,
    own_crates: &'static [&'static str],
    level: LevelFilter,
    write: W,
}

impl<W> Hclog<W> {
    fn is_enabled(&self, metadata: &Metadata<'_>) -> bool {
        let max = if self.is_own(metadata.target()) { self.level } else { self.level.min(LevelFilter::WARN) };
        *metadata.level() <= max
    }

    fn is_own(&self, target: &str) -> bool {
        let name = target.split("::").next().unwrap_or_default();
        name == THIS_CRATE || self.own_crates.contains(&name)
    }
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.is_enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields as &mut dyn Visit);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.extend(outer);
            }
        }
        event.record(&mut fields);
        let line = Line {
            level: level_name(*event.metadata().level()),
            message: fields.take_message(),
            module: self.module,
            time: SystemTime::now(),
            fields,
        };
        (self.write)(line.render().as_bytes());
    }
}

/// hclog's name of the level.
fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

#[cfg(test)]
mod tests {

    use std::sync::{Arc, Mutex};

    use super::*;

    /// The lines that `log` writes at `level`, parsed.
    fn lines(level: LevelFilter, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&written);
        let write = move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line);
        let layer = Hclog { module: "terraform-provider-x", own_crates: &["x_client"], level, write };
        tracing::subscriber::with_default(Registry::default().with(layer), log);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn event_is_one_line_of_json_with_the_keys_of_hclog() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::info!(target: "x_client::http", status = 200, path = "/a", done = true, "two\nlines");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["@level"], "info");
        assert_eq!(lines[0]["@message"], "two\nlines");
        assert_eq!(lines[0]["@module"], "terraform-provider-x");
        assert_eq!(
            (&lines[0]["status"], &lines[0]["path"], &lines[0]["done"]),
            (&200.into(), &"/a".into(), &true.into())
        );
        let time = lines[0]["@timestamp"].as_str().unwrap();
        assert_eq!(time.rsplit_once('.').unwrap().1.len(), "123456Z".len(), "{time}");
    }

    #[test]
    fn fields_of_spans_are_included_and_the_innermost_wins() {
        let lines = lines(LevelFilter::TRACE, || {
            let outer = tracing::info_span!("rpc", rpc = "Plan", id = 1, late = tracing::field::Empty).entered();
            outer.record("late", "x");
            let _inner = tracing::info_span!("inner", id = 2).entered();
            tracing::info!("m");
        });
        assert_eq!((&lines[0]["rpc"], &lines[0]["id"], &lines[0]["late"]), (&"Plan".into(), &2.into(), &"x".into()));
    }

    #[test]
    fn details_of_other_crates_are_left_out() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::debug!(target: "x_client", "own");
            tracing::trace!("own too");
            tracing::info!(target: "h2::codec", "foreign");
            tracing::debug!(target: "x_client_of_others", "foreign");
            tracing::warn!(target: "hyper", "foreign warning");
        });
        let messages: Vec<_> = lines.iter().map(|line| line["@message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["own", "own too", "foreign warning"]);
    }

    #[test]
    fn lines_below_the_level_are_left_out() {
        let lines = lines(LevelFilter::ERROR, || {
            tracing::warn!("no");
            tracing::error!("yes");
        });
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn variable_of_providers_wins_and_unknown_words_mean_everything() {
        let level = |provider: &str, all: &str| {
            level(|name| Some(OsString::from(if name == "TF_LOG" { all } else { provider })))
        };
        assert_eq!(level("", ""), LevelFilter::OFF);
        assert_eq!(level("", "debug"), LevelFilter::DEBUG);
        assert_eq!(level("off", "TRACE"), LevelFilter::OFF);
        assert_eq!(level("Warn", "TRACE"), LevelFilter::WARN);
        assert_eq!(level("ERROR", ""), LevelFilter::ERROR);
        assert_eq!(level("INFO", ""), LevelFilter::INFO);
        assert_eq!(level("", "JSON"), LevelFilter::TRACE);
        assert_eq!(level("", "1"), LevelFilter::TRACE);
    }
}
