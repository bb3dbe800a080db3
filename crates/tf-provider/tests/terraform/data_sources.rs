//! Data sources: read in the plan, or in the apply if the configuration is unknown in the plan.

use serde_json::json;
use test_support::terraform::Terraform;

use crate::Things;

fn lookup(id: &str) -> String {
    format!(
        "data \"inmemory_thing\" \"found\" {{\n  id = {id}\n}}\n\noutput \"size\" {{\n  value = data.inmemory_thing.found.size\n}}\n"
    )
}

#[test]
fn data_source_is_read_in_the_plan() {
    for terraform in Terraform::every() {
        let things = Things::new(&terraform, &lookup("\"found-1\""));
        things.store("found-1", "one", 3);
        things.0.run(["plan"]).success().says("+ size = 3");
        things.apply("0 added, 0 changed, 0 destroyed");
        let found = things.0.resource("data.inmemory_thing.found");
        assert_eq!((&found["name"], &found["touched"]), (&json!("one"), &json!(0)), "{terraform}");
    }
}

#[test]
fn data_source_of_an_unknown_id_is_read_in_the_apply() {
    for terraform in Terraform::every() {
        let thing = "resource \"inmemory_thing\" \"one\" {\n  name = \"one\"\n  size = 4\n}\n";
        let things = Things::new(&terraform, &format!("{thing}{}", lookup("inmemory_thing.one.id")));
        things.0.run(["plan"]).success().says("+ size = (known after apply)");
        things.apply("1 added");
        assert_eq!(things.attribute("data.inmemory_thing.found", "size"), 4, "{terraform}");
    }
}

#[test]
fn each_mistake_is_reported_at_its_line() {
    let variable = "variable \"none\" {\n  type    = string\n  default = null\n}\n";
    let things = Things::new(&Terraform::on_path(), "");
    for (id, summary) in
        [("\"\"", "ID is empty"), ("\"nowhere\"", "Thing not found"), ("var.none", "Missing required argument")]
    {
        things.main(&format!("{}{variable}", lookup(id)));
        let run = things.0.run(["plan"]);
        run.failure().says(summary).says("on main.tf line 2, in data \"inmemory_thing\" \"found\":").lacks("bug");
        assert_eq!(run.count("Error: "), 1, "{}", run.stderr());
    }
}
