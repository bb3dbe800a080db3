//! The small core against a provider that does one thing wrong: every rule is shown to be enforced. What is not here is in the differential test.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may panic")]

mod faults;
mod interrupts;
mod single;
mod walks;

use std::path::PathBuf;

use serde_json::json;
use terraform_core::{Config, Core, State};

/// The address of the thing in every test.
const THING: &str = "fake_thing.a";

/// A core for the provider with a fault; the empty one is none.
fn core(fault: &str) -> Core {
    Core::new(binary()).tls(false).env("FAULT", fault).env("TMPDIR", std::env::temp_dir())
}

/// The example that cargo builds beside this test.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.ancestors().nth(2).unwrap().join("examples/misbehaving");
    assert!(
        binary.is_file(),
        "{} is not built: run `cargo build --package terraform-core --examples`",
        binary.display()
    );
    binary
}

/// A configuration with one thing of everything.
fn config() -> Config {
    let body = json!({"name": "n", "secret": "hush", "kind": "k", "source": {"user": "u"}, "rule": [{"key": "a"}]});
    Config::new().provider(json!({"token": "t"})).resource(THING, body)
}

/// The same with another kind, which replaces the thing.
fn other_kind() -> Config {
    Config::new().resource(THING, json!({"name": "n", "kind": "other"}))
}

/// A state with the thing of [`config`].
fn created() -> State {
    let mut state = State::default();
    core("").apply_now(&config(), &mut state).assert_silent();
    state
}
