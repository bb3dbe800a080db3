//! Unknown values of attributes and blocks.

use serde_json::json;
use test_support::terraform::Terraform;

use crate::{REQUIRED, Things};

const UNKNOWN: &str = r#"
resource "terraform_data" "later" {
  input = ["x", "y"]
}

resource "inmemory_thing" "one" {
  name     = "one"
  size     = length(terraform_data.later.id)
  anything = { inside = terraform_data.later.output }
  hosts    = ["first", terraform_data.later.output[0]]
  labels   = { for word in terraform_data.later.output : word => word }

  owner {
    name  = terraform_data.later.output[0]
    email = "${terraform_data.later.output[1]}@example.com"
  }
  step {
    name  = "known"
    value = terraform_data.later.output
  }
}
"#;

const UNKNOWN_BLOCKS: &str = r#"
resource "terraform_data" "later" {
  input = ["x", "y"]
}

resource "inmemory_thing" "one" {
  name = "one"

  dynamic "owner" {
    for_each = toset(slice(terraform_data.later.output, 0, 1))
    content {
      name = owner.value
    }
  }
  dynamic "step" {
    for_each = terraform_data.later.output
    content {
      name  = step.value
      value = [step.key, step.value]
      dynamic "note" {
        for_each = terraform_data.later.output
        content {
          text = note.value
        }
      }
    }
  }
  dynamic "rule" {
    for_each = terraform_data.later.output
    content {
      port     = rule.key
      protocol = rule.value
    }
  }
  dynamic "mount" {
    # Terraform wants to know labels at once.
    for_each = slice(terraform_data.later.output, 0, 1)
    labels   = ["fixed"]
    content {
      path = "/${mount.value}"
    }
  }
}
"#;

#[test]
fn unknown_values_are_planned_and_known_after_apply() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, UNKNOWN);
        things.0.run(["validate"]).success();
        things.0.run(["plan"]).success().says("+ size = (known after apply)");
        things.apply("2 added");
        let one = things.0.resource("inmemory_thing.one");
        assert_eq!((&one["size"], &one["hosts"]), (&json!(36), &json!(["first", "x"])), "{terraform}");
        assert_eq!(one["anything"], json!({ "inside": ["x", "y"] }));
        assert_eq!(one["step"][0]["value"], json!(["x", "y"]));
        assert_eq!(one["owner"]["email"], "y@example.com");
        things.main(&UNKNOWN.replace("\"y\"]", "\"z\"]"));
        things.apply("0 added, 2 changed");
        assert_eq!(things.attribute("inmemory_thing.one", "labels"), json!({ "x": "x", "z": "z" }));
    }
}

#[test]
fn blocks_of_unknown_number_are_planned_and_known_after_apply() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, UNKNOWN_BLOCKS);
        things.0.run(["validate"]).success();
        things.apply("2 added");
        let one = things.0.resource("inmemory_thing.one");
        assert_eq!(one["step"][1]["value"], json!([1, "y"]), "{terraform}");
        assert_eq!(one["step"][1]["note"], json!([{ "text": "x" }, { "text": "y" }]));
        assert_eq!(one["owner"]["name"], "x");
        assert_eq!(one["mount"]["fixed"]["path"], "/x");
        assert_eq!(one["rule"].as_array().map(Vec::len), Some(2));
        things.main(&UNKNOWN_BLOCKS.replace("[\"x\", \"y\"]", "[\"x\", \"y\", \"z\"]"));
        things.apply("0 added, 2 changed");
        assert_eq!(things.attribute("inmemory_thing.one", "step")[2]["name"], "z");
    }
}

#[test]
fn unknown_provider_configuration_is_reported() {
    let things = Things::new(&Terraform::on_path(), "resource \"inmemory_thing\" \"one\" {\n  name = \"one\"\n}\n");
    let unknown = r#"
resource "terraform_data" "folder" {
  input = "things"
}

provider "inmemory" {
  folder = terraform_data.folder.output
}
"#;
    things.0.file("provider.tf", format!("{REQUIRED}{unknown}"));
    things.0.run(["plan"]).failure().says("Folder is unknown").says("folder = terraform_data.folder.output");
}
