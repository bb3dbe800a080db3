//! Random histories of migrations: what users, Atlas and bad luck do in any order, played against the built provider, with a simulated
//! Atlas as the judge. `HISTORIES` says how many (`make histories` sets it), `HISTORIES_SEED` with which seed; a failing history is
//! shrunk and printed with its seed. Must not know the provider's code.
//!
//! Reading order: `step` (what can happen), `generate` (how often), `world` (how it is played) with `drive`, `judge` (what must hold),
//! `ending` (where everything must end up), `run` (many at once).

mod arguments;
mod drive;
mod ending;
mod generate;
mod judge;
mod run;
mod step;
mod trouble;
mod world;

/// How many are played where nobody says how many.
const COUNT: u64 = 300;
/// The seed of those.
const SEED: u64 = 20_261_124;

#[test]
fn histories_keep_every_promise() {
    let (count, seed) = match std::env::var("HISTORIES") {
        Ok(count) => (count.trim().parse().expect("HISTORIES is a number"), fresh_seed()),
        Err(_) => (COUNT, SEED),
    };
    let seed = match std::env::var("HISTORIES_SEED") {
        Ok(seed) => seed.trim().parse().expect("HISTORIES_SEED is a number"),
        Err(_) => seed,
    };
    if let Some(failure) = run::play_many(seed, count) {
        panic!("{failure}");
    }
}

/// Another one for each run that was asked for.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(SEED, |now| now.as_secs())
}
