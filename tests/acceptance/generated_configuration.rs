//! `terraform plan -generate-config-out`: Terraform 1.14 and newer ask the provider for the configuration of an imported
//! migration.

use test_support::terraform::Terraform;

use crate::configuration::{ADDRESS, GROUP, HEAD};
use crate::support::{Fixture, UNTIL_READY};

#[test]
fn generated_configuration_only_has_to_be_filled_in() {
    for terraform in ["1.14", "newest"].into_iter().filter_map(Terraform::version) {
        let fixture = Fixture::on(&terraform);
        let id = fixture.start(fixture.example());
        fixture.atlas.advance(UNTIL_READY);
        fixture.run(&["state", "rm", ADDRESS]).success();

        let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{GROUP}/{id}\"\n  provider = atlas\n}}\n\n");
        fixture.write(&import);
        // The skeleton has null where the user must fill something in, so this plan fails.
        let run = fixture.run(&["plan", "-generate-config-out=generated.tf"]);
        run.failure().says("Missing required argument");
        let generated = std::fs::read_to_string(fixture.workspace.path().join("generated.tf")).unwrap();
        let skeleton = one_line(&generated);
        assert!(
            skeleton.contains(&format!("destination {{ cluster_name = null group_id = \"{GROUP}\"")),
            "{generated}"
        );
        assert!(
            skeleton.contains("source {") && skeleton.contains("migration_hosts = [\"vm001.example.com\"]"),
            "{generated}"
        );

        let filled = fill(&generated);
        fixture.workspace.file("generated.tf", filled);
        fixture.workspace.file("main.tf", HEAD.to_owned() + &import.replace("  provider = atlas\n", ""));
        fixture.run(&["apply", "-auto-approve"]).success().says("1 imported, 0 added, 1 changed, 0 destroyed");
        fixture.workspace.plan_is_empty();
        assert_eq!(fixture.starts(), 1);
    }
}

/// Fills in what the skeleton leaves null and the migration needs.
fn fill(generated: &str) -> String {
    let (before_source, source) = generated.split_once("source {").expect("a source block");
    let (before, destination) = before_source.split_once("destination {").expect("a destination block first");
    let fill = |block: &str, name: &str, value: &str| -> String {
        let lines = block.lines().map(|line| match line.split_once('=') {
            Some((argument, _)) if argument.trim() == name => format!("    {name} = \"{value}\""),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let destination = fill(destination, "cluster_name", "exampleClusterB");
    let source = fill(source, "group_id", "9b43a5b329223c3a1591a678");
    let source = fill(&source, "cluster_name", "exampleClusterA");
    format!("{before}destination {{{destination}source {{{source}\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
