//! Random histories of migrations: what users, Atlas and bad luck do in any order, played against the built provider, with a simulated
//! Atlas as the judge. `HISTORIES` says how many, `HISTORIES_SEED` with which seed: a number, or `new` for one that was never used
//! (`make histories` sets both). A failing history is shrunk and printed with its seed. Must not know the provider's code.
//!
//! Reading order: `step` (what can happen), `generate` (how often), `world` (how it is played) with `drive`, `judge` (what must hold)
//! with `messages`, `ending` (where everything must end up), `run` (many at once).

mod arguments;
mod drive;
mod ending;
mod generate;
mod judge;
mod messages;
mod run;
mod step;
mod trouble;
mod world;

use arguments::{Arguments, Unknown};
use step::{Account, Course, Digest, History, Options, Setup, Step};

/// How many are played where `HISTORIES` is not set.
const COUNT: u64 = 300;
/// The seed where `HISTORIES_SEED` is not set. It is fixed, so that a test run that fails fails again.
const SEED: u64 = 20_261_124;

#[test]
fn histories_keep_every_promise() {
    let number =
        |name: &str| Some(std::env::var(name).ok()?.trim().parse().unwrap_or_else(|_| panic!("{name} is a number")));
    let count = number("HISTORIES").unwrap_or(COUNT);
    let seed = match std::env::var("HISTORIES_SEED") {
        Ok(seed) if seed.trim() == "new" => new_seed(),
        _ => number("HISTORIES_SEED").unwrap_or(SEED),
    };
    if let Some(failure) = run::play_many(seed, count) {
        panic!("{failure}");
    }
}

/// Far from the seeds of other runs: each run uses as many consecutive seeds as it plays histories.
fn new_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(SEED, |now| now.as_secs() * 1_000_000)
}

#[test]
fn start_is_credited_to_the_resource_that_got_its_id() {
    // Two resources with equal arguments. The plan does not see that both have one destination, and the second one starts first.
    let second = Arguments::default();
    let first = Arguments { unknown: Some(Unknown::DestinationCluster), waits_for_next: true, ..second.clone() };
    let setup = Setup {
        account: Account::Key,
        legacy: false,
        digest: Digest::Md5,
        parallel: false,
        logs: false,
        blocks: [Some(first), Some(second), None],
    };
    let steps = vec![Step::Apply(Options::default(), Course { pace: 60, ..Course::default() })];
    if let Some(failure) = run::play_one(&History { setup, steps }) {
        panic!("{failure}");
    }
}
