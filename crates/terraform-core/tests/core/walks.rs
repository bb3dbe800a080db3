//! What the differential test can't see: the plan that a test reads, dropped warnings, the order of several objects, and
//! a plan that is applied with another configuration.

use serde_json::json;
use terraform_core::{Action, Config, Outcome, PlanOptions, Reason, State, unknown};

use crate::{THING, config, core, created, other_kind};

#[test]
fn plan_has_action_reason_and_values() {
    let mut state = created();
    let plan = core("").plan(&other_kind(), &state, PlanOptions::default());
    let change = plan.change(THING).unwrap();
    assert_eq!((change.action, change.reason), (Action::DeleteThenCreate, Reason::CannotUpdate));
    assert_eq!((plan.planned(THING)["id"].clone(), plan.prior(THING)["id"].clone()), (unknown(), json!("id-n")));
    let plan = core("").plan(&config(), &state, PlanOptions::replace(THING));
    assert_eq!(plan.change(THING).map(|change| change.reason), Some(Reason::ByRequest));
    state.taint(THING);
    let plan = core("").plan(&config(), &state, PlanOptions::default());
    assert_eq!(plan.change(THING).map(|change| change.reason), Some(Reason::Tainted));
}

#[test]
fn refresh_reports_drift_and_saves_nothing() {
    let state = created();
    let plan = core("read-set size 42").plan(&config(), &state, PlanOptions::refresh_only());
    assert!(plan.is_empty() && plan.has_drifted(THING));
    assert_eq!(state.attribute(THING, "size"), json!(1));
}

#[test]
fn warnings_of_the_walk_before_a_destroy_are_dropped() {
    let outcome = core("warn-plan-update").destroy(&config(), &mut created());
    outcome.assert_silent();
    assert!(outcome.dropped.iter().any(|diagnostic| diagnostic.summary == "From plan-update"));
}

#[test]
fn warnings_of_the_second_call_are_dropped_and_errors_are_not() {
    let plan = core("warn-plan-create").plan(&other_kind(), &created(), PlanOptions::default());
    plan.outcome.assert_silent();
    let plan = core("fail-plan-create").plan(&other_kind(), &created(), PlanOptions::default());
    plan.outcome.error("From plan-create");
}

#[test]
fn things_are_worked_on_in_the_order_of_their_dependencies() {
    let names = ["a", "b", "c"].map(|name| format!("fake_thing.{name}"));
    let mut config = Config::new();
    for name in &names {
        config = config.resource(name, json!({"name": "n"}));
    }
    let config = config.depends_on(&names[0], &names[1]).depends_on(&names[1], &names[2]);
    let mut state = State::default();
    let applied = |outcome: &Outcome| {
        let applies = outcome.events.iter().filter(|event| event.started() == Some("ApplyResourceChange"));
        applies.filter_map(|event| event.address.clone()).collect::<Vec<_>>()
    };
    let created = core("").apply_now(&config, &mut state);
    assert_eq!(applied(created.assert_silent()), ["fake_thing.c", "fake_thing.b", "fake_thing.a"]);
    let destroyed = core("").destroy(&config, &mut state);
    assert_eq!(applied(destroyed.assert_silent()), ["fake_thing.a", "fake_thing.b", "fake_thing.c"]);
}

#[test]
fn write_only_value_may_differ_between_plan_and_apply() {
    let mut state = State::default();
    let plan = core("").plan(&config(), &state, PlanOptions::default());
    let other = json!({"name": "n", "secret": "else", "kind": "k", "source": {"user": "u"}, "rule": [{"key": "a"}]});
    core("").apply(&plan.with_config(&Config::new().resource(THING, other)), &mut state).assert_silent();
    assert_eq!(state, created());
}

#[test]
fn terraform_that_does_not_know_write_only_blames_the_provider() {
    let plan =
        core("").write_only(false).collect_violations().plan(&config(), &State::default(), PlanOptions::default());
    let error = plan.outcome.error("Provider produced invalid plan");
    assert!(error.detail.contains("null is planned, and \"hush\" is configured"), "{error}");
}
