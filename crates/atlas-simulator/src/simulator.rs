//! The handle of a running simulator: it owns the thread of the server, and tests control and inspect the simulation
//! through it. It is independent of HTTP.

use crate::clock::to_system_time;
use crate::config::{Config, Credential};
use crate::fault::{Fault, FaultHandle};
use crate::migration::{Migration, Override, Seed};
use crate::organization::Organization;
use crate::record::Request;
use crate::route::Operation;
use crate::server;
use crate::shared::Shared;
use crate::state::{Event, State};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;

/// How often a wait checks its predicate without an update, because some of the state changes only with the clock.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A running simulator; dropping it stops it.
///
/// # Panics
///
/// Dropping it panics when the server has panicked, so that a test can't pass on a broken simulator.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a server, and returns when it accepts connections.
    ///
    /// # Errors
    ///
    /// When the address isn't a loopback address or can't be bound, or the thread or the runtime can't be created.
    pub fn start(config: Config) -> io::Result<Self> {
        let listener = server::bind(config.listen)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (shared, tasks) = Shared::new(State::new(config));
        let (stop, stopped) = oneshot::channel();
        let server_state = Arc::clone(&shared);
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let thread = std::thread::Builder::new()
            .name("atlas-simulator".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, server_state, tasks, stopped)))?;
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL, `http://127.0.0.1:<PORT>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Moves the simulated time forward.
    pub fn advance(&self, by: Duration) {
        self.shared.update(|state| state.clock.advance(by));
    }

    /// Sets the speed, in simulated seconds per real second; at most 1,000,000, and 0 freezes the clock.
    pub fn set_speed(&self, speed: f64) {
        self.shared.update(|state| state.clock.set_speed(speed));
    }

    /// Stops the clock; [`Simulator::advance`] still moves it.
    pub fn freeze(&self) {
        self.set_speed(0.0);
    }

    /// The simulated time.
    pub fn now(&self) -> SystemTime {
        to_system_time(self.shared.lock().clock.now())
    }

    /// Every request, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests().to_vec()
    }

    /// The request log, with passwords masked.
    pub fn log(&self) -> String {
        self.shared.lock().log()
    }

    /// The current state of every migration.
    pub fn migrations(&self) -> Vec<Migration> {
        self.shared.lock().migrations()
    }

    /// The current state of the migration with this ID.
    pub fn migration(&self, id: &str) -> Option<Migration> {
        self.shared.lock().migration(id)
    }

    /// The effects of the requests, in order.
    pub fn events(&self) -> Vec<Event> {
        self.shared.lock().events().to_vec()
    }

    /// How often this destination was erased by a create request.
    pub fn erasures(&self, group_id: &str, cluster_name: &str) -> usize {
        self.shared.lock().erasures(group_id, cluster_name)
    }

    /// The number of requests of the operation whose credentials were accepted, which excludes digest challenges.
    pub fn received(&self, operation: Operation) -> usize {
        self.shared.lock().received(operation)
    }

    /// The number of 401 responses with a challenge.
    pub fn challenges(&self) -> usize {
        self.shared.lock().challenges()
    }

    /// The number of connections that were accepted.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections()
    }

    /// Adds an existing migration without a request. Returns its ID.
    pub fn seed_migration(&self, seed: Seed) -> String {
        self.shared.update(|state| {
            let migration = state.new_live_migration(seed);
            let id = migration.id.clone();
            state.live_migrations.push(migration);
            id
        })
    }

    /// Makes an active migration fail. Returns whether one has this ID.
    pub fn fail(&self, id: &str, reason: &str) -> bool {
        self.shared.update(|state| state.fail(id, reason))
    }

    /// Overrides fields in the responses to reads of a migration. Returns whether the migration exists.
    pub fn override_read(&self, id: &str, overrides: Override) -> bool {
        self.shared.update(|state| state.update_live_migration(id, |migration| migration.overrides = overrides))
    }

    /// Makes reads and cutovers of a migration get 404. Returns whether the migration exists.
    pub fn age_out(&self, id: &str) -> bool {
        self.shared.update(|state| state.update_live_migration(id, |migration| migration.aged_out = true))
    }

    /// Makes the next validation fail with this message; several calls queue several failures.
    pub fn fail_next_validation(&self, message: impl Into<String>) {
        let message = message.into();
        self.shared.update(|state| state.next_validation_failures.push_back(message));
    }

    /// Makes every validation for this destination cluster fail with this message.
    pub fn fail_validations_of(&self, cluster_name: impl Into<String>, message: impl Into<String>) {
        let (cluster_name, message) = (cluster_name.into(), message.into());
        self.shared.update(|state| state.cluster_validation_failures.insert(cluster_name, message));
    }

    /// Adds a fault, after those that exist.
    pub fn fault(&self, fault: Fault) -> FaultHandle {
        self.shared.update(|state| state.faults.add(fault))
    }

    /// Makes every nonce that was issued so far stale.
    pub fn expire_nonces(&self) {
        self.shared.update(|state| state.auth.digest.expire_nonces());
    }

    /// Invalidates every access token that was issued so far.
    pub fn expire_tokens(&self) {
        self.shared.update(|state| state.auth.tokens.expire_all());
    }

    /// Issues an access token without a request, for clients that are configured with a token.
    pub fn issue_token(&self, client_id: &str) -> String {
        self.shared.update(|state| state.auth.tokens.issue(client_id))
    }

    /// Removes the service account or the API key with this ID, and its tokens.
    pub fn revoke(&self, id: &str) {
        self.shared.update(|state| {
            state.auth.tokens.revoke_account(id);
            state.auth.digest.keys.retain(|key| key.id != id);
        });
    }

    /// Adds an API key pair to those of the configuration.
    pub fn add_key(&self, key: Credential) {
        self.shared.update(|state| state.auth.digest.keys.push(key));
    }

    /// Adds a service account to those of the configuration.
    pub fn add_service_account(&self, account: Credential) {
        self.shared.update(|state| state.auth.tokens.accounts.push(account));
    }

    /// Adds an organization to those of the configuration, or replaces the one with the same ID.
    pub fn set_organization(&self, organization: Organization) {
        self.shared.update(|state| state.set_organization(organization));
    }

    /// Waits until the predicate is true. Returns false after the timeout, which is in real time.
    ///
    /// The state is locked while the predicate runs, so that it must not call this handle.
    pub fn wait_for(&self, timeout: Duration, mut predicate: impl FnMut(&State) -> bool) -> bool {
        let start = Instant::now();
        let mut state = self.shared.lock();
        loop {
            if predicate(&state) {
                return true;
            }
            let remaining = timeout.saturating_sub(start.elapsed());
            if remaining.is_zero() {
                return false;
            }
            let waited = self.shared.changed().wait_timeout(state, remaining.min(POLL_INTERVAL));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails when the server has panicked, which `join` reports.
            let _ = stop.send(());
        }
        let result = self.thread.take().map(JoinHandle::join);
        if let Some(Err(panic)) = result
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
