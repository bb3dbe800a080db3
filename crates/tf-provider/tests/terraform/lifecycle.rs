//! Create, update, replace and destroy, drift, and every kind of attribute and block.

use serde_json::json;
use test_support::terraform::Terraform;

use crate::{REQUIRED, Things};

/// Every attribute and block of the example, except for the write-only one.
const FULL: &str = r#"
variable "word" {
  default = "hello"
}

resource "inmemory_thing" "full" {
  name     = "full"
  size     = 7
  ratio    = 123456789012345678901234567890.123
  enabled  = false
  anything = { number = 0.1, list = [1, "two", true], null = null, big = 18446744073709551615 }
  hosts    = ["b", "a", var.word]
  zones    = ["b", "a"]
  labels   = { key = "value" }
  shape    = { width = 3, height = null }
  pair     = ["word", 0.1]
  matrix   = [{ primes = [3, 2] }, {}]
  token    = "a token"
  nickname = "old name"

  owner {
    name  = "owner"
    email = "owner@example.com"
  }
  limits {
    soft = 5
  }
  step {
    name  = "first"
    value = { a = 1 }
    note {
      text = "a note"
    }
    note {
      text = "another"
    }
  }
  step {
    name  = "second"
    value = [var.word]
  }
  step {
    name = "third"
  }
  rule {
    port     = 443
    protocol = "tcp"
  }
  rule {
    port = 80
  }
  mount "data" {
    path = "/data"
  }
  mount "logs" {
    path      = "/logs"
    read_only = true
  }
}

resource "inmemory_thing" "minimal" {
  name = "minimal"
}
"#;

#[test]
fn every_kind_of_attribute_and_block_is_created_updated_and_destroyed() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, FULL);
        things.apply("2 added, 0 changed, 0 destroyed");
        let state = things.0.resource("inmemory_thing.full");
        assert_eq!(state["revision"], 1, "{terraform}");
        assert_eq!(state["anything"]["list"], json!([1, "two", true]));
        assert_eq!(state["step"][1]["value"], json!(["hello"]));
        assert_eq!(state["step"][0]["note"][1]["text"], "another");
        assert_eq!(state["mount"]["logs"]["read_only"], true);
        assert_eq!(state["limits"], json!({ "soft": 5, "hard": null }));
        let stored = String::from_utf8(things.0.state_file()).unwrap();
        for digits in ["123456789012345678901234567890.123", "18446744073709551615"] {
            assert!(stored.contains(digits), "{digits} is not in the state");
        }

        let minimal = things.0.resource("inmemory_thing.minimal");
        assert_eq!((&minimal["size"], &minimal["enabled"]), (&json!(1), &json!(true)));
        assert_eq!((&minimal["owner"], &minimal["step"]), (&json!(null), &json!([])));

        things.0.env("TF_VAR_word", "goodbye");
        things.apply("0 added, 1 changed, 0 destroyed");
        assert_eq!(things.attribute("inmemory_thing.full", "step")[1]["value"], json!(["goodbye"]));
        assert_eq!(things.attribute("inmemory_thing.full", "revision"), 2);
        things.0.run(["destroy", "-auto-approve"]).success().says("2 destroyed");
        assert!(things.0.resource("inmemory_thing.full").is_null());
    }
}

fn thing(name: &str, more: &str) -> String {
    format!("resource \"inmemory_thing\" \"one\" {{\n  name = {name:?}\n{more}\n}}\n")
}

/// Terraform sends a number as integer, float or text, and decodes each with another precision.
#[test]
fn unchanged_numbers_are_no_drift() {
    let numbers = ["7", "0.5", "-12.25", "0.1", "1 / 3", "1e25", "pow(2, -200)", "pow(3, 200) / pow(2, 300)"];
    let arguments: String = numbers
        .iter()
        .enumerate()
        .map(|(index, number)| {
            format!("resource \"inmemory_thing\" \"n{index}\" {{\n  name = \"n\"\n  ratio = {number}\n}}\n")
        })
        .collect();
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &arguments);
        things.apply("8 added");
        things.0.run(["plan", "-refresh-only", "-detailed-exitcode"]).success();
    }
}

#[test]
fn private_state_counts_updates_from_run_to_run() {
    let things = Things::new(&Terraform::on_path(), &thing("one", ""));
    things.apply("1 added");
    let id = things.attribute("inmemory_thing.one", "id");
    for (size, revision) in [(2, 2), (3, 3)] {
        things.main(&thing("one", &format!("  size = {size}"))).apply("0 added, 1 changed");
        assert_eq!(things.attribute("inmemory_thing.one", "revision"), revision);
    }
    // A removed argument gets its default, not its prior value.
    things.main(&thing("one", "")).apply("0 added, 1 changed");
    assert_eq!(things.attribute("inmemory_thing.one", "size"), 1);
    assert_eq!(things.attribute("inmemory_thing.one", "id"), id);
}

#[test]
fn changed_name_replaces_the_thing() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &thing("one", "  size = 2"));
        things.apply("1 added");
        let first = things.attribute("inmemory_thing.one", "id");
        things.main(&thing("two", "  size = 2"));
        things.0.run(["plan"]).success().says("must be replaced").says("\"one\" -> \"two\" # forces replacement");
        things.apply("1 added, 0 changed, 1 destroyed");
        let second = things.attribute("inmemory_thing.one", "id");
        assert_ne!(first, second, "{terraform}");
        assert!(!things.stored(first.as_str().unwrap()).exists());
        assert!(things.stored(second.as_str().unwrap()).exists());
        // Also at the request of the user.
        things
            .0
            .run(["apply", "-auto-approve", "-replace=inmemory_thing.one"])
            .success()
            .says("1 added, 0 changed, 1 destroyed");
        things.0.run(["taint", "inmemory_thing.one"]).success();
        things.apply("1 added, 0 changed, 1 destroyed");
    }
}

#[test]
fn drift_is_reported_and_corrected() {
    let things = Things::new(&Terraform::on_path(), &thing("one", "  size = 2"));
    things.apply("1 added");
    let id = things.attribute("inmemory_thing.one", "id");
    things.store(id.as_str().unwrap(), "one", 9);
    things.0.run(["plan"]).success().says("~ size = 9 -> 2");
    things.apply("0 added, 1 changed");
    std::fs::remove_file(things.stored(id.as_str().unwrap())).unwrap();
    things.0.run(["plan"]).success().says("1 to add, 0 to change, 0 to destroy");
    things.apply("1 added");
}

#[test]
fn state_with_missing_keys_is_completed() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &thing("one", "  size = 2"));
        things.apply("1 added");
        let mut state: serde_json::Value = serde_json::from_slice(&things.0.state_file()).unwrap();
        let attributes = state["resources"][0]["instances"][0]["attributes"].as_object_mut().unwrap();
        for name in ["hosts", "labels", "owner", "step", "rule", "limits", "anything", "secret_wo"] {
            assert!(attributes.remove(name).is_some(), "{name}");
        }
        // State from a version without these attributes.
        things.0.file("terraform.tfstate", state.to_string());
        things.0.plan_is_empty();
    }
}

#[test]
fn provider_block_is_optional() {
    let things = Things::new(&Terraform::on_path(), &thing("one", ""));
    things.0.file("provider.tf", REQUIRED);
    things.0.run(["apply", "-auto-approve"]).success().says("1 added");
    // Without a folder, things end with the process.
    things.0.run(["plan"]).success().says("1 to add");
}

#[test]
fn schemas_are_announced() {
    let things = Things::new(&Terraform::on_path(), "");
    let run = things.0.run(["providers", "schema", "-json"]);
    let schemas: serde_json::Value = serde_json::from_str(run.success().stdout()).unwrap();
    // Terraform and OpenTofu name the only provider after their own registry.
    let provider = schemas["provider_schemas"].as_object().and_then(|providers| providers.values().next()).unwrap();
    let block = &provider["resource_schemas"]["inmemory_thing"]["block"];
    assert_eq!(block["attributes"]["size"]["description_kind"], "markdown");
    assert_eq!(block["attributes"]["matrix"]["type"], json!(["list", ["map", ["set", "number"]]]));
    let nesting = |name: &str| block["block_types"][name]["nesting_mode"].clone();
    let modes = ["owner", "limits", "step", "rule", "mount"].map(nesting);
    assert_eq!(modes, ["single", "group", "list", "set", "map"]);
}
