//! An import, and the first plan after it. Atlas returns neither source nor destination.

use atlas_client::Error;
use tf_provider::{Diagnostic, Diagnostics};

use super::super::migration_host::{host_name, is_same_host};
use super::super::model::Migration;
use super::super::phase::Milestones;
use super::api_error::ApiFailure;
use super::skeleton::{DESTROY_BLOCKED, paragraphs};
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

const NOTHING_CHANGED: &str = "Nothing was changed.";
const IMPORT_ANOTHER: &str = "Or import the live migration that this configuration describes.";

/// An import ID, or an identity, that names no migration. `given` is a sentence about it.
pub(in super::super) fn malformed_id(given: &str) -> Diagnostic {
    let ids = "The first ID is that of the Atlas project of the destination, the second one that of the live migration. Each \
               has 24 hexadecimal digits in lower case. Nothing was imported.";
    let next = steps(&["Import with both IDs:\nterraform import <ADDRESS> <GROUP_ID>/<MIGRATION_ID>"]);
    Diagnostic::error(summary::malformed_import_id(), paragraphs(&[&format!("{given} {ids}"), &next]))
}

/// Atlas could not be read.
pub(in super::super) fn failed(error: &Error, atlas: &Atlas, group_id: &str, id: &str) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let now = format!("Nothing was imported. The request was for live migration `{id}` in project `{group_id}`.");
    let next = failure.steps(&["Run the import again."]);
    failure.to_diagnostic(summary::cant_import(failure.short_cause()), &[&now, &next])
}

/// A configuration that does not reach the provider.
pub(in super::super) fn hidden_by_ignore_changes(prior: &Migration, config: &Migration, diagnostics: &mut Diagnostics) {
    let blocks = [("source", config.source.is_null()), ("destination", config.destination.is_null())];
    for (block, _) in blocks.into_iter().filter(|(_, hidden)| *hidden) {
        let cause = format!(
            "Atlas does not return the `{block}` of an imported live migration, and `ignore_changes` hides the configured \
             one from the provider. Without it, nothing protects the destination from a second start. {NOTHING_CHANGED}"
        );
        let next = steps(&[
            &*format!("Remove {block} (or all) from ignore_changes, and run terraform apply."),
            "After that apply, add it again.",
        ]);
        diagnostics.push(
            Diagnostic::error(
                summary::ignore_changes_hides_import(prior.id_text()),
                paragraphs(&[&cause, &next, DESTROY_BLOCKED]),
            )
            .at(format!("{block}.cluster_name").as_str()),
        );
    }
}

/// A configuration that names another project than the import did.
pub(in super::super) fn other_project(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let Some(imported) = prior.group_id.as_str() else { return };
    let own = ("group_id", arguments.group_id.clone());
    let destination = ("destination.group_id", arguments.destination_attr(|destination| &destination.group_id));
    for (path, group_id) in [own, destination] {
        let Some(group_id) = group_id.as_str().filter(|group_id| *group_id != imported) else { continue };
        let cause = format!(
            "Live migration `{}` was imported from project `{imported}`, and the configuration says `{group_id}`. \
             {NOTHING_CHANGED}",
            prior.id_text()
        );
        let next = steps(&[&*format!("Set {path} = \"{imported}\"."), IMPORT_ANOTHER]);
        let detail = paragraphs(&[&cause, &next, DESTROY_BLOCKED]);
        diagnostics.push(Diagnostic::error(summary::imported_migration_is_in_another_project(), detail).at(path));
    }
}

/// A configuration that names another migration host than Atlas does.
pub(in super::super) fn other_host(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let first = |migration: &Migration| {
        let host = migration.migration_hosts.known().and_then(|hosts| hosts.first()).and_then(|host| host.as_str());
        host.map(str::to_owned)
    };
    let (Some(reported), Some(configured)) = (first(prior), first(arguments)) else { return };
    if is_same_host(&reported, &configured) {
        return;
    }
    let cause = format!(
        "Atlas reports that live migration `{}` runs on `{reported}`, and the configuration says `{configured}`. \
         {NOTHING_CHANGED}",
        prior.id_text()
    );
    let next = steps(&[&*format!("Set migration_hosts = [\"{}\"].", host_name(&reported)), IMPORT_ANOTHER]);
    diagnostics.push(
        Diagnostic::error(
            summary::imported_migration_runs_on_another_migration_host(),
            paragraphs(&[&cause, &next, DESTROY_BLOCKED]),
        )
        .at("migration_hosts"),
    );
}

/// The first plan after an import takes every argument from the configuration.
pub(in super::super) fn check_arguments(planned: &Migration, pending: Milestones, diagnostics: &mut Diagnostics) {
    let next = if pending.cutover {
        "`cutover` is true: this apply does not cut over. The next terraform apply waits until the live migration is \
         ready, and CUTS OVER, at any time of day. Set `cutover = false` until your maintenance window."
    } else if pending.ready {
        "`wait_for_ready` is true: this apply does not wait. The next terraform apply waits until the live migration is \
         ready for cutover."
    } else {
        "Nothing is sent to Atlas."
    };
    let cause = format!(
        "Atlas does not return the source and the destination of a live migration, so this plan takes every argument from \
         the configuration. Duplicate-start protection relies on them: check that it migrates into {}.",
        planned.destination_text()
    );
    let warning =
        Diagnostic::warning(summary::check_imported_arguments(planned.id_text()), paragraphs(&[&cause, next]));
    diagnostics.push(if pending.any() { warning.at(pending.argument()) } else { warning });
}
