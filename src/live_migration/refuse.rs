//! The words of every refusal of a plan: what stands in the way, and the way out.

use tf_provider::{Diagnostic, Diagnostics};

use super::change::Change;
use super::guard::{Conflict, Live};
use super::life::Life;
use super::model::Migration;

/// A start whose user has no password. Later runs need none: only a start sends it.
pub(super) fn missing_password(config: &Migration, diagnostics: &mut Diagnostics) {
    let has_user = config.source_attr(|source| &source.username).is_known();
    let has_password = !config.source_attr(|source| &source.password).is_null()
        || !config.source_attr(|source| &source.password_wo).is_null();
    if has_user && !has_password {
        diagnostics.push(
            Diagnostic::error(
                "User without a password",
                "This plan starts a live migration, and Atlas needs the password of `source.username` for it. Set \
                 `source.password_wo` (kept in no state), or `source.password`. Once the \
                 migration is started the password is not needed any more.",
            )
            .at("source.username"),
        );
    }
}

/// The legacy dialect knows no sharding.
pub(super) fn sharding_in_v1() -> Diagnostic {
    Diagnostic::error(
        "Sharding needs API version v2",
        "The provider is configured with `api_version = \"v1.0\"`, whose live migrations have no sharding. Remove \
         the `sharding` block, or set `api_version = \"v2\"` \
         (MONGODB_ATLAS_API_VERSION).",
    )
    .at("sharding.sharding_entries")
}

/// An adoption whose configuration names another project than the import did.
pub(super) fn other_group(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let Some(imported) = prior.group_id.as_str() else { return };
    let own = ("group_id", arguments.group_id.clone());
    let destination = ("destination.group_id", arguments.destination_attr(|destination| &destination.group_id));
    for (path, group) in [own, destination] {
        if let Some(group) = group.as_str().filter(|group| *group != imported) {
            diagnostics.push(
                Diagnostic::error(
                    "Imported migration is in another project",
                    format!(
                        "Live migration `{}` was imported from project `{imported}`, and the configuration says \
                         `{group}`. Write `{imported}` here, or forget the import with \
                         `terraform state rm ADDRESS` and import the right one. Nothing was changed.",
                        prior.id_text()
                    ),
                )
                .at(path),
            );
        }
    }
}

/// An adoption whose configuration names another host than Atlas does.
pub(super) fn other_host(prior: &Migration, arguments: &Migration, diagnostics: &mut Diagnostics) {
    let (Some(reported), Some(given)) = (prior.migration_hosts.known(), arguments.migration_hosts.known()) else {
        return;
    };
    let (Some(reported), Some(given)) =
        (reported.first().and_then(|host| host.as_str()), given.first().and_then(|host| host.as_str()))
    else {
        return;
    };
    if !reported.eq_ignore_ascii_case(given) {
        diagnostics.push(
            Diagnostic::error(
                "Imported migration runs on another host",
                format!(
                    "Atlas says that live migration `{}` runs on `{reported}`, and the configuration says `{given}`. \
                     Write `{reported}` here, or forget the import with \
                     `terraform state rm ADDRESS` and import the right one. Nothing was changed.",
                    prior.id_text()
                ),
            )
            .at("migration_hosts"),
        );
    }
}

/// Changes that would need a second start of a migration that is not spent.
pub(super) fn changes_of_live(
    prior: &Migration,
    planned: &Migration,
    changes: &[Change],
    diagnostics: &mut Diagnostics,
) {
    for change in changes.iter().filter(|change| change.is_certain()) {
        let started = change.old.as_str().map_or("without it".to_owned(), |old| format!("with {old}"));
        let change_to = change.new.as_str().unwrap_or("removing it");
        diagnostics.push(
            Diagnostic::error(
                "Live migration cannot be changed",
                format!(
                    "`{}` is read when a migration is started. Live migration `{}` was started {started} and {}, so \
                     that \
                     {change_to} would need a second start.\n\n{}",
                    change.path,
                    prior.id_text(),
                    stands(prior),
                    ways_out("Put the old value back."),
                ),
            )
            .at(change.message_path()),
        );
    }
    if prior.drop_enabled.known() == Some(&false) && planned.drop_enabled.known() == Some(&true) {
        diagnostics.push(
            Diagnostic::error(
                "Live migration cannot be changed",
                format!(
                    "Live migration `{}` was started without `drop_enabled` and {}. Only a second start could erase \
                     the destination, {}.\n\n{}",
                    prior.id_text(),
                    stands(prior),
                    prior.destination_text(),
                    ways_out("Set `drop_enabled = false`."),
                ),
            )
            .at("drop_enabled"),
        );
    }
}

/// A cutover that was requested and cannot be taken back. One that is in doubt may be given up.
pub(super) fn cutover_withdrawn(prior: &Migration, planned: &Migration, doubt: bool, diagnostics: &mut Diagnostics) {
    let withdrawn = !doubt && prior.cutover.known() == Some(&true) && planned.cutover.known() == Some(&false);
    if let Some(since) = prior.cutover_requested_at.as_str().filter(|_| withdrawn && Life::of(prior) == Life::Running) {
        diagnostics.push(
            Diagnostic::error(
                "Requested cutover cannot be taken back",
                format!(
                    "The cutover of live migration `{}` was requested at {since}, and Atlas has no way to undo it. \
                     Set `cutover = true` again. When the migration is complete the argument may \
                     be changed freely.",
                    prior.id_text()
                ),
            )
            .at("cutover"),
        );
    }
}

/// A value that was unknown in the plan turned out to need a replacement which the user has not seen.
pub(super) fn replacement_not_planned(prior: &Migration, change: &Change) -> Diagnostic {
    Diagnostic::error(
        "Live migration must be replaced, which was not planned",
        format!(
            "`{}` was unknown when this was planned. Now it is {}, and live migration `{}`, which was started {}, must \
             be replaced. Nothing was changed. Run `terraform apply` again: the value is known now, and the plan will \
             show the replacement.",
            change.path,
            change.new.as_str().unwrap_or("not set"),
            prior.id_text(),
            change.old.as_str().map_or("without it".to_owned(), |old| format!("with {old}")),
        ),
    )
    .at(change.message_path())
}

/// A replacement of what is not spent, asked for by the user.
pub(super) fn replace(planned: &Migration, live: &Live) -> Diagnostic {
    Diagnostic::error(
        "Second live migration into one destination",
        format!(
            "This plan would replace live migration `{}` ({}), which means to start another one into {} beside it. \
             Only \
             a migration that is FAILED or EXPIRED can be replaced.\n\n{REPLACED}\n{ANOTHER}\n{CHANGED}",
            live.id,
            told(live),
            planned.destination_text(),
        ),
    )
    .at("destination.cluster_name")
}

/// A start that the guard bars.
pub(super) fn start(planned: &Migration, conflict: &Conflict) -> Diagnostic {
    let destination = planned.destination_text();
    let detail = match conflict {
        Conflict::Twin => format!(
            "Two resources of this configuration would each start a live migration into {destination}, where only one \
             can run. Give one of them another destination, or remove it."
        ),
        Conflict::Live(live) => format!(
            "This plan would start a live migration into {destination}, but live migration `{}` ({}) goes there \
             already, and is in this state.\n\n{RENAMED}\n{TAINTED}\n{DESTINATION}\n{ANOTHER}\n{CHANGED}",
            live.id,
            told(live),
        ),
    };
    Diagnostic::error("Second live migration into one destination", detail).at("destination.cluster_name")
}

/// A migration whose destination another resource of the plan starts into.
pub(super) fn met(state: &Migration, live: &Live) -> Diagnostic {
    Diagnostic::error(
        "Second live migration into one destination",
        format!(
            "Live migration `{}` ({}) goes into {}, and another resource of this plan would start a second one \
             there.\n\n\
             {RENAMED}\n{DESTINATION}\n{ANOTHER}\n{CHANGED}",
            live.id,
            told(live),
            state.destination_text(),
        ),
    )
    .at("destination.cluster_name")
}

/// The forgetting half of a replacement, met at apply.
pub(super) fn forgetting_half(prior: &Migration) -> Diagnostic {
    Diagnostic::error(
        "Live migration is not replaced",
        format!(
            "This plan would forget live migration `{}` into {}, which {}, and start another one in its place. Nothing \
             was changed.\n\n{TAINTED}\n{REPLACED}\n{ANOTHER}",
            prior.id_text(),
            prior.destination_text(),
            stands(prior)
        ),
    )
}

// Ways out, as lines that Terraform does not wrap.
const RENAMED: &str = "  - The resource was renamed, or its for_each key or count index; tell it:\n      \
                       moved {\n        from = OLD_ADDRESS\n        to   = NEW_ADDRESS\n      }";
const TAINTED: &str = "  - The resource is tainted: terraform untaint ADDRESS\n    \
                       (to destroy it instead: terraform destroy -refresh=false, without prevent_destroy)";
const REPLACED: &str = "  - Asked for with -replace or replace_triggered_by: leave that out.";
const DESTINATION: &str = "  - Another resource is meant: give it another destination.";
const ANOTHER: &str = "  - To start another one on purpose: terraform state rm ADDRESS\n    \
                       (the one in the state stays in Atlas as it is), then apply.";
const CHANGED: &str = "  - Its status has changed since: terraform apply -refresh-only, then plan.";

fn told(live: &Live) -> String {
    format!("status {}{}", live.status, if live.refreshed { "" } else { " when last stored" })
}

fn stands(prior: &Migration) -> String {
    match Life::of(prior) {
        Life::Running => format!("is not over (status {})", prior.status.as_str().unwrap_or("not told")),
        Life::Complete => "is COMPLETE".to_owned(),
        Life::Broken => format!("is {} after its cutover was requested", prior.status.as_str().unwrap_or("over")),
        Life::Spent => format!("is {}", prior.status.as_str().unwrap_or("over")),
    }
}

fn ways_out(first: &str) -> String {
    format!(
        "  - {first}\n{ANOTHER}\n\n\
         `terraform destroy` makes the same plan first and fails with it; `terraform destroy -refresh=false` does not."
    )
}
