//! Everything that the simulator remembers, under one lock; it must not know HTTP.

use crate::auth::Auth;
use crate::clock::{Clock, Moment, to_system_time};
use crate::config::Config;
use crate::fault::Faults;
use crate::migration::{Job, Migration, Override, Pace, Seed};
use crate::random::random;
use crate::record::{Outcome, Request, render};
use crate::route::Operation;
use crate::validation::Validation;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

/// What the simulator remembers, as [`Simulator::wait_for`](crate::Simulator::wait_for) shows it.
#[derive(Debug)]
pub struct State {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) auth: Auth,
    pub(crate) jobs: Vec<Job>,
    pub(crate) validations: Vec<Validation>,
    pub(crate) next_validation_failures: VecDeque<String>,
    pub(crate) cluster_validation_failures: HashMap<String, String>,
    pub(crate) faults: Faults,
    pub(crate) challenges: usize,
    pub(crate) connections: usize,
    requests: Vec<Request>,
    events: Vec<Event>,
    window: Window,
}

/// Something that a request has brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in simulated time.
    pub at: SystemTime,
    /// What.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A migration was created.
    Created {
        /// The migration.
        id: String,
    },
    /// A destination was erased, because a create asked for it.
    Erased {
        /// The destination's project.
        group_id: String,
        /// The destination's cluster.
        cluster_name: String,
    },
    /// A cutover was accepted.
    CutoverRequested {
        /// The migration.
        id: String,
    },
    /// A validation job was started.
    ValidationStarted {
        /// The job.
        id: String,
    },
}

/// The window of the rate limit: one simulated minute.
#[derive(Debug, Default)]
struct Window {
    since: Moment,
    used: u32,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            clock: Clock::new(config.speed),
            auth: Auth::new(&config),
            config,
            jobs: Vec::new(),
            validations: Vec::new(),
            next_validation_failures: VecDeque::new(),
            cluster_validation_failures: HashMap::new(),
            faults: Faults::default(),
            challenges: 0,
            connections: 0,
            requests: Vec::new(),
            events: Vec::new(),
            window: Window::default(),
        }
    }

    /// Every request in the order of arrival.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// How many requests of the operation were accepted as to their credentials; digest challenges are not among them.
    pub fn received(&self, operation: Operation) -> usize {
        self.accepted(operation).count()
    }

    /// How many of [`State::received`] were answered.
    pub fn answered(&self, operation: Operation) -> usize {
        self.accepted(operation).filter(|request| matches!(request.outcome, Outcome::Answered(_))).count()
    }

    /// Every migration as it stands now.
    pub fn migrations(&self) -> Vec<Migration> {
        let now = self.clock.now();
        self.jobs.iter().map(|job| job.snapshot(now)).collect()
    }

    /// The migration with this id as it stands now.
    pub fn migration(&self, id: &str) -> Option<Migration> {
        self.jobs.iter().find(|job| job.id == id).map(|job| job.snapshot(self.clock.now()))
    }

    /// What the requests have brought about.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How often a destination was erased.
    pub fn erasures(&self, group_id: &str, cluster_name: &str) -> usize {
        let erased = EventKind::Erased { group_id: group_id.to_owned(), cluster_name: cluster_name.to_owned() };
        self.events.iter().filter(|event| event.kind == erased).count()
    }

    /// How many 401 answers with a challenge were given.
    pub const fn challenges(&self) -> usize {
        self.challenges
    }

    /// How many connections were opened.
    pub const fn connections(&self) -> usize {
        self.connections
    }

    /// The request log, with passwords masked.
    pub fn log(&self) -> String {
        render(&self.requests)
    }

    /// Simulated time.
    pub fn now(&self) -> SystemTime {
        to_system_time(self.clock.now())
    }

    fn accepted(&self, operation: Operation) -> impl Iterator<Item = &Request> {
        self.requests
            .iter()
            .filter(move |request| request.authenticated)
            .filter(move |request| operation == Operation::Any || request.operation == operation)
    }

    /// Keeps the request and gives it its number.
    pub(crate) fn record(&mut self, mut request: Request) -> usize {
        request.number = self.requests.len() + 1;
        request.at = self.now();
        let number = request.number;
        self.requests.push(request);
        number
    }

    /// Changes the record of a request.
    pub(crate) fn amend(&mut self, number: usize, change: impl FnOnce(&mut Request)) {
        if let Some(request) = number.checked_sub(1).and_then(|index| self.requests.get_mut(index)) {
            change(request);
        }
    }

    /// Sets the outcome and shows the request to the observer, unless it has an outcome already.
    pub(crate) fn finish(&mut self, number: usize, outcome: Outcome) {
        let Some(request) = number.checked_sub(1).and_then(|index| self.requests.get_mut(index)) else { return };
        if request.outcome == Outcome::Pending {
            request.outcome = outcome;
            if let Some(observer) = &self.config.observer {
                observer.see(request);
            }
        }
    }

    pub(crate) fn happened(&mut self, kind: EventKind) {
        let at = self.now();
        self.events.push(Event { at, kind });
    }

    /// Counts a request; how many are left in the window, or the seconds to wait for the next one.
    pub(crate) fn take_from_window(&mut self) -> Result<u32, u64> {
        const LENGTH: Duration = Duration::from_secs(60);
        let now = self.clock.now();
        if now.saturating_sub(self.window.since) >= LENGTH {
            self.window = Window { since: now, used: 0 };
        }
        if self.window.used >= self.config.rate_limit {
            let rest = LENGTH.saturating_sub(now.saturating_sub(self.window.since));
            return Err(rest.as_secs().max(1));
        }
        self.window.used += 1;
        Ok(self.left_in_window())
    }

    pub(crate) const fn left_in_window(&self) -> u32 {
        self.config.rate_limit.saturating_sub(self.window.used)
    }

    /// 24 hexadecimal digits that begin with the seconds, as Atlas's do.
    pub(crate) fn new_id(&self) -> String {
        let seconds = self.clock.now().as_secs() & 0xffff_ffff;
        format!("{seconds:08x}{:016x}", random())
    }

    pub(crate) fn new_job(&self, seed: Seed) -> Job {
        let config = &self.config;
        let now = self.clock.now();
        let mut job = Job {
            id: self.new_id(),
            group_id: seed.group_id,
            cluster_name: seed.cluster_name,
            source_group_id: seed.source_group_id,
            source_cluster_name: seed.source_cluster_name,
            migration_hosts: seed.migration_hosts,
            drop_destination: false,
            pace: Pace {
                new_for: config.new_for,
                sync_for: config.sync_for,
                start_lag_seconds: config.start_lag_seconds,
                cutover_for: config.cutover_for,
                expires_after: config.expires_after,
            },
            created_at: now,
            cutover_at: None,
            failure: None,
            shown: Override::default(),
            aged_out: false,
            reads: 0,
        };
        seed.stage.settle(&mut job, now);
        job
    }

    /// Changes the migration with this id; whether there is one.
    pub(crate) fn change_job(&mut self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        self.jobs.iter_mut().find(|job| job.id == id).map(change).is_some()
    }

    /// Lets a live migration fail; whether it was live.
    pub(crate) fn fail(&mut self, id: &str, reason: &str) -> bool {
        let now = self.clock.now();
        match self.jobs.iter_mut().find(|job| job.id == id && job.phase(now).is_live()) {
            Some(job) => {
                job.failure = Some(reason.to_owned());
                true
            }
            None => false,
        }
    }
}
