//! Data sources and actions: read or planned in the walk of a plan, read or invoked in that of an apply.

use super::graph::Dependencies;
use super::object::{accept, refuse_all};
use super::plan::{Planned, Task, Walk};
use super::{Command, Notes, Step, Walker};
use crate::client::{Client, Target};
use crate::complete::complete;
use crate::config::{Config, Kind, Moment};
use crate::plan::{Action, Plan};
use crate::value::{Inspect, Path, Value, to_json, unknown};

/// Ends the name of the work on the actions that a resource triggers: what depends on the resource does not wait for them.
const ACTIONS: &str = " actions";

/// Adds the work on the actions that these resources trigger.
pub(super) fn add_actions<'a>(
    objects: &mut Dependencies,
    config: &Config,
    resources: impl Iterator<Item = (&'a String, Option<Action>)>,
) {
    for (address, action) in resources {
        let actions = match action {
            Some(action) => config.triggered(address, action),
            None => config.every_triggered(address),
        };
        if !actions.is_empty() {
            let mut waits_for: std::collections::BTreeSet<_> =
                actions.iter().flat_map(|action| config.waits_for(action)).collect();
            waits_for.insert(address.clone());
            objects.insert(format!("{address}{ACTIONS}"), waits_for);
        }
    }
}

/// An action with everything that its configuration refers to.
pub(super) fn needed_by(action: &str, config: &Config, objects: &Dependencies) -> Dependencies {
    let (mut needed, mut open) = (Dependencies::new(), vec![action.to_owned()]);
    while let Some(address) = open.pop() {
        let waits_for = config.waits_for(&address);
        open.extend(waits_for.iter().filter(|other| objects.contains_key(*other)).cloned());
        needed.insert(address, waits_for);
    }
    needed
}

/// The resource whose actions are worked on under this name.
pub(super) fn trigger_of(name: &str) -> Option<&str> {
    name.strip_suffix(ACTIONS)
}

impl Walk {
    /// Reads a data source whose configuration is known and which waits for no change; else it is read at apply.
    pub(super) async fn plan_data(&self, address: &str, planned: &mut Planned) -> Step<()> {
        let config = self.config(address, &mut planned.notes)?;
        let resource = self.command.config.resources.get(address);
        let waits = resource.is_some_and(|resource| resource.depends_on.iter().any(|on| self.is_changing(on)));
        if config.has_unknown() || (waits && self.task == Task::Plan) {
            planned.read_later = true;
            return Ok(());
        }
        let value = read(&self.client, Target::at(address), &config, &mut planned.notes).await?;
        planned.data = Some(to_json(&value));
        self.values.insert(address, Action::NoOp, value);
        Ok(())
    }

    /// PlanAction for every action that the planned change of a resource triggers.
    pub(super) async fn plan_triggered(&self, address: &str, planned: &mut Planned) -> Step<()> {
        let Some((action, _)) = self.values.get(address) else { return Ok(()) };
        for action in self.command.config.triggered(address, action) {
            self.plan_action(&action, planned).await?;
        }
        Ok(())
    }

    /// PlanAction.
    pub(super) async fn plan_action(&self, action: &str, planned: &mut Planned) -> Step<()> {
        let config = self.config(action, &mut planned.notes)?;
        let response = self.client.plan_action(Target::at(action), &config).await;
        accept(&response, &mut planned.notes)
    }

    fn is_changing(&self, address: &str) -> bool {
        self.values.get(address).is_some_and(|(action, _)| action != Action::NoOp)
    }

    /// A configuration with what is planned by now.
    pub(super) fn config(&self, address: &str, notes: &mut Notes) -> Step<Value> {
        let value_of = |other: &str, attribute: &str| match self.values.get(other) {
            Some((_, value)) => value.at(&Path::from(attribute)).map_or(serde_json::Value::Null, to_json),
            None if self.task == Task::Refresh && self.state.with(|state| state.contains(other)) => {
                self.state.with(|state| state.attribute(other, attribute))
            }
            None => unknown(),
        };
        self.command.config_at(&self.client, address, Moment::Plan, value_of, notes)
    }
}

impl Walker {
    /// Reads a data source that was not read by the plan.
    pub(super) async fn read_data(&self, address: &str, notes: &mut Notes) -> Step<Value> {
        self.command.halt(address, notes)?;
        let config = self.config(address, notes)?;
        read(&self.client, Target::at(address), &config, notes).await
    }

    /// Invokes the actions that the change of a resource triggers, in order; none after a failure.
    pub(super) async fn invoke_triggered(&self, plan: &Plan, address: &str, notes: &mut Notes) -> Step<()> {
        let Some(change) = plan.action(address) else { return Ok(()) };
        for action in plan.config.triggered(address, change) {
            self.invoke(&action, notes).await?;
        }
        Ok(())
    }

    /// InvokeAction.
    pub(super) async fn invoke(&self, action: &str, notes: &mut Notes) -> Step<()> {
        self.command.halt(action, notes)?;
        let config = self.config(action, notes)?;
        if config.has_unknown() {
            return notes.fail("Action configuration unknown during apply", "", action);
        }
        let response = self.client.invoke_action(Target::at(action), &config).await;
        accept(&response, notes)?;
        self.command.halt(action, notes)
    }

    /// A configuration with what is stored by now.
    pub(super) fn config(&self, address: &str, notes: &mut Notes) -> Step<Value> {
        let value_of = |other: &str, attribute: &str| match Kind::of(other) {
            Kind::Resource => self.state.with(|state| state.attribute(other, attribute)),
            _ => unknown(),
        };
        self.command.config_at(&self.client, address, Moment::Apply, value_of, notes)
    }
}

impl Command {
    fn config_at(
        &self,
        client: &Client,
        address: &str,
        moment: Moment,
        value_of: impl FnMut(&str, &str) -> serde_json::Value,
        notes: &mut Notes,
    ) -> Step<Value> {
        let body = self.config.resolved(address, moment, value_of);
        complete(client.block(Target::at(address)), &body).or_else(|problems| {
            let problems = problems.into_iter().map(|problem| problem.at(Some(address))).collect();
            notes.take(problems).map(|()| Value::Null)
        })
    }
}

/// ValidateDataSourceConfig and ReadDataSource, with the checks that Terraform makes on the result.
async fn read(client: &Client, target: Target<'_>, config: &Value, notes: &mut Notes) -> Step<Value> {
    notes.take(client.validate(target, config).await.diagnostics)?;
    let response = client.read_data(target, config).await;
    let value = accept(&response, notes)?;
    if value.is_null() {
        refuse_all(client, &response, "Provider produced null object", "a data source is never null", notes)?;
    }
    if value.has_unknown() {
        let text = "a value of the data source is unknown";
        refuse_all(client, &response, "Provider produced invalid object", text, notes)?;
    }
    Ok(value)
}
