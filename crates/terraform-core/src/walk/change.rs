//! One planned change: the call or calls that make it, and the checks that Terraform makes on them. Knows no order of objects.

use super::object::{Loaded, accept, refuse, refuse_unknown_identity, refuse_write_only};
use super::{Failed, Notes, Step};
use crate::client::{Answer, Client, PlanAnswer, PlanRequest, Target};
use crate::plan::{Action, Change, Reason};
use crate::plan_check::{check_plan, required_replaces};
use crate::proposed::proposed_new;
use crate::schema::{Block, Nesting};
use crate::value::{Path, Value};
use crate::violation::Problem;

const INVALID_PLAN: &str = "Provider produced invalid plan";

/// What is wanted of an object.
pub(super) struct Wish<'a> {
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
    wish: &Wish<'_>,
    notes: &mut Notes,
) -> Step<Change> {
    let schema = client.resource(target.type_name);
    notes.take(client.validate(target, wish.config).await.diagnostics)?;
    // A tainted object is planned like one that is not there.
    let sound = prior.filter(|prior| !prior.tainted);
    let before = sound.map_or(Value::Null, |prior| prior.value.clone());
    let config = ignore_changes(&schema.block, wish, &before);
    let request = PlanRequest {
        proposed: proposed_new(&schema.block, &before, &config),
        prior: before.clone(),
        config,
        private: sound.map(|prior| prior.private.clone()).unwrap_or_default(),
        identity: sound.and_then(|prior| prior.identity.clone()),
    };
    let answer = client.plan(target, &request).await;
    let plan = checked(client, &schema.block, &request, &answer, notes)?;
    let replace_paths = replaces(client, &schema.block, &request, &answer, &plan, notes)?;
    let (mut action, mut reason) = decide(wish, &before, &plan.planned, &replace_paths);
    check_identity(client, action, &answer, plan.identity.as_ref(), notes)?;
    let plan = if action.is_replace() { plan_again(client, target, wish, plan, notes).await? } else { plan };
    let mut shown_before = before;
    if let (Action::Create, Some(tainted)) = (action, prior.filter(|prior| prior.tainted && !prior.value.is_null())) {
        action = replacement(wish);
        reason = Reason::Tainted;
        shown_before = tainted.value.clone();
    }
    if let (Action::Create, Some(planned)) = (action, wish.planned.filter(|planned| planned.action.is_replace())) {
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

/// The plan of a destroy: PlanResourceChange with null, where the provider wants to be asked.
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
    let answer = client.plan(target, &request).await;
    let plan = accept(&answer, notes)?;
    refuse_unknown_identity(&client.recorder, &answer, plan.identity.as_ref(), notes)?;
    if !plan.planned.is_null() {
        let text = "an object is planned for a destroy";
        refuse(&client.recorder, &answer, INVALID_PLAN, text);
        return notes.fail(INVALID_PLAN, text, target.address.unwrap_or_default());
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
    wish: &Wish<'_>,
    first: PlanAnswer,
    notes: &mut Notes,
) -> Step<PlanAnswer> {
    let schema = client.resource(target.type_name);
    let request = PlanRequest {
        prior: Value::Null,
        proposed: proposed_new(&schema.block, &Value::Null, wish.config),
        config: wish.config.clone(),
        private: first.private,
        identity: first.identity,
    };
    let answer = client.plan(target, &request).await;
    if !answer.has_errors() {
        notes.dropped.extend(answer.diagnostics.clone());
    }
    let mut own = Notes::default();
    let plan = checked(client, &schema.block, &request, &answer, &mut own);
    if own.has_errors() {
        notes.shown.append(&mut own.shown);
    }
    let plan = plan?;
    check_identity(client, Action::Create, &answer, plan.identity.as_ref(), notes)?;
    Ok(plan)
}

/// The content of a plan answer that Terraform accepts.
fn checked(
    client: &Client,
    block: &Block,
    request: &PlanRequest,
    answer: &Answer<PlanAnswer>,
    notes: &mut Notes,
) -> Step<PlanAnswer> {
    let plan = accept(answer, notes)?;
    refuse_write_only(&client.recorder, answer, INVALID_PLAN, block, &plan.planned, notes)?;
    refuse_all(
        client,
        answer,
        INVALID_PLAN,
        &check_plan(block, &request.prior, &request.config, &plan.planned),
        notes,
    )?;
    Ok(plan)
}

fn replaces(
    client: &Client,
    block: &Block,
    request: &PlanRequest,
    answer: &Answer<PlanAnswer>,
    plan: &PlanAnswer,
    notes: &mut Notes,
) -> Step<Vec<Path>> {
    match required_replaces(block, &request.prior, &plan.planned, &plan.requires_replace) {
        Ok(paths) => Ok(paths),
        Err(problems) => refuse_all(client, answer, INVALID_PLAN, &problems, notes).map(|()| Vec::new()),
    }
}

/// Every problem is a broken rule and an error.
pub(super) fn refuse_all<T>(
    client: &Client,
    answer: &Answer<T>,
    rule: &str,
    problems: &[Problem],
    notes: &mut Notes,
) -> Step<()> {
    for problem in problems {
        refuse(&client.recorder, answer, rule, problem.to_string());
        let address = answer.exchange.address.clone().unwrap_or_default();
        let _: Step<()> = notes.fail(rule, &problem.to_string(), &address);
    }
    if problems.is_empty() { Ok(()) } else { Err(Failed) }
}

/// An identity that a plan names must be known: for an update by Terraform's rule, for a create because its display breaks otherwise.
fn check_identity(
    client: &Client,
    action: Action,
    answer: &Answer<PlanAnswer>,
    identity: Option<&Value>,
    notes: &mut Notes,
) -> Step<()> {
    if identity.is_none_or(Value::is_wholly_known) {
        return Ok(());
    }
    if action == Action::Create || action.is_replace() {
        let rule = "Failed to marshal plan to json";
        refuse(
            &client.recorder,
            answer,
            rule,
            "the planned identity contains unknown values: leave it out until it is known",
        );
        return Ok(());
    }
    refuse_unknown_identity(&client.recorder, answer, identity, notes)
}

fn decide(wish: &Wish<'_>, before: &Value, planned: &Value, replace_paths: &[Path]) -> (Action, Reason) {
    if before.is_null() {
        (Action::Create, Reason::None)
    } else if wish.force_replace {
        (replacement(wish), Reason::ByRequest)
    } else if !replace_paths.is_empty() {
        (replacement(wish), Reason::CannotUpdate)
    } else if planned == before && planned.is_wholly_known() {
        (Action::NoOp, Reason::None)
    } else {
        (Action::Update, Reason::None)
    }
}

fn replacement(wish: &Wish<'_>) -> Action {
    if wish.create_before_destroy { Action::CreateThenDelete } else { Action::DeleteThenCreate }
}

/// The configuration with the prior values of what is ignored; a create ignores nothing.
fn ignore_changes(block: &Block, wish: &Wish<'_>, prior: &Value) -> Value {
    let mut config = wish.config.clone();
    if prior.is_null() {
        return config;
    }
    if wish.ignored.contains(&Path::root()) {
        return configurable(block, prior);
    }
    for path in wish.ignored {
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
            let attributes = block.attributes.iter().map(|(name, attribute)| {
                let computed_only = attribute.computed && !attribute.optional;
                (name.clone(), if computed_only { Value::Null } else { value.get(name).clone() })
            });
            let blocks = block.blocks.iter().map(|(name, nested)| {
                let value = match (nested.nesting, value.get(name)) {
                    (Nesting::Map, Value::Map(labelled)) => {
                        let own =
                            |(label, value): (&String, &Value)| (label.clone(), configurable(&nested.block, value));
                        Value::Map(labelled.iter().map(own).collect())
                    }
                    (_, value) => configurable(&nested.block, value),
                };
                (name.clone(), value)
            });
            Value::Map(attributes.chain(blocks).collect())
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::complete::complete;
    use crate::schema::samples::resource;

    fn wish<'a>(config: &'a Value, ignored: &'a [Path], force_replace: bool) -> Wish<'a> {
        Wish { config, ignored, create_before_destroy: true, force_replace, planned: None }
    }

    #[test]
    fn action_follows_from_what_differs() {
        let (old, new) = (Value::from([("a", 1.into())]), Value::from([("a", 2.into())]));
        let unknown = Value::from([("a", Value::Unknown)]);
        let paths = [Path::parse("a").unwrap()];
        let free = wish(&new, &[], false);
        assert_eq!(decide(&free, &Value::Null, &new, &[]).0, Action::Create);
        assert_eq!(decide(&free, &old, &old, &[]).0, Action::NoOp);
        assert_eq!(decide(&free, &old, &new, &[]).0, Action::Update);
        assert_eq!(decide(&free, &unknown, &unknown, &[]).0, Action::Update, "unknown is never equal");
        assert_eq!(decide(&free, &old, &new, &paths), (Action::CreateThenDelete, Reason::CannotUpdate));
        let forced = wish(&new, &[], true);
        assert_eq!(decide(&forced, &old, &old, &[]), (Action::CreateThenDelete, Reason::ByRequest));
        assert_eq!(decide(&forced, &Value::Null, &old, &[]).0, Action::Create);
    }

    #[test]
    fn ignored_changes_keep_the_prior_value() {
        let config = Value::from([("a", 2.into()), ("b", 2.into())]);
        let prior = Value::from([("a", 1.into()), ("b", 1.into())]);
        let ignored = [Path::parse("a").unwrap(), Path::parse("c").unwrap()];
        let wish = wish(&config, &ignored, false);
        let block = Block::default();
        assert_eq!(ignore_changes(&block, &wish, &prior), Value::from([("a", 1.into()), ("b", 2.into())]));
        assert_eq!(ignore_changes(&block, &wish, &Value::Null), config);
    }

    #[test]
    fn all_ignored_changes_keep_everything_that_can_be_configured() {
        let object = |json| complete(&resource(), &json).unwrap();
        let config = object(json!({"name": "new", "size": 2, "source": {"user": "new"}, "hosts": ["new"]}));
        let prior = object(json!({"id": "1", "name": "old", "size": 1, "rule": [{"key": "a", "id": "2"}]}));
        let kept = object(json!({"name": "old", "size": 1, "rule": [{"key": "a"}]}));
        let ignored = [Path::root()];
        let wish = wish(&config, &ignored, false);
        assert_eq!(ignore_changes(&resource(), &wish, &prior), kept);
        assert_eq!(ignore_changes(&resource(), &wish, &Value::Null), config);
    }
}
