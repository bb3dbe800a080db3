//! Actions: triggered by a resource, invoked by the user, failing, and interrupted.

use test_support::terraform::{Feature, Terraform};

use crate::Things;

/// A thing, and two actions that another resource triggers.
fn touched(config: &str) -> String {
    format!(
        r#"
resource "inmemory_thing" "one" {{
  name = "one"
}}

action "inmemory_touch" "first" {{
  config {{
    id = inmemory_thing.one.id
    {config}
  }}
}}

action "inmemory_touch" "second" {{
  config {{
    id = inmemory_thing.one.id
  }}
}}

resource "terraform_data" "trigger" {{
  triggers_replace = inmemory_thing.one.id
  lifecycle {{
    action_trigger {{
      events  = [after_create]
      actions = [action.inmemory_touch.first, action.inmemory_touch.second]
    }}
  }}
}}
"#
    )
}

impl Things {
    fn touches(&self) -> serde_json::Value {
        let id = self.attribute("inmemory_thing.one", "id");
        let stored = std::fs::read(self.stored(id.as_str().unwrap())).unwrap();
        serde_json::from_slice::<serde_json::Value>(&stored).unwrap()["touched"].clone()
    }
}

#[test]
fn action_is_invoked_after_its_trigger_and_with_invoke() {
    for terraform in Terraform::every_with(Feature::Actions) {
        let things = Things::new(&terraform, &touched("times = 2"));
        things.0.run(["validate"]).success();
        let run = things.0.run(["apply", "-auto-approve"]);
        run.success().says("2 added").says("2 times so far").says("3 times so far");
        assert_eq!(things.touches(), 3, "{terraform}");
        things.0.plan_is_empty();
        things.0.run(["apply", "-auto-approve", "-invoke=action.inmemory_touch.second"]).success();
        assert_eq!(things.touches(), 4, "{terraform}");
    }
}

#[test]
fn failed_action_prevents_later_actions_of_its_trigger() {
    for terraform in Terraform::every_with(Feature::Actions) {
        let things = Things::new(&terraform, &touched("").replacen("inmemory_thing.one.id", "\"nowhere\"", 1));
        things.0.run(["apply", "-auto-approve"]).failure().says("Thing not found").says("`nowhere`");
        assert_eq!(things.touches(), 0, "{terraform}");
        things.0.plan_is_empty();
    }
}

#[test]
fn each_mistake_is_reported_at_its_line() {
    for terraform in Terraform::every_with(Feature::Actions) {
        let things = Things::new(&terraform, "");
        for (config, summary) in [("times = 0", "Touched less than once"), ("times = 1.5", "Invalid value")] {
            let main = touched(config);
            let line = 1 + main.lines().position(|line| line.trim() == config).unwrap();
            things.main(&main);
            let run = things.0.run(["validate"]);
            run.failure().says(summary).says(&format!("on main.tf line {line}, in action"));
            assert_eq!(run.count("Error: "), 1, "{terraform}: {}", run.stderr());
        }
    }
}

#[test]
fn warning_of_the_plan_is_shown() {
    let Some(terraform) = Terraform::with(Feature::Actions) else { return };
    let things = Things::new(&terraform, &touched("times = 101"));
    things.0.run(["plan"]).success().says("A thing is touched very often");
}

#[test]
fn interrupt_ends_an_action_with_its_error() {
    for terraform in Terraform::every_with(Feature::Actions) {
        let things = Things::new(&terraform, &touched("times = 2\n    pause_seconds = 600"));
        let running = things.0.start(["apply", "-auto-approve"]);
        running.until_says("1 times so far").interrupt();
        running.wait().failure().says("was touched 1 times instead of 2").lacks("panic");
        assert_eq!(things.touches(), 1, "{terraform}");
        things.0.plan_is_empty();
    }
}

#[test]
fn brackets_in_progress_are_shown() {
    for terraform in Terraform::every_with(Feature::Actions) {
        let things = Things::new(&terraform, &touched("").replacen("inmemory_thing.one.id", "\"a[red]b\"", 1));
        // The store replaces characters that aren't safe in a file name.
        things.store("a_red_b", "one", 1);
        things.0.run(["apply", "-auto-approve"]).success().says("touched `a[red]b`");
    }
}
