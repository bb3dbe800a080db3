//! Every error of a plan: what is refused, why, and the way out.

use tf_provider::{Diagnostic, Diagnostics, Path};

use super::super::change::Change;
use super::super::duplicate_guard::{Conflict, Existing};
use super::super::migration_host::{host_name, is_same_host};
use super::super::model::Migration;
use super::super::phase::Phase;
use super::super::private_state::PrivateState;
use super::skeleton::{DESTROY_BLOCKED, summary};
use super::steps::steps;
use crate::summary;

const RESTORE: &str = "Restore the old value";
const MOVED: &str = "If the resource was renamed, or its for_each key or count index changed, add:\nmoved {\n  from = \
                     <OLD_ADDRESS>\n  to   = <NEW_ADDRESS>\n}";
const UNTAINT: &str = "If the resource is tainted: terraform untaint <ADDRESS>";
const NOT_REPLACE: &str = "If this came from -replace or replace_triggered_by, leave that out.";
const ANOTHER_DESTINATION: &str = "If another destination is meant, change destination.cluster_name.";
const REFRESH: &str = "If its status has changed since: terraform apply -refresh-only, then plan again.";

/// A start with a user and no password. Later runs need none: only a start sends it.
pub(in super::super) fn missing_password(config: &Migration, diagnostics: &mut Diagnostics) {
    let has_user = config.source_attr(|source| &source.username).is_known();
    let has_password = !config.source_attr(|source| &source.password).is_null()
        || !config.source_attr(|source| &source.password_wo).is_null();
    if has_user && !has_password {
        diagnostics.push(
            Diagnostic::error(
                summary::missing_source_password(),
                format!(
                    "This plan starts a live migration, and `source.username` is set without a password. Set \
                     `source.password_wo`, which is not stored, or `source.password`, which is stored in the state. \
                     After the live migration has started, the password is no longer needed.\n\n{DESTROY_BLOCKED}"
                ),
            )
            .at("source.username"),
        );
    }
}

/// API version v1.0 has no sharding.
pub(in super::super) fn sharding_in_v1() -> Diagnostic {
    Diagnostic::error(
        summary::sharding_requires_api_version_v2(),
        format!(
            "The provider is configured with `api_version = \"v1.0\"`, whose live migrations have no sharding. Remove the \
             `sharding` block, or set `api_version = \"v2\"` (MONGODB_ATLAS_API_VERSION).\n\n{DESTROY_BLOCKED}"
        ),
    )
    .at("sharding.sharding_entries")
}

/// A start that would erase a cluster which is unknown in the plan.
pub(in super::super) fn drop_into_unknown() -> Diagnostic {
    Diagnostic::error(
        summary::drop_enabled_requires_a_known_destination(),
        format!(
            "`drop_enabled` may erase every collection of the destination, and the destination is (known after apply), so \
             nobody can check what would be erased.\n\n{}\n\n{DESTROY_BLOCKED}",
            steps(&[
                "If the cluster is created in the same apply, it has nothing to erase: set drop_enabled = false.".to_owned(),
                "Otherwise apply the destination first: terraform apply -target=<DESTINATION_ADDRESS>".to_owned(),
            ])
        ),
    )
    .at("drop_enabled")
}

/// An import whose configuration does not reach the provider.
pub(in super::super) fn hidden_by_ignore_changes(prior: &Migration, config: &Migration, diagnostics: &mut Diagnostics) {
    let blocks = [("source", config.source.is_null()), ("destination", config.destination.is_null())];
    for (block, _) in blocks.into_iter().filter(|(_, hidden)| *hidden) {
        diagnostics.push(
            Diagnostic::error(
                summary::ignore_changes_hides_import(prior.id_text()),
                format!(
                    "Atlas does not return the `{block}` of an imported live migration, and `ignore_changes` keeps the \
                     configured one from the provider. Without it, nothing protects the destination from a second \
                     start. Nothing was changed.\n\n{}\n\n{DESTROY_BLOCKED}",
                    steps(&[
                        format!("Remove `{block}` (or `all`) from ignore_changes, and run terraform apply."),
                        "After that apply, add it again.".to_owned(),
                    ])
                ),
            )
            .at(format!("{block}.cluster_name").as_str()),
        );
    }
}

/// An import whose configuration names another project than the import did.
pub(in super::super) fn other_project(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let Some(imported) = prior.group_id.as_str() else { return };
    let own = ("group_id", arguments.group_id.clone());
    let destination = ("destination.group_id", arguments.destination_attr(|destination| &destination.group_id));
    for (path, group) in [own, destination] {
        if let Some(group) = group.as_str().filter(|group| *group != imported) {
            diagnostics.push(
                Diagnostic::error(
                    summary::imported_migration_is_in_another_project(),
                    format!(
                        "Live migration `{}` was imported from project `{imported}`, and the configuration says \
                         `{group}`. Nothing was changed.\n\n{}",
                        prior.id_text(),
                        steps(&[
                            format!("Set {path} = \"{imported}\"."),
                            "Or import the live migration that this configuration describes instead.".to_owned(),
                        ]) + "\n\n"
                            + DESTROY_BLOCKED
                    ),
                )
                .at(path),
            );
        }
    }
}

/// An import whose configuration names another migration host than Atlas does.
pub(in super::super) fn other_host(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let first = |migration: &Migration| {
        let host = migration.migration_hosts.known().and_then(|hosts| hosts.first()).and_then(|host| host.as_str());
        host.map(str::to_owned)
    };
    let (Some(reported), Some(configured)) = (first(prior), first(arguments)) else { return };
    if is_same_host(&reported, &configured) {
        return;
    }
    diagnostics.push(
        Diagnostic::error(
            summary::imported_migration_runs_on_another_migration_host(),
            format!(
                "Atlas reports that live migration `{}` runs on `{reported}`, and the configuration says `{configured}`. \
                 Nothing was changed.\n\n{}",
                prior.id_text(),
                steps(&[
                    format!("Set migration_hosts = [\"{}\"].", host_name(&reported)),
                    "Or import the live migration that this configuration describes instead.".to_owned(),
                ]) + "\n\n" + DESTROY_BLOCKED
            ),
        )
        .at("migration_hosts"),
    );
}

/// Changes that would require a second start of a protected migration.
pub(in super::super) fn changes_of_protected(
    prior: &Migration,
    planned: &Migration,
    private: &PrivateState,
    changes: &[Change],
    diagnostics: &mut Diagnostics,
) {
    for change in changes.iter().filter(|change| change.is_certain()) {
        let old = change.old.as_str().unwrap_or("not set");
        let new = change.new.as_str().unwrap_or("not set");
        let restore = match change.old.as_str() {
            Some(_) if change.path == Path::root("sharding") => "Restore the sharding block.".to_owned(),
            Some(old) => format!("{RESTORE}: {} = {old}", change.path),
            None => format!("Remove {}.", change.path),
        };
        diagnostics.push(
            Diagnostic::error(
                summary::argument_cant_be_changed(prior.id_text()),
                format!(
                    "`{}` is used only when a live migration starts. It was {old} then, and the configuration says {new}. \
                     {}\n\n{}\n\n{}\n\n{DESTROY_BLOCKED}",
                    change.path,
                    second_start(prior, private),
                    summary(prior, private),
                    steps(&ways_out(prior, private, restore)),
                ),
            )
            .at(change.message_path()),
        );
    }
    if prior.drop_enabled.known() != Some(&true) && planned.drop_enabled.known() == Some(&true) {
        diagnostics.push(
            Diagnostic::error(
                summary::drop_enabled_cant_be_set(prior.id_text()),
                format!(
                    "Only a start uses `drop_enabled`, and the live migration started without it. {}\n\n{}\n\n{}\n\n{DESTROY_BLOCKED}",
                    second_start(prior, private),
                    summary(prior, private),
                    steps(&["Set drop_enabled = false.".to_owned()]),
                ),
            )
            .at("drop_enabled"),
        );
    }
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
    if withdrawn && requested && Phase::of(prior, private) == Phase::Running {
        diagnostics.push(
            Diagnostic::error(
                summary::cutover_cant_be_undone(prior.id_text()),
                format!(
                    "Atlas can't cancel a cutover.\n\n{}\n\n{}",
                    summary(prior, private),
                    steps(&[
                        "Set cutover = true again. After the live migration has ended, the argument can be changed."
                            .to_owned()
                    ]) + "\n\n"
                        + DESTROY_BLOCKED
                ),
            )
            .at("cutover"),
        );
    }
}

/// A requested replacement of a protected migration, as far as this process knows it.
pub(in super::super) fn replacement(id: &str, existing: Option<&Existing>) -> Diagnostic {
    let mut next = vec![UNTAINT.to_owned(), NOT_REPLACE.to_owned()];
    next.extend(existing.and_then(|existing| end_it_first(&existing.state, &existing.private)));
    next.push(REFRESH.to_owned());
    let now = existing.map(|existing| format!("{}\n\n{}", why_protected(existing), existing_summary(existing)));
    Diagnostic::error(
        summary::cant_be_replaced(id),
        format!(
            "This plan would start another live migration in place of this one. {}\n\n{}\n\n{DESTROY_BLOCKED}",
            now.unwrap_or_default(),
            steps(&next)
        ),
    )
    .at("destination.cluster_name")
}

/// The destroy half of a replacement, at apply.
pub(in super::super) fn destroy_half(prior: &Migration) -> Diagnostic {
    let private = PrivateState::default();
    Diagnostic::error(
        summary::cant_be_replaced(prior.id_text()),
        format!(
            "This apply would remove the live migration from state and start another one in its place. Nothing was \
             changed.\n\n{}\n\n{}",
            summary(prior, &private),
            steps(&[UNTAINT.to_owned(), NOT_REPLACE.to_owned()])
        ),
    )
}

/// A start that conflicts with a known migration, or with another start of the same plan.
pub(in super::super) fn start(planned: &Migration, conflict: &Conflict) -> Diagnostic {
    let destination = planned.destination_text();
    let diagnostic = match conflict {
        Conflict::AnotherStart => Diagnostic::error(
            summary::two_live_migrations_into_one_destination(),
            format!(
                "Two resources of this configuration would each start a live migration into {destination}, where only one \
                 can run.\n\n{}\n\n{DESTROY_BLOCKED}",
                steps(&["Give one of them another destination, or remove it.".to_owned()])
            ),
        ),
        Conflict::Existing(existing) => {
            duplicate(existing, &format!("This plan would start a live migration into {destination}"))
        }
        Conflict::Hidden(existing) => hidden(existing, "This plan would start a live migration"),
    };
    diagnostic.at("destination.cluster_name")
}

/// The plan of a migration whose destination another resource of the plan starts into.
pub(in super::super) fn another_start(existing: &Existing) -> Diagnostic {
    let diagnostic = if existing.state.destination.is_null() {
        hidden(existing, "Another resource of this plan would start a live migration")
    } else {
        duplicate(
            existing,
            &format!(
                "Another resource of this plan would start a live migration into {}",
                existing.state.destination_text()
            ),
        )
    };
    diagnostic.at("destination.cluster_name")
}

fn duplicate(existing: &Existing, start: &str) -> Diagnostic {
    let mut next = vec![MOVED.to_owned(), UNTAINT.to_owned(), ANOTHER_DESTINATION.to_owned()];
    next.extend(end_it_first(&existing.state, &existing.private));
    next.push(REFRESH.to_owned());
    Diagnostic::error(
        summary::destination_has_one_already(existing.state.id_text()),
        format!(
            "{start}. The live migration below has the same destination and is in this state. {}\n\n{}\n\n{}\n\n\
             {DESTROY_BLOCKED}",
            why_protected(existing),
            existing_summary(existing),
            steps(&next)
        ),
    )
}

fn hidden(existing: &Existing, start: &str) -> Diagnostic {
    let project = existing.state.group_id.as_str().unwrap_or("unknown");
    Diagnostic::error(
        summary::unknown_destination(existing.state.id_text()),
        format!(
            "{start} in project `{project}`. The live migration below was imported into the same project, and no apply has \
             taken its destination from the configuration yet. It may be the same destination.\n\n{}\n\n{}\n\n\
             {DESTROY_BLOCKED}",
            existing_summary(existing),
            steps(&[
                "If the resource block of the imported one is missing, add it.".to_owned(),
                "Apply the imported one first: terraform apply -target=<ADDRESS>".to_owned(),
            ])
        ),
    )
}

fn existing_summary(existing: &Existing) -> String {
    let stored = if existing.refreshed { "" } else { "\n(as last stored; not read from Atlas in this run)" };
    format!("{}{stored}", summary(&existing.state, &existing.private))
}

fn why_protected(existing: &Existing) -> String {
    second_start(&existing.state, &existing.private)
}

/// What a second start would do to a protected migration.
fn second_start(state: &Migration, private: &PrivateState) -> String {
    match Phase::of(state, private) {
        _ if private.not_found => "The live migration is unknown to Atlas, and may have been cut over.".to_owned(),
        Phase::Complete => format!(
            "The live migration is complete: {} was cut over{} and is probably in production. A second live migration would overwrite \
             it.",
            state.destination_text(),
            state.cutover_requested_at.as_str().map(|at| format!(" at {at}")).unwrap_or_default()
        ),
        Phase::FailedDuringCutover => {
            format!(
                "The live migration failed during cutover: {} may hold the only current data.",
                state.destination_text()
            )
        }
        Phase::Running => "The live migration has not ended, and must not be started a second time.".to_owned(),
        Phase::EndedWithoutCutover => "The live migration has ended without a cutover.".to_owned(),
    }
}

fn ways_out(prior: &Migration, private: &PrivateState, restore: String) -> Vec<String> {
    let mut next = vec![restore];
    match Phase::of(prior, private) {
        Phase::Running => next.extend(end_it_first(prior, private)),
        Phase::Complete | Phase::FailedDuringCutover => next.push(
            "To stop managing the live migration, use a removed block. To migrate into the same destination again, see \
             \"Restart after a failed cutover\" in the documentation."
                .to_owned(),
        ),
        Phase::EndedWithoutCutover => {}
    }
    next
}

/// The way to a restart, only where it can't overwrite a cluster that was cut over.
fn end_it_first(state: &Migration, private: &PrivateState) -> Option<String> {
    let safe =
        Phase::of(state, private) == Phase::Running && !private.not_found && !state.cutover_requested_at.is_known();
    safe.then(|| {
        "To restart it on purpose: end it in the Atlas UI (Migrate Data to Atlas), then run terraform apply. A live \
         migration that ended without a cutover can be replaced."
            .to_owned()
    })
}
