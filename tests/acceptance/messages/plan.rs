//! What a plan warns of and what it refuses.

use std::time::{Duration, SystemTime};

use atlas_simulator::{Config, Operation};
use serde_json::Value;

use super::{lab, shows};
use crate::configuration::{ADDRESS, SHARDING};
use crate::moment::{APPLY, finished, until_cut_over};
use crate::support::{Lab, UNTIL_READY, still};
use crate::wishes::plain;

fn started() -> (Lab, String) {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    (lab, id)
}

/// The life of a migration in no time.
fn instant() -> Config {
    Config { new_for: Duration::ZERO, sync_for: Duration::ZERO, cutover_for: Duration::ZERO, ..still() }
}

#[test]
fn warnings_of_what_an_apply_will_do() {
    let lab = Lab::new();
    let run = lab.plan(plain(&lab).with("drop_enabled", "true"));
    shows("plan_drop", "The start will erase the destination.", run.success());

    let (lab, _) = started();
    lab.atlas.advance(Duration::from_secs(2));
    shows("plan_cutover", "The apply will cut over.", lab.plan(plain(&lab).with("cutover", "true")).success());

    lab.write(plain(&lab));
    shows("plan_destroy", "A live migration is to be destroyed.", lab.run(&["plan", "-destroy"]).success());
}

#[test]
fn warning_of_the_countdown() {
    let (lab, _) = started();
    lab.atlas.advance(UNTIL_READY);
    lab.run(&["apply", "-refresh-only", "-auto-approve"]).success();
    let mut state: Value = serde_json::from_slice(&lab.workspace.state_file()).unwrap();
    // Half a minute, so that the text is the same for a while.
    let since = SystemTime::now() - Duration::from_secs(100 * 3600 - 30);
    state["resources"][0]["instances"][0]["attributes"]["ready_since"] =
        humantime::format_rfc3339_seconds(since).to_string().into();
    lab.workspace.file("terraform.tfstate", state.to_string());
    shows("plan_countdown", "It has been ready for 100 hours.", &lab.workspace.plan_is_empty());
}

#[test]
fn changes_of_a_live_migration() {
    let (lab, _) = started();
    let other = plain(&lab).source("cluster_name", "\"another\"");
    shows("refused_change", "The source cluster is another one.", lab.plan(other).failure());
    let two = plain(&lab).destination("hostname_schema_type", "\"VPC_PEERING\"").source("ssl", "false");
    shows("refused_changes", "Two arguments are changed at once.", lab.plan(two).failure());
    let drop = plain(&lab).with("drop_enabled", "true");
    shows("refused_drop", "The destination is to be erased later.", lab.plan(drop).failure());
    lab.write(plain(&lab).destination("cluster_name", "\"another\""));
    shows("refused_destroy", "A destroy meets the change first.", lab.run(&["destroy", "-auto-approve"]).failure());
}

#[test]
fn changes_of_a_migration_that_is_over() {
    let lab = lab(instant());
    lab.start(plain(&lab));
    lab.apply(plain(&lab).with("cutover", "true")).success();
    let other = plain(&lab).with("migration_hosts", "[\"vm002.example.com\"]");
    shows("refused_change_complete", "The host of a complete migration is another one.", lab.plan(other).failure());

    let lab = Lab::new();
    lab.start(plain(&lab).block(SHARDING));
    let hashed = plain(&lab).block(
        SHARDING.replace("region = \"1\"", "region = \"hashed\"").replace("customer = \"hashed\"", "customer = \"1\""),
    );
    shows("refused_change_sharding", "The shard key is another one.", lab.plan(hashed).failure());
    shows("refused_change_no_sharding", "The sharding block is removed.", lab.plan(plain(&lab)).failure());

    let (lab, id) = started();
    lab.atlas.fail(&id, "The oplog rolled over.");
    let user = plain(&lab).source("username", "\"another\"").source("ca_certificate_path", "\"/another/ca\"");
    shows("plan_read_at_creation", "User and CA of a failed migration are other ones.", lab.plan(user).success());
    let replaced = plain(&lab).source("cluster_name", "\"another\"").with("drop_enabled", "true");
    shows(
        "plan_replace_drop",
        "A failed migration is replaced and erases the destination.",
        lab.plan(replaced).success(),
    );
}

#[test]
fn cutover_that_was_requested() {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    let wish = plain(&lab).with("cutover", "true").block("timeouts {\n  update = \"2s\"\n}");
    lab.apply(wish).failure();
    let back = plain(&lab).with("cutover", "false");
    shows("refused_cutover_back", "A requested cutover is taken back.", lab.plan(back).failure());
    lab.atlas.fail(&id, "The oplog rolled over.");
    lab.write(plain(&lab));
    shows("plan_broken", "It failed after its cutover was requested.", lab.run(&["plan"]).success());
}

#[test]
fn starts_that_are_barred() {
    let (lab, _) = started();
    shows(
        "refused_renamed",
        "The resource was renamed without `moved`.",
        lab.plan(plain(&lab).named("renamed")).failure(),
    );
    lab.write(plain(&lab));
    shows(
        "refused_replace",
        "A live migration is to be replaced.",
        lab.run(&["plan", &format!("-replace={ADDRESS}")]).failure(),
    );
    lab.run(&["taint", ADDRESS]).success();
    shows("refused_tainted", "A live migration is tainted.", lab.run(&["plan"]).failure());

    let lab = Lab::new();
    // Planned second, so that the place is always the same.
    let twin = plain(&lab).named("twin").with("depends_on", "[atlas_live_migration.orders]");
    shows(
        "refused_twins",
        "Two resources have one destination.",
        lab.plan(format!("{}\n{twin}", plain(&lab))).failure(),
    );
}

#[test]
fn start_that_cannot_be_sent() {
    let lab = Lab::new();
    shows("refused_no_password", "The user has no password.", lab.plan(plain(&lab).without_password()).failure());
    let lab = Lab::new().legacy();
    let sharded = plain(&lab).block("sharding {\n  create_supporting_indexes = true\n}");
    shows("refused_sharding", "The legacy API knows no sharding.", lab.plan(sharded).failure());
}

#[test]
fn start_with_a_wish() {
    let lab = Lab::new();
    let run = lab.apply(plain(&lab).with("cutover", "true"));
    shows("start_with_wish", "A migration is started with the wish to cut it over.", run.success());
}

#[test]
fn replacement_whose_migration_is_cut_over_meanwhile() {
    let lab = Lab::new();
    let id = lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    lab.write(plain(&lab).with("cutover", "true"));
    let running = lab.workspace.start(APPLY);
    until_cut_over(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert!(lab.atlas.received(Operation::Cutover) == 1 && lab.id(ADDRESS) == id);
    lab.run(&["plan", &format!("-replace={ADDRESS}")]).failure();
    shows(
        "refused_replace_complete",
        "A complete migration is to be replaced.",
        &lab.run(&["plan", &format!("-replace={ADDRESS}")]),
    );
}
