//! What the answers to ApplyResourceChange, ReadResource and UpgradeResourceState do to the state.

use serde_json::{Value as Json, json};
use terraform_core::{Action, Config, Outcome, PlanOptions, State};

use crate::{THING, config, core, created, other_kind};

fn bigger() -> Config {
    Config::new().resource(THING, json!({"name": "n", "kind": "k", "size": 5}))
}

fn apply(fault: &str, config: &Config, mut state: State) -> (Outcome, State) {
    let outcome = core(fault).collect_violations().apply_now(config, &mut state);
    (outcome, state)
}

#[test]
fn created_thing_is_stored_without_secrets() {
    let state = created();
    assert_eq!(
        state.value(THING),
        Some(json!({
            "id": "id-n", "name": "n", "size": 1, "secret": null, "kind": "k", "source": {"user": "u"}, "rule": [{"key": "a"}],
        }))
    );
    assert_eq!((state.identity(THING), state.private(THING)), (Some(json!({"id": "id-n"})), Some(b">plan".as_slice())));
    assert_eq!(state.object(THING).unwrap().schema_version, 1);
    assert!(!state.dump().contains("hush"));
}

#[test]
fn create_with_error_and_state_is_tainted_and_replaced_by_the_next_apply() {
    let (outcome, mut state) = apply("apply-error", &config(), State::default());
    outcome.error("Failed");
    assert!(state.is_tainted(THING));
    let plan = core("").plan(&config(), &state, PlanOptions::default());
    assert_eq!(plan.action(THING), Some(Action::DeleteThenCreate));
    assert_eq!(plan.prior(THING)["id"], json!("id-n"));
    core("").apply(&plan, &mut state).assert_silent();
    assert!(!state.is_tainted(THING));
}

#[test]
fn create_that_is_lost_leaves_nothing() {
    for fault in
        ["apply-error-null", "apply-null", "apply-status", "apply-crash", "apply-write-only", "apply-missing-attribute"]
    {
        let (outcome, state) = apply(fault, &config(), State::default());
        assert!(outcome.has_errors() && state.is_empty(), "{fault}: {}", state.dump());
    }
}

#[test]
fn inconsistent_create_is_saved_and_tainted() {
    for (fault, size) in [("apply-other-value", json!(77)), ("apply-unknown", json!(1))] {
        let (outcome, state) = apply(fault, &config(), State::default());
        assert!(outcome.has_errors() && state.is_tainted(THING), "{fault}");
        assert_eq!(state.attribute(THING, "size"), size);
    }
}

#[test]
fn update_with_error_is_saved_as_it_came_and_not_tainted() {
    let (outcome, state) = apply("apply-error", &bigger(), created());
    outcome.error("Failed");
    assert_eq!((state.attribute(THING, "size"), state.is_tainted(THING)), (json!(5), false));
}

#[test]
fn lost_update_keeps_the_value_and_loses_private_and_identity() {
    for fault in ["apply-status", "apply-crash", "apply-missing-attribute"] {
        let (_, state) = apply(fault, &bigger(), created());
        assert_eq!(state.attribute(THING, "size"), json!(1), "{fault}");
        assert_eq!((state.private(THING), state.identity(THING)), (Some(b"".as_slice()), None), "{fault}");
    }
    for fault in ["apply-error-null", "apply-write-only"] {
        let (_, state) = apply(fault, &bigger(), created());
        assert_eq!(state, created(), "{fault}");
    }
}

#[test]
fn warning_alone_taints_nothing() {
    let (outcome, state) = apply("apply-warning", &config(), State::default());
    outcome.assert_ok().warning("Mind");
    assert!(!state.is_tainted(THING) && state.contains(THING));
}

#[test]
fn refused_destroy_keeps_the_thing_and_stops_a_replacement() {
    let mut state = created();
    let core = core("destroy-error");
    core.destroy(&config(), &mut state).error("Refused");
    assert!(state.contains(THING));
    core.apply_now(&other_kind(), &mut state).error("Refused");
    assert_eq!(state.attribute(THING, "kind"), json!("k"));
}

#[test]
fn thing_that_is_gone_is_planned_anew() {
    let plan = core("read-null").plan(&config(), &created(), PlanOptions::default());
    assert_eq!((plan.action(THING), plan.has_drifted(THING)), (Some(Action::Create), true));
}

#[test]
fn drift_is_saved_by_an_apply_and_by_nothing_else() {
    let mut state = created();
    let core = core("read-drift");
    let plan = core.plan(&config(), &state, PlanOptions::refresh_only());
    assert!(plan.is_empty() && plan.has_drifted(THING));
    assert_eq!(state.attribute(THING, "size"), json!(1));
    core.apply(&plan, &mut state).assert_silent();
    assert_eq!(state.attribute(THING, "size"), json!(42));
}

#[test]
fn errors_of_each_call_are_told_with_their_call() {
    for (fault, at) in [
        ("fail-prepare", "PrepareProviderConfig"),
        ("fail-configure", "Configure"),
        ("fail-upgrade", "UpgradeResourceState"),
        ("fail-read", "ReadResource"),
        ("fail-validate", "ValidateResourceTypeConfig"),
        ("fail-plan-update", "PlanResourceChange"),
    ] {
        let plan = core(fault).plan(&config(), &created(), PlanOptions::default());
        let error = plan.outcome.error("From ");
        assert!(error.to_string().contains(at), "{fault}: {error}");
        assert_eq!(plan.action(THING), None, "{fault}");
    }
}

#[test]
fn old_state_reaches_the_provider_as_it_is_and_newer_state_does_not() {
    let mut state = created();
    let mut object = state.object(THING).unwrap().clone();
    object.schema_version = 0;
    object.value = r#"{"id":"id-n","name":"n","kind":"k","size":1}"#.into();
    state.insert(THING, object.clone());
    let plan = core("").plan(&config(), &state, PlanOptions::default());
    assert_eq!(plan.prior(THING)["source"], Json::Null);
    object.schema_version = 2;
    state.insert(THING, object);
    let plan = core("").plan(&config(), &state, PlanOptions::default());
    plan.outcome.error("Resource instance managed by newer provider version");
}
