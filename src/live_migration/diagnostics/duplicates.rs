//! Duplicate-start protection: two migrations into one destination, or on one migration host.

use tf_provider::{Diagnostic, Diagnostics};

use super::super::duplicate_guard::{Conflict, Existing};
use super::super::model::Migration;
use super::replacement::{REFRESH, UNTAINT, end_it_first, existing_summary, second_start};
use super::skeleton::{DESTROY_BLOCKED, paragraphs};
use super::steps::steps;
use crate::summary;

const MOVED: &str = "If the resource was renamed, or its for_each key or count index changed, add:\nmoved {\n  from = \
                     <OLD_ADDRESS>\n  to   = <NEW_ADDRESS>\n}";
const ANOTHER_DESTINATION: &str = "If another destination is meant, change destination.cluster_name.";

/// A start that conflicts with a known migration, or with another start of the same plan.
pub(in super::super) fn start(planned: &Migration, conflict: &Conflict) -> Diagnostic {
    let destination = planned.destination_text();
    let diagnostic = match conflict {
        Conflict::AnotherStart => {
            let cause = format!(
                "Two resources of this configuration would each start a live migration into {destination}, where only one \
                 can run."
            );
            let next = steps(&["Give one of them another destination, or remove it."]);
            let detail = paragraphs(&[&cause, &next, DESTROY_BLOCKED]);
            Diagnostic::error(summary::two_live_migrations_into_one_destination(), detail)
        }
        Conflict::Existing(existing) => {
            duplicate(existing, &format!("This plan would start a live migration into {destination}"))
        }
        Conflict::Hidden(existing) => hidden(existing, "This plan would start a live migration"),
    };
    diagnostic.at("destination.cluster_name")
}

/// The plan of a migration whose destination another resource of the plan starts into.
pub(in super::super) fn another_start(existing: &Existing) -> Diagnostic {
    let start = "Another resource of this plan would start a live migration";
    let diagnostic = if existing.state.destination.is_null() {
        hidden(existing, start)
    } else {
        duplicate(existing, &format!("{start} into {}", existing.state.destination_text()))
    };
    diagnostic.at("destination.cluster_name")
}

fn duplicate(existing: &Existing, start: &str) -> Diagnostic {
    let cause = format!(
        "{start}. The live migration below has the same destination and is in this state. {}",
        second_start(&existing.state, &existing.private)
    );
    let mut next = vec![MOVED, UNTAINT, ANOTHER_DESTINATION];
    next.extend(end_it_first(&existing.state, &existing.private));
    next.push(REFRESH);
    Diagnostic::error(
        summary::destination_has_one_already(existing.state.id_text()),
        paragraphs(&[&cause, &existing_summary(existing), &steps(&next), DESTROY_BLOCKED]),
    )
}

fn hidden(existing: &Existing, start: &str) -> Diagnostic {
    let project = existing.state.group_id.as_str().unwrap_or("unknown");
    let cause = format!(
        "{start} in project `{project}`. The live migration below was imported into the same project, and no apply has taken \
         its destination from the configuration yet. It may be the same destination."
    );
    let next = steps(&[
        "If the resource block of the imported one is missing, add it.",
        "Apply the imported one first:\nterraform apply -target=<ADDRESS>",
    ]);
    Diagnostic::error(
        summary::unknown_destination(existing.state.id_text()),
        paragraphs(&[&cause, &existing_summary(existing), &next, DESTROY_BLOCKED]),
    )
}

/// Two migrations on one migration host.
pub(in super::super) fn shared_host(host: &str, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::warning(
            summary::shared_migration_host(host),
            "A migration host runs one live migration at a time, and Atlas may refuse or fail the second one. Give each \
             live migration that runs at the same time a migration host of its own, or start this one after the other \
             has ended.",
        )
        .at("migration_hosts"),
    );
}
