//! Log lines on standard error in the form of HashiCorp's hclog, which Terraform takes apart and shows with `TF_LOG`.
//!
//! It must not know who logs what. Fields are written as they come: whoever logs keeps secrets out.

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

/// The crate that this file is part of, whose events are always ours.
const THIS_CRATE: &str = "tf_provider";

/// Begins to log what Terraform asks for in `TF_LOG_PROVIDER` or, where that is not set, in `TF_LOG`; installs nothing
/// when it asks for nothing.
///
/// `module` is the name of the program, shown as `@module`. Of `own_crates` (names as Rust spells them, such as
/// `my_client`) and of this crate every event of the level is written; of all other crates warnings and errors alone,
/// for their details are noise and may hold secrets.
///
/// Does nothing when a subscriber is installed already.
pub fn init(module: &'static str, own_crates: &'static [&'static str]) {
    let level = level(|name| std::env::var_os(name));
    if level == LevelFilter::OFF {
        return;
    }
    let subscriber = Registry::default().with(Hclog { module, own_crates, level, write: to_stderr });
    // Fails when another one is installed, which then has its reasons.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The level that Terraform shows of a provider's lines: as in its own `internal/logging`, a word that is no level
/// means everything.
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

/// Writes a line in one piece, so that lines of several threads do not mix.
fn to_stderr(line: &[u8]) {
    // Terraform may be gone, and there is nobody else to tell.
    let _ = std::io::stderr().lock().write_all(line);
}

/// The layer that writes a line for each event.
struct Hclog<W> {
    module: &'static str,
    own_crates: &'static [&'static str],
    level: LevelFilter,
    write: W,
}

impl<W> Hclog<W> {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let most = if self.is_own(metadata.target()) { self.level } else { self.level.min(LevelFilter::WARN) };
        *metadata.level() <= most
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
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.wants(metadata)
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
            level: word(*event.metadata().level()),
            message: fields.take_message(),
            module: self.module,
            time: SystemTime::now(),
            fields,
        };
        (self.write)(line.render().as_bytes());
    }
}

/// The level as hclog spells it.
fn word(level: Level) -> &'static str {
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
    fn an_event_is_one_line_of_json_with_the_keys_of_hclog() {
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
    fn fields_of_spans_are_in_the_line_and_the_innermost_wins() {
        let lines = lines(LevelFilter::TRACE, || {
            let outer = tracing::info_span!("rpc", rpc = "Plan", id = 1, late = tracing::field::Empty).entered();
            outer.record("late", "x");
            let _inner = tracing::info_span!("inner", id = 2).entered();
            tracing::info!("m");
        });
        assert_eq!((&lines[0]["rpc"], &lines[0]["id"], &lines[0]["late"]), (&"Plan".into(), &2.into(), &"x".into()));
    }

    #[test]
    fn details_of_foreign_crates_are_left_out() {
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
    fn the_providers_own_variable_wins_and_strange_words_mean_everything() {
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
