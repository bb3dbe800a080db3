//! The operations: create, read, cut over, validate, validation status, available projects. They are independent of connections and faults.

use crate::auth::authorize;
use crate::config::Access;
use crate::media::{Negotiated, negotiate};
use crate::migration::{LiveMigration, Phase, Seed, Stage};
use crate::request_body::{self, MigrationRequest};
use crate::response::Response;
use crate::route::{ApiVersion, Operation, Target, is_id};
use crate::state::{EventKind, State};
use crate::validation::Validation;

/// The parts of a request that the operations use.
#[derive(Clone, Copy)]
pub(crate) struct ApiRequest<'a> {
    pub(crate) target: &'a Target,
    pub(crate) accept: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

type ApiResult = Result<Response, Box<Response>>;

/// Runs the operation; a rejected request gets a response in Atlas's error format.
pub(crate) fn perform(state: &mut State, request: ApiRequest<'_>, access: &Access) -> Response {
    try_perform(state, request, access).unwrap_or_else(|error| *error)
}

fn try_perform(state: &mut State, request: ApiRequest<'_>, access: &Access) -> ApiResult {
    let target = request.target;
    if let Err(seconds) = state.count_against_rate_limit() {
        let detail = format!("The rate limit of {} requests a minute is reached.", state.config.rate_limit);
        return Err(Box::new(Response::error(429, "RATE_LIMITED", detail).header("retry-after", seconds.to_string())));
    }
    authorize(access, target)?;
    let has_body = matches!(target.operation, Operation::Create | Operation::Validate);
    let negotiated = negotiate(target.operation, target.version, request.accept, request.content_type, has_body)?;
    if target.operation != Operation::AvailableProjects {
        require_project(state, &target.group_id)?;
    }
    match target.operation {
        Operation::Create => create(state, request, negotiated),
        Operation::Validate => validate(state, request, negotiated),
        Operation::Read => read(state, target, negotiated),
        Operation::ValidationStatus => validation_status(state, target, negotiated),
        Operation::Cutover => cut_over(state, request, negotiated),
        Operation::AvailableProjects => available_projects(state, &target.id, negotiated),
        // These are handled earlier: OAuth has its own endpoints, and unknown operations got 404 or 405.
        Operation::Token | Operation::Revoke | Operation::Other | Operation::Any => {
            Err(Box::new(Response::error(500, "UNEXPECTED_ERROR", "Unexpected error.")))
        }
    }
}

fn require_project(state: &State, group_id: &str) -> Result<(), Box<Response>> {
    if !is_id(group_id) {
        let detail = format!("An invalid group ID {group_id} was specified.");
        return Err(Box::new(Response::error_with_parameters(404, "INVALID_GROUP_ID", detail, &[group_id])));
    }
    require_known_project(state.config.groups.as_deref(), group_id)
}

fn require_known_project(groups: Option<&[String]>, group_id: &str) -> Result<(), Box<Response>> {
    if groups.is_none_or(|groups| groups.iter().any(|known| known == group_id)) {
        return Ok(());
    }
    let detail = format!("No group with ID {group_id} exists.");
    Err(Box::new(Response::error_with_parameters(404, "GROUP_NOT_FOUND", detail, &[group_id])))
}

/// Validates the body, also against the projects and clusters that exist.
fn parse_body(
    state: &State,
    request: ApiRequest<'_>,
    negotiated: Negotiated,
) -> Result<MigrationRequest, Box<Response>> {
    let group_id = &request.target.group_id;
    let requested = request_body::parse(request.body, negotiated.format, group_id)?;
    require_known_project(state.config.linked_sources.as_deref(), &requested.source_group_id)?;
    let name = &requested.cluster_name;
    if state.config.clusters.as_ref().is_some_and(|known| !known.iter().any(|(g, c)| g == group_id && c == name)) {
        let detail = format!("No cluster named {name} exists in group {group_id}.");
        return Err(Box::new(Response::error_with_parameters(404, "CLUSTER_NOT_FOUND", detail, &[name, group_id])));
    }
    Ok(requested)
}

fn create(state: &mut State, request: ApiRequest<'_>, negotiated: Negotiated) -> ApiResult {
    let requested = parse_body(state, request, negotiated)?;
    let group_id = &request.target.group_id;
    reject_conflicts(state, group_id, &requested)?;
    let mut migration = state.new_live_migration(Seed {
        source_group_id: requested.source_group_id,
        source_cluster_name: requested.source_cluster_name,
        migration_hosts: vec![requested.migration_host],
        ..Seed::new(group_id, &requested.cluster_name, Stage::New)
    });
    migration.drop_destination = requested.drop_destination;
    state.add_event(EventKind::Created { id: migration.id.clone() });
    if requested.drop_destination {
        state.add_event(EventKind::Erased { group_id: group_id.clone(), cluster_name: requested.cluster_name });
    }
    let response = Response::json_value(201, negotiated.content_type, &migration.body(state.clock.now()));
    let response = response.with_note(format!("created {}", migration.id));
    state.live_migrations.push(migration);
    Ok(response)
}

/// Allows one active migration for each destination, and one for each migration host.
fn reject_conflicts(state: &State, group_id: &str, requested: &MigrationRequest) -> Result<(), Box<Response>> {
    let now = state.clock.now();
    for migration in state.live_migrations.iter().filter(|migration| migration.holds_resources(now)) {
        let what = if migration.group_id == group_id && migration.cluster_name == requested.cluster_name {
            format!("cluster {} in project {group_id}", requested.cluster_name)
        } else if migration.migration_hosts.contains(&requested.migration_host) {
            format!("migration host {}", requested.migration_host)
        } else {
            continue;
        };
        // The code is invented, because Atlas documents none for this conflict.
        let detail = format!("A live migration is already running for {what}.");
        return Err(Box::new(Response::error(409, "LIVE_MIGRATION_ALREADY_RUNNING", detail)));
    }
    Ok(())
}

fn read(state: &mut State, target: &Target, negotiated: Negotiated) -> ApiResult {
    let now = state.clock.now();
    let migration = find_migration(&mut state.live_migrations, target)?;
    migration.reads += 1;
    Ok(Response::json_value(200, negotiated.content_type, &migration.body(now)))
}

fn cut_over(state: &mut State, request: ApiRequest<'_>, negotiated: Negotiated) -> ApiResult {
    let ApiRequest { target, body, .. } = request;
    let acceptable = match target.version {
        ApiVersion::V2 => body.is_empty(),
        ApiVersion::V1 => body.is_empty() || serde_json::from_slice::<serde_json::Value>(body).is_ok(),
    };
    if !acceptable {
        return Err(Box::new(Response::error(400, "INVALID_JSON", "This request takes no body.")));
    }
    let now = state.clock.now();
    let migration = find_migration(&mut state.live_migrations, target)?;
    let id = migration.id.clone();
    let problem = match migration.phase(now) {
        Phase::Ready => None,
        Phase::New | Phase::Syncing { .. } => Some("is not ready for cutover"),
        Phase::CuttingOver | Phase::Complete => Some("has been cut over already"),
        Phase::Expired => Some("has expired"),
        Phase::Failed => Some("has failed"),
    };
    if let Some(problem) = problem {
        // The code is invented, because Atlas documents none for this conflict.
        let detail = format!("The live migration {id} {problem}.");
        return Err(Box::new(Response::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", detail)));
    }
    migration.cutover_at = Some(now);
    let body = migration.body(now);
    state.add_event(EventKind::CutoverRequested { id });
    let response = match target.version {
        ApiVersion::V2 => Response::raw(202, negotiated.content_type, ""),
        ApiVersion::V1 => Response::json_value(202, negotiated.content_type, &body),
    };
    Ok(response.with_note("cutover requested"))
}

fn validate(state: &mut State, request: ApiRequest<'_>, negotiated: Negotiated) -> ApiResult {
    let requested = parse_body(state, request, negotiated)?;
    let failure = state
        .next_validation_failures
        .pop_front()
        .or_else(|| state.cluster_validation_failures.get(&requested.cluster_name).cloned());
    let validation = Validation {
        id: state.new_id(),
        group_id: request.target.group_id.clone(),
        source_group_id: requested.source_group_id,
        created_at: state.clock.now(),
        null_for: state.config.validation_null_for,
        pending_for: state.config.validation_for,
        failure,
    };
    state.add_event(EventKind::ValidationStarted { id: validation.id.clone() });
    let response = Response::json_value(200, negotiated.content_type, &validation.created_body());
    let response = response.with_note(format!("validation {}", validation.id));
    state.validations.push(validation);
    Ok(response)
}

fn validation_status(state: &State, target: &Target, negotiated: Negotiated) -> ApiResult {
    let found = state.validations.iter().find(|it| it.id == target.id && it.group_id == target.group_id);
    let validation = found.ok_or_else(|| not_found("live migration validation", &target.id))?;
    Ok(Response::json_value(200, negotiated.content_type, &validation.body(state.clock.now())))
}

fn available_projects(state: &State, org_id: &str, negotiated: Negotiated) -> ApiResult {
    if !is_id(org_id) {
        let detail = format!("An invalid organization ID {org_id} was specified.");
        return Err(Box::new(Response::error_with_parameters(404, "INVALID_ORG_ID", detail, &[org_id])));
    }
    let Some(organization) = state.config.organizations.iter().find(|it| it.id == org_id) else {
        let detail = format!("No organization with ID {org_id} exists.");
        return Err(Box::new(Response::error_with_parameters(404, "ORG_NOT_FOUND", detail, &[org_id])));
    };
    Ok(Response::json_value(200, negotiated.content_type, &organization.available_projects()))
}

fn find_migration<'a>(
    migrations: &'a mut [LiveMigration],
    target: &Target,
) -> Result<&'a mut LiveMigration, Box<Response>> {
    migrations
        .iter_mut()
        .find(|it| it.id == target.id && it.group_id == target.group_id && !it.aged_out)
        .ok_or_else(|| not_found("live migration", &target.id))
}

fn not_found(what: &str, id: &str) -> Box<Response> {
    Box::new(Response::error_with_parameters(
        404,
        "RESOURCE_NOT_FOUND",
        format!("Cannot find resource {what} {id}."),
        &[id],
    ))
}
