//! Interruptions: Ctrl-C once and twice, the death of the provider, the death of Terraform.

use std::time::Duration;

use terraform_core::{PlanOptions, Running, State};

use crate::{THING, config, core, created};

fn creating(fault: &str) -> Running {
    let core = core(fault).orphan_limit(Duration::from_millis(300)).collect_violations();
    let plan = core.plan(&config(), &State::default(), PlanOptions::default());
    let running = core.start_apply(&plan, &State::default());
    running.wait_for_call("ApplyResourceChange", THING);
    running
}

#[test]
fn stop_keeps_the_response_and_halts_the_rest() {
    let running = creating("apply-wait");
    assert!(!running.is_finished());
    running.stop();
    let (outcome, state) = running.join();
    outcome.error("execution halted");
    outcome.warning("Stopped");
    assert!(outcome.violations.is_empty(), "{outcome}");
    assert!(state.contains(THING) && !state.is_tainted(THING));
}

#[test]
fn second_interrupt_drops_the_response_and_ends_the_process() {
    let running = creating("apply-hang");
    running.shutdown_now();
    let (outcome, state) = running.join();
    assert!(outcome.violations.is_empty(), "{outcome}");
    assert!(state.is_empty());
    assert!(outcome.processes[0].exit.is_some());
}

#[test]
fn killed_provider_loses_the_response_and_breaks_no_rule() {
    let running = creating("apply-hang");
    running.kill_provider();
    let (outcome, state) = running.join();
    outcome.error("Plugin did not respond");
    assert!(outcome.violations.is_empty() && state.is_empty(), "{outcome}");
    assert!(outcome.processes[0].killed);
}

#[test]
fn provider_ends_when_terraform_is_gone() {
    let running = creating("apply-hang");
    running.vanish();
    let (outcome, state) = running.join();
    assert!(outcome.violations.is_empty() && state.is_empty(), "{outcome}");
}

#[test]
fn orphan_is_found() {
    let running = creating("orphan");
    running.vanish();
    let (outcome, _) = running.join();
    assert!(
        outcome.violations.iter().any(|violation| violation.rule == "Plugin stays behind as an orphan"),
        "{outcome}"
    );
}

#[test]
fn finished_things_are_saved_while_others_still_run() {
    let core = core("apply-hang").collect_violations();
    let plan = core.plan(&config(), &created(), PlanOptions::destroy());
    let running = core.start_apply(&plan, &created());
    let (_, state) = running.join();
    assert!(state.is_empty(), "destroys do not hang");
}
