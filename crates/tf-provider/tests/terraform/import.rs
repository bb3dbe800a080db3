//! Import by command, by block and by identity.

use serde_json::json;
use test_support::terraform::{Feature, Terraform};

use crate::Things;

const THING: &str = "resource \"inmemory_thing\" \"one\" {\n  name = \"one\"\n  size = 3\n}\n";

fn block(what: &str) -> String {
    format!("import {{\n  to = inmemory_thing.one\n  {what}\n}}\n{THING}")
}

#[test]
fn command_imports() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, THING);
        things.store("found-1", "one", 3);
        things.0.run(["import", "inmemory_thing.one", "found-1"]).success().says("Import successful!");
        assert_eq!(things.attribute("inmemory_thing.one", "id"), "found-1", "{terraform}");
        things.0.plan_is_empty();
    }
}

#[test]
fn block_imports_and_updates_in_one_apply() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &block("id = \"found-1\""));
        things.store("found-1", "one", 9);
        things.apply("1 imported, 0 added, 1 changed, 0 destroyed");
        let one = things.0.resource("inmemory_thing.one");
        assert_eq!((&one["size"], &one["revision"]), (&json!(3), &json!(2)), "{terraform}");
    }
}

#[test]
fn identity_imports_if_terraform_supports_it() {
    for terraform in Terraform::every_with(Feature::ImportIdentity) {
        let things = Things::new(&terraform, &block("identity = {\n    id = \"found-1\"\n  }"));
        things.store("found-1", "one", 3);
        things.apply("1 imported, 0 added, 0 changed, 0 destroyed");
        let state: serde_json::Value = serde_json::from_slice(&things.0.state_file()).unwrap();
        assert_eq!(state["resources"][0]["instances"][0]["identity"], json!({ "id": "found-1" }), "{terraform}");
        // An update keeps it.
        things.main(&THING.replace('3', "4")).apply("0 added, 1 changed");
        let state: serde_json::Value = serde_json::from_slice(&things.0.state_file()).unwrap();
        assert_eq!(state["resources"][0]["instances"][0]["identity"], json!({ "id": "found-1" }));
    }
}

#[test]
fn missing_thing_is_reported_with_its_id() {
    let things = Things::new(&Terraform::on_path(), THING);
    things.0.run(["import", "inmemory_thing.one", "nowhere"]).failure().says("Thing not found").says("`nowhere`");
    things.main(&block("id = \"nowhere\""));
    things.0.run(["plan"]).failure().says("Thing not found").says("`nowhere`");
}

#[test]
fn configuration_can_be_generated() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, "import {\n  to = inmemory_thing.one\n  id = \"found-1\"\n}\n");
        things.store("found-1", "one", 3);
        things.0.run(["plan", "-generate-config-out=generated.tf"]).success().says("1 to import");
        if terraform.supports(Feature::GeneratedConfig) {
            let generated = std::fs::read_to_string(things.0.path().join("generated.tf")).unwrap();
            // Without computed and deprecated attributes.
            assert!(generated.contains("size") && !generated.contains("revision"), "{terraform}: {generated}");
        }
        things.apply("1 imported, 0 added, 0 changed, 0 destroyed");
    }
}
