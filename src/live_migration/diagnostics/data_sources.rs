//! Every text of the data sources.

use atlas_client::Error;
use tf_provider::Diagnostic;

use super::api_error::ApiFailure;
use super::api_error::scope::is_about_the_migration;
use super::skeleton::paragraphs;
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

const NOTHING_CHANGED: &str = "Nothing was changed.";
const LINK: &str = "Link the Cloud Manager organization: atlas liveMigrations link create, then paste the token in Cloud Manager \
                    (organization Settings, Live Migration: Connect to Atlas).";

/// A live migration that could not be read.
pub(crate) fn migration_not_read(error: &Error, atlas: &Atlas, group_id: &str, id: &str) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    if !is_about_the_migration(error) {
        let next = failure.steps(&["Run the command again."]);
        return failure.to_diagnostic(summary::cant_read(failure.short_cause()), &[NOTHING_CHANGED, &next]);
    }
    let now = "Atlas removes a live migration some time after its end, and a data source has no state that keeps the last \
               status.";
    let next = steps(&[
        &*format!("Check group_id and id: the request was for live migration {id} in project {group_id}."),
        "If the live migration has ended, remove this data source. The state of its resource keeps the last status.",
    ]);
    failure.to_diagnostic(summary::unknown_to_atlas(id), &[now, &next]).at("id")
}

/// Available projects that could not be read.
pub(crate) fn projects_not_read(error: &Error, atlas: &Atlas) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    let next = failure.steps(&["Make sure that the credentials have the role Organization Owner.", LINK]);
    let summary = summary::cant_read_available_projects(failure.short_cause());
    failure.to_diagnostic(summary, &[NOTHING_CHANGED, &next]).at("org_id")
}

/// The API version has no such operation.
pub(crate) fn no_projects_in_v1() -> Diagnostic {
    let cause = "The provider is configured with `api_version = \"v1.0\"`, which can't list projects.";
    let next = steps(&["Set api_version = \"v2\" in the provider block (or MONGODB_ATLAS_API_VERSION)."]);
    let summary = summary::cant_read_available_projects(summary::cause::needs_api_version_v2());
    Diagnostic::error(summary, paragraphs(&[cause, &next]))
}

/// An organization without a project to migrate from.
pub(crate) fn no_projects(org_id: &str) -> Diagnostic {
    let cause = format!("Atlas returned no project for organization {org_id}.");
    let next = steps(&[
        LINK,
        "Make sure that Cloud Manager monitors the source cluster, in a project of the linked organization.",
    ]);
    Diagnostic::error(summary::no_available_projects(), paragraphs(&[&cause, &next])).at("org_id")
}
