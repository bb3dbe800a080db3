//! Random histories of migrations: what users, Atlas and bad luck do in any order, played against the built provider, with a simulated
//! Atlas that knows the truth. `HISTORIES` says how many, `HISTORIES_SEED` with which seed: a number, or `new` for one that was never used
//! (`make histories` sets both). A failing history is shrunk and printed with its seed. Must not know the provider's code.
//!
//! Reading order: `step` (what can happen), `generate` (how often), `scenario` (how it is played) with `edits` and `drive`, `invariants` (what must hold)
//! with `messages`, `ending` (where everything must end up), `run` (many at once).

mod arguments;
mod drive;
mod edits;
mod ending;
mod faults;
mod generate;
mod invariants;
mod messages;
mod run;
mod scenario;
mod step;

use arguments::{Actions, Arguments, Ignored, Unknown};
use atlas_simulator::{Operation, Stage};
use step::{Account, Course, Digest, Edit, Happening, History, Interrupt, InterruptKind, Options, Setup, Step, Way};

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
    play([Some(first), Some(second), None], vec![apply()]);
}

#[test]
fn destination_of_a_complete_import_is_never_erased() {
    let own = Arguments::default();
    let other = Arguments { source: 1, host: 1, drop_enabled: true, ..own.clone() };
    for (imported, starting) in [
        (own.clone(), other.clone()),
        (Arguments { ignored: Ignored::All, ..own.clone() }, other.clone()),
        (Arguments { ignored: Ignored::Source, ..own.clone() }, other.clone()),
        (Arguments { ignored: Ignored::Destination, ..own.clone() }, other.clone()),
        (own.clone(), Arguments { unknown: Some(Unknown::DestinationCluster), ..other.clone() }),
        (own, Arguments { unknown: Some(Unknown::DestinationProject), ..other }),
    ] {
        for way in [Way::Command, Way::Block] {
            let start = Step::Scenario(Happening::Start(0, Stage::Complete));
            let import = Step::Import { slot: 0, which: 0, way, fault: None };
            let add = Step::Edit(1, Edit::Write(Box::new(starting.clone())));
            let steps = vec![start, import, add, apply(), Step::Taint(0), apply()];
            play([Some(imported.clone()), None, None], steps);
        }
    }
}

#[test]
fn single_apply_that_is_interrupted_is_resumed_and_cuts_over_once() {
    use InterruptKind::{Int, Kill, Stop, StopTwice, Term, Vanish};
    for kind in [Int, Kill, Stop, StopTwice, Term] {
        for processed in [false, true] {
            interrupted_single_apply(kind, Operation::Read, processed);
            interrupted_single_apply(kind, Operation::Cutover, processed);
        }
    }
    // Once: the provider waits 5 s for another connection.
    interrupted_single_apply(Vanish, Operation::Cutover, true);
}

/// An apply that starts, waits and cuts over is interrupted. Then a foreign state and its own try to cut over.
#[track_caller]
fn interrupted_single_apply(kind: InterruptKind, operation: Operation, processed: bool) {
    let single = Arguments { cutover: true, actions: Actions::OnCreate, ..Arguments::default() };
    let interrupt = Some(Interrupt { operation, skip: 0, processed, kind });
    let interrupted = Step::Apply(Options::default(), Course { pace: 60, interrupt, ..Course::default() });
    let invoke = |foreign| Step::Invoke { slot: 0, foreign, course: Course { pace: 60, ..Course::default() } };
    play([Some(single), None, None], vec![interrupted, invoke(true), invoke(false), apply()]);
}

fn apply() -> Step {
    Step::Apply(Options::default(), Course { pace: 60, ..Course::default() })
}

/// Plays a fixed history, on which the invariants hold as on any other.
#[track_caller]
fn play(blocks: [Option<Arguments>; 3], steps: Vec<Step>) {
    let (account, digest) = (Account::Key, Digest::Md5);
    let setup = Setup { account, legacy: false, digest, parallel: false, logs: false, blocks };
    if let Some(failure) = run::play_one(&History { setup, steps }) {
        panic!("{failure}");
    }
}
