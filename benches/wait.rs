//! A wait of three simulated days: one request for each poll, and constant memory.

use std::path::Path;
use std::time::{Duration, Instant};

use atlas_simulator::{Config, Operation, Simulator};
use serde_json::{Value, json};
use terraform_core::{Core, PlanOptions, State};

use crate::binaries::Binaries;
use crate::memory::Usage;
use crate::table::{Table, megabytes};

const ADDRESS: &str = "atlas_live_migration.orders";
/// The time until the migration is ready.
const DAYS: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// The longest poll interval, which a long wait uses.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// The number of polls after which connections and buffers are allocated.
const WARMUP_POLLS: usize = 500;
/// The tolerance for the allocator, in bytes.
const TOLERANCE: u64 = 256 * 1024;

/// Advances the simulated time by a poll interval after each poll.
pub(crate) fn measure(binaries: &Binaries, scratch: &Path, table: &mut Table) {
    let config =
        Config { speed: 0.0, new_for: POLL_INTERVAL, sync_for: DAYS, rate_limit: u32::MAX, ..Config::default() };
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
    let (mut early, mut late) = (None, None);
    while !running.is_finished() {
        if !simulator.wait_for(Duration::from_secs(10), |state| state.received(Operation::Read) > reads + polls) {
            continue;
        }
        polls = simulator.received(Operation::Read) - reads;
        simulator.advance(POLL_INTERVAL);
        if polls % 100 == 0 || early.is_none() {
            let usage = running.pid().and_then(Usage::of);
            if polls >= WARMUP_POLLS {
                early = early.or(usage);
            }
            late = usage.or(late);
        }
    }
    let (outcome, state) = running.join();
    outcome.assert_ok();
    assert_eq!(state.attribute(ADDRESS, "ready_for_cutover"), json!(true));

    let requests = simulator.requests().len() - requests;
    let one_each = requests == polls + 1;
    let text = format!("{requests} for {polls} polls");
    table.check("requests of a wait of three days, in simulated time", text, "1 each, and 1 challenge", one_each);
    if let (Some(early), Some(late)) = (early, late) {
        let text = format!("{} to {}", megabytes(early.now), megabytes(late.now));
        table.check("resident memory in that wait, early to late", text, "constant", late.now <= early.now + TOLERANCE);
    }
    table.record("real time of that wait", format!("{:.1} s", begin.elapsed().as_secs_f64()));
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
