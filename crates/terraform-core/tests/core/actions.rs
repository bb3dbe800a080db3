//! Data sources and actions: when each call is made, and what an interruption of an action does.

use std::time::Duration;

use serde_json::{Value as Json, json};
use terraform_core::{Config, EventKind, Outcome, PlanOptions, Running, State, TriggerEvent, reference};

use crate::{THING, config, core, created};

const POKE: &str = "action.fake_poke.a";
const AGAIN: &str = "action.fake_poke.b";
const FACTS: &str = "data.fake_facts.a";

/// A thing whose creation invokes two actions.
pub(crate) fn poking() -> Config {
    config()
        .action(POKE, json!({"name": "n", "about": reference("fake_thing.a.id")}))
        .action(AGAIN, json!({"name": "again"}))
        .trigger(THING, TriggerEvent::AfterCreate, &[POKE, AGAIN])
}

/// A thing and a data source with this name.
pub(crate) fn with_facts(name: impl Into<Json>) -> Config {
    config().resource(FACTS, json!({"name": name.into()}))
}

/// The calls about an address, each with its walk.
fn calls(outcome: &Outcome, address: &str) -> Vec<(&'static str, &'static str)> {
    let about = outcome.events.iter().filter(|event| event.address.as_deref() == Some(address));
    about.filter_map(|event| Some((event.walk, event.started()?))).collect()
}

#[test]
fn actions_are_planned_and_invoked_where_their_event_fires() {
    let mut state = State::default();
    let outcome = core("").apply_now(&poking(), &mut state);
    for action in [POKE, AGAIN] {
        let expected = [("validate", "ValidateActionConfig"), ("plan", "PlanAction"), ("apply", "InvokeAction")];
        assert_eq!(calls(outcome.assert_silent(), action), expected);
    }
    let progress = outcome.events.iter().filter(|event| event.kind == EventKind::Progressed);
    assert_eq!(progress.count(), 4);
    let again = core("").apply_now(&poking(), &mut state);
    assert_eq!(calls(again.assert_silent(), POKE), [("validate", "ValidateActionConfig")]);
    let bigger = poking().resource(THING, json!({"name": "n", "kind": "k", "size": 5}));
    let updated = bigger.trigger(THING, TriggerEvent::AfterUpdate, &[AGAIN]);
    let outcome = core("").apply_now(&updated, &mut state);
    assert_eq!(calls(outcome.assert_silent(), POKE).len(), 1);
    assert_eq!(calls(&outcome, AGAIN).len(), 3);
}

#[test]
fn failed_action_ends_the_list_and_taints_nothing() {
    let mut state = State::default();
    let outcome = core("action-error").apply_now(&poking(), &mut state);
    outcome.error("Failed");
    assert_eq!(calls(&outcome, POKE).last(), Some(&("apply", "InvokeAction")));
    assert_eq!(calls(&outcome, AGAIN).last(), Some(&("plan", "PlanAction")));
    assert_eq!(state, created());
    let mut state = State::default();
    let outcome = core("apply-error-null").apply_now(&poking(), &mut state);
    assert_eq!(calls(&outcome, POKE).last(), Some(&("plan", "PlanAction")), "a failed change triggers nothing");
}

#[test]
fn invoking_reads_what_the_action_refers_to_and_changes_nothing() {
    let changed = poking().resource(THING, json!({"name": "n", "size": 5}));
    let mut state = created();
    let outcome = core("").apply_with(&changed, &mut state, PlanOptions::invoke(POKE));
    let calls_of_plan = ["UpgradeResourceState", "ReadResource"].map(|rpc| ("refresh", rpc));
    assert_eq!(calls(outcome.assert_silent(), THING)[1..], calls_of_plan);
    assert_eq!(calls(&outcome, POKE)[1..], [("refresh", "PlanAction"), ("apply", "InvokeAction")]);
    assert_eq!(state, created());
    let outcome = core("").apply_with(&changed, &mut state, PlanOptions::invoke(AGAIN));
    assert_eq!(calls(&outcome, THING).len(), 1, "nothing refers to it");
}

fn invoking(fault: &str) -> Running {
    let core = core(fault).orphan_limit(Duration::from_millis(300)).collect_violations();
    let plan = core.plan(&poking(), &State::default(), PlanOptions::default());
    let running = core.start_apply(&plan, &State::default());
    running.wait_until(|event| event.kind == EventKind::Progressed);
    running
}

#[test]
fn stop_ends_an_action_and_the_rest_of_its_list() {
    let running = invoking("action-wait");
    assert!(running.state().contains(THING), "the thing is saved before its actions");
    running.stop();
    let (outcome, state) = running.join();
    outcome.error("Stopped");
    assert!(outcome.violations.is_empty() && calls(&outcome, AGAIN).is_empty(), "{outcome}");
    assert_eq!(state, created());
}

#[test]
fn progress_after_stop_crashes_terraform() {
    let running = invoking("action-progress-after-stop");
    running.stop();
    let (outcome, _) = running.join();
    let rules: Vec<_> = outcome.violations.iter().map(|violation| violation.rule.as_str()).collect();
    assert_eq!(rules, ["Terraform crashes"], "{outcome}");
}

#[test]
fn death_during_an_action_breaks_no_rule() {
    type Interrupt = fn(&Running);
    let interrupts: [Interrupt; 3] = [Running::kill_provider, Running::shutdown_now, Running::vanish];
    for interrupt in interrupts {
        let running = invoking("action-hang");
        interrupt(&running);
        let (outcome, state) = running.join();
        assert!(outcome.violations.is_empty() && calls(&outcome, AGAIN).is_empty(), "{outcome}");
        assert_eq!(state, created());
    }
}

#[test]
fn data_is_read_when_its_configuration_is_known() {
    let facts = |outcome: &Outcome| outcome.data.get(FACTS).cloned();
    let plan = core("").plan(&with_facts("n"), &State::default(), PlanOptions::default());
    let expected = [("plan", "ValidateDataSourceConfig"), ("plan", "ReadDataSource")];
    assert_eq!(calls(plan.outcome.assert_silent(), FACTS), expected);
    assert_eq!(facts(&plan.outcome), Some(json!({"name": "n", "about": null, "size": 7})));
    let unknown_name = with_facts(reference("fake_thing.a.id"));
    let waiting = with_facts("n").depends_on(FACTS, THING);
    for later in [unknown_name, waiting, with_facts("n").unknown_at_plan(FACTS, "name")] {
        let plan = core("").plan(&later, &State::default(), PlanOptions::default());
        assert_eq!((calls(&plan.outcome, FACTS), facts(&plan.outcome)), (vec![], None));
        let outcome = core("").apply(&plan, &mut State::default());
        assert_eq!(facts(outcome.assert_silent()).unwrap()["size"], json!(7));
    }
    let mut state = created();
    let planned = core("").plan(&with_facts(reference("fake_thing.a.id")), &state, PlanOptions::default());
    assert_eq!(facts(planned.assert_empty().outcome.assert_silent()).unwrap()["name"], json!("id-n"));
    core("").destroy(&with_facts("n"), &mut state).assert_silent();
}
