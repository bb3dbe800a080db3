//! Moments of a run that a test can seize: a request that Atlas holds, a wait that has begun, a process that must be gone.
//! It must not know what the provider should do at any of them.

use std::time::Duration;

use atlas_simulator::{Action, Event, EventKind, Fault, FaultHandle, Operation};
use serde_json::Value;
use test_support::terraform::{Run, Running};

use crate::support::Fixture;

/// How long anything awaited may take on a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a provider may outlive its Terraform. One that was abandoned waits some seconds for another connection.
pub(crate) const EXIT_TIMEOUT: Duration = Duration::from_secs(15);

/// A start and the arguments that every command of these tests has.
pub(crate) const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// Lets Atlas hold the next request of an operation as it arrives.
pub(crate) fn hold(fixture: &Fixture, operation: Operation) -> FaultHandle {
    fixture.atlas.fault(Fault::new(operation, Action::Hold))
}

/// Lets Atlas hold the answer to the next request of an operation, which has taken effect then.
pub(crate) fn hold_response(fixture: &Fixture, operation: Operation) -> FaultHandle {
    fixture.atlas.fault(Fault::new(operation, Action::Hold).processed())
}

/// Waits until a fault has met its request.
#[track_caller]
pub(crate) fn wait_until_held(fixture: &Fixture, fault: &FaultHandle) {
    assert!(fixture.atlas.wait_for(TIMEOUT, |_| fault.hits() > 0), "no request was held\n{}", fixture.atlas.log());
}

/// Waits until so many further requests of an operation have arrived.
#[track_caller]
pub(crate) fn wait_until_received(fixture: &Fixture, operation: Operation, count: usize) {
    let reached = fixture.atlas.wait_for(TIMEOUT, |state| state.received(operation) >= count);
    assert!(reached, "{count} requests {operation:?} were awaited\n{}", fixture.atlas.log());
}

/// Waits until a cutover has been accepted, so that the clock may go on from there.
#[track_caller]
pub(crate) fn wait_until_cut_over(fixture: &Fixture) {
    let requested = |event: &Event| matches!(event.kind, EventKind::CutoverRequested { .. });
    let reached = fixture.atlas.wait_for(TIMEOUT, |state| state.events().iter().any(requested));
    assert!(reached, "no cutover was requested\n{}", fixture.atlas.log());
}

/// Starts an apply, and returns when it waits: it has read the migration for the plan, for the first time, and again.
#[track_caller]
pub(crate) fn waiting_apply(fixture: &Fixture) -> Running {
    let before = fixture.atlas.received(Operation::Read);
    let running = fixture.workspace.start(APPLY);
    wait_until_received(fixture, Operation::Read, before + 3);
    running
}

/// Waits for the end of a command, and for that of everything that it started.
#[track_caller]
pub(crate) fn finish(running: Running) -> Run {
    let run = running.wait();
    let left = run.group().left_after(EXIT_TIMEOUT);
    if !left.is_empty() {
        run.fail(&format!("processes were left behind:\n{}", left.join("\n")));
    }
    run
}

/// Kills the providers of a command, and not Terraform.
#[track_caller]
pub(crate) fn kill_provider(running: &Running) {
    let members = running.group().members();
    let providers = members.iter().filter(|line| line.contains("terraform-provider-atlas"));
    let ids: Vec<_> = providers.filter_map(|line| line.split_whitespace().next()?.parse::<i32>().ok()).collect();
    assert!(!ids.is_empty(), "no provider is among {members:?}");
    for id in ids {
        let id = rustix::process::Pid::from_raw(id).expect("a process has a positive id");
        // It may be gone by itself: those of earlier walks are.
        rustix::process::kill_process(id, rustix::process::Signal::KILL).ok();
    }
}

/// How many cutovers Atlas has accepted.
pub(crate) fn cutovers(fixture: &Fixture) -> usize {
    fixture.atlas.events().iter().filter(|event| matches!(event.kind, EventKind::CutoverRequested { .. })).count()
}

/// Whether the one migration in the state file is marked as tainted.
#[track_caller]
pub(crate) fn is_tainted(fixture: &Fixture) -> bool {
    let state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap_or_default();
    state.pointer("/resources/0/instances/0/status") == Some(&Value::from("tainted"))
}

/// Asserts that the example is in the state as the simulated migration that there is, and untainted.
#[track_caller]
pub(crate) fn assert_kept(fixture: &Fixture) {
    let ids: Vec<_> = fixture.atlas.migrations().into_iter().map(|migration| migration.id).collect();
    assert_eq!(ids, [fixture.stored()["id"].as_str().unwrap_or_default()], "{}", fixture.atlas.log());
    assert!(!is_tainted(fixture));
}
