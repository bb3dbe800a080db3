//! Write-only and sensitive values.

use serde_json::json;
use test_support::terraform::{Feature, Terraform};

use crate::Things;

fn with(secret: &str, version: i64) -> String {
    format!(
        "resource \"inmemory_thing\" \"one\" {{\n  name = \"one\"\n  secret_wo = {secret}\n  secret_wo_version = \
         {version}\n}}\n"
    )
}

#[test]
fn write_only_value_is_in_no_file() {
    for terraform in Terraform::every_with(Feature::WriteOnly) {
        let things = Things::new(&terraform, &with("\"hunter2\"", 1));
        things.apply("1 added");
        assert_eq!(things.attribute("inmemory_thing.one", "secret_length"), 7, "{terraform}");
        assert_eq!(things.attribute("inmemory_thing.one", "secret_wo"), json!(null));
        // Terraform doesn't detect a change of the value alone. With another version the provider reads it again.
        things.main(&with("\"correct horse\"", 1));
        things.0.plan_is_empty();
        things.main(&with("\"correct horse\"", 2));
        let plan = things.0.plan_json();
        things.0.run(["apply", "test.tfplan"]).success().says("0 added, 1 changed");
        things.0.plan_is_empty();
        assert_eq!(things.attribute("inmemory_thing.one", "secret_length"), 13);
        for secret in ["hunter2", "correct horse"] {
            for part in ["planned_values", "resource_changes", "prior_state"] {
                assert!(!plan[part].to_string().contains(secret), "{part}");
            }
            assert!(!String::from_utf8(things.0.state_file()).unwrap().contains(secret));
        }
    }
}

#[test]
fn write_only_value_can_be_ephemeral_or_unknown() {
    let Some(terraform) = Terraform::with(Feature::WriteOnly) else { return };
    let variable = "variable \"secret\" {\n  ephemeral = true\n}\n";
    let things = Things::new(&terraform, &format!("{variable}{}", with("var.secret", 1)));
    things.0.env("TF_VAR_secret", "four");
    things.0.run(["validate"]).success();
    things.apply("1 added");
    assert_eq!(things.attribute("inmemory_thing.one", "secret_length"), 4);
    let later = "resource \"terraform_data\" \"later\" {\n  input = \"twelve chars\"\n}\n";
    things.main(&format!("{later}{}", with("terraform_data.later.output", 2)));
    things.apply("1 added, 1 changed");
    assert_eq!(things.attribute("inmemory_thing.one", "secret_length"), 12);
}

#[test]
fn rejects_write_only_value_if_terraform_would_store_it() {
    for terraform in Terraform::every_without(Feature::WriteOnly) {
        let things = Things::new(&terraform, &with("\"hunter2\"", 1));
        for command in ["validate", "plan"] {
            let run = things.0.run([command]);
            run.failure()
                .says("Write-only attributes are not supported here")
                .says("Terraform 1.11")
                .says("secret_wo = \"hunter2\"");
        }
        // Unknown at validate, and therefore accepted. Known and rejected at plan.
        things.main(&format!("variable \"secret\" {{\n  default = null\n}}\n{}", with("var.secret", 1)));
        things.0.run(["validate"]).success();
        things.apply("1 added");
        things.0.env("TF_VAR_secret", "hunter2");
        things.0.run(["plan"]).failure().says("Write-only attributes are not supported here");
    }
}

#[test]
fn sensitive_value_is_hidden() {
    for terraform in Terraform::every() {
        let things = Things::new(
            &terraform,
            "resource \"inmemory_thing\" \"one\" {\n  name  = \"one\"\n  token = \"hunter2\"\n}\n",
        );
        things.0.run(["plan"]).success().says("+ token = (sensitive value)").lacks("hunter2");
        things.0.run(["apply", "-auto-approve"]).success().lacks("hunter2");
        assert_eq!(things.attribute("inmemory_thing.one", "token"), "hunter2", "{terraform}");
    }
}
