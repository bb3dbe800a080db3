//! The walk of `terraform apply`: every change planned once more, carried out, and its response brought into the state as Terraform does.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::change::{Desired, plan_object};
use super::graph::{self, Dependencies};
use super::invoke::{add_actions, trigger_of};
use super::object::{Loaded, refuse_unknown_identity, refuse_write_only, upgrade};
use super::{Command, Failed, Notes, Step, Walker, WorkingState};
use crate::apply_check::{check_final_plan, check_result};
use crate::client::{ApplyRequest, ApplyResponse, Response, Target};
use crate::config::Kind;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::outcome::Outcome;
use crate::plan::{Action, Change, Plan};
use crate::value::{Inspect, Path, Value, to_json};
use crate::violation::Violation;

/// What became of an object.
pub(super) struct Applied {
    /// What the state has from now on.
    pub(super) object: Option<Loaded>,
    /// Whether there was an error.
    pub(super) result: Step<()>,
}

/// Carries out a plan. The state holds what Terraform would have saved, whatever interrupts the walk.
pub(crate) async fn apply(command: &Command, plan: &Plan, state: &WorkingState) -> Outcome {
    let mut outcome = Outcome::default();
    state.with(|state| *state = plan.refreshed.clone());
    let name = if plan.options.destroy { "destroy" } else { "apply" };
    // Terraform starts a provider only where an object needs it.
    let unconfigured = plan.options.destroy || (plan.config.resources.is_empty() && plan.options.invoke.is_none());
    if plan.changes.is_empty() && plan.deposed.is_empty() && unconfigured {
        return outcome;
    }
    let Some(session) = command.open(name, true, &mut outcome).await else { return outcome };
    let mut notes = Notes::default();
    let configured = command.configure(&session.client, &mut notes).await;
    notes.into(&mut outcome);
    if configured.is_ok() && !plan.options.refresh_only {
        let walker =
            Walker { command: command.clone(), client: Arc::new(session.client.clone()), state: state.clone() };
        let plan = Arc::new(plan.clone());
        let results = graph::run(&objects(&plan), command.settings.parallelism, &command.control, |address| {
            let (walker, plan, address) = (walker.clone(), Arc::clone(&plan), address.to_owned());
            Box::pin(async move {
                let mut notes = Notes::default();
                let (fine, data) = match Kind::of(&address) {
                    Kind::Data => {
                        let read = walker.read_data(&address, &mut notes).await;
                        (read.is_ok(), read.ok())
                    }
                    Kind::Action => (walker.invoke(&address, &mut notes).await.is_ok(), None),
                    Kind::Resource => (walker.work(&plan, &address, &mut notes).await.is_ok(), None),
                };
                (fine, (plan.action(&address), data, notes))
            })
        })
        .await;
        for (address, (action, data, notes)) in results {
            if let Some(data) = data {
                outcome.data.insert(address.clone(), to_json(&data));
            }
            if let Some(action) = action {
                outcome.actions.insert(address, action);
            }
            notes.into(&mut outcome);
        }
    }
    command.close(session, &mut outcome).await;
    outcome
}

/// What has a change, with what it waits for: a destroy after those that depend on it.
fn objects(plan: &Plan) -> Dependencies {
    if let Some(action) = &plan.options.invoke {
        return [(action.clone(), BTreeSet::new())].into();
    }
    let deposed = plan.deposed.iter().map(|(address, _)| address);
    let addresses = plan.changes.keys().chain(deposed).chain(&plan.reads);
    let mut objects: Dependencies =
        addresses.map(|address| (address.clone(), plan.config.waits_for(address))).collect();
    if plan.options.destroy {
        return graph::reversed(&objects);
    }
    let changes = plan.changes.iter().map(|(address, change)| (address, Some(change.action)));
    add_actions(&mut objects, &plan.config, changes);
    objects
}

impl Walker {
    async fn work(&self, plan: &Plan, address: &str, notes: &mut Notes) -> Step<()> {
        if let Some(resource) = trigger_of(address) {
            return self.invoke_triggered(plan, resource, notes).await;
        }
        let target = Target::at(address);
        if let Some(change) = plan.changes.get(address) {
            self.change(plan, target, change, notes).await?;
        }
        let deposed: Vec<usize> =
            plan.deposed.iter().filter(|(of, _)| of == address).filter_map(|(_, change)| change.deposed).collect();
        // From the last on, for each one that ends moves those behind it.
        for index in deposed.into_iter().rev() {
            self.destroy_deposed(target, index, notes).await?;
        }
        Ok(())
    }

    async fn change(&self, plan: &Plan, target: Target<'_>, change: &Change, notes: &mut Notes) -> Step<()> {
        let address = target.address.unwrap_or_default();
        match change.action {
            Action::NoOp => Ok(()),
            Action::Delete => self.destroy(target, change, true, notes).await,
            Action::DeleteThenCreate => {
                self.destroy(target, change, false, notes).await?;
                self.create_or_update(plan, target, change, notes).await
            }
            Action::CreateThenDelete => {
                self.state.with(|state| state.depose(address));
                let created = self.create_or_update(plan, target, change, notes).await;
                if created.is_err() {
                    self.state.with(|state| state.restore_deposed(address));
                }
                created?;
                let last = self.state.with(|state| state.deposed(address).len());
                self.destroy_deposed(target, last.saturating_sub(1), notes).await
            }
            Action::Create | Action::Update => self.create_or_update(plan, target, change, notes).await,
        }
    }

    /// Plans once more with what is known by now, compares, and applies.
    async fn create_or_update(&self, plan: &Plan, target: Target<'_>, planned: &Change, notes: &mut Notes) -> Step<()> {
        let address = target.address.unwrap_or_default();
        let stored = self.state.with(|state| state.object(address).cloned());
        let loaded = match &stored {
            Some(object) => Some(upgrade(&self.client, target, object, notes).await?),
            None => None,
        };
        self.command.halt(address, notes)?;
        let config = self.config(address, notes)?;
        let resource = plan.config.resources.get(address);
        let desired = Desired {
            config: &config,
            ignored: resource.map_or(&[], |resource| &resource.ignored),
            create_before_destroy: planned.action == Action::CreateThenDelete,
            force_replace: plan.options.replace.contains(address),
            planned: Some(planned),
        };
        let again = plan_object(&self.client, target, loaded.as_ref(), &desired, notes).await?;
        self.compare(target, planned, &again, notes)?;
        self.command.halt(address, notes)?;
        if again.action == Action::NoOp {
            return Ok(());
        }
        let create = again.action == Action::Create || again.action.is_replace();
        let request = ApplyRequest {
            prior: if create { Value::Null } else { again.before.clone() },
            planned: again.after.clone(),
            config,
            private: again.private.clone(),
            identity: again.after_identity.clone(),
        };
        let response = self.client.apply(target, &request).await;
        let mut applied = self.settle(target, &request, loaded.as_ref(), &response, notes);
        if let (Err(Failed), true, Some(object)) = (applied.result, create, &mut applied.object) {
            object.tainted = true;
        }
        self.save(target, applied.object.as_ref());
        applied.result?;
        // The hook after an apply is halted as well, when the object is saved already.
        self.command.halt(address, notes)
    }

    fn compare(&self, target: Target<'_>, planned: &Change, again: &Change, notes: &mut Notes) -> Step<()> {
        let block = &self.client.resource(target.type_name).block;
        let problems = check_final_plan(block, (planned.action, &planned.after), (again.action, &again.after));
        let address = target.address.unwrap_or_default();
        let rule = "Provider produced inconsistent final plan";
        for problem in &problems {
            let mut violation = Violation::general(rule, problem.to_string());
            violation.address = Some(address.to_owned());
            violation.rpc = Some("PlanResourceChange");
            violation.request = to_json(&planned.after);
            violation.response = to_json(&again.after);
            self.client.recorder.violate(violation);
            let _: Step<()> = notes.fail(rule, &problem.to_string(), address);
        }
        if problems.is_empty() { Ok(()) } else { Err(Failed) }
    }

    /// What Terraform makes of the response to ApplyResourceChange. `loaded` is what the state has, none for a create.
    pub(super) fn settle(
        &self,
        target: Target<'_>,
        request: &ApplyRequest,
        loaded: Option<&Loaded>,
        response: &Response<ApplyResponse>,
        notes: &mut Notes,
    ) -> Applied {
        let mut own = Notes::default();
        let _: Step<()> = own.take(response.diagnostics.clone());
        let destroy = request.planned.is_null();
        let keep = |result| Applied { object: loaded.cloned(), result };
        let applied = match &response.content {
            Some(content @ ApplyResponse { state: Some(state), .. }) => {
                match self.check_state(target, request, state, content, response, &mut own) {
                    Err(Failed) => keep(Err(Failed)),
                    Ok(value) => finish(value, content, loaded, has_errors(&own.shown)),
                }
            }
            // A lost state: a destroy keeps the object as it is, an update keeps its value, a create loses everything.
            _ if destroy || request.prior.is_null() => keep(Err(Failed)),
            lost => {
                let tainted = loaded.is_some_and(|loaded| loaded.tainted);
                let private = lost.as_ref().map(|content| content.private.clone()).unwrap_or_default();
                let object = Loaded { value: request.prior.clone(), private, identity: None, tainted };
                Applied { object: Some(object), result: Err(Failed) }
            }
        };
        notes.shown.append(&mut own.shown);
        applied
    }

    /// Checks the state that came back; fails where it cannot be saved at all. Every other mistake is an error beside the saved state.
    fn check_state(
        &self,
        target: Target<'_>,
        request: &ApplyRequest,
        state: &Value,
        content: &ApplyResponse,
        response: &Response<ApplyResponse>,
        own: &mut Notes,
    ) -> Step<Value> {
        let (client, recorder) = (&self.client, &self.client.recorder);
        let block = &client.resource(target.type_name).block;
        let _: Step<()> = refuse_unknown_identity(client, response, content.identity.as_ref(), own);
        refuse_write_only(client, response, "Provider produced invalid object", block, state, own)?;
        let mut complain = |rule: &str, text: String| {
            recorder.violate(response.exchange.violation(rule, text.clone()));
            own.shown.push(Diagnostic::core(rule, &text, &Path::default()).at(target.address));
        };
        let invalid = "Provider returned invalid result object after apply";
        for path in state.unknown_paths() {
            complain(invalid, format!("{path} is unknown after the apply"));
        }
        let value = state.unknown_as_null();
        // The rest is only checked where there is no other error.
        let unknown_identity = content.identity.as_ref().is_some_and(Value::has_unknown);
        if response.has_errors() || state.has_unknown() || unknown_identity {
            return Ok(value);
        }
        if request.planned.is_null() {
            if !value.is_null() {
                complain(invalid, "an object is left after the destroy".into());
            }
            return Ok(value);
        }
        let rule = "Provider produced inconsistent result after apply";
        for problem in check_result(block, &request.planned, &value) {
            complain(rule, problem.to_string());
        }
        // Not an error of Terraform's, but what is not returned is gone from the state.
        if request.identity.is_some() && content.identity.is_none() {
            let text = "the planned identity was not returned, so it is dropped from the state";
            recorder.violate(response.exchange.violation(rule, text));
        }
        Ok(value)
    }

    pub(super) fn save(&self, target: Target<'_>, object: Option<&Loaded>) {
        let address = target.address.unwrap_or_default();
        let object = object.map(|object| object.store(self.client.resource(target.type_name)));
        self.state.with(|state| state.set(address, object));
    }
}

/// What the state has after a response that can be saved.
fn finish(value: Value, content: &ApplyResponse, loaded: Option<&Loaded>, failed: bool) -> Applied {
    let result = if failed { Err(Failed) } else { Ok(()) };
    if value.is_null() {
        // With an error the object as it was is kept; without, it is gone.
        return Applied { object: if failed { loaded.cloned() } else { None }, result };
    }
    // Taint of a failed update stays; success ends it.
    let tainted = failed && loaded.is_some_and(|loaded| loaded.tainted);
    let (private, identity) = (content.private.clone(), content.identity.clone());
    Applied { object: Some(Loaded { value, private, identity, tainted }), result }
}
