//! Duplicate-start protection: two starts into one destination are rejected, in one plan and across plans.

use std::time::Duration;

use atlas_simulator::Config;
use test_support::terraform::{Run, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, Resource};
use crate::support::{Fixture, error_at, errors, frozen, is_summary, warnings, with_status};

const DUPLICATE: &str = "Destination has a live migration already: …";
const REPLACED: &str = "Live migration can't be replaced: …";
const TWO_STARTS: &str = "Two live migrations into one destination";
const DESTINATION: &str = "cluster_name = \"exampleClusterB\"";

/// Asserts that this is the only error, which both conflicting resources may report. Returns its text.
#[track_caller]
fn assert_rejected(run: &Run, summary: &str, line: &str) -> String {
    run.failure();
    let text = error_at(run, summary, line);
    assert!(errors(run).iter().all(|found| is_summary(found, summary)), "{:?}", errors(run));
    text
}

fn keyed(fixture: &Fixture, key: &str) -> Resource {
    fixture.example().with("for_each", &format!("toset([\"{key}\"])"))
}

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
}

#[test]
fn rejects_renamed_key_without_moved_block() {
    for (old, new) in [("a", "z"), ("z", "a")] {
        let fixture = Fixture::new();
        fixture.apply(keyed(&fixture, old)).success();
        let address = |key: &str| format!("{ADDRESS}[\"{key}\"]");
        let (id, before) = (fixture.id(&address(old)), fixture.writes());

        let run = fixture.apply(keyed(&fixture, new));
        let text = assert_rejected(&run, DUPLICATE, "");
        assert!(text.contains(&id), "{text}");
        assert!(text.contains("If the resource was renamed, or its for_each key or count index changed"), "{text}");
        assert_eq!((fixture.id(&address(old)), fixture.writes()), (id.clone(), before));

        fixture.apply(format!("{}{}", keyed(&fixture, new), moved(&address(old), &address(new)))).success();
        assert_eq!(
            (fixture.addresses(), fixture.id(&address(new)), fixture.writes()),
            (vec![address(new)], id, before)
        );
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn rejects_renamed_resource_without_moved_block() {
    for new in ["customers", "products"] {
        let fixture = Fixture::new();
        let id = fixture.start(fixture.example());
        let before = fixture.writes();
        let renamed = fixture.example().named(new);
        let text = assert_rejected(&fixture.apply(&renamed), DUPLICATE, "");
        for part in [id.as_str(), "to = <NEW_ADDRESS>", "end it in the Atlas UI"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id.clone(), before));

        let address = format!("atlas_live_migration.{new}");
        fixture.apply(format!("{renamed}{}", moved(ADDRESS, &address))).success();
        assert_eq!((fixture.id(&address), fixture.writes()), (id, before));
        fixture.workspace.plan_is_empty();
    }
}

#[test]
fn renamed_resource_of_a_replaceable_migration_starts_again() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.fail(&id, "the agent died");
    fixture.write(fixture.example().named("customers"));
    // Some Terraform versions plan the destroy of a removed resource before they refresh it. So the status is stored
    // first, as the error recommends.
    fixture.run(&["apply", "-auto-approve", "-refresh-only"]).success();
    fixture.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 1 destroyed");
    assert_eq!(fixture.starts(), 2);
}

#[test]
fn rejects_replacement_of_a_tainted_protected_migration() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    fixture.run(&["taint", ADDRESS]).success();
    let text = assert_rejected(&fixture.run(&["apply", "-auto-approve"]), DUPLICATE, DESTINATION);
    for part in [id.as_str(), "terraform untaint <ADDRESS>", "terraform destroy -refresh=false"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_rejected(&fixture.run(&["destroy", "-auto-approve"]), DUPLICATE, DESTINATION);

    fixture.run(&["untaint", ADDRESS]).success();
    fixture.workspace.plan_is_empty();
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));

    fixture.run(&["taint", ADDRESS]).success();
    fixture.run(&["destroy", "-auto-approve", "-refresh=false"]).success();
    assert_eq!((fixture.addresses().len(), fixture.writes()), (0, before));
}

#[test]
fn tainted_protected_migration_stays_in_the_state_when_its_destination_changes() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    fixture.run(&["taint", ADDRESS]).success();
    // A tainted resource is planned as a start into another destination, so only the apply can reject it.
    let run = fixture.apply(fixture.example().destination("cluster_name", "\"Y\""));
    run.failure();
    for part in [id.as_str(), "Nothing was changed.", "terraform untaint <ADDRESS>"] {
        run.says(part);
    }
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
    fixture.run(&["untaint", ADDRESS]).success();
    fixture.write(fixture.example());
    fixture.workspace.plan_is_empty();
}

#[test]
fn rejects_replace_of_a_protected_migration() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    let replace = format!("-replace={ADDRESS}");
    for status in ["NEW", "WORKING", "COMPLETE"] {
        fixture.atlas.override_read(&id, with_status(status));
        let text = assert_rejected(&fixture.run(&["plan", &replace]), REPLACED, DESTINATION);
        assert!(text.contains(&format!("Migration: {id}, {status}, in state")), "{text}");
        assert!(text.contains("If this came from -replace or replace_triggered_by, leave that out."), "{text}");
    }
    // With create_before_destroy, only the plan can reject it.
    fixture.write(fixture.example().block("lifecycle {\n  create_before_destroy = true\n}"));
    assert_rejected(&fixture.run(&["apply", "-auto-approve", &replace]), REPLACED, DESTINATION);
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
}

#[test]
fn tainted_expired_migration_is_replaced() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    fixture.atlas.advance(Duration::from_secs(121 * 3600));
    assert_eq!(fixture.atlas.migration(&id).unwrap().status, "EXPIRED");
    fixture.run(&["taint", ADDRESS]).success();
    fixture.run(&["apply", "-auto-approve"]).success().says("1 added, 0 changed, 1 destroyed");
    assert_eq!((fixture.starts(), fixture.id(ADDRESS) == id), (2, false));
    fixture.workspace.plan_is_empty();
}

#[test]
fn replace_triggered_by_does_not_replace_a_protected_migration() {
    let fixture = Fixture::new();
    let triggered = |input: &str| {
        let resource = fixture.example().block("lifecycle {\n  replace_triggered_by = [terraform_data.trigger]\n}");
        format!("resource \"terraform_data\" \"trigger\" {{\n  input = \"{input}\"\n}}\n\n{resource}")
    };
    let id = fixture.start(triggered("one"));
    let before = fixture.writes();
    let text = assert_rejected(&fixture.apply(triggered("two")), REPLACED, DESTINATION);
    assert!(text.contains("replace_triggered_by, leave that out."), "{text}");
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id.clone(), before));

    fixture.atlas.fail(&id, "the agent died");
    fixture.apply(triggered("three")).success();
    assert_ne!(fixture.id(ADDRESS), id);
}

#[test]
fn rejects_two_starts_into_one_destination_before_the_first() {
    let fixture = Fixture::new();
    let hosts = "[\"vm00${count.index}.example.com\"]";
    let counted = fixture.example().with("count", "2").with("migration_hosts", hosts);
    let text = assert_rejected(&fixture.apply(&counted), TWO_STARTS, DESTINATION);
    assert!(text.contains("Two resources of this configuration would each start"), "{text}");

    let other = fixture.example().named("customers").with("migration_hosts", "[\"vm002.example.com\"]");
    assert_rejected(&fixture.apply(format!("{}{other}", fixture.example())), TWO_STARTS, DESTINATION);
    assert_eq!((fixture.writes(), fixture.addresses().len()), (0, 0));

    // With different destinations, both start.
    fixture.apply(counted.destination("cluster_name", "\"B${count.index}\"")).success();
    assert_eq!(fixture.starts(), 2);
}

#[test]
fn rejects_second_start_into_same_destination() {
    let fixture = Fixture::new();
    let id = fixture.start(fixture.example());
    let before = fixture.writes();
    let other = fixture.example().named("customers").source("cluster_name", "\"Z\"");
    let text = assert_rejected(&fixture.apply(format!("{}{other}", fixture.example())), DUPLICATE, "");
    assert!(text.contains(&id), "{text}");
    assert_eq!((fixture.addresses().len(), fixture.writes()), (1, before));
}

/// Migrations are ready, and cutovers complete, without delay.
fn instant() -> Config {
    Config { new_for: Duration::ZERO, sync_for: Duration::ZERO, cutover_for: Duration::ZERO, ..frozen() }
}

#[test]
fn complete_migration_blocks_same_source_and_drop_enabled() {
    let fixture = Fixture::with(&Terraform::on_path(), instant());
    let cut_over = fixture.example().with("cutover", "true");
    let id = fixture.start(&cut_over);
    fixture.run(&["apply", "-auto-approve"]).success();
    assert_eq!((fixture.stored()["status"].as_str(), fixture.starts()), (Some("COMPLETE"), 1));

    let other = fixture.example().named("customers");
    let text = assert_rejected(&fixture.plan(format!("{cut_over}{other}")), DUPLICATE, "");
    assert!(text.contains(&format!("Migration: {id}, COMPLETE, in state")), "{text}");
    let dropping = other.clone().source("cluster_name", "\"Z\"").with("drop_enabled", "true");
    assert_rejected(&fixture.plan(format!("{cut_over}{dropping}")), DUPLICATE, "");

    fixture.apply(format!("{cut_over}{}", other.source("cluster_name", "\"Z\""))).success();
    assert_eq!((fixture.starts(), fixture.atlas.erasures(GROUP, CLUSTER)), (2, 0));
}

/// The example with a destination that is unknown in a plan that replaces `terraform_data.name`.
fn with_computed_destination(fixture: &Fixture) -> String {
    let resource = fixture.example().destination("cluster_name", "terraform_data.name.output");
    format!("resource \"terraform_data\" \"name\" {{\n  input = \"{CLUSTER}\"\n}}\n\n{resource}")
}

#[test]
fn rejects_replacement_into_an_unknown_destination() {
    let fixture = Fixture::new();
    let id = fixture.start(with_computed_destination(&fixture));
    let before = fixture.writes();
    let run = fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}"), "-replace=terraform_data.name"]);
    let text = assert_rejected(&run, REPLACED, "cluster_name = terraform_data.name.output");
    assert!(text.contains(&id), "{text}");
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
    fixture.workspace.plan_is_empty();
}

#[test]
fn rejects_replacement_at_apply_before_it_removes_from_state() {
    let fixture = Fixture::new();
    let id = fixture.start(with_computed_destination(&fixture));
    let before = fixture.writes();
    // A tainted resource is planned as a start, whose plan doesn't show what it replaces.
    fixture.run(&["taint", ADDRESS]).success();
    let run = fixture.run(&["apply", "-auto-approve", "-replace=terraform_data.name"]);
    run.failure();
    let text = error_at(&run, "Live migration can't be replaced: …", "");
    assert!(text.contains(&id) && text.contains("Nothing was changed."), "{text}");
    assert_eq!((fixture.id(ADDRESS), fixture.writes()), (id, before));
    fixture.run(&["untaint", ADDRESS]).success();
    fixture.workspace.plan_is_empty();
}

#[test]
fn saved_plan_does_not_start_beside_a_running_migration() {
    let fixture = Fixture::new();
    fixture.write(fixture.example());
    fixture.run(&["plan", "-out=saved.tfplan"]).success();
    let seed = atlas_simulator::Seed::new(GROUP, CLUSTER, atlas_simulator::Stage::Working);
    fixture.atlas.seed_migration(seed);
    let run = fixture.run(&["apply", "saved.tfplan"]);
    run.failure();
    error_at(&run, "Another live migration is running", "");
    assert_eq!((fixture.starts(), warnings(&run).len()), (0, 0));
}
