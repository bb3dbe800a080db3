//! The operations themselves: create, read, cut over, validate, validation status; it must not know connections or faults.

use crate::answer::Answer;
use crate::auth::authorize;
use crate::config::Access;
use crate::media::{Agreed, agree};
use crate::migration::{Job, Phase, Seed, Stage};
use crate::request_body::{self, Wanted};
use crate::route::{Dialect, Operation, Target, is_id};
use crate::state::{EventKind, State};
use crate::validation::Validation;

/// What of a request the operations look at.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) target: &'a Target,
    pub(crate) accept: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

type Outcome = Result<Answer, Box<Answer>>;

/// Does what is asked for and answers, or refuses in Atlas's error form.
pub(crate) fn perform(state: &mut State, asked: Asked<'_>, access: &Access) -> Answer {
    try_perform(state, asked, access).unwrap_or_else(|refusal| *refusal)
}

fn try_perform(state: &mut State, asked: Asked<'_>, access: &Access) -> Outcome {
    let target = asked.target;
    if let Err(seconds) = state.take_from_window() {
        let detail = format!("The rate limit of {} requests a minute is reached.", state.config.rate_limit);
        return Err(Box::new(Answer::error(429, "RATE_LIMITED", detail).header("retry-after", seconds.to_string())));
    }
    authorize(access, target.operation, &target.group_id)?;
    let has_body = matches!(target.operation, Operation::Create | Operation::Validate);
    let agreed = agree(target.operation, target.dialect, asked.accept, asked.content_type, has_body)?;
    known_group(state, &target.group_id)?;
    match target.operation {
        Operation::Create => create(state, asked, agreed),
        Operation::Validate => validate(state, asked, agreed),
        Operation::Read => read(state, target, agreed),
        Operation::ValidationStatus => validation_status(state, target, agreed),
        Operation::Cutover => cut_over(state, asked, agreed),
        // The others never come here: OAuth answers by itself, and what is no operation was answered 404 or 405.
        Operation::Token | Operation::Revoke | Operation::Other | Operation::Any => {
            Err(Box::new(Answer::error(500, "UNEXPECTED_ERROR", "Unexpected error.")))
        }
    }
}

fn known_group(state: &State, group_id: &str) -> Result<(), Box<Answer>> {
    if !is_id(group_id) {
        let detail = format!("An invalid group ID {group_id} was specified.");
        return Err(Box::new(Answer::error_with(404, "INVALID_GROUP_ID", detail, &[group_id])));
    }
    known(state.config.groups.as_deref(), group_id)
}

fn known(groups: Option<&[String]>, group_id: &str) -> Result<(), Box<Answer>> {
    if groups.is_none_or(|groups| groups.iter().any(|known| known == group_id)) {
        return Ok(());
    }
    let detail = format!("No group with ID {group_id} exists.");
    Err(Box::new(Answer::error_with(404, "GROUP_NOT_FOUND", detail, &[group_id])))
}

/// The body, checked by itself and against the projects and clusters that exist.
fn wanted(state: &State, asked: Asked<'_>, agreed: Agreed) -> Result<Wanted, Box<Answer>> {
    let group_id = &asked.target.group_id;
    let wanted = request_body::read(asked.body, agreed.form, group_id)?;
    known(state.config.linked_sources.as_deref(), &wanted.source_group_id)?;
    let name = &wanted.cluster_name;
    if state.config.clusters.as_ref().is_some_and(|known| !known.iter().any(|(g, c)| g == group_id && c == name)) {
        let detail = format!("No cluster named {name} exists in group {group_id}.");
        return Err(Box::new(Answer::error_with(404, "CLUSTER_NOT_FOUND", detail, &[name, group_id])));
    }
    Ok(wanted)
}

fn create(state: &mut State, asked: Asked<'_>, agreed: Agreed) -> Outcome {
    let wanted = wanted(state, asked, agreed)?;
    let group_id = &asked.target.group_id;
    free(state, group_id, &wanted)?;
    let mut job = state.new_job(Seed {
        source_group_id: wanted.source_group_id,
        source_cluster_name: wanted.source_cluster_name,
        migration_hosts: vec![wanted.migration_host],
        ..Seed::new(group_id, &wanted.cluster_name, Stage::New)
    });
    job.drop_destination = wanted.drop_destination;
    state.happened(EventKind::Created { id: job.id.clone() });
    if wanted.drop_destination {
        state.happened(EventKind::Erased { group_id: group_id.clone(), cluster_name: wanted.cluster_name });
    }
    let answer = Answer::json_value(201, agreed.content_type, &job.body(state.clock.now()));
    let answer = answer.noted(format!("created {}", job.id));
    state.jobs.push(job);
    Ok(answer)
}

/// One live migration for a destination, and one for a migration host.
fn free(state: &State, group_id: &str, wanted: &Wanted) -> Result<(), Box<Answer>> {
    let now = state.clock.now();
    for job in state.jobs.iter().filter(|job| !job.aged_out && job.phase(now).is_live()) {
        let what = if job.group_id == group_id && job.cluster_name == wanted.cluster_name {
            format!("cluster {} in project {group_id}", wanted.cluster_name)
        } else if job.migration_hosts.contains(&wanted.migration_host) {
            format!("migration host {}", wanted.migration_host)
        } else {
            continue;
        };
        // The code is ours; none is documented for this refusal.
        let detail = format!("A live migration is already running for {what}.");
        return Err(Box::new(Answer::error(409, "LIVE_MIGRATION_ALREADY_RUNNING", detail)));
    }
    Ok(())
}

fn read(state: &mut State, target: &Target, agreed: Agreed) -> Outcome {
    let now = state.clock.now();
    let job = find(&mut state.jobs, target)?;
    job.reads += 1;
    Ok(Answer::json_value(200, agreed.content_type, &job.body(now)))
}

fn cut_over(state: &mut State, asked: Asked<'_>, agreed: Agreed) -> Outcome {
    let Asked { target, body, .. } = asked;
    let acceptable = match target.dialect {
        Dialect::V2 => body.is_empty(),
        Dialect::V1 => body.is_empty() || serde_json::from_slice::<serde_json::Value>(body).is_ok(),
    };
    if !acceptable {
        return Err(Box::new(Answer::error(400, "INVALID_JSON", "This request takes no body.")));
    }
    let now = state.clock.now();
    let job = find(&mut state.jobs, target)?;
    let id = job.id.clone();
    let refusal = match job.phase(now) {
        Phase::Ready => None,
        Phase::New | Phase::Syncing { .. } => Some("is not ready for cutover"),
        Phase::CuttingOver | Phase::Complete => Some("has been cut over already"),
        Phase::Expired => Some("has expired"),
        Phase::Failed => Some("has failed"),
    };
    if let Some(refusal) = refusal {
        // The code is ours; none is documented for this refusal.
        let detail = format!("The live migration {id} {refusal}.");
        return Err(Box::new(Answer::error(409, "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER", detail)));
    }
    job.cutover_at = Some(now);
    let body = job.body(now);
    state.happened(EventKind::CutoverRequested { id });
    let answer = match target.dialect {
        Dialect::V2 => Answer::raw(202, agreed.content_type, ""),
        Dialect::V1 => Answer::json_value(202, agreed.content_type, &body),
    };
    Ok(answer.noted("cutover requested"))
}

fn validate(state: &mut State, asked: Asked<'_>, agreed: Agreed) -> Outcome {
    let wanted = wanted(state, asked, agreed)?;
    let failure = state
        .next_validation_failures
        .pop_front()
        .or_else(|| state.cluster_validation_failures.get(&wanted.cluster_name).cloned());
    let validation = Validation {
        id: state.new_id(),
        group_id: asked.target.group_id.clone(),
        source_group_id: wanted.source_group_id,
        created_at: state.clock.now(),
        null_for: state.config.validation_null_for,
        pending_for: state.config.validation_for,
        failure,
    };
    state.happened(EventKind::ValidationStarted { id: validation.id.clone() });
    let answer = Answer::json_value(200, agreed.content_type, &validation.created_body());
    let answer = answer.noted(format!("validation {}", validation.id));
    state.validations.push(validation);
    Ok(answer)
}

fn validation_status(state: &State, target: &Target, agreed: Agreed) -> Outcome {
    let found = state.validations.iter().find(|job| job.id == target.id && job.group_id == target.group_id);
    let job = found.ok_or_else(|| not_found("live migration validation", &target.id))?;
    Ok(Answer::json_value(200, agreed.content_type, &job.body(state.clock.now())))
}

fn find<'a>(jobs: &'a mut [Job], target: &Target) -> Result<&'a mut Job, Box<Answer>> {
    jobs.iter_mut()
        .find(|job| job.id == target.id && job.group_id == target.group_id && !job.aged_out)
        .ok_or_else(|| not_found("live migration", &target.id))
}

fn not_found(what: &str, id: &str) -> Box<Answer> {
    Box::new(Answer::error_with(404, "RESOURCE_NOT_FOUND", format!("Cannot find resource {what} {id}."), &[id]))
}
