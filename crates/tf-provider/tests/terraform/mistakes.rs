//! Mistakes are reported at their lines in the configuration.

use test_support::terraform::Terraform;

use crate::Things;

const MISSING: &str = "Missing required argument";

/// A mistake, with the expected summary and line.
const MISTAKES: [(&str, &str, &str); 12] = [
    ("size = -1", "Size is negative", "size = -1"),
    ("size = 1.5", "Invalid value", "size = 1.5"),
    ("size = 1e30", "Invalid value", "size = 1e30"),
    ("id = \"mine\"", "Attribute can't be configured", "id = \"mine\""),
    ("owner {\n name = \"o\"\n email = \"nobody\"\n}", "Not an address", "email = \"nobody\""),
    ("step {\n name = \"a\"\n}\nstep {\n name = \"\"\n}", "Step without a name", "name = \"\""),
    ("mount \"m\" {\n path = \"relative\"\n}", "Path is not absolute", "path = \"relative\""),
    ("revision = 1", "Attribute can't be configured", "revision = 1"),
    ("owner {\n name = null\n}", MISSING, "name = null"),
    ("step {\n name = \"a\"\n note {\n text = null\n}\n}", MISSING, "text = null"),
    ("mount \"m\" {\n path = null\n}", MISSING, "path = null"),
    ("rule {\n port = null\n}", MISSING, "port = null"),
];

fn thing(body: &str) -> String {
    format!("resource \"inmemory_thing\" \"one\" {{\n  name = \"one\"\n{body}\n}}\n")
}

#[test]
fn each_mistake_is_reported_at_its_line() {
    let things = Things::new(&Terraform::on_path(), "");
    for (body, summary, line) in MISTAKES {
        let text = thing(body);
        let number = 1 + text.lines().position(|given| given.trim() == line).unwrap();
        things.main(&text);
        let run = things.0.run(["validate"]);
        run.failure().says(summary).says(&format!("on main.tf line {number}, in resource \"inmemory_thing\" \"one\":"));
        assert_eq!(run.count("Error: "), 1, "{}", run.stderr());
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    for terraform in Terraform::every() {
        let things =
            Things::new(&terraform, &thing("size = -1\nid = \"mine\"\nowner {\n name = \"o\"\n email = \"nobody\"\n}"));
        let run = things.0.run(["validate"]);
        run.failure().says("Size is negative").says("Attribute can't be configured").says("Not an address");
        assert_eq!(run.count("Error: "), 3, "{}", run.stderr());
    }
}

#[test]
fn mistake_in_an_unknown_value_is_reported_at_apply() {
    let later = "resource \"terraform_data\" \"later\" {\n  input = -1\n}\n";
    let things = Things::new(&Terraform::on_path(), &format!("{later}{}", thing("size = terraform_data.later.output")));
    things.0.run(["plan"]).success();
    things.0.run(["apply", "-auto-approve"]).failure().says("Size is negative").lacks("bug");
}

#[test]
fn warning_is_shown_and_does_not_fail() {
    let things = Things::new(&Terraform::on_path(), &thing("size = 1000"));
    things.0.run(["plan"]).success().says("Warning: one is large").says("size = 1000");
    things.0.run(["apply", "-auto-approve"]).success().says("Its size is 1000");
}

#[test]
fn deprecated_attribute_is_reported() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &thing("nickname = \"n\""));
        let run = things.0.run(["validate"]);
        run.success().says("`nickname` is deprecated").says("nickname = \"n\"").says("Use `labels` instead.");
    }
}

#[test]
fn rejects_null_from_a_variable_at_plan() {
    for terraform in Terraform::every() {
        let variable = "variable \"name\" {\n  type    = string\n  default = null\n}\n";
        let things = Things::new(
            &terraform,
            &format!("{variable}resource \"inmemory_thing\" \"one\" {{\n  name = var.name\n}}\n"),
        );
        // Variables are unknown in `validate`.
        things.0.run(["validate"]).success();
        let run = things.0.run(["plan"]);
        run.failure().says(MISSING).says("name = var.name").lacks("bug");
        things.0.run(["apply", "-auto-approve", "-var", "name=one"]).success();
        // The existing thing is neither replaced nor changed.
        things.0.run(["apply", "-auto-approve"]).failure().says(MISSING);
        assert_eq!(things.attribute("inmemory_thing.one", "name"), "one", "{terraform}");
    }
}

#[test]
fn rejects_null_that_is_known_at_apply() {
    let later = "resource \"terraform_data\" \"later\" {\n}\n";
    let thing = "resource \"inmemory_thing\" \"one\" {\n  name = terraform_data.later.output\n}\n";
    let things = Things::new(&Terraform::on_path(), &format!("{later}{thing}"));
    let run = things.0.run(["apply", "-auto-approve"]);
    run.failure().says(MISSING).lacks("bug");
    assert!(!things.0.path().join("things").exists(), "a thing was created");
}

#[test]
fn brackets_in_a_message_are_shown() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &thing("mount \"m\" {\n path = \"a[red]b[0]\"\n}"));
        things.0.run(["validate"]).failure().says("`a[ red ]b[0]` must begin with");
    }
}
