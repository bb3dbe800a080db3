//! A test that this machine can't run is skipped, and says so. In CI it fails instead: there something was not installed.

use std::io::Write;

/// Reports that the running test, or a part of it, is skipped, and why.
///
/// # Panics
/// With `CI=true` in the environment.
pub fn skip(reason: &str) {
    let ci = std::env::var("CI").unwrap_or_default();
    assert!(!matches!(ci.trim(), "true" | "1"), "nothing may be skipped in CI (CI={ci}): {reason}");
    // The harness runs each test in a thread with its name.
    let thread = std::thread::current();
    let line = format!("skipped in {}: {reason}\n", thread.name().unwrap_or("a test"));
    // Not eprintln!, which the harness hides for a test that passes.
    std::io::stderr().write_all(line.as_bytes()).ok();
}
