//! Walks with data sources and actions.

use serde_json::{Value as Json, json};
use terraform_core::{PlanOptions, TriggerEvent, reference};
use test_support::terraform::Terraform;

use crate::compare;
use crate::walk::{AGAIN, Command, Extra, POKE, Walk, bigger, created, full, other_kind};

/// A thing with a data source of this name.
fn facts(name: impl Into<Json>, depends: bool) -> Walk {
    Walk::new("facts", full()).extras([Extra::Facts(json!({"name": name.into()}), depends)]).concurrent()
}

/// A thing with two actions for these events.
fn poking(name: &str, body: Json, events: &[TriggerEvent]) -> Walk {
    let about = json!({"name": "n", "about": reference("fake_thing.a.id")});
    let pokes = [Extra::Poke(POKE, about), Extra::Poke(AGAIN, json!({"name": "again"}))];
    let triggers = events.iter().map(|event| Extra::Trigger(*event, vec![POKE, AGAIN]));
    Walk::new(name, body).extras(pokes.into_iter().chain(triggers))
}

fn with_each(walk: &Walk, faults: &[&'static str]) -> Vec<Walk> {
    faults.iter().map(|fault| walk.clone().fault(fault)).collect()
}

#[test]
fn data_sources_are_read_as_terraform_reads_them() {
    let Some(terraform) = Terraform::newest() else { return };
    let id = || reference("fake_thing.a.id");
    let walks = vec![
        facts("n", false),
        facts("n", false).before(created(true)),
        facts("n", false).without_resource(),
        facts("n", false).without_resource().options(PlanOptions::refresh_only()),
        facts("n", false).without_resource().options(PlanOptions::default().without_refresh()),
        facts("n", false).command(Command::Validate),
        facts("n", false).command(Command::Destroy).before(created(true)),
        facts(id(), false),
        facts(id(), false).before(created(true)),
        facts("n", true),
        facts("n", true).before(created(true)),
        facts(id(), false).fault("apply-error-null"),
    ];
    let alone = facts("n", false).without_resource();
    let faults = ["data-null", "data-unknown", "data-other", "data-garbage", "data-deferred"];
    let said = ["fail-data", "warn-data", "fail-validate-data", "warn-validate-data"];
    compare(&terraform, walks.into_iter().chain(with_each(&alone, &faults)).chain(with_each(&alone, &said)));
}

#[test]
fn actions_are_invoked_as_terraform_invokes_them() {
    let Some(terraform) = Terraform::newest() else { return };
    let created_or_updated = [TriggerEvent::AfterCreate, TriggerEvent::AfterUpdate];
    let create = || poking("create", full(), &[TriggerEvent::AfterCreate]).concurrent();
    let update = || poking("update", bigger(), &created_or_updated).before(created(true)).concurrent();
    let invoke = |action| PlanOptions::invoke(action);
    let mut walks = vec![
        create(),
        create().before(created(true)),
        create().command(Command::Validate),
        create().command(Command::Destroy).before(created(true)),
        update(),
        update().command(Command::Destroy),
        poking("update without its event", bigger(), &[TriggerEvent::AfterCreate]).before(created(true)).concurrent(),
        poking("replace", other_kind(), &[TriggerEvent::AfterCreate]).before(created(true)).concurrent(),
        poking("replace, the new one first", other_kind(), &[TriggerEvent::AfterCreate])
            .before(created(true))
            .with(|written| written.create_before_destroy = true)
            .concurrent(),
        poking("refresh", bigger(), &created_or_updated)
            .before(created(true))
            .options(PlanOptions::refresh_only())
            .concurrent(),
        update().options(invoke(POKE)),
        update().options(invoke(AGAIN)),
        create().without_resource().extras([Extra::Poke(POKE, json!({"name": "n"}))]).options(invoke(POKE)),
    ];
    let faults = ["action-error", "action-status", "action-no-completed", "action-no-event", "apply-error-null"];
    let said = ["fail-validate-action", "fail-plan-action", "warn-plan-action", "fail-invoke", "warn-invoke"];
    walks.extend(with_each(&create(), &faults));
    walks.extend(with_each(&create(), &said));
    walks.extend(with_each(&update().options(invoke(POKE)), &["action-error", "fail-plan-action", "fail-read"]));
    compare(&terraform, walks);
}
