//! Every text of the data sources.

use atlas_client::Error;
use tf_provider::Diagnostic;

use super::api_error::ApiFailure;
use super::api_error::scope::is_about_the_migration;
use super::steps::steps;
use crate::config::connection::Atlas;
use crate::summary;

/// A live migration that could not be read.
pub(crate) fn migration_not_read(error: &Error, atlas: &Atlas, group_id: &str, id: &str) -> Diagnostic {
    let failure = ApiFailure { error, atlas, request: None };
    if is_about_the_migration(error) {
        let now = format!(
            "Atlas removes a live migration some time after its end, and a data source has no state that keeps its last \
             status.\n\n{}",
            steps(&[
                format!("Check `group_id` and `id`: the request was for live migration {id} in project {group_id}."),
                "If the live migration has ended, remove this data source. The state of its resource keeps the last status."
                    .to_owned(),
            ])
        );
        return failure.to_diagnostic(summary::unknown_to_atlas(id), &now).at("id");
    }
    failure.to_diagnostic(summary::live_migration_could_not_be_read(), "Nothing was changed.")
}

/// Available projects that could not be read.
pub(crate) fn projects_not_read(error: &Error, atlas: &Atlas, org_id: &str) -> Diagnostic {
    let now = format!(
        "Nothing was changed.\n\n{}",
        steps(&[
            format!("Check that `org_id` is the ID of the Atlas organization: {org_id}"),
            "The credentials need the role Organization Owner.".to_owned(),
            link_step(),
        ])
    );
    let failure = ApiFailure { error, atlas, request: None };
    failure.to_diagnostic(summary::available_projects_not_read(), &now).at("org_id")
}

/// The API version has no such operation.
pub(crate) fn no_projects_in_v1() -> Diagnostic {
    Diagnostic::error(
        summary::available_projects_not_read(),
        "The provider is configured with `api_version = \"v1.0\"`, which can't list projects. Set `api_version = \"v2\"` \
         (MONGODB_ATLAS_API_VERSION).",
    )
}

/// An organization without a project to migrate from.
pub(crate) fn no_projects(org_id: &str) -> Diagnostic {
    Diagnostic::error(
        summary::no_available_projects(),
        format!(
            "Atlas returned no project for organization {org_id}.\n\n{}",
            steps(&[
                link_step(),
                "Make sure that Cloud Manager monitors the source cluster, in a project of the linked organization."
                    .to_owned(),
            ])
        ),
    )
    .at("org_id")
}

fn link_step() -> String {
    "Link the Cloud Manager organization: atlas liveMigrations link create, then paste the token in Cloud Manager (organization \
     Settings, Live Migration: Connect to Atlas)."
        .to_owned()
}
