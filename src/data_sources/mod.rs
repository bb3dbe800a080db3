//! The data sources: they read from Atlas and change nothing.

mod available_projects;
mod live_migration;

pub(crate) use available_projects::AvailableProjects;
pub(crate) use live_migration::LiveMigrationData;
