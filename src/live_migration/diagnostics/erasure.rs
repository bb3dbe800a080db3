//! What erases the destination, now or later. Terraform merges warnings with equal summaries and shows only the first detail,
//! so each summary names the cluster and its project, or the migration.

use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::super::model::{Destination, Migration};
use crate::summary;

/// A start that erases the destination, or may.
pub(in super::super) fn by_start(planned: &Migration, diagnostics: &mut Diagnostics) {
    let Some((verb, cause)) = verb_and_cause(planned.drop_enabled).filter(|_| !planned.has_unknown_destination())
    else {
        return;
    };
    diagnostics.push(
        Diagnostic::warning(
            summary::this_apply_erases(verb, cluster(planned), project(planned)),
            format!(
                "{cause} When the live migration starts, Atlas drops every collection of {}. This can't be undone. Set \
                 `drop_enabled = false` to keep the data.",
                planned.destination_text()
            ),
        )
        .at("drop_enabled"),
    );
}

/// A restart of a replaceable migration that would erase the destination. Terraform hides the warnings of the plan that
/// `-replace` makes, so this comes with every plan of such a migration.
pub(in super::super) fn by_restart(planned: &Migration, diagnostics: &mut Diagnostics) {
    let Some((verb, cause)) = verb_and_cause(planned.drop_enabled) else { return };
    diagnostics.push(
        Diagnostic::warning(
            summary::restart_erases(verb, cluster(planned), project(planned)),
            format!(
                "{cause} If this apply or a later one replaces the live migration, Atlas drops every collection of {}. This \
                 can't be undone. Set `drop_enabled = false` to keep the data.",
                planned.destination_text()
            ),
        )
        .at("drop_enabled"),
    );
}

/// A complete migration whose configuration would erase the destination if it were started again.
pub(in super::super) fn still_enabled(state: &Migration, planned: &Migration, diagnostics: &mut Diagnostics) {
    let Some((verb, cause)) = verb_and_cause(planned.drop_enabled) else { return };
    diagnostics.push(
        Diagnostic::warning(
            summary::set_drop_enabled_to_false(state.id_text()),
            format!(
                "The live migration has ended as {}, and {} may be in production. {cause} If this resource is ever removed \
                 from state and applied again, Atlas {verb} that cluster. Setting the argument to false sends nothing to \
                 Atlas.",
                state.status_text(),
                state.destination_text()
            ),
        )
        .at("drop_enabled"),
    );
}

/// The removal of a migration whose resource block would start one that erases the destination.
pub(super) fn after_removal(state: &Migration) -> Diagnostic {
    Diagnostic::warning(
        summary::next_apply_would_erase(cluster(state), project(state)),
        format!(
            "This destroy removes live migration {} ({}) from state. Its configuration says `drop_enabled = true`: if the \
             resource block stays, the next terraform apply starts a new migration and erases {}. Remove the block as well; \
             a removed block does both in one step.",
            state.id_text(),
            state.status_text(),
            state.destination_text()
        ),
    )
}

fn verb_and_cause(drop_enabled: Attr<bool>) -> Option<(&'static str, &'static str)> {
    match drop_enabled {
        Attr::Known(true) => Some(("erases", "`drop_enabled` is true.")),
        Attr::Unknown => Some(("may erase", "`drop_enabled` is (known after apply) and may be true.")),
        Attr::Known(false) | Attr::Null => None,
    }
}

fn cluster(migration: &Migration) -> String {
    text(migration, |destination| &destination.cluster_name)
}

fn project(migration: &Migration) -> String {
    text(migration, |destination| &destination.group_id)
}

fn text(migration: &Migration, of: fn(&Destination) -> &Attr<String>) -> String {
    migration.destination_attr(of).into_known().unwrap_or_else(|| "(known after apply)".to_owned())
}
