//! The control API under `/simulator/`, which controls the simulator without code: clock, failures, faults, seeds. It is
//! independent of the simulated API.

mod body;
mod reply;

use crate::fault::FaultHandle;
use crate::migration::Migration;
use crate::organization::Organization;
use crate::route::is_id;
use crate::shared::Shared;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use body::{ClockBody, FailBody, FaultBody, SeedBody, ValidationBody, parse};
use reply::{Error, Result, done, json_response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

const HELP: &str = r#"The control API of the simulator. Bodies are JSON. No authentication is required.

GET  /simulator/                           this text
GET  /simulator/migrations                 the current state of every migration
POST /simulator/migrations                 {"group_id": "...", "cluster_name": "...", "stage": "ready"}
                                           adds an existing migration; stages: new, working, ready, cutting-over,
                                           complete, expired, failed
POST /simulator/migrations/{id}/fail       {"reason": "..."}   the migration fails
POST /simulator/migrations/{id}/age-out    {}   reads respond with 404 from now on
GET  /simulator/organizations              every organization with its available projects
POST /simulator/organizations              {"id": "...", "linked": true, "projects": [{"project_id": "...", "name": "...",
                                            "migration_hosts": [], "deployments": []}]}
                                           adds an organization, or replaces the one with this ID
POST /simulator/clock                      {"advance": "96h"} or {"speed": 60} or both; speed 0 freezes the clock
POST /simulator/validation                 {"error": "..."}   the next validation fails
POST /simulator/faults                     {"operation": "create", "action": "reset", "times": 1, "skip": 0,
                                            "processed": false}
                                           operations: create, read, cutover, validate, validation-status,
                                           available-projects, token, revoke, any
                                           actions: error (status, code, detail), html (status),
                                           rate-limited (retry_after), redirect (url), header (name, value),
                                           without-id, invalid-json, truncate, huge (bytes), reset, silence, hold,
                                           stale-nonce, expire-tokens
                                           times 0: no limit; processed: the request takes effect first
POST /simulator/faults/{number}/release    {}   held requests continue
POST /simulator/faults/{number}/end        {}   the fault no longer applies
GET  /simulator/requests                   the request log, with passwords masked
"#;

/// The state, and the faults that were added through this API; a fault's number is its index plus one.
#[derive(Clone)]
struct Control {
    shared: Arc<Shared>,
    faults: Arc<Mutex<Vec<FaultHandle>>>,
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let control = Control { shared, faults: Arc::default() };
    Router::new()
        .route("/simulator", get(HELP))
        .route("/simulator/", get(HELP))
        .route("/simulator/migrations", get(migrations).post(seed))
        .route("/simulator/migrations/{id}/fail", post(fail))
        .route("/simulator/migrations/{id}/age-out", post(age_out))
        .route("/simulator/organizations", get(organizations).post(set_organization))
        .route("/simulator/clock", post(clock))
        .route("/simulator/validation", post(validation))
        .route("/simulator/faults", post(fault))
        .route("/simulator/faults/{number}/release", post(release))
        .route("/simulator/faults/{number}/end", post(end))
        .route("/simulator/requests", get(requests))
        .with_state(control)
}

async fn migrations(State(control): State<Control>) -> Response {
    let migrations: Vec<Value> = control.shared.lock().migrations().iter().map(to_json).collect();
    json_response(&Value::Array(migrations))
}

async fn requests(State(control): State<Control>) -> String {
    control.shared.lock().log()
}

async fn seed(State(control): State<Control>, body: Bytes) -> Result<Response> {
    let seed = parse::<SeedBody>(&body)?.into_seed()?;
    let seeded = control.shared.update(|state| {
        let migration = state.new_live_migration(seed);
        let seeded = to_json(&migration.snapshot(state.clock.now()));
        state.live_migrations.push(migration);
        seeded
    });
    Ok(json_response(&seeded))
}

async fn fail(State(control): State<Control>, Path(id): Path<String>, body: Bytes) -> Result<Response> {
    let body: FailBody = parse(&body)?;
    if control.shared.update(|state| state.fail(&id, &body.reason)) {
        return Ok(done());
    }
    Err(Error::conflict("no active migration has this id"))
}

async fn age_out(State(control): State<Control>, Path(id): Path<String>) -> Result<Response> {
    if control.shared.update(|state| state.update_live_migration(&id, |migration| migration.aged_out = true)) {
        return Ok(done());
    }
    Err(Error::not_found("no migration has this id"))
}

async fn organizations(State(control): State<Control>) -> Response {
    json_response(&json!(control.shared.lock().config.organizations))
}

async fn set_organization(State(control): State<Control>, body: Bytes) -> Result<Response> {
    let organization: Organization = parse(&body)?;
    let mut ids = std::iter::once(&organization.id).chain(organization.projects.iter().map(|it| &it.project_id));
    if !ids.all(|id| is_id(id)) {
        return Err(Error::bad_request("id and project_id must be 24 lowercase hexadecimal digits"));
    }
    control.shared.update(|state| state.set_organization(organization));
    Ok(done())
}

async fn clock(State(control): State<Control>, body: Bytes) -> Result<Response> {
    let body: ClockBody = parse(&body)?;
    let (advance, speed) = (body.advance()?, body.speed()?);
    let (now, speed) = control.shared.update(|state| {
        if let Some(speed) = speed {
            state.clock.set_speed(speed);
        }
        state.clock.advance(advance);
        (state.now(), state.clock.speed())
    });
    Ok(json_response(&json!({"now": humantime::format_rfc3339_seconds(now).to_string(), "speed": speed})))
}

async fn validation(State(control): State<Control>, body: Bytes) -> Result<Response> {
    let body: ValidationBody = parse(&body)?;
    control.shared.update(|state| state.next_validation_failures.push_back(body.error));
    Ok(done())
}

async fn fault(State(control): State<Control>, body: Bytes) -> Result<Response> {
    let fault = parse::<FaultBody>(&body)?.into_fault()?;
    let handle = control.shared.update(|state| state.faults.add(fault));
    let mut faults = control.faults.lock().unwrap_or_else(PoisonError::into_inner);
    faults.push(handle);
    Ok(json_response(&json!({"number": faults.len()})))
}

async fn release(State(control): State<Control>, Path(number): Path<usize>) -> Result<Response> {
    control.fault(number)?.release();
    Ok(done())
}

async fn end(State(control): State<Control>, Path(number): Path<usize>) -> Result<Response> {
    control.fault(number)?.end();
    Ok(done())
}

impl Control {
    fn fault(&self, number: usize) -> Result<FaultHandle> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = number.checked_sub(1).and_then(|index| faults.get(index)).cloned();
        handle.ok_or_else(|| Error::not_found("no fault has this number"))
    }
}

fn to_json(migration: &Migration) -> Value {
    let time = |at| humantime::format_rfc3339_seconds(at).to_string();
    json!({
        "id": migration.id,
        "group_id": migration.group_id,
        "cluster_name": migration.cluster_name,
        "source_group_id": migration.source_group_id,
        "source_cluster_name": migration.source_cluster_name,
        "migration_hosts": migration.migration_hosts,
        "drop_destination": migration.drop_destination,
        "status": migration.status,
        "ready_for_cutover": migration.ready_for_cutover,
        "lag_time_seconds": migration.lag_time_seconds,
        "failure": migration.failure,
        "aged_out": migration.aged_out,
        "created_at": time(migration.created_at),
        "ready_at": time(migration.ready_at),
        "cutover_requested_at": migration.cutover_requested_at.map(time),
        "reads": migration.reads,
    })
}
