//! An apply that did not reach its milestone. The migration keeps running, and the next apply resumes.

use std::time::Duration;

use atlas_client::{Error, ErrorKind};
use tf_provider::Diagnostic;

use super::super::model::Migration;
use super::super::private_state::PrivateState;
use super::api_error::ApiFailure;
use super::skeleton::{paragraphs, status_summary};
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::duration;
use crate::summary;

const RESUME: &str = "Run terraform apply again. It resumes from here.";
pub(super) const KEEPS_RUNNING: &str = "The live migration keeps running in Atlas.";

/// An interrupt while waiting for a milestone.
pub(in super::super) fn interrupted(state: &Migration, private: &PrivateState) -> Diagnostic {
    let cause = format!("Terraform was interrupted. {KEEPS_RUNNING}");
    Diagnostic::error(
        summary::interrupted_while_waiting(state.id_text()),
        paragraphs(&[&cause, &status_summary(state, private), &steps(&[RESUME])]),
    )
}

/// A wait that took longer than `timeouts.update`. `error` ended a request at that time.
pub(in super::super) fn timed_out(
    state: &Migration,
    private: &PrivateState,
    timeout: Duration,
    atlas: &Atlas,
    error: Option<&Error>,
) -> Diagnostic {
    let cause = waited("apply", timeout, atlas, error);
    let next = steps(&[RESUME, "To wait longer in one apply, raise timeouts.update."]);
    Diagnostic::error(
        summary::timed_out(state.id_text()),
        paragraphs(&[&cause, &status_summary(state, private), &next]),
    )
    .at("timeouts.update")
}

/// How long the apply or the action waited, and the failure of the last request if there was one.
pub(super) fn waited(what: &str, timeout: Duration, atlas: &Atlas, error: Option<&Error>) -> String {
    let last = error.and_then(|error| match error.kind() {
        ErrorKind::Deadline { last: Some(error), .. } => {
            Some(format!(" The last request to Atlas failed. {}", ApiFailure { error, atlas, request: None }.cause()))
        }
        // The time ended while a read was in flight: nothing is wrong with Atlas.
        _ => None,
    });
    format!("The {what} waited {}.{} {KEEPS_RUNNING}", duration::text(timeout), last.unwrap_or_default())
}

/// A read that failed while waiting.
pub(in super::super) fn not_read(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let now = [KEEPS_RUNNING, &status_summary(state, private), &failure.steps(&[RESUME])];
    failure.to_diagnostic(summary::cant_wait(failure.short_cause()), &now)
}

/// A cutover request whose response was lost, and a read after it that failed too.
pub(in super::super) fn cutover_may_have_been_requested(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let now = "It is unknown whether the cutover was requested: Atlas could not be read afterwards.";
    let next = failure.steps(&[
        "Run terraform apply. It reads the live migration first, and requests the cutover only if that has not happened.",
    ]);
    let summary = summary::cutover_may_have_been_requested(state.id_text());
    failure.to_diagnostic(summary, &[now, &status_summary(state, private), &next])
}

/// A cutover that Atlas refused.
pub(in super::super) fn cutover_not_requested(
    error: &Error,
    atlas: &Atlas,
    state: &Migration,
    private: &PrivateState,
    attempts: u32,
) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let tried = if attempts > 1 { format!("The request was sent {attempts} times. ") } else { String::new() };
    let now = format!("{tried}{KEEPS_RUNNING}");
    let next = failure.steps(&[RESUME]);
    let summary = summary::cutover_not_requested(failure.short_cause());
    failure.to_diagnostic(summary, &[&now, &status_summary(state, private), &next])
}

/// A cutover that the plan could not announce.
pub(in super::super) fn cutover_not_announced(state: &Migration, private: &PrivateState) -> Diagnostic {
    let cause = "Atlas returned 404 for the live migration when this plan was made, so the plan did not announce a cutover. \
                 Now Atlas returns it again.";
    let next = steps(&["Run terraform apply again. The new plan announces the cutover."]);
    Diagnostic::error(
        summary::cutover_not_requested(summary::cause::not_announced()),
        paragraphs(&[cause, &status_summary(state, private), &next]),
    )
    .at("cutover")
}
