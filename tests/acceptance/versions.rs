//! The same life on the oldest and the newest Terraform as on the one at hand. It must not know more than one story.

use atlas_simulator::Operation;
use test_support::terraform::{Feature, Terraform};

use crate::configuration::{ADDRESS, CLUSTER, GROUP, PASSWORD};
use crate::support::{Lab, UNTIL_READY, error_at, warning_at};

#[test]
fn each_terraform_lives_the_whole_life() {
    let all = Terraform::every();
    std::thread::scope(|scope| {
        for terraform in &all {
            scope.spawn(|| whole_life(terraform));
        }
    });
}

fn whole_life(terraform: &Terraform) {
    let lab = Lab::on(terraform);
    let id = lab.start(lab.example());
    assert_eq!(lab.only(Operation::Create).json()["source"]["password"], PASSWORD, "{terraform}");
    lab.workspace.plan_is_empty();

    // Refused, and nothing has changed.
    let run = lab.plan(lab.example().source("ssl", "false"));
    run.failure();
    error_at(&run, "Argument can't be changed: live migration …", "ssl = false");
    lab.write(lab.example());
    let run = lab.run(&["apply", "-auto-approve", &format!("-replace={ADDRESS}")]);
    run.failure();
    error_at(&run, "Live migration can't be replaced: …", "cluster_name = \"exampleClusterB\"");

    // Forgotten and taken back.
    lab.run(&["state", "rm", ADDRESS]).success();
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}-{id}\"\n}}\n\n");
    lab.apply(format!("{import}{}", lab.example())).success().says("1 imported, 0 added, 1 changed, 0 destroyed");
    lab.workspace.plan_is_empty();

    // A wish, converged by an update in place.
    lab.atlas.advance(UNTIL_READY);
    let ready = lab.example().with("wait_for_ready", "true");
    lab.apply(&ready).success().says("0 added, 1 changed, 0 destroyed");
    lab.workspace.plan_is_empty();
    assert_eq!(lab.stored()["ready_for_cutover"], true, "{terraform}");

    // Spent, and replaced by a change.
    lab.atlas.fail(&id, "the agent died");
    lab.apply(lab.example().source("ssl", "false")).success().says("1 added, 0 changed, 1 destroyed");
    let second = lab.id(ADDRESS);
    assert_eq!((lab.starts(), second == id), (2, false), "{terraform}");
    lab.workspace.plan_is_empty();

    let run = lab.run(&["destroy", "-auto-approve"]);
    run.success();
    warning_at(&run, &format!("Live migration keeps running in Atlas: {second}"), "");
    assert_eq!((lab.addresses().len(), lab.atlas.erasures(GROUP, CLUSTER)), (0, 0), "{terraform}");
    let agent = lab.only_agent();
    let version = terraform.version_number();
    assert!(agent.starts_with("terraform-provider-atlas/") && agent.contains(&version.to_string()), "{agent}");
}

#[test]
fn removed_block_forgets_without_a_destroy() {
    for terraform in Terraform::every_with(Feature::RemovedBlocks) {
        let lab = Lab::on(&terraform);
        lab.start(lab.example());
        let before = lab.writes();
        let removed = format!("removed {{\n  from = {ADDRESS}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}\n");
        lab.apply(removed).success();
        assert_eq!((lab.addresses().len(), lab.writes()), (0, before), "{terraform}");
    }
}
