//! The state of a simulator, which is behind one lock. It is independent of HTTP.

use crate::auth::Auth;
use crate::clock::{Clock, Timestamp, to_system_time};
use crate::config::Config;
use crate::fault::Faults;
use crate::migration::{LiveMigration, Migration, Override, Seed, Timing};
use crate::organization::Organization;
use crate::random::random;
use crate::record::{Outcome, Request, render};
use crate::route::Operation;
use crate::validation::Validation;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

/// The state of a simulator, as [`Simulator::wait_for`](crate::Simulator::wait_for) passes it to its predicate.
#[derive(Debug)]
pub struct State {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) auth: Auth,
    pub(crate) live_migrations: Vec<LiveMigration>,
    pub(crate) validations: Vec<Validation>,
    pub(crate) next_validation_failures: VecDeque<String>,
    pub(crate) cluster_validation_failures: HashMap<String, String>,
    pub(crate) faults: Faults,
    pub(crate) challenges: usize,
    pub(crate) connections: usize,
    requests: Vec<Request>,
    events: Vec<Event>,
    window: RateLimitWindow,
}

/// An effect of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened, in simulated time.
    pub at: SystemTime,
    /// What happened.
    pub kind: EventKind,
}

/// The effects that requests can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A migration was created.
    Created {
        /// The migration's ID.
        id: String,
    },
    /// A destination was erased, because a create request set `dropDestinationData` or `dropEnabled`.
    Erased {
        /// The ID of the destination's project.
        group_id: String,
        /// The name of the destination cluster.
        cluster_name: String,
    },
    /// A cutover was accepted.
    CutoverRequested {
        /// The migration's ID.
        id: String,
    },
    /// A validation was started.
    ValidationStarted {
        /// The validation's ID.
        id: String,
    },
}

/// One simulated minute of the rate limit.
#[derive(Debug, Default)]
struct RateLimitWindow {
    since: Timestamp,
    used: u32,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            clock: Clock::new(config.speed),
            auth: Auth::new(&config),
            config,
            live_migrations: Vec::new(),
            validations: Vec::new(),
            next_validation_failures: VecDeque::new(),
            cluster_validation_failures: HashMap::new(),
            faults: Faults::default(),
            challenges: 0,
            connections: 0,
            requests: Vec::new(),
            events: Vec::new(),
            window: RateLimitWindow::default(),
        }
    }

    /// Every request, in the order of arrival.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The number of requests of the operation whose credentials were accepted, which excludes digest challenges.
    pub fn received(&self, operation: Operation) -> usize {
        self.accepted(operation).count()
    }

    /// The number of those of [`State::received`] that got a response.
    pub fn responded(&self, operation: Operation) -> usize {
        self.accepted(operation).filter(|request| matches!(request.outcome, Outcome::Responded(_))).count()
    }

    /// The current state of every migration.
    pub fn migrations(&self) -> Vec<Migration> {
        let now = self.clock.now();
        self.live_migrations.iter().map(|migration| migration.snapshot(now)).collect()
    }

    /// The current state of the migration with this ID.
    pub fn migration(&self, id: &str) -> Option<Migration> {
        self.live_migrations
            .iter()
            .find(|migration| migration.id == id)
            .map(|migration| migration.snapshot(self.clock.now()))
    }

    /// The effects of the requests, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How often this destination was erased by a create request.
    pub fn erasures(&self, group_id: &str, cluster_name: &str) -> usize {
        let erased = EventKind::Erased { group_id: group_id.to_owned(), cluster_name: cluster_name.to_owned() };
        self.events.iter().filter(|event| event.kind == erased).count()
    }

    /// The number of 401 responses with a challenge.
    pub const fn challenges(&self) -> usize {
        self.challenges
    }

    /// The number of connections that were accepted.
    pub const fn connections(&self) -> usize {
        self.connections
    }

    /// The request log, with passwords masked.
    pub fn log(&self) -> String {
        render(&self.requests)
    }

    /// The simulated time.
    pub fn now(&self) -> SystemTime {
        to_system_time(self.clock.now())
    }

    fn accepted(&self, operation: Operation) -> impl Iterator<Item = &Request> {
        self.requests
            .iter()
            .filter(move |request| request.authenticated)
            .filter(move |request| operation == Operation::Any || request.operation == operation)
    }

    /// Appends the request and returns its number.
    pub(crate) fn record(&mut self, mut request: Request) -> usize {
        request.number = self.requests.len() + 1;
        request.at = self.now();
        let number = request.number;
        self.requests.push(request);
        number
    }

    pub(crate) fn update_request(&mut self, number: usize, change: impl FnOnce(&mut Request)) {
        if let Some(request) = number.checked_sub(1).and_then(|index| self.requests.get_mut(index)) {
            change(request);
        }
    }

    /// Sets the outcome and notifies the observer, unless the request already has an outcome.
    pub(crate) fn finish(&mut self, number: usize, outcome: Outcome) {
        let Some(request) = number.checked_sub(1).and_then(|index| self.requests.get_mut(index)) else { return };
        if request.outcome == Outcome::Pending {
            request.outcome = outcome;
            if let Some(observer) = &self.config.observer {
                observer.notify(request);
            }
        }
    }

    pub(crate) fn add_event(&mut self, kind: EventKind) {
        let at = self.now();
        self.events.push(Event { at, kind });
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// Returns the seconds until the next window when the limit is reached.
    pub(crate) fn count_against_rate_limit(&mut self) -> Result<(), u64> {
        const LENGTH: Duration = Duration::from_secs(60);
        let now = self.clock.now();
        if now.saturating_sub(self.window.since) >= LENGTH {
            self.window = RateLimitWindow { since: now, used: 0 };
        }
        if self.window.used >= self.config.rate_limit {
            let rest = LENGTH.saturating_sub(now.saturating_sub(self.window.since));
            return Err(rest.as_secs().max(1));
        }
        self.window.used += 1;
        Ok(())
    }

    pub(crate) const fn remaining_requests(&self) -> u32 {
        self.config.rate_limit.saturating_sub(self.window.used)
    }

    /// 24 hexadecimal digits that start with the time in seconds, as the IDs of Atlas do.
    pub(crate) fn new_id(&self) -> String {
        let seconds = self.clock.now().as_secs() & 0xffff_ffff;
        format!("{seconds:08x}{:016x}", random())
    }

    pub(crate) fn new_live_migration(&self, seed: Seed) -> LiveMigration {
        let config = &self.config;
        let now = self.clock.now();
        let mut migration = LiveMigration {
            id: self.new_id(),
            group_id: seed.group_id,
            cluster_name: seed.cluster_name,
            source_group_id: seed.source_group_id,
            source_cluster_name: seed.source_cluster_name,
            migration_hosts: seed.migration_hosts,
            drop_destination: false,
            timing: Timing {
                new_for: config.new_for,
                sync_for: config.sync_for,
                start_lag_seconds: config.start_lag_seconds,
                cutover_for: config.cutover_for,
                expires_after: config.expires_after,
            },
            created_at: now,
            cutover_at: None,
            failure: None,
            overrides: Override::default(),
            aged_out: false,
            reads: 0,
        };
        seed.stage.apply_to(&mut migration, now);
        migration
    }

    /// Adds the organization, or replaces the one with the same ID.
    pub(crate) fn set_organization(&mut self, organization: Organization) {
        self.config.organizations.retain(|existing| existing.id != organization.id);
        self.config.organizations.push(organization);
    }

    /// Updates the migration with this ID. Returns whether it exists.
    pub(crate) fn update_live_migration(&mut self, id: &str, change: impl FnOnce(&mut LiveMigration)) -> bool {
        self.live_migrations.iter_mut().find(|migration| migration.id == id).map(change).is_some()
    }

    /// Makes an active migration fail. Returns whether one has this ID.
    pub(crate) fn fail(&mut self, id: &str, reason: &str) -> bool {
        let now = self.clock.now();
        match self.live_migrations.iter_mut().find(|migration| migration.id == id && migration.phase(now).is_active()) {
            Some(migration) => {
                migration.failure = Some(reason.to_owned());
                true
            }
            None => false,
        }
    }
}
