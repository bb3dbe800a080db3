//! The end of every history: fault stops, time passes, and applies come to an empty plan or to errors that stay the same and say
//! what to do. Knows no fault.

use std::collections::BTreeSet;
use std::time::Duration;

use terraform_core::PlanOptions;

use super::invariants::{self, ensure};
use super::messages;
use super::scenario::{Played, Scenario};
use super::step::Course;

/// How many applies may be needed: one that adopts, one that starts, one that waits and cuts over, and as many again after everything
/// that was in the way has expired.
const ROUNDS: usize = 9;

/// Longer than Atlas keeps a migration that is ready.
const EXPIRY: Duration = Duration::from_secs(130 * 3600);

pub(super) fn settle(scenario: &mut Scenario) -> Played {
    scenario.trace.push("the end".to_owned());
    scenario.restore();
    // What other resources compute is known by now, and mistakes in the configuration are corrected. A limit of milliseconds is one: on a
    // busy machine nothing would ever be done within it.
    for block in scenario.blocks.iter_mut().flatten() {
        block.unknown = None;
        block.null = None;
        block.hurry = false;
    }
    let config = scenario.config();
    let mut last = BTreeSet::new();
    for _ in 0..ROUNDS {
        let plan = scenario.plan(&config, PlanOptions::default())?;
        if !plan.outcome.has_errors() {
            if plan.is_empty() {
                return invariants::settled(scenario, &plan);
            }
            let blocks = scenario.blocks.clone();
            scenario.carry_out(&plan, &blocks, &Course { pace: 7_200, ..Course::default() })?;
        }
        let problems = scenario.errors.clone();
        let timeless: BTreeSet<_> = problems.iter().map(|problem| without_times(problem)).collect();
        if !problems.is_empty() && timeless == last {
            return explained(scenario, &problems);
        }
        // What holds a host or a destination expires.
        if !problems.is_empty() {
            scenario.simulator.advance(EXPIRY);
        }
        last = timeless;
    }
    Err(format!("{ROUNDS} applies come to no end"))
}

/// The text without its times. A refresh that is not stored notes a new one each time.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| humantime::parse_rfc3339(word.trim_end_matches(['.', ',', ';'])).is_ok();
    text.split_whitespace().filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ")
}

/// The errors in which a history may end, for only the user can correct them.
fn explained(scenario: &Scenario, problems: &BTreeSet<String>) -> Played {
    for problem in problems {
        let known = messages::FINAL.iter().any(|known| problem.contains(known));
        // A ready token that has expired is renewed by nobody.
        let dead = scenario.has_ready_token() && messages::rejects_credentials(problem);
        ensure(known || dead, || format!("it ends in an error that the user can't correct: {problem}"))?;
    }
    invariants::state(scenario)
}
