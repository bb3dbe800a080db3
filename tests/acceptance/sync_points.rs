//! Synchronization with a running command: requests that the simulator holds, waits that have begun, processes that
//! have exited.

use std::time::Duration;

use atlas_simulator::{Action, Event, EventKind, Fault, FaultHandle, Operation};
use serde_json::Value;
use test_support::terraform::{Run, Running};

use crate::support::Fixture;

/// A timeout that only a failing test reaches, also on a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a provider may run after its Terraform. It waits some seconds for another connection.
pub(crate) const EXIT_TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) const APPLY: [&str; 2] = ["apply", "-auto-approve"];

/// Holds the next request of an operation before it takes effect.
pub(crate) fn hold(fixture: &Fixture, operation: Operation) -> FaultHandle {
    fixture.atlas.fault(Fault::new(operation, Action::Hold))
}

/// Holds the response to the next request of an operation, which takes effect first.
pub(crate) fn hold_response(fixture: &Fixture, operation: Operation) -> FaultHandle {
    fixture.atlas.fault(Fault::new(operation, Action::Hold).processed())
}

/// Waits until the fault holds a request.
#[track_caller]
pub(crate) fn wait_until_held(fixture: &Fixture, fault: &FaultHandle) {
    assert!(fixture.atlas.wait_for(TIMEOUT, |_| fault.hits() > 0), "no request was held\n{}", fixture.atlas.log());
}

/// Waits until this many requests of an operation have arrived in total.
#[track_caller]
pub(crate) fn wait_until_received(fixture: &Fixture, operation: Operation, count: usize) {
    let reached = fixture.atlas.wait_for(TIMEOUT, |state| state.received(operation) >= count);
    assert!(reached, "{count} requests {operation:?} were awaited\n{}", fixture.atlas.log());
}

/// Waits until a cutover has been accepted.
#[track_caller]
pub(crate) fn wait_until_cut_over(fixture: &Fixture) {
    let requested = |event: &Event| matches!(event.kind, EventKind::CutoverRequested { .. });
    let reached = fixture.atlas.wait_for(TIMEOUT, |state| state.events().iter().any(requested));
    assert!(reached, "no cutover was requested\n{}", fixture.atlas.log());
}

/// Starts an apply, and returns when it waits: after the read of the plan and two reads of the apply.
#[track_caller]
pub(crate) fn waiting_apply(fixture: &Fixture) -> Running {
    let before = fixture.atlas.received(Operation::Read);
    let running = fixture.workspace.start(APPLY);
    wait_until_received(fixture, Operation::Read, before + 3);
    running
}

/// Waits until a command and all processes that it started have exited.
#[track_caller]
pub(crate) fn finish(running: Running) -> Run {
    let run = running.wait();
    let left = run.group().left_after(EXIT_TIMEOUT);
    if !left.is_empty() {
        run.fail(&format!("processes were left behind:\n{}", left.join("\n")));
    }
    run
}

/// Kills the providers of a command, but not Terraform.
#[track_caller]
pub(crate) fn kill_provider(running: &Running) {
    let group = running.group();
    assert_ne!(group.kill_members("terraform-provider-atlas"), 0, "no provider is among {:?}", group.members());
}

/// The number of accepted cutovers.
pub(crate) fn cutovers(fixture: &Fixture) -> usize {
    fixture.atlas.events().iter().filter(|event| matches!(event.kind, EventKind::CutoverRequested { .. })).count()
}

/// Whether the first migration in the state file is tainted.
#[track_caller]
pub(crate) fn is_tainted(fixture: &Fixture) -> bool {
    let state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap_or_default();
    state.pointer("/resources/0/instances/0/status") == Some(&Value::from("tainted"))
}

/// Asserts that the state has the only simulated migration, untainted.
#[track_caller]
pub(crate) fn assert_kept(fixture: &Fixture) {
    let ids: Vec<_> = fixture.atlas.migrations().into_iter().map(|migration| migration.id).collect();
    assert_eq!(ids, [fixture.stored()["id"].as_str().unwrap_or_default()], "{}", fixture.atlas.log());
    assert!(!is_tainted(fixture));
}
