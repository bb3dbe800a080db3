//! Many histories at once: each with a seed of its own, and the first that fails shrunk to what matters. Knows no steps.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use terraform_core::Core;

use super::scenario::Scenario;
use super::step::History;
use super::{ending, generate};

/// How long one call may take; nothing here waits for anything but simulated time.
const CALL_LIMIT: Duration = Duration::from_secs(40);
/// How long a failing history is shrunk.
const SHRINKING: Duration = Duration::from_secs(120);

/// How often what has happened.
type Tally = BTreeMap<String, u64>;

/// Why a history failed, and everything that helps to see it.
struct Failure {
    broken: String,
    trace: Vec<String>,
    log: String,
    state: String,
}

/// Plays one history; the failure as a text.
pub(super) fn play_one(history: &History) -> Option<String> {
    let failure = play(&core(), history).0.err()?;
    Some(report("A fixed history:", history, &failure))
}

/// Plays histories on all cores; the first failure as a text.
pub(super) fn play_many(seed: u64, count: u64) -> Option<String> {
    // Not only at the end: a history that hangs must be found again.
    eprintln!("{count} histories: HISTORIES={count} HISTORIES_SEED={seed}");
    // Half of the time of a history is spent waiting.
    let workers = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let (next, failed, report) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(None));
    let tally = Mutex::new(BTreeMap::new());
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let core = core();
                while !failed.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= count {
                        break;
                    }
                    let Some(text) = play_seed(&core, seed.wrapping_add(number), &tally) else { continue };
                    failed.store(true, Ordering::SeqCst);
                    report.lock().expect("nobody panics with it").get_or_insert(text);
                }
            });
        }
    });
    let played = next.load(Ordering::SeqCst).min(count);
    eprintln!("{played} histories played in {:.1} s", begin.elapsed().as_secs_f64());
    for (what, count) in tally.into_inner().expect("nobody panics with it") {
        eprintln!("{count:7} {what}");
    }
    report.into_inner().expect("nobody panics with it")
}

fn core() -> Core {
    Core::new(env!("CARGO_BIN_EXE_terraform-provider-atlas")).tls(false).collect_violations().limit(CALL_LIMIT)
}

fn play_seed(core: &Core, seed: u64, tally: &Mutex<Tally>) -> Option<String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    let mut tree = generate::history().new_tree(&mut runner).expect("no strategy refuses anything");
    let (played, counted) = play(core, &tree.current());
    for (what, count) in counted {
        *tally.lock().expect("nobody panics with it").entry(what).or_default() += count;
    }
    let first = played.err()?;
    let (history, failure) = shrink(core, &mut tree, first);
    Some(report(&format!("HISTORIES=1 HISTORIES_SEED={seed} shows it again. Shrunk:"), &history, &failure))
}

/// Makes a failing history as small as it can be within the time.
fn shrink(core: &Core, tree: &mut impl ValueTree<Value = History>, first: Failure) -> (History, Failure) {
    let (mut smallest, mut failure) = (tree.current(), first);
    let begin = Instant::now();
    let mut more = tree.simplify();
    while more && begin.elapsed() < SHRINKING {
        let history = tree.current();
        more = match play(core, &history).0 {
            Err(again) => {
                (smallest, failure) = (history, again);
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
    }
    (smallest, failure)
}

fn play(core: &Core, history: &History) -> (Result<(), Failure>, Tally) {
    let mut scenario = Scenario::new(&history.setup, core);
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
        for (number, step) in history.steps.iter().enumerate() {
            scenario.trace.push(format!("{:3}. {step:?}", number + 1));
            scenario.play(step)?;
        }
        ending::settle(&mut scenario)
    }));
    let broken = match played {
        Ok(Ok(())) => return (Ok(()), scenario.tally),
        Ok(Err(broken)) => broken,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
        }
    };
    let (log, state) = (scenario.simulator.log(), scenario.state.dump());
    (Err(Failure { broken, trace: scenario.trace, log, state }), scenario.tally)
}

fn report(hint: &str, history: &History, failure: &Failure) -> String {
    let mut text = format!("\n{}\n\n{hint}\n\n{history}\n", failure.broken);
    for line in &failure.trace {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    let _ = write!(text, "\nthe state:\n{}\n\nwhat Atlas saw:\n{}", failure.state, failure.log);
    text
}
