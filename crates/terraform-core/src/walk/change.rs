//! One planned change: the call or calls that make it, and the checks that Terraform makes on them.

use super::object::{Loaded, accept, refuse, refuse_all, refuse_unknown_identity, refuse_write_only};
use super::{Notes, Step};
use crate::client::{Client, PlanRequest, PlanResponse, Response, Target};
use crate::plan::{Action, Change, Reason};
use crate::plan_check::{check_plan, required_replaces};
use crate::proposed::proposed_new;
use crate::schema::{Behavior, Block};
use crate::value::{Inspect, Path, Value};

const INVALID_PLAN: &str = "Provider produced invalid plan";

/// What is desired of an object.
pub(super) struct Desired<'a> {
    /// The configuration as the user wrote it.
    pub(super) config: &'a Value,
    /// The paths of `ignore_changes`.
    pub(super) ignored: &'a [Path],
    /// Whether a replacement creates first.
    pub(super) create_before_destroy: bool,
    /// Whether it is replaced anyway.
    pub(super) force_replace: bool,
    /// What was planned before, in the walk of an apply.
    pub(super) planned: Option<&'a Change>,
}

/// ValidateResourceTypeConfig and PlanResourceChange, the latter twice for a replacement.
pub(super) async fn plan_object(
    client: &Client,
    target: Target<'_>,
    prior: Option<&Loaded>,
    desired: &Desired<'_>,
    notes: &mut Notes,
) -> Step<Change> {
    let schema = client.resource(target.type_name);
    notes.take(client.validate(target, desired.config).await.diagnostics)?;
    // A tainted object is planned like one that is not there.
    let sound = prior.filter(|prior| !prior.tainted);
    let before = sound.map_or(Value::Null, |prior| prior.value.clone());
    let config = ignore_changes(&schema.block, desired, &before);
    let request = PlanRequest {
        proposed: proposed_new(&schema.block, &before, &config),
        prior: before.clone(),
        config,
        private: sound.map(|prior| prior.private.clone()).unwrap_or_default(),
        identity: sound.and_then(|prior| prior.identity.clone()),
    };
    let response = client.plan(target, &request).await;
    let plan = checked(client, &schema.block, &request, &response, notes)?;
    let replace_paths = replaces(client, &schema.block, &request, &response, &plan, notes)?;
    let (mut action, mut reason) = decide(desired, &before, &plan.planned, &replace_paths);
    check_identity(client, action, &response, plan.identity.as_ref(), notes)?;
    let plan = if action.is_replace() { plan_again(client, target, desired, plan, notes).await? } else { plan };
    let mut shown_before = before;
    if let (Action::Create, Some(tainted)) = (action, prior.filter(|prior| prior.tainted && !prior.value.is_null())) {
        action = replacement(desired);
        reason = Reason::Tainted;
        shown_before = tainted.value.clone();
    }
    if let (Action::Create, Some(planned)) = (action, desired.planned.filter(|planned| planned.action.is_replace())) {
        // The old object is gone by now; it is still the replacement that was planned.
        action = planned.action;
        reason = planned.reason;
        shown_before = planned.before.clone();
    }
    Ok(Change {
        action,
        reason,
        before: shown_before,
        after: plan.planned,
        private: plan.private,
        before_identity: prior.and_then(|prior| prior.identity.clone()),
        after_identity: plan.identity,
        replace_paths,
        imported: false,
        deposed: None,
    })
}

/// The plan of a destroy: PlanResourceChange with null, where the provider plans destroys.
pub(super) async fn plan_destroy(
    client: &Client,
    target: Target<'_>,
    prior: &Loaded,
    notes: &mut Notes,
) -> Step<Change> {
    let mut change = Change {
        action: Action::Delete,
        reason: Reason::None,
        before: prior.value.clone(),
        after: Value::Null,
        private: prior.private.clone(),
        before_identity: prior.identity.clone(),
        after_identity: None,
        replace_paths: Vec::new(),
        imported: false,
        deposed: None,
    };
    if !client.schemas().is_some_and(|schemas| schemas.plan_destroy) {
        return Ok(change);
    }
    let request = PlanRequest {
        prior: prior.value.clone(),
        proposed: Value::Null,
        config: Value::Null,
        private: prior.private.clone(),
        identity: prior.identity.clone(),
    };
    let response = client.plan(target, &request).await;
    let plan = accept(&response, notes)?;
    refuse_unknown_identity(client, &response, plan.identity.as_ref(), notes)?;
    if !plan.planned.is_null() {
        refuse_all(client, &response, INVALID_PLAN, "an object is planned for a destroy", notes)?;
    }
    change.private = plan.private;
    change.after_identity = plan.identity;
    Ok(change)
}

/// The second call of a replacement: nothing before, and what the first call planned beside the object. Its warnings are dropped unless
/// there is an error among them.
async fn plan_again(
    client: &Client,
    target: Target<'_>,
    desired: &Desired<'_>,
    first: PlanResponse,
    notes: &mut Notes,
) -> Step<PlanResponse> {
    let schema = client.resource(target.type_name);
    let request = PlanRequest {
        prior: Value::Null,
        proposed: proposed_new(&schema.block, &Value::Null, desired.config),
        config: desired.config.clone(),
        private: first.private,
        identity: first.identity,
    };
    let response = client.plan(target, &request).await;
    if !response.has_errors() {
        notes.dropped.extend(response.diagnostics.clone());
    }
    let mut own = Notes::default();
    let plan = checked(client, &schema.block, &request, &response, &mut own);
    if own.has_errors() {
        notes.shown.append(&mut own.shown);
    }
    let plan = plan?;
    check_identity(client, Action::Create, &response, plan.identity.as_ref(), notes)?;
    Ok(plan)
}

/// The content of a pla response that Terraform accepts.
fn checked(
    client: &Client,
    block: &Block,
    request: &PlanRequest,
    response: &Response<PlanResponse>,
    notes: &mut Notes,
) -> Step<PlanResponse> {
    let plan = accept(response, notes)?;
    refuse_write_only(client, response, INVALID_PLAN, block, &plan.planned, notes)?;
    let problems = check_plan(block, &request.prior, &request.config, &plan.planned);
    refuse(client, response, INVALID_PLAN, &problems, notes)?;
    Ok(plan)
}

fn replaces(
    client: &Client,
    block: &Block,
    request: &PlanRequest,
    response: &Response<PlanResponse>,
    plan: &PlanResponse,
    notes: &mut Notes,
) -> Step<Vec<Path>> {
    match required_replaces(block, &request.prior, &plan.planned, &plan.requires_replace) {
        Ok(paths) => Ok(paths),
        Err(problems) => refuse(client, response, INVALID_PLAN, &problems, notes).map(|()| Vec::new()),
    }
}

/// An identity that a plan names must be known: for an update by Terraform's rule, for a create because its display breaks otherwise.
fn check_identity(
    client: &Client,
    action: Action,
    response: &Response<PlanResponse>,
    identity: Option<&Value>,
    notes: &mut Notes,
) -> Step<()> {
    let unknown = identity.is_some_and(Value::has_unknown);
    if unknown && (action == Action::Create || action.is_replace()) {
        let text = "the planned identity contains unknown values: leave it out until it is known";
        client.recorder.violate(response.exchange.violation("Failed to marshal plan to json", text));
        return Ok(());
    }
    refuse_unknown_identity(client, response, identity, notes)
}

fn decide(desired: &Desired<'_>, before: &Value, planned: &Value, replace_paths: &[Path]) -> (Action, Reason) {
    if before.is_null() {
        (Action::Create, Reason::None)
    } else if desired.force_replace {
        (replacement(desired), Reason::ByRequest)
    } else if !replace_paths.is_empty() {
        (replacement(desired), Reason::CannotUpdate)
    } else if planned == before && !planned.has_unknown() {
        (Action::NoOp, Reason::None)
    } else {
        (Action::Update, Reason::None)
    }
}

fn replacement(desired: &Desired<'_>) -> Action {
    if desired.create_before_destroy { Action::CreateThenDelete } else { Action::DeleteThenCreate }
}

/// The configuration with the prior values of what is ignored; a create ignores nothing.
fn ignore_changes(block: &Block, desired: &Desired<'_>, prior: &Value) -> Value {
    let mut config = desired.config.clone();
    if prior.is_null() {
        return config;
    }
    if desired.ignored.contains(&Path::default()) {
        return configurable(block, prior);
    }
    for path in desired.ignored {
        if let Some(value) = prior.at(path) {
            config.replace_at(path, value.clone());
        }
    }
    config
}

/// An object without what no configuration can set.
fn configurable(block: &Block, value: &Value) -> Value {
    match value {
        Value::List(blocks) => Value::List(blocks.iter().map(|value| configurable(block, value)).collect()),
        Value::Map(_) => {
            let attributes = block.attributes.iter().map(|attribute| {
                let computed = attribute.behavior == Behavior::Computed;
                (attribute.name.clone(), if computed { Value::Null } else { value.get(&attribute.name).clone() })
            });
            let blocks = block.blocks.iter();
            let blocks =
                blocks.map(|nested| (nested.name.clone(), configurable(&nested.block, value.get(&nested.name))));
            Value::Map(attributes.chain(blocks).collect())
        }
        _ => value.clone(),
    }
}
