//! What a plan is beyond the schema: a function of the request alone, warnings and duplicate-start protection aside.
//!
//! A start (no prior state), the first plan after an import, and everything else: an update, or the replacement of a
//! replaceable migration.

use std::time::SystemTime;

use tf_provider::resource::{ModifyPlanRequest, PlanDestroyRequest, PlanResponse};
use tf_provider::{Attr, Diagnostics, Failed, Path, Private};

use super::change::{self, Change};
use super::diagnostics::{
    actions, changes, duplicates, ended, erasure, import, milestones, removal, replacement, start,
};
use super::duplicate_guard::DuplicateGuard;
use super::model::{Identity, Migration};
use super::phase::{Milestones, Phase};
use super::private_state::{Intent, PrivateState};

type Request = ModifyPlanRequest<Migration, Identity>;
type Response = PlanResponse<Migration, Identity>;

/// What planning uses beside its request.
pub(super) struct Planner<'a> {
    /// What this process knows of other migrations.
    pub(super) guard: &'a DuplicateGuard,
    /// Whether the API version has `sharding`; true where the version is unknown.
    pub(super) api_has_sharding: bool,
    /// For the remaining time in a warning.
    pub(super) now: SystemTime,
}

impl Planner<'_> {
    /// Plans a create or an update.
    ///
    /// # Errors
    /// If the change is refused.
    pub(super) fn plan(&self, request: Request, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let private = PrivateState::decode(&request.private, diagnostics);
        match &request.prior {
            None => self.start(&request, &private, diagnostics),
            Some(prior) if prior.is_imported() => self.after_import(&request, prior, private, diagnostics),
            Some(prior) => self.update_or_replace(&request, prior, private, diagnostics),
        }
    }

    /// Plans a destroy, which sends nothing to Atlas.
    ///
    /// # Errors
    /// If a start that was planned before would take its place.
    pub(super) fn destroy(
        &self,
        request: &PlanDestroyRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        let private = PrivateState::decode(&request.private, diagnostics);
        match self.guard.check_removal(&request.prior, &private) {
            // What this process read is newer than what Terraform passes for a removed block.
            Ok(existing) => removal::warn(&existing.state, &existing.private, diagnostics),
            Err(existing) => return Err(diagnostics.fail(duplicates::another_start(&existing))),
        }
        self.refuse_action(&request.prior, diagnostics);
        diagnostics.ok()?;
        Ok(private.planning(Intent::Remove).encode(diagnostics))
    }

    fn start(
        &self,
        request: &Request,
        private: &PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        let planned = self.plan_start(request, diagnostics);
        let replaces = match &private.plan {
            Some(Intent::Replace(id)) => Some(id.clone()),
            _ => None,
        };
        if let Some(Intent::Keep(id)) = &private.plan {
            diagnostics.push(replacement::planned(id, self.guard.existing(id).as_ref()));
        } else if let Err(conflict) = self.guard.plan_start(&planned, replaces.as_deref()) {
            diagnostics.push(duplicates::start(&planned, &conflict));
        }
        diagnostics.ok()?;
        self.warn_shared_host(&planned, diagnostics);
        let private = PrivateState::default().planning(Intent::Start { replaces });
        Ok(Response { planned, requires_replace: Vec::new(), private: private.encode(diagnostics), identity: None })
    }

    /// The planned state of a migration that does not exist yet, and what a user must know before it starts.
    fn plan_start(&self, request: &Request, diagnostics: &mut Diagnostics) -> Migration {
        let config = &request.config;
        start::missing_password(config, diagnostics);
        if !config.sharding.is_null() && !self.api_has_sharding {
            diagnostics.push(start::sharding_in_v1());
        }
        let planned = Migration {
            id: Attr::Unknown,
            status: Attr::Unknown,
            group_id: match &config.group_id {
                Attr::Null => config.destination_attr(|destination| &destination.group_id),
                group_id => group_id.clone(),
            },
            ready_for_cutover: Attr::Unknown,
            lag_time_seconds: Attr::Unknown,
            ready_since: Attr::Null,
            cutover_requested_at: Attr::Null,
            ..request.planned.clone()
        };
        if planned.has_unknown_destination() && planned.drop_enabled.known() != Some(&false) {
            diagnostics.push(start::drop_into_unknown());
        }
        erasure::by_start(&planned, diagnostics);
        planned
    }

    /// Takes every argument from the configuration, at any status: Atlas returns neither source nor destination.
    fn after_import(
        &self,
        request: &Request,
        prior: &Migration,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        import::hidden_by_ignore_changes(prior, &request.config, diagnostics);
        let planned = request.planned.clone();
        import::other_project(prior, &planned, diagnostics);
        import::other_host(prior, &planned, diagnostics);
        if let Err(existing) = self.guard.check_existing(&planned, &private) {
            diagnostics.push(duplicates::another_start(&existing));
        }
        self.guard.plan_cutover(&planned, true);
        self.refuse_action(prior, diagnostics);
        self.warn(prior, &planned, &private, Milestones::default(), diagnostics);
        diagnostics.ok()?;
        let is_running = Phase::of(prior, &private) == Phase::Running;
        let pending = if is_running { Milestones::pending(&planned, prior) } else { Milestones::default() };
        import::check_arguments(&planned, pending, diagnostics);
        if is_running {
            self.warn_shared_host(&planned, diagnostics);
        }
        Ok(respond(request, prior, planned, private, Vec::new(), diagnostics))
    }

    fn update_or_replace(
        &self,
        request: &Request,
        prior: &Migration,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        if let Err(existing) = self.guard.check_existing(prior, &private) {
            diagnostics.push(duplicates::another_start(&existing));
        }
        let phase = Phase::of(prior, &private);
        let mut planned = request.planned.clone();
        if change::same_sharding(&prior.sharding, &planned.sharding) {
            planned.sharding = prior.sharding.clone();
        }
        let changes = change::create_only(prior, &planned, &request.requires_replace);
        if phase.is_replaceable() && !changes.is_empty() {
            return self.replace(request, prior, private, &changes, diagnostics);
        }
        if phase.is_protected() {
            changes::of_protected(prior, &planned, &private, &changes, diagnostics);
            changes::cutover_withdrawn(prior, &planned, &private, diagnostics);
        }
        self.guard.plan_cutover(&planned, false);
        self.refuse_action(prior, diagnostics);
        let pending = Milestones::pending(&planned, prior);
        self.warn(prior, &planned, &private, pending, diagnostics);
        if phase.is_replaceable() {
            erasure::by_restart(&planned, diagnostics);
            changes::without_effect(prior, &planned, diagnostics);
        }
        diagnostics.ok()?;
        if phase == Phase::Running {
            self.warn_shared_host(&planned, diagnostics);
        }
        if pending.any() {
            if phase == Phase::Running && !private.not_found {
                milestones::pending(prior, &planned, pending, diagnostics);
            }
            planned = with_unknown_progress(planned);
        }
        Ok(respond(request, prior, planned, private, Vec::new(), diagnostics))
    }

    /// The first half of a replacement: its warnings are the only ones that Terraform shows, and the second half is planned
    /// by [`Self::start`].
    fn replace(
        &self,
        request: &Request,
        prior: &Migration,
        private: PrivateState,
        changes: &[Change],
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        ended::replaced(prior, &private, diagnostics);
        let planned = self.plan_start(request, diagnostics);
        diagnostics.ok()?;
        let paths = changes.iter().map(|change| change.path.clone()).collect();
        Ok(respond(request, prior, planned, private, paths, diagnostics))
    }

    /// Refuses a cutover by an action that was planned before, and that this plan contradicts.
    fn refuse_action(&self, prior: &Migration, diagnostics: &mut Diagnostics) {
        let id = prior.id_text();
        let milestone = self.guard.refused_action(id);
        let refused = milestone.and_then(|milestone| actions::cutover_refused(&milestone, id));
        diagnostics.extend(refused.map(|refused| refused.at("cutover")));
    }

    /// What a user must know of an existing migration, whatever is planned for it.
    fn warn(
        &self,
        prior: &Migration,
        planned: &Migration,
        private: &PrivateState,
        pending: Milestones,
        diagnostics: &mut Diagnostics,
    ) {
        // Only the first plan after an import has no other destination to name.
        let subject = if prior.is_imported() { planned } else { prior };
        ended::warn(subject, private, pending, diagnostics);
        milestones::countdown(subject, private, self.now, diagnostics);
        if matches!(Phase::of(prior, private), Phase::Complete | Phase::FailedDuringCutover) {
            erasure::still_enabled(subject, planned, diagnostics);
        }
    }

    fn warn_shared_host(&self, migration: &Migration, diagnostics: &mut Diagnostics) {
        if let Some(host) = self.guard.shared_host(migration) {
            duplicates::shared_host(&host, diagnostics);
        }
    }
}

/// An update in place that works toward a milestone: what the apply will learn is unknown.
fn with_unknown_progress(planned: Migration) -> Migration {
    Migration {
        status: Attr::Unknown,
        ready_for_cutover: Attr::Unknown,
        lag_time_seconds: Attr::Unknown,
        ready_since: Attr::Unknown,
        cutover_requested_at: Attr::Unknown,
        ..planned
    }
}

fn respond(
    request: &Request,
    prior: &Migration,
    planned: Migration,
    private: PrivateState,
    requires_replace: Vec<Path>,
    diagnostics: &mut Diagnostics,
) -> Response {
    let id = prior.id_text().to_owned();
    let is_replaceable = Phase::of(prior, &private).is_replaceable();
    let intent = if is_replaceable { Intent::Replace(id) } else { Intent::Keep(id) };
    let identity = request.identity.clone().or_else(|| prior.identity());
    Response { planned, requires_replace, private: private.planning(intent).encode(diagnostics), identity }
}
