//! The control API under `/simulator/`, for rehearsals without code: clock, failures, faults, seeds; it must not know the simulated
//! API.

use crate::action::Action;
use crate::answer::Answer;
use crate::fault::{Fault, FaultHandle};
use crate::migration::{Migration, Seed, Stage};
use crate::route::Operation;
use crate::shared::Shared;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const HELP: &str = r#"The control API of the simulator. Bodies are JSON; no authentication.

GET  /simulator/                           this text
GET  /simulator/migrations                 every migration as it stands now
POST /simulator/migrations                 {"group_id": "...", "cluster_name": "...", "stage": "ready"}
                                           a migration that exists already; stages: new, working, ready,
                                           cutting-over, complete, expired, failed
POST /simulator/migrations/{id}/fail       {"reason": "..."}
POST /simulator/migrations/{id}/age-out    {}   reads answer 404 from now on
POST /simulator/clock                      {"advance": "96h"} or {"speed": 60} or both; speed 0 freezes
POST /simulator/validation                 {"error": "..."}   the next validation job fails
POST /simulator/faults                     {"operation": "create", "action": "reset", "times": 1, "skip": 0, "processed": false}
                                           operations: create, read, cutover, validate, validation-status, token, revoke, any
                                           actions: error (status, code, detail), html (status), rate-limited (retry_after),
                                           redirect (url), header (name, value), without-id, invalid-json, truncate,
                                           huge (bytes), reset, silence, hold, stale-nonce, expire-tokens
                                           times 0 is forever; processed: the request takes effect first
POST /simulator/faults/{number}/release    {}   lets go on what is held
POST /simulator/faults/{number}/end        {}   the rule applies no more
GET  /simulator/requests                   the request log, passwords masked
"#;

/// What the handlers share: the state, and the faults that were made here.
#[derive(Clone)]
struct Control {
    shared: Arc<Shared>,
    faults: Arc<Mutex<Vec<FaultHandle>>>,
}

/// A refusal in words.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, json(&json!({"error": self.1}))).into_response()
    }
}

type Reply = Result<Response, Refusal>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let control = Control { shared, faults: Arc::default() };
    Router::new()
        .route("/simulator", get(HELP))
        .route("/simulator/", get(HELP))
        .route("/simulator/migrations", get(migrations).post(seed))
        .route("/simulator/migrations/{id}/fail", post(fail))
        .route("/simulator/migrations/{id}/age-out", post(age_out))
        .route("/simulator/clock", post(clock))
        .route("/simulator/validation", post(validation))
        .route("/simulator/faults", post(fault))
        .route("/simulator/faults/{number}/release", post(release))
        .route("/simulator/faults/{number}/end", post(end))
        .route("/simulator/requests", get(requests))
        .with_state(control)
}

async fn migrations(State(control): State<Control>) -> Response {
    let migrations: Vec<Value> = control.shared.look().migrations().iter().map(describe).collect();
    json(&Value::Array(migrations)).into_response()
}

async fn requests(State(control): State<Control>) -> String {
    control.shared.look().log()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedBody {
    group_id: String,
    cluster_name: String,
    stage: String,
    migration_host: Option<String>,
}

async fn seed(State(control): State<Control>, body: Bytes) -> Reply {
    let body: SeedBody = read(&body)?;
    let stage = stage(&body.stage).ok_or_else(|| bad_request("there is no such stage"))?;
    if !crate::route::is_id(&body.group_id) {
        return Err(bad_request("group_id must be 24 lower-case hexadecimal digits"));
    }
    let mut seed = Seed::new(body.group_id, body.cluster_name, stage);
    if let Some(host) = body.migration_host {
        seed.migration_hosts = vec![host];
    }
    let described = control.shared.update(|state| {
        let job = state.new_job(seed);
        let described = describe(&job.snapshot(state.clock.now()));
        state.jobs.push(job);
        described
    });
    Ok(json(&described).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FailBody {
    reason: String,
}

async fn fail(State(control): State<Control>, Path(id): Path<String>, body: Bytes) -> Reply {
    let body: FailBody = read(&body)?;
    if control.shared.update(|state| state.fail(&id, &body.reason)) {
        return Ok(done());
    }
    Err(Refusal(StatusCode::CONFLICT, "there is no live migration with this id".to_owned()))
}

async fn age_out(State(control): State<Control>, Path(id): Path<String>) -> Reply {
    if control.shared.update(|state| state.change_job(&id, |job| job.aged_out = true)) {
        return Ok(done());
    }
    Err(Refusal(StatusCode::NOT_FOUND, "there is no migration with this id".to_owned()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    advance: Option<String>,
    speed: Option<f64>,
}

async fn clock(State(control): State<Control>, body: Bytes) -> Reply {
    let body: ClockBody = read(&body)?;
    let advance = match &body.advance {
        Some(text) => humantime::parse_duration(text).map_err(|error| bad_request(&format!("advance: {error}")))?,
        None => Duration::ZERO,
    };
    if body.speed.is_some_and(|speed| speed < 0.0) {
        return Err(bad_request("speed must not be negative"));
    }
    let (now, speed) = control.shared.update(|state| {
        if let Some(speed) = body.speed {
            state.clock.set_speed(speed);
        }
        state.clock.advance(advance);
        (state.now(), state.clock.speed())
    });
    Ok(json(&json!({"now": humantime::format_rfc3339_seconds(now).to_string(), "speed": speed})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValidationBody {
    error: String,
}

async fn validation(State(control): State<Control>, body: Bytes) -> Reply {
    let body: ValidationBody = read(&body)?;
    control.shared.update(|state| state.next_validation_failures.push_back(body.error));
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    operation: String,
    action: String,
    times: Option<usize>,
    #[serde(default)]
    skip: usize,
    #[serde(default)]
    processed: bool,
    #[serde(default)]
    before_authentication: bool,
    status: Option<u16>,
    code: Option<String>,
    detail: Option<String>,
    retry_after: Option<u64>,
    url: Option<String>,
    name: Option<String>,
    value: Option<String>,
    bytes: Option<usize>,
}

async fn fault(State(control): State<Control>, body: Bytes) -> Reply {
    let body: FaultBody = read(&body)?;
    let operation = Operation::from_name(&body.operation).ok_or_else(|| bad_request("there is no such operation"))?;
    let action = action(&body).ok_or_else(|| bad_request("there is no such action, or it lacks a field"))?;
    let mut fault = Fault::new(operation, action).skip(body.skip);
    fault = match body.times {
        Some(0) => fault.forever(),
        times => fault.times(times.unwrap_or(1)),
    };
    if body.processed {
        fault = fault.processed();
    }
    if body.before_authentication {
        fault = fault.before_authentication();
    }
    let handle = control.shared.update(|state| state.faults.add(fault));
    let mut faults = control.faults.lock().unwrap_or_else(PoisonError::into_inner);
    faults.push(handle);
    Ok(json(&json!({"number": faults.len()})).into_response())
}

fn action(body: &FaultBody) -> Option<Action> {
    let status = body.status.filter(|status| (100..1000).contains(status));
    Some(match body.action.as_str() {
        "error" => {
            let code = body.code.as_deref().unwrap_or("UNEXPECTED_ERROR");
            Action::error(status?, code, body.detail.as_deref().unwrap_or("A fault that was asked for."))
        }
        "html" => Action::Answer(Answer::html(status?)),
        "rate-limited" => Action::rate_limited(body.retry_after?),
        "redirect" => Action::redirect(body.url.as_deref()?),
        "header" => Action::header(body.name.as_deref()?, body.value.as_deref()?),
        "without-id" => Action::WithoutId,
        "invalid-json" => Action::InvalidJson,
        "truncate" => Action::Truncate,
        "huge" => Action::Huge(body.bytes?),
        "reset" => Action::Reset,
        "silence" => Action::Silence,
        "hold" => Action::Hold,
        "stale-nonce" => Action::StaleNonce,
        "expire-tokens" => Action::ExpireTokens,
        _ => return None,
    })
}

async fn release(State(control): State<Control>, Path(number): Path<usize>) -> Reply {
    control.handle(number)?.release();
    Ok(done())
}

async fn end(State(control): State<Control>, Path(number): Path<usize>) -> Reply {
    control.handle(number)?.end();
    Ok(done())
}

impl Control {
    fn handle(&self, number: usize) -> Result<FaultHandle, Refusal> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = number.checked_sub(1).and_then(|index| faults.get(index)).cloned();
        handle.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, "there is no such fault".to_owned()))
    }
}

fn stage(name: &str) -> Option<Stage> {
    Some(match name {
        "new" => Stage::New,
        "working" => Stage::Working,
        "ready" => Stage::Ready,
        "cutting-over" => Stage::CuttingOver,
        "complete" => Stage::Complete,
        "expired" => Stage::Expired,
        "failed" => Stage::Failed("seeded as failed".to_owned()),
        _ => return None,
    })
}

fn describe(migration: &Migration) -> Value {
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

/// Reads a JSON body whatever its Content-Type, for people who type `curl -d`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| bad_request(&error.to_string()))
}

fn bad_request(why: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, why.to_owned())
}

fn done() -> Response {
    json(&json!({"done": true})).into_response()
}

fn json(value: &Value) -> impl IntoResponse + use<> {
    ([("content-type", "application/json")], format!("{value:#}\n"))
}
