//! The calls of each command in their order, and what carries over from one to the next.

use std::sync::{Arc, Mutex};

use serde_json::json;
use terraform_core::{Action, Config, ImportTarget, PlanOptions, Reason, State, unknown};

use crate::{THING, config, core, created, other_kind};

const PREPARE: &str = "PrepareProviderConfig";
const CONFIGURE: &str = "Configure";
const UPGRADE: &str = "UpgradeResourceState";
const READ: &str = "ReadResource";
const VALIDATE: &str = "ValidateResourceTypeConfig";
const PLAN: &str = "PlanResourceChange";
const APPLY: &str = "ApplyResourceChange";
const IMPORT: &str = "ImportResourceState";
const SHUTDOWN: &str = "Shutdown";

#[test]
fn validate_prepares_only_what_is_written() {
    let core = core("");
    assert_eq!(core.validate(&config()).calls(), [PREPARE, VALIDATE, SHUTDOWN]);
    assert_eq!(core.validate(&Config::new()).calls(), [SHUTDOWN]);
}

#[test]
fn create_is_planned_twice_in_two_processes() {
    let (core, mut state) = (core(""), State::default());
    let plan = core.plan(&config(), &state, PlanOptions::default());
    assert_eq!(plan.outcome.calls(), [PREPARE, CONFIGURE, VALIDATE, PLAN, SHUTDOWN]);
    let outcome = core.apply(&plan, &mut state);
    assert_eq!(outcome.calls(), [PREPARE, CONFIGURE, VALIDATE, PLAN, APPLY, SHUTDOWN]);
    let plan = core.plan(&config(), &state, PlanOptions::default());
    assert_eq!(plan.outcome.calls(), [PREPARE, CONFIGURE, UPGRADE, READ, VALIDATE, PLAN, SHUTDOWN]);
    assert_eq!(core.apply(plan.assert_empty(), &mut state).calls(), [PREPARE, CONFIGURE, UPGRADE, SHUTDOWN]);
}

#[test]
fn schema_is_asked_for_again_where_the_provider_wants_it() {
    let identities = "GetResourceIdentitySchemas";
    assert_eq!(core("schema-each-time").validate(&Config::new()).calls(), ["GetSchema", identities, SHUTDOWN]);
    assert_eq!(core("schema-each-time").identity(false).validate(&Config::new()).calls(), ["GetSchema", SHUTDOWN]);
}

#[test]
fn destroy_walks_the_configuration_first_and_drops_its_warnings() {
    let mut state = created();
    let outcome = core("warn-plan-update").destroy(&config(), &mut state);
    let expected = [
        &[PREPARE, VALIDATE, SHUTDOWN][..],
        &[PREPARE, CONFIGURE, UPGRADE, READ, VALIDATE, PLAN, SHUTDOWN],
        &[PREPARE, CONFIGURE, UPGRADE, PLAN, SHUTDOWN],
        &[CONFIGURE, UPGRADE, APPLY, SHUTDOWN],
    ];
    assert_eq!(outcome.calls(), expected.concat());
    outcome.assert_silent();
    assert!(outcome.dropped.iter().any(|diagnostic| diagnostic.summary == "From plan-update"));
    assert!(state.is_empty());
}

#[test]
fn warning_of_a_planned_destroy_is_shown() {
    core("warn-plan-destroy").destroy(&config(), &mut created()).assert_ok().warning("From plan-destroy");
}

#[test]
fn error_in_the_walk_before_a_destroy_blocks_it() {
    let mut state = created();
    core("fail-read").destroy(&config(), &mut state).error("From read");
    core("fail-plan-update").destroy(&config(), &mut state).error("From plan-update");
    assert!(state.contains(THING));
    let options = PlanOptions::destroy().without_refresh();
    core("fail-read").apply_with(&config(), &mut state, options).assert_silent();
    assert!(state.is_empty());
}

#[test]
fn resource_without_a_block_is_read_and_destroyed() {
    let mut state = created();
    let plan = core("").plan(&Config::new(), &state, PlanOptions::default());
    assert_eq!(plan.action(THING), Some(Action::Delete));
    assert_eq!(plan.outcome.calls(), [PREPARE, CONFIGURE, UPGRADE, READ, PLAN, SHUTDOWN]);
    core("").apply(&plan, &mut state).assert_silent();
    assert!(state.is_empty());
}

#[test]
fn replacement_is_planned_by_two_calls_and_its_old_half_by_none() {
    let mut state = created();
    let plan = core("").plan(&other_kind(), &state, PlanOptions::default());
    let change = plan.change(THING).unwrap();
    assert_eq!((change.action, change.reason), (Action::DeleteThenCreate, Reason::CannotUpdate));
    assert_eq!(change.private, b">plan>plan>plan", "the second call gets what the first one planned");
    assert_eq!((plan.planned(THING)["id"].clone(), plan.prior(THING)["id"].clone()), (unknown(), json!("id-n")));
    let calls = core("").apply(&plan, &mut state).calls();
    assert_eq!(calls, [PREPARE, CONFIGURE, UPGRADE, APPLY, VALIDATE, PLAN, APPLY, SHUTDOWN]);
    assert_eq!(state.private(THING), Some(b">plan".as_slice()), "the create half begins anew");
}

#[test]
fn warnings_of_the_second_call_are_dropped_and_errors_are_not() {
    let plan = core("warn-plan-create").plan(&other_kind(), &created(), PlanOptions::default());
    plan.outcome.assert_silent();
    let plan = core("fail-plan-create").plan(&other_kind(), &created(), PlanOptions::default());
    plan.outcome.error("From plan-create");
}

#[test]
fn requested_replacement_and_taint_replace_what_is_equal() {
    let mut state = created();
    let plan = core("").plan(&config(), &state, PlanOptions::replace(THING));
    assert_eq!(plan.change(THING).map(|change| change.reason), Some(Reason::ByRequest));
    state.taint(THING);
    let plan = core("warn-plan-create").plan(&config(), &state, PlanOptions::default());
    let change = plan.change(THING).unwrap();
    assert_eq!((change.action, change.reason), (Action::DeleteThenCreate, Reason::Tainted));
    assert_eq!(change.private, b">plan", "one call, with nothing before");
    plan.outcome.warning("From plan-create");
}

#[test]
fn create_before_destroy_plans_the_old_one_at_the_end() {
    let config = other_kind().create_before_destroy(THING);
    let mut state = created();
    let plan = core("").plan(&config, &state, PlanOptions::default());
    assert_eq!(plan.action(THING), Some(Action::CreateThenDelete));
    let calls = core("").apply(&plan, &mut state).calls();
    assert_eq!(calls, [PREPARE, CONFIGURE, VALIDATE, PLAN, APPLY, UPGRADE, PLAN, APPLY, SHUTDOWN]);
    assert!(state.deposed(THING).is_empty());
}

#[test]
fn failed_create_before_destroy_brings_the_old_one_back() {
    let config = other_kind().create_before_destroy(THING);
    let mut state = created();
    core("apply-error-null").apply_now(&config, &mut state).error("Failed");
    assert_eq!(state, created());
    core("apply-error").apply_now(&config, &mut state).error("Failed");
    assert_eq!((state.is_tainted(THING), state.deposed(THING).len()), (true, 1));
    core("").apply_now(&config, &mut state).assert_silent();
    assert_eq!((state.is_tainted(THING), state.deposed(THING).len()), (false, 0));
}

#[test]
fn unknown_update_is_decided_at_apply() {
    let mut state = created();
    let same = config().unknown_at_plan(THING, "source.user");
    let plan = core("").plan(&same, &state, PlanOptions::default());
    assert_eq!((plan.action(THING), plan.planned(THING)["source"]["user"].clone()), (Some(Action::Update), unknown()));
    let outcome = core("").apply(&plan, &mut state);
    assert_eq!(outcome.calls(), [PREPARE, CONFIGURE, UPGRADE, VALIDATE, PLAN, SHUTDOWN], "it is nothing after all");
}

#[test]
fn update_without_a_change_of_configuration_is_made_by_an_unknown_value() {
    let mut state = created();
    let core = core("plan-always-unknown");
    let plan = core.plan(&config(), &state, PlanOptions::default());
    assert_eq!((plan.action(THING), plan.planned(THING)["size"].clone()), (Some(Action::Update), unknown()));
    core.apply(&plan, &mut state).assert_silent();
    assert_eq!(state.attribute(THING, "size"), json!(3));
}

#[test]
fn ignored_changes_and_prevented_destroys_are_terraforms_own() {
    let state = created();
    let ignoring = other_kind().ignore_changes(THING, "kind");
    let plan = core("").plan(&ignoring, &state, PlanOptions::default());
    assert_eq!((plan.action(THING), plan.planned(THING)["kind"].clone()), (Some(Action::Update), json!("k")));
    let preventing = other_kind().prevent_destroy(THING);
    core("").plan(&preventing, &state, PlanOptions::default()).outcome.error("Instance cannot be destroyed");
    core("")
        .plan(&config().prevent_destroy(THING), &state, PlanOptions::destroy())
        .outcome
        .error("Instance cannot be destroyed");
}

#[test]
fn import_command_saves_at_once() {
    let mut state = State::default();
    let outcome = core("").import(&config(), THING, "7", &mut state);
    assert_eq!(outcome.assert_silent().calls(), [PREPARE, CONFIGURE, IMPORT, READ, SHUTDOWN]);
    assert_eq!((state.attribute(THING, "id"), state.private(THING)), (json!("7"), Some(b"imported".as_slice())));
    core("").import(&config(), THING, "7", &mut state).error("Resource already managed by Terraform");
}

#[test]
fn import_block_is_planned_with_the_object_as_prior() {
    for target in [ImportTarget::id("7"), ImportTarget::identity(json!({"id": "7"}))] {
        let config = Config::new().resource(THING, json!({"name": "n"})).import(THING, target);
        let mut state = State::default();
        let plan = core("").plan(&config, &state, PlanOptions::default());
        assert_eq!(plan.outcome.calls(), [PREPARE, CONFIGURE, IMPORT, READ, VALIDATE, PLAN, SHUTDOWN]);
        assert!(plan.change(THING).is_some_and(|change| change.imported && change.action == Action::Update));
        assert!(state.is_empty());
        core("").apply(&plan, &mut state).assert_silent();
        assert_eq!(state.attribute(THING, "id"), json!("7"));
    }
}

#[test]
fn old_terraforms_send_neither_identity_nor_capabilities() {
    let core = core("").identity(false).client_capabilities(false);
    let mut state = State::default();
    core.apply_now(&config(), &mut state).assert_silent();
    assert_eq!(state.identity(THING), None);
    core.plan(&config(), &state, PlanOptions::default()).assert_empty();
}

#[test]
fn terraform_that_does_not_know_write_only_blames_the_provider() {
    let plan =
        core("").write_only(false).collect_violations().plan(&config(), &State::default(), PlanOptions::default());
    let error = plan.outcome.error("Provider produced invalid plan");
    assert!(error.detail.contains("null is planned, and \"hush\" is configured"), "{error}");
}

#[test]
fn things_are_worked_on_in_the_order_of_their_dependencies() {
    let names = ["a", "b", "c"].map(|name| format!("fake_thing.{name}"));
    let mut config = Config::new();
    for name in &names {
        config = config.resource(name, json!({"name": "n"}));
    }
    let config = config.depends_on(&names[0], &names[1]).depends_on(&names[1], &names[2]);
    let order = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&order);
    let core = core("").on_event(move |event| {
        if event.started() == Some(APPLY) {
            seen.lock().unwrap().extend(event.address.clone());
        }
    });
    let mut state = State::default();
    core.apply_now(&config, &mut state).assert_silent();
    assert_eq!(std::mem::take(&mut *order.lock().unwrap()), ["fake_thing.c", "fake_thing.b", "fake_thing.a"]);
    core.destroy(&config, &mut state).assert_silent();
    assert_eq!(*order.lock().unwrap(), ["fake_thing.a", "fake_thing.b", "fake_thing.c"]);
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
fn language_refuses_what_it_refuses_without_asking_the_provider() {
    let outcome = core("").validate(&Config::new().resource(THING, json!({"nothing": 1})));
    assert_eq!(outcome.calls(), [SHUTDOWN]);
    outcome.error("Missing required argument");
    outcome.error("Unsupported argument");
}
