//! The walks of `terraform plan`: reading every object and planning its change, or planning its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::change::{Desired, plan_destroy, plan_object};
use super::graph::{self, Dependencies};
use super::import::{check_imports, import_object, import_request};
use super::object::{Loaded, refresh, upgrade};
use super::{Command, Notes, Step, Values, WorkingState, invoke};
use crate::client::{Client, Target};
use crate::config::Kind;
use crate::outcome::Outcome;
use crate::plan::{Action, Change, Plan, PlanOptions, Reason};
use crate::state::{Object, State};

/// What one walk does with every object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Read and plan.
    Plan,
    /// Read only.
    Refresh,
    /// Plan the end.
    Destroy,
}

/// One walk over all objects.
#[derive(Clone)]
pub(super) struct Walk {
    pub(super) command: Command,
    pub(super) client: Arc<Client>,
    pub(super) state: WorkingState,
    /// What is planned by now.
    pub(super) values: Values,
    options: PlanOptions,
    pub(super) task: Task,
    /// Whether a destroy follows: nothing is imported then.
    before_destroy: bool,
}

/// What was planned for one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    change: Option<Change>,
    deposed: Vec<Change>,
    drifted: bool,
    /// What a data source returned.
    pub(super) data: Option<serde_json::Value>,
    /// Whether a data source is read at apply.
    pub(super) read_later: bool,
    pub(super) notes: Notes,
}

/// Plans by the options: an ordinary plan is one walk, a destroy is the ordinary walk without its warnings and one more.
pub(crate) async fn plan(command: &Command, state: &State, options: PlanOptions) -> Plan {
    let mut plan = Plan::failed(Outcome::default(), &command.config, state, options.clone());
    if !options.destroy {
        let task = if options.refresh_only || options.invoke.is_some() { Task::Refresh } else { Task::Plan };
        walk(command, &mut plan, task, false).await;
        return plan;
    }
    if options.refresh && !state.is_empty() {
        walk(command, &mut plan, Task::Plan, true).await;
        plan.changes.clear();
        plan.deposed.clear();
        plan.outcome.actions.clear();
        let mut notes = Notes { shown: std::mem::take(&mut plan.outcome.diagnostics), dropped: Vec::new() };
        notes.drop_warnings();
        notes.into(&mut plan.outcome);
        if plan.outcome.has_errors() {
            return plan;
        }
    }
    walk(command, &mut plan, Task::Destroy, false).await;
    plan
}

async fn walk(command: &Command, plan: &mut Plan, task: Task, before_destroy: bool) {
    let name = match task {
        Task::Plan => "plan",
        Task::Refresh => "refresh",
        Task::Destroy => "plan destroy",
    };
    // Terraform starts a provider only where an object needs it.
    if plan.refreshed.is_empty()
        && (task == Task::Destroy || command.config.resources.is_empty())
        && plan.options.invoke.is_none()
    {
        return;
    }
    let mut notes = Notes::default();
    // Terraform evaluates the import blocks before it needs the provider.
    if task == Task::Plan && !before_destroy && check_imports(command, &plan.refreshed, &mut notes).is_err() {
        return notes.into(&mut plan.outcome);
    }
    let Some(session) = command.open(name, false, &mut plan.outcome).await else { return };
    if command.configure(&session.client, &mut notes).await.is_ok() {
        let walk = Walk {
            command: command.clone(),
            client: Arc::new(session.client.clone()),
            state: WorkingState::new(plan.refreshed.clone()),
            values: Values::default(),
            options: plan.options.clone(),
            task,
            before_destroy,
        };
        let objects = walk.objects(&plan.refreshed);
        let results = graph::run(&objects, command.settings.parallelism, &command.control, |address| {
            let (walk, address) = (walk.clone(), address.to_owned());
            Box::pin(async move {
                let planned = walk.work(&address).await;
                (!planned.notes.has_errors(), planned)
            })
        })
        .await;
        plan.refreshed = walk.state.snapshot();
        for (address, planned) in results {
            plan.take(address, planned);
        }
    }
    let mut before = Outcome::default();
    notes.into(&mut before);
    before.diagnostics.append(&mut plan.outcome.diagnostics);
    plan.outcome.diagnostics = before.diagnostics;
    command.close(session, &mut plan.outcome).await;
}

impl Plan {
    fn take(&mut self, address: String, planned: Planned) {
        planned.notes.into(&mut self.outcome);
        if planned.drifted {
            self.drifted.insert(address.clone());
        }
        if planned.read_later {
            self.reads.insert(address.clone());
        }
        if let Some(data) = planned.data {
            self.outcome.data.insert(address.clone(), data);
        }
        self.deposed.extend(planned.deposed.into_iter().map(|change| (address.clone(), change)));
        if let Some(change) = planned.change {
            self.outcome.actions.insert(address.clone(), change.action);
            self.changes.insert(address, change);
        }
    }
}

impl Walk {
    /// All addresses of configuration and state, with what they wait for.
    fn objects(&self, state: &State) -> Dependencies {
        let mut objects: Dependencies =
            state.instances.keys().map(|address| (address.clone(), BTreeSet::new())).collect();
        let config = &self.command.config;
        for address in config.resources.keys() {
            objects.insert(address.clone(), config.waits_for(address));
        }
        if self.task == Task::Destroy {
            objects.retain(|address, _| state.instances.contains_key(address));
            return graph::reversed(&objects);
        }
        if let Some(action) = &self.options.invoke {
            return invoke::needed_by(action, config, &objects);
        }
        if self.task == Task::Plan {
            invoke::add_actions(&mut objects, config, config.resources.keys().map(|address| (address, None)));
        }
        objects
    }

    async fn work(&self, address: &str) -> Planned {
        let mut planned = Planned::default();
        // What went wrong stands in the notes.
        let _: Step<()> = match (invoke::trigger_of(address), Kind::of(address)) {
            (Some(resource), _) => self.plan_triggered(resource, &mut planned).await,
            (None, Kind::Resource) => self.try_work(address, &mut planned).await,
            (None, Kind::Data) => self.plan_data(address, &mut planned).await,
            (None, Kind::Action) => self.plan_action(address, &mut planned).await,
        };
        planned
    }

    async fn try_work(&self, address: &str, planned: &mut Planned) -> Step<()> {
        let target = Target::at(address);
        self.command.halt(address, &mut planned.notes)?;
        let stored = self.state.with(|state| state.object(address).cloned());
        let mut loaded = match self.importing(address, stored.as_ref()) {
            Some(target_of_import) => {
                let request = import_request(
                    self.client.resource(target.type_name),
                    address,
                    &target_of_import,
                    &mut planned.notes,
                )?;
                let loaded = import_object(&self.client, target, &request, false, &mut planned.notes).await?;
                self.save(address, target, Some(&loaded));
                return self.plan_imported(address, target, &loaded, planned).await;
            }
            None => match &stored {
                Some(object) => Some(upgrade(&self.client, target, object, &mut planned.notes).await?),
                None => None,
            },
        };
        if self.task != Task::Destroy && self.options.refresh {
            loaded = self.refreshed(address, target, loaded, planned).await?;
        }
        if stored.is_some() {
            self.save(address, target, loaded.as_ref());
        }
        if self.task == Task::Refresh && !self.command.config.resources.contains_key(address) {
            // Terraform plans the end of it also here, and makes nothing of it.
            self.plan_change(address, target, loaded.as_ref(), &mut planned.notes).await?;
        }
        if self.task != Task::Refresh {
            self.command.halt(address, &mut planned.notes)?;
            planned.change = self.plan_change(address, target, loaded.as_ref(), &mut planned.notes).await?;
        }
        self.plan_deposed(address, target, planned).await
    }

    async fn refreshed(
        &self,
        address: &str,
        target: Target<'_>,
        loaded: Option<Loaded>,
        planned: &mut Planned,
    ) -> Step<Option<Loaded>> {
        let Some(before) = loaded else { return Ok(None) };
        self.command.halt(address, &mut planned.notes)?;
        let after = refresh(&self.client, target, &before, &mut planned.notes).await?;
        planned.drifted = after.value != before.value;
        Ok(Some(after))
    }

    async fn plan_imported(
        &self,
        address: &str,
        target: Target<'_>,
        loaded: &Loaded,
        planned: &mut Planned,
    ) -> Step<()> {
        if self.task == Task::Plan {
            let change = self.plan_change(address, target, Some(loaded), &mut planned.notes).await?;
            planned.change = change.map(|change| Change { imported: true, ..change });
        }
        Ok(())
    }

    /// The change of the object in use: as configured, or its end where nothing is configured.
    async fn plan_change(
        &self,
        address: &str,
        target: Target<'_>,
        loaded: Option<&Loaded>,
        notes: &mut Notes,
    ) -> Step<Option<Change>> {
        let resource = self.command.config.resources.get(address);
        let prevented = resource.is_some_and(|resource| resource.prevent_destroy);
        let change = match (resource, loaded) {
            (Some(resource), _) if self.task == Task::Plan => {
                let config = self.config(address, notes)?;
                let desired = Desired {
                    config: &config,
                    ignored: &resource.ignored,
                    create_before_destroy: self.command.config.creates_first(address),
                    force_replace: self.options.replace.contains(address),
                    planned: None,
                };
                plan_object(&self.client, target, loaded, &desired, notes).await?
            }
            (_, Some(loaded)) if !loaded.value.is_null() => plan_destroy(&self.client, target, loaded, notes).await?,
            _ => return Ok(None),
        };
        if prevented && (change.action == Action::Delete || change.action.is_replace()) {
            let detail = format!("{address} is to be destroyed, which its prevent_destroy forbids.");
            return notes.fail("Instance cannot be destroyed", &detail, address);
        }
        self.values.insert(address, change.action, change.after.clone());
        Ok(Some(change))
    }

    /// Objects that were put aside are destroyed by every plan.
    async fn plan_deposed(&self, address: &str, target: Target<'_>, planned: &mut Planned) -> Step<()> {
        let deposed = self.state.with(|state| state.deposed(address).to_vec());
        for (index, object) in deposed.iter().enumerate() {
            let mut loaded = upgrade(&self.client, target, object, &mut planned.notes).await?;
            if self.task != Task::Destroy && self.options.refresh {
                loaded = refresh(&self.client, target, &loaded, &mut planned.notes).await?;
            }
            if self.task == Task::Refresh || loaded.value.is_null() {
                continue;
            }
            let change = plan_destroy(&self.client, target, &loaded, &mut planned.notes).await?;
            planned.deposed.push(Change { deposed: Some(index), reason: Reason::None, ..change });
        }
        Ok(())
    }

    fn importing(&self, address: &str, stored: Option<&Object>) -> Option<crate::config::ImportTarget> {
        if stored.is_some() || self.before_destroy || self.task == Task::Destroy {
            return None;
        }
        self.command.config.imports.get(address).cloned()
    }

    fn save(&self, address: &str, target: Target<'_>, loaded: Option<&Loaded>) {
        let object = loaded
            .filter(|loaded| !loaded.value.is_null())
            .map(|loaded| loaded.store(self.client.resource(target.type_name)));
        self.state.with(|state| state.set(address, object));
    }
}
