//! Reports panics in the form that Terraform shows to users.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};

use super::Options;

/// Installs the hook. When a command fails, Terraform shows lines of standard error that begin with `panic: `, and the
/// plain lines after them. Rust's own text begins differently.
pub(super) fn install(options: Options) {
    panic::set_hook(Box::new(move |info| {
        // One write, so that no log line gets in between. A failure can't be reported.
        let _ = std::io::stderr().lock().write_all(report(options, info, &Backtrace::capture()).as_bytes());
    }));
}

fn report(options: Options, info: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let message = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let mut text = format!("panic: {message}\n\n{} {}", options.name, options.version);
    // Writing to a string can't fail.
    if let Some(location) = info.location() {
        let _ = write!(text, ", {}:{}", location.file(), location.line());
    }
    text.push('\n');
    if backtrace.status() == BacktraceStatus::Captured {
        let _ = writeln!(text, "{backtrace}");
    }
    text
}
