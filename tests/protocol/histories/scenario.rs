//! The scenario of one history: a simulated Atlas, a Terraform with its configuration and state, and how each step is played. What must
//! hold is for the invariants to say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use atlas_simulator::{
    Algorithm, Config as Atlas, Credential, DigestConfig, EventKind, FaultHandle, Migration, Seed, Simulator,
};
use terraform_core::{Config, Core, ImportTarget, Outcome, Plan, PlanOptions, State};

use super::arguments::{Arguments, GROUP, action, address};
use super::drive;
use super::faults::PlannedFault;
use super::invariants::{self, Applied};
use super::step::{Account, Course, Digest, Happening, Options, Setup, Step, Way};

/// What a step comes to: nothing, or the promise that was broken.
pub(super) type Played = Result<(), String>;

/// The account of whoever works in the web page.
const WEB_PAGE: &str = "mdb_sa_id_5f0000000000000000000002";

/// Everything that a history changes.
pub(super) struct Scenario {
    pub(super) simulator: Simulator,
    pub(super) core: Core,
    setup: Setup,
    pub(super) blocks: [Option<Arguments>; 3],
    pub(super) state: State,
    kept: Option<Kept>,
    /// The migrations that somebody cut over in the web page.
    pub(super) cut_over_by_hand: BTreeSet<String>,
    /// What has happened so far, for whoever reads a failure.
    pub(super) trace: Vec<String>,
    /// What went wrong in the last command.
    pub(super) errors: BTreeSet<String>,
    /// How often what has happened, for whoever asks what histories are worth.
    pub(super) tally: BTreeMap<String, u64>,
}

/// A plan that was kept, with the configuration that it belongs to.
struct Kept {
    plan: Plan,
    blocks: [Option<Arguments>; 3],
    state: State,
}

impl Scenario {
    pub(super) fn new(setup: &Setup, core: &Core) -> Self {
        let simulator = Simulator::start(atlas(setup)).expect("a simulator starts");
        let core = core
            .clone()
            .env("MONGODB_ATLAS_BASE_URL", simulator.url())
            .env("ATLAS_POLL_INTERVAL", "2ms")
            .env("TF_LOG", if setup.logs { "TRACE" } else { "OFF" })
            .parallelism(if setup.parallel { 10 } else { 1 });
        let core = match setup.account {
            Account::Key => core
                .env("MONGODB_ATLAS_PUBLIC_API_KEY", Atlas::PUBLIC_KEY)
                .env("MONGODB_ATLAS_PRIVATE_API_KEY", Atlas::PRIVATE_KEY),
            Account::Service => core
                .env("MONGODB_ATLAS_CLIENT_ID", Atlas::CLIENT_ID)
                .env("MONGODB_ATLAS_CLIENT_SECRET", Atlas::CLIENT_SECRET),
            Account::Token => core.env("MONGODB_ATLAS_ACCESS_TOKEN", simulator.issue_token(Atlas::CLIENT_ID)),
        };
        let core = if setup.legacy { core.env("MONGODB_ATLAS_API_VERSION", "v1.0") } else { core };
        Self {
            simulator,
            core,
            blocks: setup.blocks.clone(),
            setup: setup.clone(),
            state: State::default(),
            kept: None,
            cut_over_by_hand: BTreeSet::new(),
            trace: Vec::new(),
            errors: BTreeSet::new(),
            tally: BTreeMap::new(),
        }
    }

    pub(super) fn play(&mut self, step: &Step) -> Played {
        match step {
            Step::Edit(slot, edit) => self.edit(*slot, edit),
            Step::Apply(options, course) => self.apply(options, course)?,
            Step::Keep(options) => self.keep(options)?,
            Step::ApplyKept(course) => self.apply_kept(course)?,
            Step::Refresh(fault) => self.refresh(fault.as_ref())?,
            Step::Rename { from, to, moved } => self.rename(*from, *to, *moved),
            Step::Taint(slot) if self.state.contains(&address(*slot)) => self.state.taint(&address(*slot)),
            Step::Untaint(slot) if self.state.contains(&address(*slot)) => self.state.untaint(&address(*slot)),
            Step::Forget(slot) if self.state.contains(&address(*slot)) => self.state.rm(&address(*slot)),
            Step::Taint(_) | Step::Untaint(_) | Step::Forget(_) => {}
            Step::Import { slot, which, way, fault } => self.import(*slot, *which, *way, fault.as_ref())?,
            Step::Destroy { refresh, course } => self.destroy(*refresh, course)?,
            Step::Invoke { slot, foreign, course } => self.invoke(*slot, *foreign, course)?,
            Step::Scenario(happening) => self.happen(happening),
        }
        invariants::state(self)
    }

    pub(super) fn config(&self) -> Config {
        let written = self.blocks.iter().enumerate();
        written.fold(Config::new(), |config, (slot, block)| match block {
            Some(block) => {
                let has_next = self.blocks.get(slot + 1).is_some_and(Option::is_some);
                block.write_actions(slot, has_next, block.write(slot, config))
            }
            None => config,
        })
    }

    /// Plans, which only reads.
    pub(super) fn plan(&mut self, config: &Config, options: PlanOptions) -> Result<Plan, String> {
        let before = self.simulator.events().len();
        let plan = self.core.plan(config, &self.state, options);
        self.tell("plan", &plan.outcome);
        invariants::only_reads(self, before, "a plan")?;
        invariants::outcome(self, &plan.outcome)?;
        invariants::plan(self, &plan)?;
        Ok(plan)
    }

    /// Carries a plan out, with whatever happens on the way.
    pub(super) fn carry_out(&mut self, plan: &Plan, asked: &[Option<Arguments>; 3], course: &Course) -> Played {
        let before = self.simulator.events().len();
        let state = self.state.clone();
        let running = self.core.start_apply(plan, &self.state);
        let driven = drive::drive(self, &running, course);
        let (outcome, after) = running.join();
        self.state = after;
        self.tell("apply", &outcome);
        let drive::Driven { answers_dropped, late_writes } = driven?;
        invariants::ensure(late_writes.is_empty() || self.setup.parallel, || {
            format!("it was interrupted, and continues: {late_writes:?}\n{outcome}")
        })?;
        let events: Vec<EventKind> =
            self.simulator.events().split_off(before).into_iter().map(|event| event.kind).collect();
        for event in &events {
            let text = format!("{event:?}");
            self.count(format!("Atlas: {}", text.split(' ').next().unwrap_or_default()));
        }
        invariants::outcome(self, &outcome)?;
        invariants::applied(
            self,
            &Applied { asked, plan, stored: &state, outcome: &outcome, events: &events, answers_dropped },
        )
    }

    /// Lets requests go wrong until the step is over.
    fn arm<'a>(&self, faults: impl IntoIterator<Item = &'a PlannedFault>) -> Vec<FaultHandle> {
        faults.into_iter().map(|fault| self.simulator.fault(fault.fault())).collect()
    }

    fn apply(&mut self, options: &Options, course: &Course) -> Played {
        let armed = self.arm(&course.faults);
        let (config, asked) = (self.config(), self.blocks.clone());
        let plan = self.plan(&config, options.into())?;
        let played = if plan.outcome.has_errors() { Ok(()) } else { self.carry_out(&plan, &asked, course) };
        armed.iter().for_each(FaultHandle::end);
        played?;
        let undisturbed = course.faults.is_empty() && course.interrupt.is_none() && course.meanwhile.is_none();
        if undisturbed && !options.stale && self.errors.is_empty() { self.look_again(&config, &plan) } else { Ok(()) }
    }

    /// An apply that succeeds leaves nothing to do but what it could not do yet.
    fn look_again(&mut self, config: &Config, applied: &Plan) -> Played {
        if self.blocks.iter().flatten().any(|block| block.unknown.is_some()) {
            return Ok(());
        }
        let again = self.plan(config, PlanOptions::default())?;
        invariants::nothing_is_left(self, applied, &again)
    }

    fn keep(&mut self, options: &Options) -> Played {
        let config = self.config();
        let plan = self.plan(&config, options.into())?;
        let kept = Kept { plan, blocks: self.blocks.clone(), state: self.state.clone() };
        self.kept = (!kept.plan.outcome.has_errors()).then_some(kept);
        Ok(())
    }

    /// Terraform refuses a plan that was made of another state.
    fn apply_kept(&mut self, course: &Course) -> Played {
        let Some(kept) = self.kept.take().filter(|kept| kept.state == self.state) else { return Ok(()) };
        let armed = self.arm(&course.faults);
        let played = self.carry_out(&kept.plan, &kept.blocks, course);
        armed.iter().for_each(FaultHandle::end);
        played
    }

    fn refresh(&mut self, fault: Option<&PlannedFault>) -> Played {
        let armed = self.arm(fault);
        let config = self.config();
        let plan = self.plan(&config, PlanOptions::refresh_only())?;
        let asked = self.blocks.clone();
        let played = if plan.outcome.has_errors() { Ok(()) } else { self.carry_out(&plan, &asked, &Course::default()) };
        armed.iter().for_each(FaultHandle::end);
        played
    }

    fn destroy(&mut self, refresh: bool, course: &Course) -> Played {
        let armed = self.arm(&course.faults);
        let (config, asked) = (self.config(), self.blocks.clone());
        let options = PlanOptions::destroy();
        let plan = self.plan(&config, if refresh { options } else { options.without_refresh() })?;
        let played = if plan.outcome.has_errors() { Ok(()) } else { self.carry_out(&plan, &asked, course) };
        armed.iter().for_each(FaultHandle::end);
        played
    }

    /// Cuts over by an action alone. A foreign state has everything but the migration that its action names.
    fn invoke(&mut self, slot: usize, foreign: bool, course: &Course) -> Played {
        let (address, cutover) = (address(slot), action("cutover", slot));
        let id = self.state.attribute(&address, "id");
        if id.is_null() || self.blocks[slot].is_none() {
            return Ok(());
        }
        let (mut config, own) = (self.config(), self.state.clone());
        if foreign {
            let here = config.without(&address);
            config = here.action(&cutover, serde_json::json!({"group_id": GROUP, "id": id}));
            self.state.rm(&address);
        }
        let asked = self.blocks.clone();
        let armed = self.arm(&course.faults);
        let plan = self.plan(&config, PlanOptions::invoke(&cutover));
        let played = plan.and_then(|plan| match plan.outcome.has_errors() {
            true => Ok(()),
            false if foreign => Err(format!("a foreign state may cut {id} over:\n{}", plan.outcome)),
            false => self.carry_out(&plan, &asked, course),
        });
        armed.iter().for_each(FaultHandle::end);
        if foreign {
            self.state = own;
        }
        played
    }

    /// A migration that goes where the block says, for Atlas does not tell, and the provider has to believe the block.
    fn import(&mut self, slot: usize, which: usize, way: Way, fault: Option<&PlannedFault>) -> Played {
        let address = address(slot);
        let Some(block) = self.blocks[slot].clone() else { return Ok(()) };
        let mut migrations = self.simulator.migrations();
        migrations.retain(|migration| migration.cluster_name == block.cluster());
        if migrations.is_empty() || self.state.contains(&address) {
            return Ok(());
        }
        let id = migrations[which % migrations.len()].id.clone();
        let armed = self.arm(fault);
        let target = match way {
            Way::Command => return self.import_command(&address, &id, armed),
            Way::Block => ImportTarget::id(format!("{GROUP}/{id}")),
            Way::Identity => ImportTarget::identity(serde_json::json!({"group_id": GROUP, "id": id})),
        };
        let (config, asked) = (self.config().import(&address, target), self.blocks.clone());
        let plan = self.plan(&config, PlanOptions::default())?;
        let played = if plan.outcome.has_errors() {
            Ok(())
        } else {
            self.carry_out(&plan, &asked, &Course { pace: 60, ..Course::default() })
        };
        armed.iter().for_each(FaultHandle::end);
        played
    }

    fn import_command(&mut self, address: &str, id: &str, armed: Vec<FaultHandle>) -> Played {
        let before = self.simulator.events().len();
        let outcome = self.core.import(&self.config(), address, &format!("{GROUP}-{id}"), &mut self.state);
        armed.iter().for_each(FaultHandle::end);
        self.tell("import", &outcome);
        invariants::only_reads(self, before, "an import")?;
        invariants::outcome(self, &outcome)?;
        match (outcome.has_errors(), self.state.attribute(address, "id").as_str()) {
            (false, Some(imported)) if imported == id => Ok(()),
            (true, None) => Ok(()),
            (failed, imported) => Err(format!("import of {id}: failed {failed}, in the state {imported:?}")),
        }
    }

    pub(super) fn happen(&mut self, happening: &Happening) {
        let migrations = self.simulator.migrations();
        let chosen = |which: usize| (!migrations.is_empty()).then(|| migrations[which % migrations.len()].clone());
        match happening {
            Happening::Wait(minutes) => self.simulator.advance(Duration::from_secs(u64::from(*minutes) * 60)),
            Happening::Fail(which) => {
                chosen(*which).map(|migration| self.simulator.fail(&migration.id, "the host caught fire"));
            }
            Happening::AgeOut(which) => {
                chosen(*which).map(|migration| self.simulator.age_out(&migration.id));
            }
            Happening::CutOver(which) => {
                let ready = |migration: &Migration| migration.ready_for_cutover && !migration.aged_out;
                if let Some(migration) = chosen(*which).filter(ready)
                    && drive::cut_over_by_hand(&self.simulator, WEB_PAGE, &migration)
                {
                    self.cut_over_by_hand.insert(migration.id);
                }
            }
            Happening::Start(destination, stage) => {
                let cluster = super::arguments::CLUSTERS[*destination];
                let free = migrations.iter().all(|migration| {
                    migration.cluster_name != cluster || !matches!(migration.status.as_str(), "NEW" | "WORKING")
                });
                if free {
                    self.simulator.seed_migration(Seed::new(GROUP, cluster, stage.clone()));
                }
            }
            Happening::Revoke if self.setup.account != Account::Token => self.simulator.revoke(self.account()),
            Happening::Restore => self.restore(),
            Happening::Expire if self.setup.account != Account::Token => {
                self.simulator.expire_nonces();
                self.simulator.expire_tokens();
            }
            Happening::Revoke | Happening::Expire => {}
        }
    }

    /// Makes the credentials valid again.
    pub(super) fn restore(&self) {
        match self.setup.account {
            Account::Key => {
                self.simulator.revoke(Atlas::PUBLIC_KEY);
                self.simulator.add_key(Credential::owner(Atlas::PUBLIC_KEY, Atlas::PRIVATE_KEY));
            }
            Account::Service => {
                self.simulator.revoke(Atlas::CLIENT_ID);
                self.simulator.add_service_account(Credential::owner(Atlas::CLIENT_ID, Atlas::CLIENT_SECRET));
            }
            Account::Token => {}
        }
    }

    fn account(&self) -> &'static str {
        if self.setup.account == Account::Key { Atlas::PUBLIC_KEY } else { Atlas::CLIENT_ID }
    }

    /// Whether requests with an expired token are a dead end, for a ready token is never renewed.
    pub(super) fn has_ready_token(&self) -> bool {
        self.setup.account == Account::Token
    }

    pub(super) fn count(&mut self, what: String) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn tell(&mut self, command: &str, outcome: &Outcome) {
        let actions: Vec<String> =
            outcome.actions.iter().map(|(address, action)| format!("{address}: {action:?}")).collect();
        self.trace.push(format!("    {command}: {}", actions.join(", ")));
        self.errors = outcome.errors().into_iter().map(ToString::to_string).collect();
        for action in outcome.actions.values() {
            self.count(format!("{command}: {action:?}"));
        }
        for event in &outcome.events {
            let Some(rpc @ ("PlanAction" | "InvokeAction")) = event.started() else { continue };
            let action = event.address.as_deref().unwrap_or_default().rsplit_once('.').unwrap_or_default().0;
            self.count(format!("{command}: {rpc} of {action}"));
        }
        for diagnostic in &outcome.diagnostics {
            let kind = if diagnostic.is_error() { "error" } else { "warning" };
            self.count(format!("{kind}: {}", without_ids(&diagnostic.summary)));
            let text = diagnostic.to_string();
            self.trace.push(format!("      {}", text.lines().next().unwrap_or_default()));
        }
    }
}

/// A summary without what is another one each time.
fn without_ids(summary: &str) -> String {
    let is_id = |word: &str| word.len() == 24 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = summary.split(' ').map(|word| if is_id(word.trim_matches('`')) { "ID" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn atlas(setup: &Setup) -> Atlas {
    let digest = match setup.digest {
        Digest::Md5 => DigestConfig::default(),
        Digest::Sha256 => DigestConfig { algorithms: vec![Algorithm::Sha256], ..DigestConfig::default() },
        Digest::BothInOneHeader => DigestConfig {
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            one_header: true,
            ..DigestConfig::default()
        },
        Digest::ShortNonces => DigestConfig { nonce_uses: Some(3), ..DigestConfig::default() },
    };
    let mut atlas = Atlas {
        speed: 0.0,
        new_for: Duration::from_secs(60),
        sync_for: Duration::from_secs(600),
        cutover_for: Duration::from_secs(60),
        validation_for: Duration::from_secs(60),
        validation_null_for: Duration::from_secs(60),
        rate_limit: u32::MAX,
        digest,
        ..Atlas::default()
    };
    atlas.service_accounts.push(Credential::owner(WEB_PAGE, "mdb_sa_sk_web-page"));
    atlas
}
