//! The handle of a running simulator: a server on a thread of its own, and everything that a test steers or asks; it must not know
//! HTTP.

use crate::clock::to_system_time;
use crate::config::{Config, Credential};
use crate::fault::{Fault, FaultHandle};
use crate::migration::{Migration, Override, Seed};
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

/// How often a wait looks again without any change, for what changes with the clock alone.
const TICK: Duration = Duration::from_millis(5);

/// A running simulator; dropping it stops it.
///
/// # Panics
///
/// Dropping it panics when the server has panicked, so that a test cannot pass on a broken simulator.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a server and returns when it accepts connections.
    ///
    /// # Errors
    ///
    /// When the address is no loopback address or cannot be bound, or no thread or runtime can be made.
    pub fn start(config: Config) -> io::Result<Self> {
        let listener = server::bind(config.listen)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (shared, tasks) = Shared::new(State::new(config));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let thread = std::thread::Builder::new()
            .name("atlas-simulator".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, served, tasks, stopped)))?;
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, to be used as the base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Moves simulated time on.
    pub fn advance(&self, by: Duration) {
        self.shared.update(|state| state.clock.advance(by));
    }

    /// Simulated seconds a second from now on; at most a million, and 0 freezes.
    pub fn set_speed(&self, speed: f64) {
        self.shared.update(|state| state.clock.set_speed(speed));
    }

    /// Stops simulated time; [`Simulator::advance`] still moves it.
    pub fn freeze(&self) {
        self.set_speed(0.0);
    }

    /// Simulated time.
    pub fn now(&self) -> SystemTime {
        to_system_time(self.shared.look().clock.now())
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.look().requests().to_vec()
    }

    /// The request log, readable, with passwords masked.
    pub fn log(&self) -> String {
        self.shared.look().log()
    }

    /// Every migration as it stands now.
    pub fn migrations(&self) -> Vec<Migration> {
        self.shared.look().migrations()
    }

    /// The migration with this id as it stands now.
    pub fn migration(&self, id: &str) -> Option<Migration> {
        self.shared.look().migration(id)
    }

    /// Creations, erasures, cutovers and validations in their order.
    pub fn events(&self) -> Vec<Event> {
        self.shared.look().events().to_vec()
    }

    /// How often this destination was erased because a create asked for it.
    pub fn erasures(&self, group_id: &str, cluster_name: &str) -> usize {
        self.shared.look().erasures(group_id, cluster_name)
    }

    /// How many requests of the operation were accepted as to their credentials; digest challenges are not among them.
    pub fn received(&self, operation: Operation) -> usize {
        self.shared.look().received(operation)
    }

    /// How many 401 answers with a challenge were given.
    pub fn challenges(&self) -> usize {
        self.shared.look().challenges()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.shared.look().connections()
    }

    /// Makes a migration that exists already, without a request; returns its id.
    pub fn seed_migration(&self, seed: Seed) -> String {
        self.shared.update(|state| {
            let job = state.new_job(seed);
            let id = job.id.clone();
            state.jobs.push(job);
            id
        })
    }

    /// Lets a live migration fail; whether it was live.
    pub fn fail(&self, id: &str, reason: &str) -> bool {
        self.shared.update(|state| state.fail(id, reason))
    }

    /// Changes what reads of a migration answer, from now on; whether there is such a migration.
    pub fn override_read(&self, id: &str, shown: Override) -> bool {
        self.shared.update(|state| state.change_job(id, |job| job.shown = shown))
    }

    /// Lets Atlas forget a migration: reads and cutovers answer 404; whether there is such a migration.
    pub fn age_out(&self, id: &str) -> bool {
        self.shared.update(|state| state.change_job(id, |job| job.aged_out = true))
    }

    /// Lets the next validation job fail with this message; several calls are for several jobs.
    pub fn fail_next_validation(&self, message: impl Into<String>) {
        let message = message.into();
        self.shared.update(|state| state.next_validation_failures.push_back(message));
    }

    /// Lets every validation job for this destination cluster fail with this message.
    pub fn fail_validations_of(&self, cluster_name: impl Into<String>, message: impl Into<String>) {
        let (cluster_name, message) = (cluster_name.into(), message.into());
        self.shared.update(|state| state.cluster_validation_failures.insert(cluster_name, message));
    }

    /// Adds a rule that makes requests go wrong.
    pub fn fault(&self, fault: Fault) -> FaultHandle {
        self.shared.update(|state| state.faults.add(fault))
    }

    /// Makes every nonce stale.
    pub fn expire_nonces(&self) {
        self.shared.update(|state| state.auth.digest.expire_nonces());
    }

    /// Makes every access token invalid.
    pub fn expire_tokens(&self) {
        self.shared.update(|state| state.auth.tokens.expire_all());
    }

    /// Issues an access token without a request, for clients that are given one.
    pub fn issue_token(&self, client_id: &str) -> String {
        self.shared.update(|state| state.auth.tokens.issue(client_id))
    }

    /// Removes the service account or the API key with this id, and its tokens.
    pub fn revoke(&self, id: &str) {
        self.shared.update(|state| {
            state.auth.tokens.revoke_account(id);
            state.auth.digest.keys.retain(|key| key.id != id);
        });
    }

    /// Adds an API key pair.
    pub fn add_key(&self, key: Credential) {
        self.shared.update(|state| state.auth.digest.keys.push(key));
    }

    /// Adds a service account.
    pub fn add_service_account(&self, account: Credential) {
        self.shared.update(|state| state.auth.tokens.accounts.push(account));
    }

    /// Waits until the state is as asked, at most this long in real time; whether it was reached.
    ///
    /// The state is locked while it is looked at: the function must not call this handle.
    pub fn wait_for(&self, timeout: Duration, mut reached: impl FnMut(&State) -> bool) -> bool {
        let start = Instant::now();
        let mut state = self.shared.look();
        loop {
            if reached(&state) {
                return true;
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.changed().wait_timeout(state, left.min(TICK));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone when the server has panicked, which the join tells.
            let _ = stop.send(());
        }
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(panic)) = ended
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
