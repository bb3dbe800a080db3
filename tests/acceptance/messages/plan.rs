//! Warnings and errors of a plan.

use std::time::{Duration, SystemTime};

use atlas_simulator::{Config, Operation};
use serde_json::Value;

use super::{assert_snapshot, fixture};
use crate::configuration::{ADDRESS, SHARDING};
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, frozen};
use crate::sync_points::{APPLY, finish, wait_until_cut_over};

fn started() -> (Fixture, String) {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    (fixture, id)
}

/// Migrations are ready, and cutovers complete, without delay.
fn instant() -> Config {
    Config { new_for: Duration::ZERO, sync_for: Duration::ZERO, cutover_for: Duration::ZERO, ..frozen() }
}

#[test]
fn plan_warns_about_its_effects() {
    let fixture = Fixture::new();
    let run = fixture.plan(without_validation(&fixture).with("drop_enabled", "true"));
    assert_snapshot("plan_drop", "The start will erase the destination.", run.success());

    let (fixture, _) = started();
    fixture.atlas.advance(Duration::from_secs(2));
    assert_snapshot(
        "plan_cutover",
        "The apply will cut over.",
        fixture.plan(without_validation(&fixture).with("cutover", "true")).success(),
    );

    fixture.write(without_validation(&fixture));
    assert_snapshot(
        "plan_destroy",
        "A live migration is to be destroyed.",
        fixture.run(&["plan", "-destroy"]).success(),
    );
}

#[test]
fn plan_warns_about_expiry() {
    let (fixture, _) = started();
    fixture.atlas.advance(UNTIL_READY);
    fixture.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let mut state: Value = serde_json::from_slice(&fixture.workspace.state_file()).unwrap();
    // Half a minute before the full hour, so that the text is stable.
    let since = SystemTime::now() - Duration::from_secs(100 * 3600 - 30);
    state["resources"][0]["instances"][0]["attributes"]["ready_since"] =
        humantime::format_rfc3339_seconds(since).to_string().into();
    fixture.workspace.file("terraform.tfstate", state.to_string());
    assert_snapshot("plan_countdown", "It has been ready for 100 hours.", &fixture.workspace.plan_is_empty());
}

#[test]
fn plan_rejects_changes_of_a_protected_migration() {
    let (fixture, _) = started();
    let other = without_validation(&fixture).source("cluster_name", "\"another\"");
    assert_snapshot("rejected_change", "The source cluster is another one.", fixture.plan(other).failure());
    let two =
        without_validation(&fixture).destination("hostname_schema_type", "\"VPC_PEERING\"").source("ssl", "false");
    assert_snapshot("rejected_changes", "Two arguments are changed at once.", fixture.plan(two).failure());
    let drop = without_validation(&fixture).with("drop_enabled", "true");
    assert_snapshot("rejected_drop", "The destination is to be erased later.", fixture.plan(drop).failure());
    fixture.write(without_validation(&fixture).destination("cluster_name", "\"another\""));
    assert_snapshot(
        "rejected_destroy",
        "A destroy meets the change first.",
        fixture.run(&["destroy", "-auto-approve"]).failure(),
    );
}

#[test]
fn plan_of_changes_to_an_ended_migration() {
    let fixture = fixture(instant());
    fixture.start(without_validation(&fixture));
    fixture.apply(without_validation(&fixture).with("cutover", "true")).success();
    let other = without_validation(&fixture).with("migration_hosts", "[\"vm002.example.com\"]");
    assert_snapshot(
        "rejected_change_complete",
        "The host of a complete migration is another one.",
        fixture.plan(other).failure(),
    );

    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture).block(SHARDING));
    let hashed = without_validation(&fixture).block(
        SHARDING.replace("region = \"1\"", "region = \"hashed\"").replace("customer = \"hashed\"", "customer = \"1\""),
    );
    assert_snapshot("rejected_change_sharding", "The shard key is another one.", fixture.plan(hashed).failure());
    assert_snapshot(
        "rejected_change_no_sharding",
        "The sharding block is removed.",
        fixture.plan(without_validation(&fixture)).failure(),
    );

    let (fixture, id) = started();
    fixture.atlas.fail(&id, "The oplog rolled over.");
    let user =
        without_validation(&fixture).source("username", "\"another\"").source("ca_certificate_path", "\"/another/ca\"");
    assert_snapshot(
        "plan_read_at_creation",
        "User and CA of a failed migration are other ones.",
        fixture.plan(user).success(),
    );
    let replaced = without_validation(&fixture).source("cluster_name", "\"another\"").with("drop_enabled", "true");
    assert_snapshot(
        "plan_replace_drop",
        "A failed migration is replaced and erases the destination.",
        fixture.plan(replaced).success(),
    );
}

#[test]
fn plan_rejects_removal_of_a_requested_cutover() {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    let resource = without_validation(&fixture).with("cutover", "true").block("timeouts {\n  update = \"2s\"\n}");
    fixture.apply(resource).failure();
    let back = without_validation(&fixture).with("cutover", "false");
    assert_snapshot("rejected_cutover_removal", "A requested cutover is taken back.", fixture.plan(back).failure());
    fixture.atlas.fail(&id, "The oplog rolled over.");
    fixture.write(without_validation(&fixture));
    assert_snapshot(
        "plan_failed_during_cutover",
        "It failed after its cutover was requested.",
        fixture.run(&["plan"]).success(),
    );
}

#[test]
fn plan_rejects_duplicate_starts() {
    let (fixture, _) = started();
    assert_snapshot(
        "rejected_renamed",
        "The resource was renamed without `moved`.",
        fixture.plan(without_validation(&fixture).named("renamed")).failure(),
    );
    fixture.write(without_validation(&fixture));
    assert_snapshot(
        "rejected_replace",
        "A live migration is to be replaced.",
        fixture.run(&["plan", &format!("-replace={ADDRESS}")]).failure(),
    );
    fixture.run(&["taint", ADDRESS]).success();
    assert_snapshot("rejected_tainted", "A live migration is tainted.", fixture.run(&["plan"]).failure());

    let fixture = Fixture::new();
    // Planned second, so that the error is always at the same place.
    let second = without_validation(&fixture).named("twin").with("depends_on", "[atlas_live_migration.orders]");
    assert_snapshot(
        "rejected_duplicate_start",
        "Two resources have one destination.",
        fixture.plan(format!("{}\n{second}", without_validation(&fixture))).failure(),
    );
}

#[test]
fn plan_rejects_incomplete_start() {
    let fixture = Fixture::new();
    assert_snapshot(
        "rejected_no_password",
        "The user has no password.",
        fixture.plan(without_validation(&fixture).without_password()).failure(),
    );
    let fixture = Fixture::new().legacy();
    let sharded = without_validation(&fixture).block("sharding {\n  create_supporting_indexes = true\n}");
    assert_snapshot("rejected_sharding", "The legacy API knows no sharding.", fixture.plan(sharded).failure());
}

#[test]
fn start_warns_about_the_pending_milestone() {
    let fixture = Fixture::new();
    let run = fixture.apply(without_validation(&fixture).with("cutover", "true"));
    assert_snapshot("start_with_milestone", "A migration is started with `cutover = true`.", run.success());
}

#[test]
fn plan_rejects_replacement_of_a_complete_migration() {
    let fixture = Fixture::new();
    let id = fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(without_validation(&fixture).with("cutover", "true"));
    let running = fixture.workspace.start(APPLY);
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert!(fixture.atlas.received(Operation::Cutover) == 1 && fixture.id(ADDRESS) == id);
    fixture.run(&["plan", &format!("-replace={ADDRESS}")]).failure();
    assert_snapshot(
        "rejected_replace_complete",
        "A complete migration is to be replaced.",
        &fixture.run(&["plan", &format!("-replace={ADDRESS}")]),
    );
}
