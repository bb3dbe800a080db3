//! The full lifecycle on every available Terraform version.

use atlas_simulator::Operation;
use test_support::terraform::{Feature, Product, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, PASSWORD};
use crate::support::{Fixture, UNTIL_READY, error_at, warning_at};

#[test]
fn every_terraform_version_supports_the_full_lifecycle() {
    let all = Terraform::every();
    std::thread::scope(|scope| {
        for terraform in &all {
            scope.spawn(|| full_lifecycle(terraform));
        }
    });
}

fn full_lifecycle(terraform: &Terraform) {
    let fixture = Fixture::on(terraform);
    let id = fixture.start(fixture.example());
    assert_eq!(fixture.only_request(Operation::Create).json()["source"]["password"], PASSWORD, "{terraform}");
    fixture.workspace.plan_is_empty();

    // Rejected changes.
    let run = fixture.plan(fixture.example().source("ssl", "false"));
    run.failure();
    error_at(&run, "Argument can't be changed: live migration …", "ssl = false");
    fixture.write(fixture.example());
    let run = fixture.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]);
    run.failure();
    error_at(&run, "Live migration can't be replaced: …", "cluster_name = \"exampleClusterB\"");

    // Removed from state and imported.
    fixture.run(&["state", "rm", ADDRESS]).success();
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}-{id}\"\n}}\n\n");
    fixture
        .apply(format!("{import}{}", fixture.example()))
        .success()
        .says("1 imported, 0 added, 1 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();

    // A milestone, reached by an update in place.
    fixture.atlas.advance(UNTIL_READY);
    let ready = fixture.example().with("wait_for_ready", "true");
    fixture.apply(&ready).success().says("0 added, 1 changed, 0 destroyed");
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.stored()["ready_for_cutover"], true, "{terraform}");

    // Failed, and replaced by a change.
    fixture.atlas.fail(&id, "the agent died");
    fixture.apply(fixture.example().source("ssl", "false")).success().says("1 added, 0 changed, 1 destroyed");
    let second = fixture.id(ADDRESS);
    assert_eq!((fixture.starts(), second == id), (2, false), "{terraform}");
    fixture.workspace.plan_is_empty();

    let run = fixture.run(&["destroy", "-auto-approve"]);
    run.success();
    warning_at(&run, &format!("Live migration keeps running in Atlas: {second}"), "");
    assert_eq!((fixture.addresses().len(), fixture.atlas.erasures(GROUP, CLUSTER)), (0, 0), "{terraform}");
    let agent = fixture.user_agent();
    // OpenTofu reports a version of Terraform to providers, not its own.
    let version = match terraform.product() {
        Product::Terraform => terraform.version_number().to_string(),
        Product::OpenTofu => String::new(),
    };
    assert!(agent.starts_with("terraform-provider-atlas/"), "{agent}");
    assert!(agent.contains(&format!(" Terraform/{version}")), "{agent}");
}

#[test]
fn removed_block_removes_from_state_without_a_destroy() {
    for terraform in Terraform::every_with(Feature::RemovedBlocks) {
        let fixture = Fixture::on(&terraform);
        fixture.start(fixture.example());
        let before = fixture.writes();
        let removed = format!("removed {{\n  from = {ADDRESS}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}\n");
        fixture.apply(removed).success();
        assert_eq!((fixture.addresses().len(), fixture.writes()), (0, before), "{terraform}");
    }
}
