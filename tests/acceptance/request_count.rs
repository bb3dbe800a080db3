//! The number of requests of a wait: one for each poll. `make bench` measures its memory.

use std::time::Duration;

use atlas_simulator::{Config, Operation};

use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, frozen};
use crate::sync_points::{APPLY, finish, wait_until_received, waiting_apply};

/// Three days in a few seconds: at 40,000 times the speed, a poll interval of 10 ms is about seven minutes.
#[test]
fn wait_of_three_days_sends_one_request_per_poll() {
    let config = Config { sync_for: Duration::from_secs(72 * 3600), ..frozen() };
    let fixture = Fixture::with(&test_support::terraform::Terraform::on_path(), config);
    fixture.start(without_validation(&fixture));
    fixture
        .write(without_validation(&fixture).with("wait_for_ready", "true").block("timeouts {\n  update = \"120h\"\n}"));
    fixture.workspace.env("ATLAS_POLL_INTERVAL", "10ms");
    let begin = fixture.atlas.requests().len();
    let running = waiting_apply(&fixture);
    wait_until_received(&fixture, Operation::Read, 50);
    fixture.atlas.set_speed(40_000.0);
    let almost = Duration::from_secs(71 * 3600);
    let created = fixture.atlas.migrations()[0].created_at;
    let reached = fixture.atlas.wait_for(crate::sync_points::TIMEOUT, |state| {
        state.migrations()[0].lag_time_seconds.is_some_and(|lag| lag <= 600 / 72)
    });
    assert!(reached, "three days took too long");
    finish(running).success();
    assert!(fixture.atlas.now().duration_since(created).unwrap() >= almost);

    // The plan and the apply send one challenge on one connection each, and then only reads, one for each poll.
    let requests = fixture.atlas.requests().split_off(begin);
    let reads = requests.iter().filter(|request| request.operation == Operation::Read && request.authenticated).count();
    assert!(reads > 200, "only {reads} polls");
    assert_eq!(requests.len() - reads, 2, "{}", fixture.atlas.log());
    let connections: std::collections::BTreeSet<_> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections.len(), 2);
}

#[test]
fn ten_waits_in_one_apply_share_challenge_and_connections() {
    let fixture = Fixture::new();
    let ten = |resource: crate::configuration::Resource| {
        resource
            .with("count", "10")
            .with("migration_hosts", "[\"vm${count.index}.example.com\"]")
            .destination("cluster_name", "\"cluster${count.index}\"")
    };
    fixture.apply(ten(without_validation(&fixture))).success();
    assert_eq!((fixture.starts(), fixture.atlas.challenges()), (10, 1));
    fixture.write(ten(without_validation(&fixture)).with("wait_for_ready", "true"));
    let begin = fixture.atlas.requests().len();
    let running = fixture.workspace.start(APPLY);
    // The plan reads ten. Then all ten wait concurrently.
    wait_until_received(&fixture, Operation::Read, 10 + 10 * 20);
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success().says("0 added, 10 changed, 0 destroyed");
    let requests = fixture.atlas.requests().split_off(begin);
    let challenges = requests.iter().filter(|request| request.status() == Some(401)).count();
    assert_eq!(challenges, 2, "one for the plan and one for the apply");
    let connections: std::collections::BTreeSet<_> = requests.iter().map(|request| request.connection).collect();
    assert!(connections.len() <= 20, "{} connections for {} requests", connections.len(), requests.len());
    fixture.workspace.plan_is_empty();
}
