//! A wait of three simulated days: one request a poll, and memory that does not grow.

use std::path::Path;
use std::time::{Duration, Instant};

use atlas_simulator::{Config, Operation, Simulator};
use serde_json::{Value, json};
use terraform_core::{Core, PlanOptions, State};

use crate::binaries::Binaries;
use crate::memory::Usage;
use crate::table::{Table, megabytes};

const ADDRESS: &str = "atlas_live_migration.orders";
/// How long the migration takes until it is ready.
const DAYS: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// The longest pause between two polls, which is the usual one in a long wait.
const PAUSE: Duration = Duration::from_secs(30);
/// Polls after which everything that is made once is made: connections, buffers.
const SETTLED: usize = 500;
/// What the allocator may add to a process that does not grow.
const SLACK: u64 = 256 * 1024;

/// Plays the wait: simulated time moves on by a pause whenever the provider has polled.
pub(crate) fn measure(binaries: &Binaries, scratch: &Path, table: &mut Table) {
    let config = Config { speed: 0.0, new_for: PAUSE, sync_for: DAYS, rate_limit: u32::MAX, ..Config::default() };
    let simulator = Simulator::start(config).expect("the simulator starts");
    let core = Core::new(&binaries.provider)
        .limit(Duration::from_secs(600))
        .env("TMPDIR", scratch)
        .env("ATLAS_POLL_INTERVAL", "1ms")
        .env("MONGODB_ATLAS_BASE_URL", simulator.url())
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY)
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY);
    let mut state = State::default();
    core.apply_now(&configuration(false), &mut state).assert_ok();

    let plan = core.plan(&configuration(true), &state, PlanOptions::default().without_refresh());
    let (requests, reads) = (simulator.requests().len(), simulator.received(Operation::Read));
    let begin = Instant::now();
    let running = core.start_apply(&plan, &state);
    let mut polls = 0;
    let (mut settled, mut last) = (None, None);
    while !running.is_finished() {
        if !simulator.wait_for(Duration::from_secs(10), |state| state.received(Operation::Read) > reads + polls) {
            continue;
        }
        polls = simulator.received(Operation::Read) - reads;
        simulator.advance(PAUSE);
        if polls % 100 == 0 || settled.is_none() {
            let usage = running.pid().and_then(Usage::of);
            if polls >= SETTLED {
                settled = settled.or(usage);
            }
            last = usage.or(last);
        }
    }
    let (outcome, state) = running.join();
    outcome.assert_ok();
    assert_eq!(state.attribute(ADDRESS, "ready_for_cutover"), json!(true));

    let requests = simulator.requests().len() - requests;
    let one_each = requests == polls + 1;
    let text = format!("{requests} for {polls} polls");
    table.judge("requests of a wait of three days, in simulated time", text, "1 each, and 1 challenge", one_each);
    if let (Some(settled), Some(last)) = (settled, last) {
        let text = format!("{} to {}", megabytes(settled.now), megabytes(last.now));
        table.judge("resident memory in that wait, early to late", text, "flat", last.now <= settled.now + SLACK);
    }
    table.tell("real time of that wait", format!("{:.1} s", begin.elapsed().as_secs_f64()));
}

fn configuration(wait_for_ready: bool) -> terraform_core::Config {
    terraform_core::Config::new().resource(ADDRESS, body(wait_for_ready))
}

fn body(wait_for_ready: bool) -> Value {
    json!({
        "source": {"group_id": "9b43a5b329223c3a1591a678", "cluster_name": "a", "managed_authentication": true},
        "destination": {"group_id": "e01c9427f054fe80745f3f6c", "cluster_name": "b"},
        "migration_hosts": ["vm001.example.com"],
        "validate": false,
        "wait_for_ready": wait_for_ready,
    })
}
