//! Planning: a function of the request alone, warnings and the guard's memory aside.
//!
//! A start (no prior state), an adoption (the first plan after an import) and everything else, which is an update
//! or, for what is spent, a replacement.

use std::time::SystemTime;

use tf_provider::resource::{PlanDestroyRequest, PlanRequest, PlanResponse};
use tf_provider::{Attr, Diagnostics, Failed, Path, Private};

use super::change::Change;
use super::guard::{Guard, Live, Start};
use super::life::{Life, Wishes};
use super::mark::{Intent, Mark};
use super::model::{Identity, Migration};
use super::{change, refuse, schema, warn};

type Request = PlanRequest<Migration, Identity>;
type Response = PlanResponse<Migration, Identity>;

/// What planning looks at beside its request.
pub(super) struct Planner<'a> {
    /// What this process knows of the destinations.
    pub guard: &'a Guard,
    /// Whether the dialect has a `sharding` field; it passes where the dialect is unknown.
    pub dialect_has_sharding: bool,
    /// For the countdown in a warning.
    pub now: SystemTime,
}

impl Planner<'_> {
    /// Plans a create or an update.
    ///
    /// # Errors
    /// When the change is refused.
    pub(super) fn plan(&self, request: Request, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        match &request.prior {
            None => self.start(&request, diagnostics),
            Some(prior) if prior.is_imported() => self.adopt(&request, prior, diagnostics),
            Some(prior) => self.keep_or_replace(&request, prior, diagnostics),
        }
    }

    /// Plans a destroy, which calls nothing.
    ///
    /// # Errors
    /// When a start that was planned before would take its place.
    pub(super) fn destroy(
        &self,
        request: &PlanDestroyRequest<Migration, Identity>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Private, Failed> {
        let mark = Mark::of(&request.private);
        if let Err(live) = self.guard.meet(&request.prior) {
            return Err(diagnostics.fail(refuse::met(&request.prior, &live)));
        }
        if mark.lost {
            diagnostics.push(warn::unknown_to_atlas(&request.prior));
        } else if !Life::of(&request.prior).is_final() {
            diagnostics.push(warn::destroy(&request.prior));
        }
        Ok(mark.planning(Intent::Forget).to_private())
    }

    fn start(&self, request: &Request, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let planned = self.plan_start(&request.config, diagnostics);
        let refusal = match Mark::of(&request.private).plan {
            Some(Intent::Keep(live)) => Some(refuse::replace(&planned, &live)),
            Some(Intent::Over(id)) => self.guard.start(&planned, Some(&id)).err().map(|c| refuse::start(&planned, &c)),
            _ => self.guard.start(&planned, None).err().map(|conflict| refuse::start(&planned, &conflict)),
        };
        diagnostics.extend(refusal);
        diagnostics.ok()?;
        let mark = Mark::default().planning(Intent::Start(Start::of(&planned)));
        Ok(Response { planned, requires_replace: Vec::new(), private: mark.to_private(), identity: None })
    }

    /// The planned state of a migration that is not there yet, with what a user must know before it is started.
    fn plan_start(&self, config: &Migration, diagnostics: &mut Diagnostics) -> Migration {
        refuse::missing_password(config, diagnostics);
        if !config.sharding.is_null() && !self.dialect_has_sharding {
            diagnostics.push(refuse::sharding_in_v1());
        }
        let arguments = schema::with_defaults(config);
        let planned = Migration {
            id: Attr::Unknown,
            status: Attr::Unknown,
            group_id: if arguments.group_id.is_null() { Attr::Unknown } else { arguments.group_id.clone() },
            ready_for_cutover: Attr::Unknown,
            lag_time_seconds: Attr::Unknown,
            ..arguments
        };
        warn::drop(&planned, diagnostics);
        planned
    }

    /// Takes every argument from the configuration, at any status, and writes nothing: Atlas told neither source nor
    /// destination.
    fn adopt(&self, request: &Request, prior: &Migration, diagnostics: &mut Diagnostics) -> Result<Response, Failed> {
        let arguments = schema::with_defaults(&request.config);
        refuse::other_group(prior, &arguments, diagnostics);
        refuse::other_host(prior, &arguments, diagnostics);
        let planned = told(prior, arguments);
        if let Err(live) = self.guard.meet(&planned) {
            diagnostics.push(refuse::met(&planned, &live));
        }
        self.warn(request, &planned, diagnostics);
        diagnostics.ok()?;
        Ok(respond(request, prior, planned, Vec::new()))
    }

    fn keep_or_replace(
        &self,
        request: &Request,
        prior: &Migration,
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        if let Err(live) = self.guard.meet(prior) {
            diagnostics.push(refuse::met(prior, &live));
        }
        let mark = Mark::of(&request.private);
        let life = Life::of(prior);
        let mut planned = told(prior, schema::with_defaults(&request.config));
        if change::same_sharding(&prior.sharding, &planned.sharding) {
            planned.sharding = prior.sharding.clone();
        }
        let changes = change::create_only(prior, &planned);
        let certain = changes.iter().any(Change::is_certain);
        if life.is_spent() && certain {
            return self.replace(request, prior, &changes, diagnostics);
        }
        if !life.is_spent() {
            refuse::changes_of_live(prior, &planned, &changes, diagnostics);
            refuse::cutover_withdrawn(prior, &planned, mark.doubt, diagnostics);
        }
        self.warn(request, &planned, diagnostics);
        if life.is_spent() {
            warn::read_at_creation(prior, &planned, diagnostics);
        }
        diagnostics.ok()?;
        if can_pursue(prior, life, mark.lost) {
            pursue(prior, &mut planned, diagnostics);
        }
        Ok(respond(request, prior, planned, Vec::new()))
    }

    /// What must be known of a migration, whatever is planned for it. The plan still says what Atlas told last.
    fn warn(&self, request: &Request, planned: &Migration, diagnostics: &mut Diagnostics) {
        let lost = Mark::of(&request.private).lost;
        warn::status(planned, lost, diagnostics);
        warn::countdown(planned, lost, self.now, diagnostics);
    }

    /// The first half of a replacement: its warnings are the only ones that Terraform shows, and the second half is
    /// planned by [`Self::start`].
    fn replace(
        &self,
        request: &Request,
        prior: &Migration,
        changes: &[Change],
        diagnostics: &mut Diagnostics,
    ) -> Result<Response, Failed> {
        if request.call.deferral_allowed {
            // A plan made for the second time must not turn into a replacement that the user has not seen.
            for change in changes.iter().filter(|change| change.is_certain()) {
                diagnostics.push(refuse::replacement_not_planned(prior, change));
            }
        }
        let planned = self.plan_start(&request.config, diagnostics);
        diagnostics.ok()?;
        let paths = changes.iter().map(|change| Path::from(change.path)).collect();
        Ok(respond(request, prior, planned, paths))
    }
}

/// The arguments of a plan beside what Atlas told last.
fn told(prior: &Migration, arguments: Migration) -> Migration {
    Migration {
        id: prior.id.clone(),
        status: prior.status.clone(),
        group_id: if arguments.group_id.is_null() { prior.group_id.clone() } else { arguments.group_id.clone() },
        ready_for_cutover: prior.ready_for_cutover,
        lag_time_seconds: prior.lag_time_seconds,
        ready_since: prior.ready_since.clone(),
        cutover_requested_at: prior.cutover_requested_at.clone(),
        ..arguments
    }
}

/// Whether a wish can still be reached.
fn can_pursue(prior: &Migration, life: Life, lost: bool) -> bool {
    life == Life::Running && !lost && prior.id.is_known()
}

/// Plans an update in place while a wish is open: what the apply will learn is unknown until then.
fn pursue(prior: &Migration, planned: &mut Migration, diagnostics: &mut Diagnostics) {
    let wishes = Wishes::open(planned, prior);
    if !wishes.any() {
        return;
    }
    if !prior.cutover_requested_at.is_known() {
        warn::cutover(prior, planned, diagnostics);
    }
    planned.status = Attr::Unknown;
    planned.ready_for_cutover = Attr::Unknown;
    planned.lag_time_seconds = Attr::Unknown;
    planned.ready_since = Attr::Unknown;
    planned.cutover_requested_at = Attr::Unknown;
}

fn respond(request: &Request, prior: &Migration, planned: Migration, requires_replace: Vec<Path>) -> Response {
    let intent = if Life::of(prior).is_spent() {
        Intent::Over(prior.id_text().to_owned())
    } else {
        Intent::Keep(Live::of(prior))
    };
    let mark = Mark::of(&request.private).planning(intent);
    let identity = request.identity.clone().or_else(|| prior.identity());
    Response { planned, requires_replace, private: mark.to_private(), identity }
}
