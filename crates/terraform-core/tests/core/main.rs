//! The small core against a provider that does one thing wrong: every rule is shown to be enforced. What is not here is in the differential test.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may panic")]

mod actions;
mod faults;
mod interrupts;
mod single;
mod walks;

use serde_json::json;
use terraform_core::{Config, Core, State};

/// The provider that does one thing wrong.
const PROVIDER: &str = env!("CARGO_BIN_EXE_misbehaving");
/// The address of the thing in every test.
const THING: &str = "fake_thing.a";

/// A core for the provider with a fault; the empty one is none.
fn core(fault: &str) -> Core {
    Core::new(PROVIDER).tls(false).env("FAULT", fault).env("TMPDIR", std::env::temp_dir())
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
