//! Changes of arguments that only a start can give to a migration.

use tf_provider::{Diagnostic, Diagnostics, Path};

use super::super::change::{self, Change};
use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;
use super::replacement::{end_it_first, second_start};
use super::skeleton::{DESTROY_BLOCKED, paragraphs, status_summary};
use super::steps::steps;
use crate::summary;

/// Changes that would require a second start of a protected migration.
pub(in super::super) fn of_protected(
    prior: &Migration,
    planned: &Migration,
    private: &PrivateState,
    changes: &[Change],
    diagnostics: &mut Diagnostics,
) {
    let reason = second_start(prior, private);
    let now = status_summary(prior, private);
    for change in changes.iter().filter(|change| change.is_certain()) {
        let cause = old_and_new(change, &reason);
        let next = steps(&ways_out(prior, private, restore(change)));
        diagnostics.push(
            Diagnostic::error(
                summary::argument_cant_be_changed(prior.id_text()),
                paragraphs(&[&cause, &now, &next, DESTROY_BLOCKED]),
            )
            .at(change.message_path()),
        );
    }
    if prior.drop_enabled.known() != Some(&true) && planned.drop_enabled.known() == Some(&true) {
        let cause = format!("Only a start uses `drop_enabled`, and the live migration started without it. {reason}");
        let detail = paragraphs(&[&cause, &now, &steps(&["Set drop_enabled = false."]), DESTROY_BLOCKED]);
        diagnostics
            .push(Diagnostic::error(summary::drop_enabled_cant_be_set(prior.id_text()), detail).at("drop_enabled"));
    }
}

fn old_and_new(change: &Change, reason: &str) -> String {
    let Change { path, .. } = change;
    let (old, new) = (change.old.as_str(), change.new.as_str());
    let used = format!("`{path}` is used only when a live migration starts");
    if *path == Path::root("sharding") {
        let block = |lines: Option<&str>| lines.map_or_else(|| " none".to_owned(), |lines| format!("\n{lines}"));
        let (old, new) = (block(old), block(new));
        return format!("{used}. {reason}\n\nAt the start:{old}\n\nIn the configuration:{new}");
    }
    let old = old.unwrap_or("not set");
    let new = new.map_or_else(|| "does not set it".to_owned(), |new| format!("says {new}"));
    format!("{used}. It was {old} then, and the configuration {new}. {reason}")
}

fn restore(change: &Change) -> String {
    match change.old.as_str() {
        Some(_) if change.path == Path::root("sharding") => "Restore the sharding block as it was.".to_owned(),
        Some(old) => format!("Restore the old value: {} = {old}", change.path),
        None => format!("Remove {}.", change.path),
    }
}

fn ways_out(prior: &Migration, private: &PrivateState, restore: String) -> Vec<String> {
    let more = match Phase::of(prior, private) {
        Phase::Running => end_it_first(prior, private),
        Phase::Complete | Phase::FailedDuringCutover => Some(
            "To stop managing the live migration, use a removed block. To migrate into the same destination again, see \
             \"Restart after a failed cutover\" in the troubleshooting guide.",
        ),
        Phase::EndedWithoutCutover => None,
    };
    std::iter::once(restore).chain(more.map(str::to_owned)).collect()
}

/// A requested cutover that is withdrawn. One that is unconfirmed may be.
pub(in super::super) fn cutover_withdrawn(
    prior: &Migration,
    planned: &Migration,
    private: &PrivateState,
    diagnostics: &mut Diagnostics,
) {
    let withdrawn = prior.cutover.known() == Some(&true) && planned.cutover.known() == Some(&false);
    let requested = prior.cutover_requested_at.is_known() && !private.cutover_unconfirmed;
    if !withdrawn || !requested || Phase::of(prior, private) != Phase::Running {
        return;
    }
    let next = steps(&["Set cutover = true again. After the live migration has ended, the argument can be changed."]);
    let detail =
        paragraphs(&["Atlas can't cancel a cutover.", &status_summary(prior, private), &next, DESTROY_BLOCKED]);
    diagnostics.push(Diagnostic::error(summary::cutover_cant_be_undone(prior.id_text()), detail).at("cutover"));
}

/// Changed arguments that are used only when a migration starts, and this one has ended.
pub(in super::super) fn without_effect(prior: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    let paths = change::used_at_start(prior, planned);
    let Some(first) = paths.first() else { return };
    let names: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
    let (names, are, values) = match names.as_slice() {
        [names @ .., last] if !names.is_empty() => (format!("{} and {last}", names.join(", ")), "are", "values"),
        names => (names.concat(), "is", "value"),
    };
    let cause = format!(
        "{names} {are} used only when a live migration starts, and this one has ended as {}.",
        prior.status_text()
    );
    let next = steps(&[format!(
        "To restart it with the new {values} (with prevent_destroy = false for that apply):\n\
         terraform apply -replace=<ADDRESS>"
    )]);
    diagnostics.push(
        Diagnostic::warning(summary::change_does_not_restart(prior.id_text()), paragraphs(&[&cause, &next])).at(*first),
    );
}
